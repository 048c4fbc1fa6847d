"""Uploads: a raw body into a file of the private folder, within limits of size and time."""

import asyncio
import errno
import shutil
from contextlib import suppress
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from nostalgia.app.guard import MAX_UPLOAD_BYTES

IDLE_S = 20.0
"""Longest pause of an upload."""
MAX_TOTAL_BYTES = 16 << 30
"""All photos of a session that were not removed."""
RESERVE_BYTES = 64 << 20
"""Space on the disk that uploads leave to other programs, and to the clips."""
AT_ONCE = 4
"""Uploads that are received at the same time; further ones wait."""


_FULL = "there is no room for more; remove photos from this page, or free some space on the disk"


class UploadRefused(Exception):
    """The body was not kept. status: of the reply."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Uploads:
    """Receives bodies, a few at a time."""

    def __init__(self, limit_bytes: int = MAX_UPLOAD_BYTES, idle_s: float = IDLE_S) -> None:
        self._limit_bytes, self._idle_s = limit_bytes, idle_s
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def receive(self, request: Request, path: Path) -> None:
        """Write the body of a request to `path`, whole or not at all.

        Raises:
            UploadRefused: it is empty, too large, too slow, was broken off, or the disk is full.
        """
        async with self._slots:
            try:
                await self._copy(request, path)
            except BaseException:
                path.unlink(missing_ok=True)
                raise

    async def _copy(self, request: Request, path: Path) -> None:
        size, chunks = 0, request.stream().__aiter__()
        try:
            room = _room(path.parent)
            with path.open("xb") as file:
                while True:
                    try:
                        chunk = await asyncio.wait_for(anext(chunks), self._idle_s)
                    except StopAsyncIteration:
                        break
                    size += len(chunk)
                    if size > self._limit_bytes:
                        limit = self._limit_bytes >> 20
                        raise UploadRefused(413, f"the file is larger than {limit} MiB")
                    if size > room:
                        raise UploadRefused(507, _FULL)
                    file.write(chunk)
        except TimeoutError as exc:
            raise UploadRefused(408, "the file did not arrive in time; try again") from exc
        except ClientDisconnect as exc:
            raise UploadRefused(400, "the file was not sent to its end") from exc
        except OSError as exc:
            full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
            text = _FULL if full else "the file cannot be stored; start nostalgia again"
            raise UploadRefused(507, text) from exc
        if not size:
            raise UploadRefused(400, "the file is empty; copy it again")


def _room(folder: Path) -> int:
    """Bytes that may still be stored in a folder of uploads."""
    held = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # removed meanwhile
            held += path.stat().st_size
    return min(MAX_TOTAL_BYTES - held, shutil.disk_usage(folder).free - RESERVE_BYTES)
