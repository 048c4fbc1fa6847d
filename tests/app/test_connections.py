"""Connections that ask for nothing do not keep the page from being answered."""

import asyncio

import pytest

pytest.importorskip("uvicorn", reason="the extra app is not installed")

import uvicorn  # noqa: E402
from uvicorn.server import ServerState  # noqa: E402

from nostalgia.app import connections  # noqa: E402

SILENCE_S = 0.2
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def slow_answer(scope, receive, send) -> None:
    await asyncio.sleep(3 * SILENCE_S)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def replies(*requests: bytes) -> list[bytes]:
    """What connections get that each send a request, or the beginning of one, and wait."""
    config = uvicorn.Config(slow_answer, http=connections.Connection, lifespan="off")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: connections.Connection(config, state, {}), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]

    async def reply(request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        got = await reader.read(100)
        writer.close()
        return got

    async with server:
        return await asyncio.wait_for(asyncio.gather(*map(reply, requests)), 20)


def test_connections_without_a_request_are_closed_and_slow_answers_wait(monkeypatch) -> None:
    monkeypatch.setattr(connections, "SILENCE_S", SILENCE_S)
    silent, partial, whole = asyncio.run(replies(b"", WHOLE[:-2], WHOLE))
    assert (silent, partial) == (b"", b"")
    assert whole.startswith(b"HTTP/1.1 204")
