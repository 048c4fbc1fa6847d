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
MAX_ENTRIES = 200_000
"""Entries of an archive."""
MAX_PICTURE_BYTES = 1 << 30
_MAX_ARCHIVE_BYTES = 64 << 30
_ALWAYS_ALLOWED_BYTES = 256 << 20
_MAX_RATIO = 30
"""Photos hardly shrink in an archive; uncompressed scans of blank paper shrink to a tenth."""
_MAX_READ_BYTES = 32 << 20


def unpacked_limit(archive_bytes: int) -> int:
    """Most bytes that an archive of this size may unpack to, all its entries together.

    What is unpacked takes its time as well, so that this bounds the time, too.
    """
    return min(_MAX_ARCHIVE_BYTES, max(_ALWAYS_ALLOWED_BYTES, _MAX_RATIO * archive_bytes))


def too_much_unpacked(path: Path) -> InputError:
    """The error for an archive that exceeds `unpacked_limit`."""
    return InputError(
        f"{printable_name(path)}: unpacks to far more than an archive of its size can hold; if you"
        " trust it, unpack it by hand and name the tree inside"
    )


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


class CautiousReader(io.BufferedReader):
    """A file of which little is read at once: a directory of gigabytes would fill the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes.

        Raises:
            ValueError: that is too much at once.
        """
        at_most = _MAX_READ_BYTES + 1 if size is None or size < 0 else size
        block = super().read(min(at_most, _MAX_READ_BYTES + 1))
        if len(block) > _MAX_READ_BYTES:
            raise ValueError("its directory is far too large")
        return block
