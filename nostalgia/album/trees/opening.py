"""Open the files of a tree: plain ones only, and never more of them than a tree can need."""

import io
import os
import stat
from pathlib import Path
from typing import IO

from nostalgia.errors import InputError
from nostalgia.files import printable_name

PLAIN_MOST_BYTES = 256 << 20
PACKED_MOST_BYTES = 100 << 20
"""What a tree may unpack to, some 300,000 persons; more is a trap, or can be unpacked by hand."""


def open_plain(path: Path) -> IO[bytes]:
    """Open a regular file for reading; without waiting, so that a named pipe is refused at once.

    Raises:
        InputError: there is none, it may not be read, or it is a folder, a pipe or a device.
    """
    said = printable_name(path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        number = os.open(path, flags)
    except FileNotFoundError as exc:
        raise InputError(f"{said}: no such file; check the name") from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise InputError(f"{said}: cannot be opened ({reason}); check its permissions") from exc
    facts = os.fstat(number)
    if not stat.S_ISREG(facts.st_mode):
        os.close(number)
        raise InputError(f"{said}: is not a plain file; name a tree, a table or a folder of photos")
    if facts.st_size > PLAIN_MOST_BYTES:
        os.close(number)
        raise InputError(
            f"{said}: more than {PLAIN_MOST_BYTES >> 20} MiB of tree; export fewer persons"
        )
    return os.fdopen(number, "rb")


class Bounded(io.RawIOBase):
    """What `file` gives, and an error once that is more than `most` bytes.

    A few kilobytes of archive can unpack to gigabytes; declared sizes may lie.
    """

    def __init__(self, file: IO[bytes], most: int, said: str) -> None:
        self._file = file
        self._left = most
        self._said = said

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes.

        Raises:
            InputError: the bound is passed.
        """
        block = self._file.read(size if size >= 0 else self._left + 1)
        self._left -= len(block)
        if self._left < 0:
            raise InputError(
                f"{self._said}: unpacks to more than a tree can hold; unpack it by hand and name"
                " what is inside"
            )
        return block

    def readall(self) -> bytes:
        """Read to the end.

        Raises:
            InputError: the bound is passed.
        """
        return self.read()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`; how many bytes came."""
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)
