"""Chunks of a PNG file that Pillow does not read as the specification asks.

PNG (third edition) puts the descriptions of colour in order: cICP, iCCP, sRGB, gAMA with cHRM.
Large texts are not damage: they are hidden from Pillow, which would refuse them.
"""

import io
import os
import struct
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from nostalgia.photo.colour_profiles import (
    BROKEN_PROFILE,
    Chromaticities,
    profile_of_code_points,
    profile_of_gamma,
)
from nostalgia.photo.refusal import refused
from nostalgia.photo.spliced import SplicedFile

_SIGNATURE_BYTES = 8
_MOST_CHUNKS = 1 << 20
_LARGEST_PROFILE = 1 << 24
_LARGEST_TEXT = 1 << 20
"""Bytes of a text, as Pillow limits them."""
_MOST_TEXT = 1 << 25
_ANCILLARY = 0x20
"""Bit in the first letter of a chunk that a reader may leave out."""
_UNSPECIFIED = b"\2\2"
"""Primaries and transfer characteristics of a cICP chunk that says nothing."""
COLOUR_CHUNKS = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")

_Chunk = tuple[bytes, int, int]
"""Type, offset of its length field, length of its data."""


def png_view(file: IO[bytes], oddities: list[str]) -> tuple[IO[bytes], bytes | None]:
    """The file as Pillow can read it, and the ICC profile of its colours; None if they are sRGB.

    oddities: one clause per oddity is added.

    Raises:
        RefusedError: its colour space is not surely read right.
    """
    shown, start = [], 0
    colours: dict[bytes, bytes] = {}
    text_left = _MOST_TEXT
    for kind, offset, length in _chunks(file):
        if kind in TEXT_CHUNKS:
            size = _text_bytes(file, kind, offset, length)
            text_left -= size
            if size >= _LARGEST_TEXT or text_left < 0:
                shown.append(range(start, offset))
                start = offset + length + 12
                continue
        if kind != b"iCCP" and kind[0] & _ANCILLARY and not _is_whole(file, offset, length):
            shown.append(range(start, offset))
            start = offset + length + 12
            oddities.append("parts of it beside the pixels are damaged and were ignored")
        elif kind in COLOUR_CHUNKS and kind not in colours:
            if kind == b"iCCP":
                shown.append(range(start, offset))
                start = offset + length + 12
            colours[kind] = _content(file, offset, min(length, _LARGEST_PROFILE))
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    profile = _profile(colours, oddities)
    if not shown:
        return file, profile
    view = SplicedFile(file, [*shown, range(start, end)])
    return io.BufferedReader(view), profile


def _chunks(file: IO[bytes]) -> Iterator[_Chunk]:
    """Chunks up to the end of the picture, or to the first broken one."""
    end = file.seek(0, os.SEEK_END)
    offset = _SIGNATURE_BYTES
    for _ in range(_MOST_CHUNKS):
        file.seek(offset)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        if offset + length + 12 > end or kind == b"IEND":
            return
        yield kind, offset, length
        offset += length + 12


def whole_chunks(file: IO[bytes], kinds: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Type and data of the sound chunks of some kinds, up to 32 MiB in all.

    Args:
        file: of a PNG.
        kinds: types of the chunks.
    """
    left = _MOST_TEXT
    for kind, offset, length in _chunks(file):
        if kind in kinds and length <= left and _is_whole(file, offset, length):
            left -= length
            yield kind, _content(file, offset, length)


def _content(file: IO[bytes], offset: int, length: int) -> bytes:
    file.seek(offset + 8)
    return file.read(length)


def _is_whole(file: IO[bytes], offset: int, length: int) -> bool:
    """True if the check sum of a chunk is right."""
    file.seek(offset + 4)
    content = file.read(4 + length)
    return zlib.crc32(content) == int.from_bytes(file.read(4))


def _text_bytes(file: IO[bytes], kind: bytes, offset: int, length: int) -> int:
    """Size of a text when it is unpacked; `_LARGEST_TEXT` stands for anything beyond."""
    if length >= _LARGEST_TEXT:
        return _LARGEST_TEXT
    content = _content(file, offset, length)
    _, _, after = content.partition(b"\0")
    if kind == b"zTXt":
        packed = after[1:]
    elif kind == b"iTXt" and after[:1] == b"\1":
        packed = after[2:].split(b"\0", 2)[-1]
    else:
        return length
    try:
        return max(length, len(zlib.decompressobj().decompress(packed, _LARGEST_TEXT)))
    except zlib.error:
        return length


def _profile(colours: dict[bytes, bytes], oddities: list[str]) -> bytes | None:
    """ICC profile of the chunk that takes precedence."""
    if len(colours.get(b"cICP", b"")) == 4 and colours[b"cICP"][:2] != _UNSPECIFIED:
        primaries, transfer, matrix, full_range = colours[b"cICP"]
        if matrix != 0 or full_range != 1:
            raise refused("a PNG with the colours of video")
        return profile_of_code_points(primaries, transfer)
    if b"iCCP" in colours:
        packed = colours[b"iCCP"].partition(b"\0")[2][1:]
        unpacker = zlib.decompressobj()
        try:
            profile = unpacker.decompress(packed, _LARGEST_PROFILE)
        except zlib.error:
            profile = b""
        if profile and not unpacker.unconsumed_tail:
            return profile
        oddities.append(BROKEN_PROFILE)
        return None
    if b"sRGB" in colours:
        return None
    return profile_of_gamma(_gamma(colours), _chromaticities(colours))


def profile_of_info(info: Mapping[Any, Any]) -> bytes | None:
    """ICC profile of an opened PNG without a profile of its own, by what Pillow says about it."""
    if "srgb" in info or not ("gamma" in info or "chromaticity" in info):
        return None
    chromaticities = info.get("chromaticity")
    fits = isinstance(chromaticities, tuple) and len(chromaticities) == 8
    return profile_of_gamma(info.get("gamma") or None, chromaticities if fits else None)


def _gamma(colours: dict[bytes, bytes]) -> float | None:
    content = colours.get(b"gAMA", b"")
    return (int.from_bytes(content) / 100_000 or None) if len(content) == 4 else None


def _chromaticities(colours: dict[bytes, bytes]) -> Chromaticities | None:
    content = colours.get(b"cHRM", b"")
    if len(content) != 32:
        return None
    white_x, white_y, red_x, red_y, green_x, green_y, blue_x, blue_y = (
        value / 100_000 for value in struct.unpack(">8I", content)
    )
    return white_x, white_y, red_x, red_y, green_x, green_y, blue_x, blue_y
