"""Runs the server on 127.0.0.1 until it is told to end, and leaves nothing behind."""

import asyncio
import html
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

import uvicorn

from nostalgia.app.access import Access
from nostalgia.app.album import kinds_of
from nostalgia.app.connections import Connection
from nostalgia.app.folder import PrivateFolder, remove_stale_folders
from nostalgia.app.jobs import Jobs
from nostalgia.app.server import Pages
from nostalgia.app.session import Session
from nostalgia.app.worker_process import shows_tracebacks
from nostalgia.errors import EncodingError, UsageError, option

ADDRESS = "127.0.0.1"
"""The only address: there is no option for another one."""

_GRACE_S = 1
_AT_ONCE = 256


class AppServer:
    """The server of one session.

    Raises:
        UsageError: the port is taken. EncodingError: there is no place for temporary files.
    """

    def __init__(self, paths: Sequence[Path], port: int = 0) -> None:
        self._socket = _bound(port)
        self.host = f"{ADDRESS}:{self._socket.getsockname()[1]}"
        remove_stale_folders()
        try:
            self._folder = PrivateFolder()
        except OSError as exc:
            self._socket.close()
            raise EncodingError(
                f"there is no place for temporary files ({exc.strerror}); free some space"
            ) from exc
        self._access = Access()
        self._jobs = Jobs(self._folder.path)
        self._session = Session(self._folder.path, self._jobs)
        photos, albums = kinds_of(paths)
        self._named = [(path.absolute(), path.name) for path in photos], albums

    @property
    def folder(self) -> Path:
        """The private folder of the session."""
        return self._folder.path

    def new_link(self) -> str:
        """A link for one more page; it works once."""
        return f"http://{self.host}/#c={self._access.new_code()}"

    def open_browser(self) -> None:
        """Open a page in the user's browser.

        The link stands in a file that only the user can read: other users of the computer see the
        command lines of all programs.
        """
        path = self.folder / "open.html"
        link = html.escape(self.new_link(), quote=True)
        path.write_text(
            f'<!doctype html><meta charset="utf-8"><title>nostalgia</title>'
            f'<meta http-equiv="refresh" content="0;url={link}"><a href="{link}">nostalgia</a>',
            encoding="utf-8",
        )
        webbrowser.open(path.as_uri())

    def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGINT, SIGTERM or SIGHUP; then end all work and remove the folder.

        started: called, in a thread of its own, once pages are answered.
        """
        try:
            self._jobs.start()
            for path, name in self._named[0]:
                self._session.add_photo(path, name)
            for source in self._named[1]:
                self._session.add_album(source)
            _Server(self, self._socket, started).serve_until_ended()
        finally:
            self._jobs.close()
            self._folder.remove()
            self._socket.close()

    def pages(self) -> Pages:
        """The requests of this session; to be made in the loop that serves them."""
        return Pages(self._session, self._access, _open_file)


class _Server:
    """Uvicorn with one addition: streams are ended before it waits for them."""

    def __init__(
        self, app: AppServer, listening: socket.socket, started: Callable[[], None]
    ) -> None:
        self._app, self._socket, self._started = app, listening, started

    def serve_until_ended(self) -> None:
        """Serve, in this thread, until a signal comes."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        pages = self._app.pages()
        config = uvicorn.Config(
            pages.app(self._app.host),
            log_level="error" if shows_tracebacks() else "critical",
            access_log=False,
            http=Connection,
            lifespan="off",
            ws="none",
            server_header=False,
            date_header=False,
            limit_concurrency=_AT_ONCE,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_GRACE_S,
        )
        server = uvicorn.Server(config)
        loop = asyncio.get_running_loop()

        def end(number: int, frame: FrameType | None) -> None:
            server.should_exit = True
            loop.call_soon_threadsafe(pages.end)

        # Uvicorn's own handlers would raise the signal once more at the end.
        server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), end)
        if hasattr(signal, "SIGTTIN"):  # started with `&`, it would stop at the first key
            signal.signal(signal.SIGTTIN, signal.SIG_IGN)
        loop.call_soon(threading.Thread(target=self._started, daemon=True).start)
        await server.serve(sockets=[self._socket])


def _bound(port: int) -> socket.socket:
    """A socket that listens on this computer alone. port: 0 for any free one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name != "nt":  # else the port of a server that has just ended is taken for a minute
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen(128)
    except (OSError, OverflowError) as exc:
        listening.close()
        raise UsageError(
            f"{option('port', port)} cannot be used ({exc}); choose another, or leave it out"
        ) from exc
    return listening


def _open_file(path: Path) -> None:
    webbrowser.open(path.as_uri())
