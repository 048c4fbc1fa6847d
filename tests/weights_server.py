"""A server on this machine that serves files well and badly, and a manifest that names it."""

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

CONTENT = random.Random(0).randbytes(700_000)
"""Content of the file that the manifest lists."""

PAGE = b"<!DOCTYPE html><html><title>Google Drive - Virus scan warning</title>" + b" " * 2000


class WeightsServer:
    """answers: path -> handler of its requests. asked: path and Range header of each request."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.port = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serving() -> Iterator[WeightsServer]:
    state = WeightsServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked.append((self.path, self.headers.get("Range")))
            self.close_connection = True
            state.answers[self.path](self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def give(
    content: bytes = CONTENT,
    *,
    ranges: bool = True,
    cut_after: int | None = None,
    length: bool = True,
    kind: str = "application/octet-stream",
) -> Callable[[BaseHTTPRequestHandler], None]:
    """The file, or the requested range; cut_after: bytes after which the connection ends."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and ranges else 0
        if start >= len(content):
            return _say(request, 416)
        request.send_response(206 if start else 200)
        if start:
            place = f"bytes {start}-{len(content) - 1}/{len(content)}"
            request.send_header("Content-Range", place)
        if length:
            request.send_header("Content-Length", str(len(content) - start))
        request.send_header("Content-Type", kind)
        request.send_header("Connection", "close")
        request.end_headers()
        body = content[start:]
        request.wfile.write(body if cut_after is None else body[:cut_after])

    return answer


def say(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """A status without a file."""
    return lambda request: _say(request, code, **headers)


def _say(request: BaseHTTPRequestHandler, code: int, **headers: str) -> None:
    request.send_response(code)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", "0")
    request.end_headers()


def write_manifest(folder: Path, *urls: str, size: bool = True, hash_line: str = "") -> None:
    """One row, ``some-weights``, of `CONTENT`."""
    folder.mkdir(exist_ok=True)
    sha256 = hash_line or f'sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"'
    (folder / "manifest.toml").write_text(
        "[[checkpoint]]\n"
        'name = "some-weights"\nfile = "some.pth.tar"\nkind = "tensors"\n'
        + (f"size = {len(CONTENT)}\n" if size else "")
        + f"{sha256}\nurls = {list(urls)}\n"
        'backends = ["motion/some"]\nlicence = "Of the test"\nsource = "tests"\n'
        '[checkpoint.unproven]\nlicence = "whether it may be kept"\n',
        encoding="utf-8",
    )
