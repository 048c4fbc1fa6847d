"""One writer at a time in a folder, across processes; the system lets go when a process dies."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

LOCK_FILE = ".bank.lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, having waited for it; no lock file stays behind.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / LOCK_FILE
    while True:
        with path.open("ab") as stream:
            _wait_for(stream)
            if not _is_still_there(path, stream):
                continue  # Its last holder has taken it away: this is the lock of nobody.
            try:
                yield
            finally:
                with suppress(OSError):  # Windows keeps a file that is open.
                    path.unlink()
            return


def _is_still_there(path: Path, stream: IO[bytes]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _wait_for(stream: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        while True:
            with suppress(OSError):  # It gives up after ten seconds.
                msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
                return
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX)
