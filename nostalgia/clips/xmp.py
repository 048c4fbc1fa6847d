"""XMP packets in MP4, GIF, WebP and JPEG files: embed, extract, replace; extract from PNG and TIFF.

Places as in Adobe's "XMP Specification Part 3: Storage in Files" (2020): a top-level ``uuid`` box
in MP4 (behind everything else, so that the index of a faststart file stays in front), an
application extension in GIF, an ``XMP `` chunk in WebP, an APP1 segment at the start of a JPEG.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO

from nostalgia.files.iso_boxes import iso_boxes
from nostalgia.photo.metadata import packet_of_png, packet_of_tiff

_MP4_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_GIF_INTRODUCER = b"\x21\xff\x0bXMP DataXMP"
_GIF_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
_WEBP_XMP_FLAG = 0x04
_JPEG_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_MAX_BYTES = 0xFFFF - 2 - len(_JPEG_NAME)
_CHUNK_BYTES = 1 << 20


def embed_xmp(path: Path, packet: bytes) -> None:
    """Write `packet` into the file at `path`, in place of an earlier one; the rest is unchanged.

    Raises:
        ValueError: the file is of another kind, or damaged.
    """
    with path.open("r+b") as file:
        kind = _kind(file)
        if kind == "mp4":
            _cut_out(file, *_mp4_place(file))
            file.seek(0, 2)
            file.write(struct.pack(">I4s", 24 + len(packet), b"uuid") + _MP4_UUID + packet)
        elif kind == "gif":
            _cut_out(file, *_gif_place(file))
            file.seek(-1, 2)
            if file.read(1) != b";":
                raise ValueError("the end of this GIF is missing")
            file.seek(-1, 2)
            file.write(_GIF_INTRODUCER + packet + _GIF_TRAILER + b";")
        elif kind == "jpeg":
            start, end = _jpeg_place(file)
            _cut_out(file, start, end)
            _insert_jpeg_segment(file, start, packet)
        else:
            _cut_out(file, *_webp_place(file))
            _append_webp_chunk(file, packet)


def extract_xmp(path: Path) -> bytes | None:
    """Read the packet in the file at `path`; None if there is none.

    Raises:
        ValueError: the file is of another kind, or damaged.
    """
    with path.open("rb") as file:
        if (read := _OF_STILLS.get(file.read(4))) is not None:
            return read(file)
        file.seek(0)
        kind = _kind(file)
        head, tail = _FRAMES[kind]
        start, end = _PLACES[kind](file)
        if start == end:
            return None
        file.seek(start + head)
        packet = file.read(end - start - head - tail)
        return packet.rstrip(b"\0") if kind == "webp" else packet


def file_kind(path: Path) -> str:
    """Kind of a file by its content: "mp4", "gif", "webp" or "jpeg".

    Raises:
        ValueError: it is of another kind.
    """
    with path.open("rb") as file:
        return _kind(file)


def _kind(file: IO[bytes]) -> str:
    start = file.read(12)
    if start[4:8] == b"ftyp":
        return "mp4"
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "webp"
    if start[:3] == b"\xff\xd8\xff":
        return "jpeg"
    raise ValueError("XMP can be written into MP4, GIF, WebP and JPEG only")


def _cut_out(file: IO[bytes], start: int, end: int) -> None:
    """Remove the bytes from `start` to `end`, shifting the rest down."""
    if start == end:
        return
    size = file.seek(0, 2)
    for place in range(end, size, _CHUNK_BYTES):
        file.seek(place)
        block = file.read(_CHUNK_BYTES)
        file.seek(place - (end - start))
        file.write(block)
    file.truncate(size - (end - start))


def _mp4_place(file: IO[bytes]) -> tuple[int, int]:
    size, place = file.seek(0, 2), 0
    for box in iso_boxes(file):
        file.seek(box.content)
        if box.kind == b"uuid" and file.read(16) == _MP4_UUID:
            return box.start, min(box.end, size)
        place = box.end
    if place + 8 <= size:
        raise ValueError("a box of this MP4 is shorter than its header")
    return size, size


def _webp_chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, start and end (padding included) of every chunk."""
    size, place = file.seek(0, 2), 12
    while place + 8 <= size:
        file.seek(place)
        name, length = struct.unpack("<4sI", file.read(8))
        end = min(place + 8 + length + length % 2, size)
        yield name, place, end
        place = end


def _webp_place(file: IO[bytes]) -> tuple[int, int]:
    for name, start, end in _webp_chunks(file):
        if name == b"XMP ":
            return start, end
    size = file.seek(0, 2)
    return size, size


def _append_webp_chunk(file: IO[bytes], packet: bytes) -> None:
    header = next((start for name, start, _ in _webp_chunks(file) if name == b"VP8X"), None)
    if header is None:
        raise ValueError("this WebP has no extended header, so it cannot hold XMP")
    file.seek(header + 8)
    flags = file.read(1)[0] | _WEBP_XMP_FLAG
    file.seek(header + 8)
    file.write(bytes([flags]))
    file.seek(0, 2)
    file.write(struct.pack("<4sI", b"XMP ", len(packet)) + packet + b"\0" * (len(packet) % 2))
    size = file.tell()
    file.seek(4)
    file.write(struct.pack("<I", size - 8))


def _gif_place(file: IO[bytes]) -> tuple[int, int]:
    """Walk the blocks; the packet itself is not a chain of sub-blocks, its trailer ends it."""
    with _damage_as_value_error("GIF"):
        file.seek(10)
        place = 13 + _colour_table(file.read(1)[0])
        while True:
            file.seek(place)
            start = file.read(14)
            if start == _GIF_INTRODUCER:
                return place, _gif_packet_end(file, place + 14)
            if start[0] == 0x3B:
                return place, place
            if start[0] == 0x21:
                place = _after_sub_blocks(file, place + 2)
            elif start[0] == 0x2C:
                place = _after_sub_blocks(file, place + 10 + _colour_table(start[9]) + 1)
            else:
                raise ValueError("an unknown block in this GIF")


@contextmanager
def _damage_as_value_error(kind: str) -> Iterator[None]:
    try:
        yield
    except IndexError as exc:
        raise ValueError(f"this {kind} is cut off") from exc


def _colour_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_sub_blocks(file: IO[bytes], place: int) -> int:
    file.seek(place)
    while length := file.read(1)[0]:
        file.seek(length, 1)
    return file.tell()


def _gif_packet_end(file: IO[bytes], place: int) -> int:
    file.seek(place)
    found = file.read().find(_GIF_TRAILER)
    if found < 0:
        raise ValueError("the XMP of this GIF has no end")
    return place + found + len(_GIF_TRAILER)


def _jpeg_place(file: IO[bytes]) -> tuple[int, int]:
    """Start and end of the segment with XMP, or an empty range behind the first APP0 and APP1.

    Other segments may precede it: credentials (C2PA) are written as APP11 right behind APP0.
    """
    size, place, first = file.seek(0, 2), 2, 0
    while place + 4 <= size:
        file.seek(place)
        marker, length = struct.unpack(">HH", file.read(4))
        if marker not in (0xFFE0, 0xFFE1):
            first = first or place
        if not 0xFFE0 <= marker <= 0xFFEF:
            break
        end = min(place + 2 + length, size)
        if marker == 0xFFE1 and file.read(len(_JPEG_NAME)) == _JPEG_NAME:
            return place, end
        place = end
    return first or place, first or place


def _insert_jpeg_segment(file: IO[bytes], place: int, packet: bytes) -> None:
    if len(packet) > _JPEG_MAX_BYTES:
        raise ValueError("a JPEG cannot hold an XMP packet above 64 KiB")
    file.seek(place)
    rest = file.read()
    file.seek(place)
    file.write(struct.pack(">HH", 0xFFE1, 2 + len(_JPEG_NAME) + len(packet)) + _JPEG_NAME + packet)
    file.write(rest)


_FRAMES = MappingProxyType(
    {
        "mp4": (8 + len(_MP4_UUID), 0),
        "gif": (len(_GIF_INTRODUCER), len(_GIF_TRAILER)),
        "webp": (8, 0),
        "jpeg": (4 + len(_JPEG_NAME), 0),
    }
)
"""Bytes before and after a packet that belong to its box, block, chunk or segment."""

_PLACES = MappingProxyType(
    {"mp4": _mp4_place, "gif": _gif_place, "webp": _webp_place, "jpeg": _jpeg_place}
)

_OF_STILLS = MappingProxyType(
    {b"\x89PNG": packet_of_png, b"II*\0": packet_of_tiff, b"MM\0*": packet_of_tiff}
)
"""First bytes of kinds that this module only reads."""
