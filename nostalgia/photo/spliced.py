"""A file with parts of it left out or replaced, for a decoder that would stumble over them."""

import io
import os
from collections.abc import Sequence
from typing import IO, Any


class SplicedFile(io.RawIOBase):
    """Parts of a file, and bytes between them, read as one file; the file itself stays open."""

    def __init__(self, file: IO[bytes], parts: Sequence[bytes | range]) -> None:
        """Keep the file. parts: positions in it, or bytes, in their order."""
        self._file, self._parts = file, [part for part in parts if len(part)]
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, as in any file."""
        length = sum(map(len, self._parts))
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: length}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Position in the file as it is read."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read bytes up to the end of a part."""
        before = self._position
        for part in self._parts:
            if before >= len(part):
                before -= len(part)
                continue
            wanted = part[before : before + len(buffer)]
            if isinstance(wanted, range):
                self._file.seek(wanted.start)
                wanted = self._file.read(len(wanted))
            buffer[: len(wanted)] = wanted
            self._position += len(wanted)
            return len(wanted)
        return 0


def whole(file: IO[bytes]) -> range:
    """All positions in a file."""
    return range(file.seek(0, os.SEEK_END))
