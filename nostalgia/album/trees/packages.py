"""Gramps packages: a tar with the tree and its pictures, which can only be read from its start."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nostalgia.album.trees.limits import (
    MAX_ENTRIES,
    too_much_unpacked,
    unpacked_limit,
)
from nostalgia.files import open_regular_file

_SKIPPED_AT_ONCE = 1 << 20
_MOST_AT_ONCE = 4 << 20
_OPENERS: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ", lzma.open),
)


@contextmanager
def opened_package(path: Path) -> Iterator[Iterator[tuple[tarfile.TarInfo, IO[bytes]]]]:
    """The plain files of a package, each with its content, to be read in this order.

    Raises:
        InputError: the package unpacks to far more than its size allows. OSError, ValueError and
            the errors of the archive modules: it is damaged.
    """
    with open_regular_file(path, "Gramps package") as file:
        start = file.read(6)
        file.seek(0)
        opener = next((found for magic, found in _OPENERS if start.startswith(magic)), None)
        limit = unpacked_limit(os.fstat(file.fileno()).st_size)
        with opener(file, "rb") if opener is not None else file as unpacked:
            stream = _ForwardReader(unpacked, limit, path)
            with tarfile.open(fileobj=stream, mode="r:") as archive:
                yield _files(archive)


def _files(archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    for number, entry in enumerate(archive):
        if number >= MAX_ENTRIES:
            raise ValueError(f"more than {MAX_ENTRIES} entries")
        content = archive.extractfile(entry) if entry.isfile() and not entry.issparse() else None
        if content is not None:
            yield entry, content


class _ForwardReader(io.RawIOBase):
    """What tarfile needs of a file, for one that is unpacked while it is read.

    Args:
        file: the unpacked bytes.
        limit: most bytes that may be read or passed over.
        path: the archive, for the message.
    """

    def __init__(self, file: IO[bytes], limit: int, path: Path) -> None:
        self._file = file
        self._place = 0
        self._limit = limit
        self._path = path

    def readable(self) -> bool:
        """True: this stream can be read."""
        return True

    def seekable(self) -> bool:
        """True, but only forwards."""
        return True

    def tell(self) -> int:
        """Number of bytes before the next one to be read."""
        return self._place

    def seek(self, place: int, whence: int = os.SEEK_SET, /) -> int:
        """Read on to a place further on.

        Raises:
            ValueError: the place lies behind.
        """
        if whence != os.SEEK_SET or place < self._place:
            raise ValueError("its entries are out of order")
        while self._place < place and self.read(min(place - self._place, _SKIPPED_AT_ONCE)):
            pass
        return self._place

    def read(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes.

        Raises:
            InputError: the limit is exceeded.
            ValueError: that is too much at once: a name of gigabytes would fill the memory.
        """
        if not 0 <= size <= _MOST_AT_ONCE:
            raise ValueError("a name in it is far too long")
        if self._place + size > self._limit:
            raise too_much_unpacked(self._path)
        block = self._file.read(size)
        self._place += len(block)
        return block
