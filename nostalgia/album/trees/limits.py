"""Limits on the size of trees: a few kilobytes of archive can unpack to gigabytes."""

import io
import os
from pathlib import Path
from typing import IO

from nostalgia.errors import InputError
from nostalgia.files import printable_name

MAX_TREE_BYTES = 256 << 20
MAX_UNPACKED_BYTES = 100 << 20
"""Enough for some 300,000 persons; a larger tree can be unpacked by hand."""


def check_tree_size(path: Path, file: IO[bytes]) -> None:
    """Refuse a tree or table too large to be one; archives with pictures may be larger.

    Raises:
        InputError: `file`, opened from `path`, is larger than `MAX_TREE_BYTES`.
    """
    if os.fstat(file.fileno()).st_size > MAX_TREE_BYTES:
        raise InputError(
            f"{printable_name(path)}: larger than {MAX_TREE_BYTES >> 20} MiB; export fewer people"
        )


class LimitedReader(io.RawIOBase):
    """Reads from `file` and fails after `limit` bytes: the sizes that archives declare may lie.

    Args:
        file: the file to read from.
        limit: bytes.
        name: name of the file, for the message.
    """

    def __init__(self, file: IO[bytes], limit: int, name: str) -> None:
        self._file = file
        self._left = limit
        self._name = name

    def readable(self) -> bool:
        """True: this stream can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes.

        Raises:
            InputError: the limit is exceeded.
        """
        block = self._file.read(size if size >= 0 else self._left + 1)
        self._left -= len(block)
        if self._left < 0:
            raise InputError(
                f"{self._name}: unpacks to more than a tree can hold; unpack it by hand and name"
                " the file inside"
            )
        return block

    def readall(self) -> bytes:
        """Read to the end.

        Raises:
            InputError: the limit is exceeded.
        """
        return self.read()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`; returns the number of bytes read."""
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)
