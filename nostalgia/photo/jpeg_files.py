"""JPEG files that end too early, and those of rare kinds, which Pillow cannot tell apart."""

import io
import struct
from collections.abc import Iterator
from typing import IO

from nostalgia.photo.spliced import SplicedFile, whole

WITHOUT_END = "the mark of its end is missing, but all of its pixels are there"
_MOST_SEGMENTS = 1 << 14
_END = b"\xff\xd9"
_NOISE = bytes.fromhex("a53c5ac3691e") * 40
"""Bytes that change every pixel that is not yet complete."""
_FRAMES = {
    0xC3: "lossless", 0xC5: "hierarchical", 0xC6: "hierarchical", 0xC7: "hierarchical",
    0xC9: "arithmetic", 0xCA: "arithmetic", 0xCB: "lossless", 0xCD: "hierarchical",
    0xCE: "hierarchical", 0xCF: "hierarchical", 0xF7: "JPEG-LS",
}  # fmt: skip
_PLAIN_FRAMES = (0xC0, 0xC1, 0xC2)
_PROGRESSIVE = (0xC2, 0xCA)
_COEFFICIENTS = 64


def rare_kind(file: IO[bytes]) -> str | None:
    """What makes a JPEG file one of a rare kind, such as "12 bits a colour"; None for others."""
    for marker, content, _ in _segments(file):
        if (marker in _FRAMES or marker in _PLAIN_FRAMES) and content:
            words = [_FRAMES[marker]] if marker in _FRAMES else []
            words += [f"{content[0]} bits a colour"] if content[0] != 8 else []
            return ", ".join(words) or None
    return None


def completions(file: IO[bytes]) -> list[IO[bytes]]:
    """The picture in a file, twice, with different bytes before the mark of its end.

    Pixels that are not there come out different. Empty for a progressive picture that lacks scans.
    """
    if not is_refined(file):
        return []
    ends = [place for marker, _, place in _segments(file) if marker == _END[1]]
    end = ends[0] if ends else len(whole(file))
    while not ends and end and _byte(file, end - 1) == b"\xff":  # half of a mark
        end -= 1
    there = range(end)
    views = SplicedFile(file, [there, _END]), SplicedFile(file, [there, _NOISE, _END])
    return [io.BufferedReader(view) for view in views]


def _byte(file: IO[bytes], position: int) -> bytes:
    file.seek(position)
    return file.read(1)


def is_refined(file: IO[bytes]) -> bool:
    """True unless a progressive picture still waits for scans."""
    progressive, missing = False, set[tuple[int, int]]()
    for marker, content, _ in _segments(file):
        if marker in _PROGRESSIVE and len(content) >= 6:
            progressive = True
            names = content[6::3][: content[5]]
            missing = {(name, number) for name in names for number in range(_COEFFICIENTS)}
        if marker == 0xDA and content:
            names = content[1::2][: content[0]]
            first, last, approximation = content[-3:]
            if approximation & 15 == 0:
                missing -= {(n, at) for n in names for at in range(first, last + 1)}
    return not (progressive and missing)


def _segments(file: IO[bytes]) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and position of each segment, up to the first mark of an end.

    The coded pixels between them are skipped.
    """
    file.seek(0)
    content = file.read()
    place = 2
    for _ in range(_MOST_SEGMENTS):
        place = content.find(b"\xff", place)
        if place < 0 or place + 2 > len(content):
            return
        marker = content[place + 1]
        if marker in (0, 1, 0xFF) or 0xD0 <= marker <= 0xD8:
            place += 1 if marker == 0xFF else 2
            continue
        if marker == _END[1]:
            yield marker, b"", place
        if marker == _END[1] or place + 4 > len(content):
            return
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        yield marker, content[place + 4 : place + 2 + length], place
        place += 2 + length
