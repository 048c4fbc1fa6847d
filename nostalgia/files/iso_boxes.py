"""Boxes, of which MP4, HEIC, AVIF and JPEG 2000 files are made: length, type, content.

Source: ISO/IEC 14496-12, clause 4.2; ISO/IEC 15444-1, annex I.4.
"""

import os
import struct
from collections.abc import Iterator
from typing import IO, NamedTuple


class Box(NamedTuple):
    """A box of a file. start, content, end: places of its header, of its content, behind it."""

    kind: bytes
    start: int
    content: int
    end: int


def iso_boxes(file: IO[bytes], start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that follow each other in a file, or in a part of it; not those inside of them.

    Lengths are not trusted: one that is shorter than its header ends the search, and the last box
    may claim to end behind the part. The file's position may change between two boxes.

    Args:
        file: must be seekable.
        start: place of the first box.
        end: end of the part; None for that of the file.
    """
    end = file.seek(0, os.SEEK_END) if end is None else end
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head[:8])
        header = 8
        if length == 1:
            length, header = int.from_bytes(head[8:]), 16
        length = length or end - start
        if length < header or len(head) < header:
            return
        yield Box(kind, start, start + header, start + length)
        start += length
