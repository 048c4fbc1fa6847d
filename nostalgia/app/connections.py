"""Connections of the server: those that ask for nothing are closed, so that the page finds room."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

SILENCE_S = 10.0
"""Longest time from the opening of a connection, or the first byte of a request, to the end of the
request's headers."""


class Connection(H11Protocol):
    """Uvicorn's own, which waits for a request for ever, with that limit of time."""

    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A part of a request has come."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._limit is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or was sent away."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._limit = self.loop.call_later(SILENCE_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
