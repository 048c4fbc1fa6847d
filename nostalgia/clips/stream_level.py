"""The H.264 level that an MP4 states about itself, in the sequence parameter set of its film.

Source: ISO/IEC 14496-12 (boxes), 14496-15 (`avcC`), ITU-T H.264 clause 7.3.2.1.1.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from nostalgia.files.iso_boxes import iso_boxes

_HEADER_OF_CONTAINER = {
    b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8, b"avc1": 78,
    b"avc3": 78,
}  # fmt: skip
"""Boxes on the way to `avcC` -> bytes before the boxes inside them."""

_MOST_BYTES = 1 << 16
_DEEPEST = 8
_LEVEL_1B, _CONSTRAINT_SET_3 = 9, 0x10
_BASIC_PROFILES = (66, 77, 88)


def level_in_file(path: Path) -> str:
    """Level of the film in an MP4 or MOV, such as "4.0"; "" for another codec or kind of file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        for kind, start, end in _boxes(file, 0, file.seek(0, 2)):
            if kind == b"avcC":
                file.seek(start)
                return _level(file.read(min(end - start, _MOST_BYTES)))
    return ""


def _boxes(
    file: IO[bytes], start: int, end: int, depth: int = 0
) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box; of containers, the boxes inside follow.

    A damaged file ends the search: boxes never reach beyond the one that they are in.
    """
    for box in iso_boxes(file, start, end):
        if box.end > end:
            return
        yield box.kind, box.content, box.end
        if box.kind in _HEADER_OF_CONTAINER and depth < _DEEPEST:
            inside = box.content + _HEADER_OF_CONTAINER[box.kind]
            yield from _boxes(file, inside, box.end, depth + 1)


def _level(configuration: bytes) -> str:
    """Level in the first sequence parameter set of an `avcC` box, or else in the box itself."""
    stated = configuration[1:4]
    if len(configuration) >= 12 and configuration[5] & 0x1F and configuration[8] & 0x1F == 7:
        stated = configuration[9:12]
    if len(stated) < 3:
        return ""
    profile, constraints, level = stated
    is_1b = level == 11 and profile in _BASIC_PROFILES and constraints & _CONSTRAINT_SET_3
    return "1b" if is_1b or level == _LEVEL_1B else f"{level // 10}.{level % 10}"
