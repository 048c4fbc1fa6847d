"""Colours in the boxes of JPEG 2000, HEIC and AVIF files, which Pillow does not report.

All are made of boxes (ISO 15444-1 and 14496-12): length, type, content. Lengths are not trusted.
"""

import io
import struct
from collections.abc import Iterator
from itertools import islice
from typing import IO

from nostalgia.files.iso_boxes import Box, iso_boxes
from nostalgia.photo.colour_profiles import profile_of_code_points
from nostalgia.photo.refusal import refused

_LARGEST = 1 << 24
"""Bytes of a box that is read whole."""
_MOST_BOXES = 4096
_SRGB, _GREY, _SYCC, _CMYK = 16, 17, 18, 12
JP2_KNOWN, JP2_DEEP_KNOWN = (_SRGB, _GREY, _SYCC, _CMYK), (_SRGB,)
"""Colour spaces of JPEG 2000 that Pillow reads, and those of more than 8 bits."""
_CODE_STREAM = b"\xff\x4f\xff\x51"


def jp2_depth(file: IO[bytes]) -> tuple[int, int]:
    """Number of channels of a JPEG 2000 file and bits of the deepest; 0, 0 if it does not say."""
    file.seek(0)
    start = file.read(_LARGEST)
    file.seek(0)
    place = start.find(_CODE_STREAM)
    if place < 0:
        return 0, 0
    channels = int.from_bytes(start[place + 40 : place + 42])
    depths = start[place + 42 : place + 42 + 3 * channels : 3]
    return channels, max(((depth & 127) + 1 for depth in depths), default=0)


def jp2_profile(file: IO[bytes], known: tuple[int, ...] = JP2_KNOWN) -> bytes | None:
    """ICC profile of a JPEG 2000 file; None if it has none, as a bare code stream.

    known: numbers of the colour spaces without a profile that are read.

    Raises:
        RefusedError: its colours are of a kind that is not surely read right.
    """
    for content in _found(file, (b"jp2h", b"colr")):
        if content[:1] in (b"\2", b"\3"):
            return content[3:]
        if content[:1] == b"\1" and len(content) >= 7:
            (colours,) = struct.unpack(">I", content[3:7])
            if colours in known:
                return None
            raise refused(f"a JPEG 2000 picture in a rare colour space ({colours})")
    return None


def heif_profile(file: IO[bytes]) -> bytes | None:
    """ICC profile of the numbers that a HEIC or AVIF file gives its picture; None without any.

    Only for files without an ICC profile, which would take precedence.

    Raises:
        RefusedError: as `profile_of_code_points`.
    """
    for content in _properties_of_picture(file):
        if content[:4] == b"nclx" and len(content) >= 10:
            return profile_of_code_points(*struct.unpack(">HH", content[4:8]))
    return None


def _properties_of_picture(file: IO[bytes]) -> list[bytes]:
    """Contents of the colour boxes that belong to the main picture, or of all if none does."""
    try:
        (meta,) = list(_found(file, (b"meta",)))[:1]
        boxes = dict(_boxes(meta[4:]))
        parts = dict(_boxes(boxes[b"iprp"]))
        properties = list(_boxes(parts[b"ipco"]))
        wide = boxes[b"pitm"][0] > 0
        picture = int.from_bytes(boxes[b"pitm"][4:][: 4 if wide else 2])
        wanted = _associated(parts[b"ipma"], picture)
    except (KeyError, ValueError, IndexError, struct.error):
        return []
    chosen = [properties[number - 1] for number in wanted if 0 < number <= len(properties)]
    return [content for kind, content in chosen if kind == b"colr"]


def _associated(content: bytes, picture: int) -> list[int]:
    """Numbers of the properties of an item, from a box `ipma`."""
    version, flags = content[0], content[3]
    (count,) = struct.unpack(">I", content[4:8])
    place, id_bytes = 8, 4 if version else 2
    entry_bytes = 2 if flags & 1 else 1
    for _ in range(min(count, _MOST_BOXES)):
        item = int.from_bytes(content[place : place + id_bytes])
        length = content[place + id_bytes]
        start = place + id_bytes + 1
        place = start + length * entry_bytes
        if item == picture:
            mask = (1 << (8 * entry_bytes - 1)) - 1
            return [
                int.from_bytes(content[at : at + entry_bytes]) & mask
                for at in range(start, place, entry_bytes)
            ]
    return []


def _found(file: IO[bytes], path: tuple[bytes, ...]) -> Iterator[bytes]:
    """Contents of the boxes at a path, from the outermost inwards."""
    for box in islice(iso_boxes(file), _MOST_BOXES):
        if box.kind == path[0] and box.end - box.start <= _LARGEST:
            yield from _inside(_content(file, box), path[1:])
    file.seek(0)


def _inside(content: bytes, path: tuple[bytes, ...]) -> Iterator[bytes]:
    if not path:
        yield content
        return
    for kind, part in _boxes(content):
        if kind == path[0]:
            yield from _inside(part, path[1:])


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box in a content."""
    file = io.BytesIO(content)
    for box in iso_boxes(file):
        yield box.kind, _content(file, box)


def _content(file: IO[bytes], box: Box) -> bytes:
    file.seek(box.content)
    return file.read(box.end - box.content)
