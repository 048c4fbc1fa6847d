"""Samples of a TIFF page: the layouts that Pillow does not read, or reads wrongly.

libtiff, which Pillow brings, only unpacks: each strip or tile is given to it as a grey picture of
bytes. Depth, byte order, predictor, planes and colours are put together here.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nostalgia.photo import tiff_pages as tags
from nostalgia.photo.refusal import refused
from nostalgia.photo.samples import Samples
from nostalgia.photo.tiff_pages import Page
from nostalgia.types import UInt8

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB, _ICC_LAB = (
    0,
    1,
    2,
    3,
    5,
    6,
    8,
    9,
)
_NONE, _LZW, _OLD_JPEG, _JPEG, _DEFLATE, _PACKBITS, _OLD_DEFLATE = 1, 5, 6, 7, 8, 32773, 32946
_LZMA = 34925
_UNPACKED = (_NONE, _LZW, _DEFLATE, _PACKBITS, _OLD_DEFLATE, _LZMA)
_FAX = (2, 3, 4)
_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED = 1, 2, 3, 4
_FORMAT_LETTERS = {_UNSIGNED: "u", _FLOAT: "f", _UNDEFINED: "u"}
_COLOURS = {
    _WHITE_IS_ZERO: 1,
    _BLACK_IS_ZERO: 1,
    _RGB: 3,
    _PALETTE: 1,
    _CMYK: 4,
    _LAB: 3,
    _ICC_LAB: 3,
}
_MODES: dict[int, Literal["L", "RGB", "CMYK", "LAB"]] = {
    _WHITE_IS_ZERO: "L", _BLACK_IS_ZERO: "L", _RGB: "RGB", _PALETTE: "RGB", _CMYK: "CMYK",
    _LAB: "LAB", _ICC_LAB: "LAB",
}  # fmt: skip
_ALPHAS: dict[int, Literal["", "straight", "premultiplied"]] = {1: "premultiplied", 2: "straight"}
_MOST_CHANNELS = 64
_MOST_BLOCKS = 1 << 19
_SLACK = 1 << 16
"""Bytes by which a packed strip may exceed twice its unpacked size."""
_REVERSED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], 1)[:, ::-1], 1)[:, 0]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the samples of a page lie in the file."""

    width: int
    height: int
    channels: int
    bits: int
    format: int
    colours: int
    extra: tuple[int, ...]
    planar: bool
    compression: int
    predictor: int
    photometric: int


def pillow_reads(page: Page) -> bool:
    """True if Pillow reads a page of this layout right; measured against ImageMagick.

    Raises:
        RefusedError: neither Pillow nor `read_samples` surely reads it right.
    """
    layout = _layout(page)
    eight = layout.bits == 8 and layout.format == _UNSIGNED
    if layout.compression in (_JPEG, _OLD_JPEG):
        if layout.photometric == _CMYK and layout.compression == _JPEG:
            raise refused("a CMYK TIFF with JPEG compression")
        if not eight or layout.planar and layout.channels > 1:
            raise refused(
                f"a TIFF of {layout.bits} bits in separate planes with JPEG compression"
                if eight
                else f"a TIFF of {layout.bits} bits with JPEG compression"
            )
        return True
    if layout.compression in _FAX:
        if layout.bits != 1 or layout.channels != 1:
            raise refused("a TIFF of several bits with fax compression")
        return True
    if layout.compression not in _UNPACKED:
        raise refused(f"a TIFF of a rare compression ({layout.compression})")
    if (layout.planar and layout.channels > 1) or page.value(tags.FILL_ORDER, 1) != 1:
        return False
    if layout.photometric == _PALETTE and max(page.values(tags.COLOUR_MAP), default=0) < 1 << 8:
        return False  # written as 8 bits by mistake
    one_bit = layout.bits == 1 and layout.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO)
    if one_bit and layout.format == _UNSIGNED:
        return layout.channels == 1
    return eight and (layout.photometric, layout.extra) in (
        (_WHITE_IS_ZERO, ()), (_BLACK_IS_ZERO, ()), (_BLACK_IS_ZERO, (2,)), (_PALETTE, ()),
        (_RGB, ()), (_RGB, (0,)), (_RGB, (1,)), (_RGB, (2,)), (_CMYK, ()), (_LAB, ()),
    )  # fmt: skip


def read_samples(file: IO[bytes], page: Page) -> Samples:
    """Read the samples of a page that Pillow does not read.

    Raises:
        RefusedError: they have a layout that is not surely read right.
        ValueError, OSError: they are damaged or cut off.
    """
    layout = _layout(page)
    if layout.photometric not in _COLOURS:
        raise refused(f"a TIFF of a rare kind of colours ({layout.photometric})")
    alpha = _ALPHAS.get(layout.extra[0], "") if layout.extra else ""
    kept = layout.colours + bool(alpha)
    values = np.zeros((layout.height, layout.width, kept), _stored_type(layout))
    for top, left, first, block in _blocks(file, page, layout):
        last = min(first + block.shape[2], kept)
        if first < last:
            part = values[top : top + block.shape[0], left : left + block.shape[1], first:last]
            part[...] = block[: part.shape[0], : part.shape[1], : last - first]
    bits = layout.bits
    if layout.photometric == _PALETTE:
        values, bits = _palette_colours(page, layout, values), 16
    if layout.photometric in (_LAB, _ICC_LAB):
        values = _lab_codes(layout, values)
    return Samples(
        values, _MODES[layout.photometric], bits, alpha, layout.photometric == _WHITE_IS_ZERO
    )


def _layout(page: Page) -> _Layout:
    width, height = page.size_wh
    channels = page.value(tags.CHANNELS, 1)
    bits = page.values(tags.BITS) or (1,)
    formats = page.values(tags.SAMPLE_FORMAT) or (_UNSIGNED,)
    photometric = page.photometric
    compression = page.value(tags.COMPRESSION, _NONE)
    differs = compression not in (_NONE, _PACKBITS)
    predictor = page.value(tags.PREDICTOR, 1) if differs else 1
    if not 0 < channels <= _MOST_CHANNELS:
        raise ValueError("an impossible number of channels")
    if len(set(bits)) > 1 or len(set(formats)) > 1:
        raise refused("a TIFF whose channels differ in depth")
    colours = _COLOURS.get(photometric, channels)
    if channels < colours:
        raise ValueError("fewer channels than colours")
    if photometric == _CMYK and page.value(tags.INK_SET, 1) != 1:
        raise refused("a TIFF of other inks than cyan, magenta, yellow and black")
    unnamed = (2,) if photometric == _RGB and channels == 4 else (0,) * (channels - colours)
    extra = (page.values(tags.EXTRA) or unnamed)[: channels - colours]
    extra = tuple(2 if kind == 999 else kind for kind in extra)  # written by Corel Draw
    return _Layout(
        width, height, channels, bits[0], formats[0], colours, extra,
        page.value(tags.PLANAR, 1) == 2, compression, predictor, photometric,
    )  # fmt: skip


def _stored_type(layout: _Layout) -> np.dtype[Any]:
    """Type of an array that holds the samples, in this computer's byte order."""
    bits, letter = layout.bits, _FORMAT_LETTERS.get(layout.format)
    if letter == "u" and 1 <= bits <= 32:
        return np.dtype(np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32)
    if letter == "f" and bits in (16, 32, 64):
        return np.dtype(f"f{bits // 8}")
    signed = " with a sign" if layout.format == _SIGNED else ""
    raise refused(f"a TIFF of numbers of {bits} bits{signed}")


def _blocks(
    file: IO[bytes], page: Page, layout: _Layout
) -> Iterator[tuple[int, int, int, NDArray[Any]]]:
    """Top, left, first channel and values (h, w, C) of each strip or tile."""
    tiled = tags.TILE_WIDTH in page.tags
    if tiled:
        wide, high = page.value(tags.TILE_WIDTH, 0), page.value(tags.TILE_HEIGHT, 0)
        offsets, counts = page.values(tags.TILE_OFFSETS), page.values(tags.TILE_COUNTS)
    else:
        wide = layout.width
        high = min(page.value(tags.ROWS_PER_STRIP, layout.height), layout.height)
        offsets, counts = page.values(tags.OFFSETS), page.values(tags.COUNTS)
    if not (0 < wide <= 1 << 20 and 0 < high <= 1 << 20):
        raise ValueError("impossible strips or tiles")
    planes = layout.channels if layout.planar else 1
    channels = 1 if layout.planar else layout.channels
    across, down = -(-layout.width // wide), -(-layout.height // high)
    if across * down * planes > min(len(offsets), _MOST_BLOCKS):
        raise ValueError("strips or tiles are missing")
    corners = [
        (top, left, plane)
        for plane in range(planes)
        for top in range(0, layout.height, high)
        for left in range(0, layout.width, wide)
    ]
    row_bytes = -(-wide * channels * layout.bits // 8)
    if layout.compression == _NONE:  # their sizes follow from their rows
        counts = (0,) * len(offsets)
    if len(counts) < len(corners):
        raise ValueError("strips or tiles are missing")
    unpack = _unpacker(page, layout)
    for (top, left, plane), offset, count in zip(corners, offsets, counts, strict=False):
        rows = high if tiled else min(high, layout.height - top)
        size = row_bytes * rows
        file.seek(offset)
        content = file.read(size if layout.compression == _NONE else min(count, 2 * size + _SLACK))
        data = unpack(content, row_bytes, rows)
        if data.size < size:
            raise ValueError("image file is truncated")
        raw = data[:size].reshape(rows, row_bytes)
        yield top, left, plane, _values(raw, wide, channels, page.byte_order, layout)


def _unpacker(page: Page, layout: _Layout) -> Callable[[bytes, int, int], UInt8]:
    """Function that unpacks the bytes of one strip or tile: content, bytes a row, rows."""
    turned = page.value(tags.FILL_ORDER, 1) == 2

    def unpack(content: bytes, row_bytes: int, rows: int) -> UInt8:
        packed = np.frombuffer(content, np.uint8)
        if turned:
            packed = _REVERSED[packed]
        if layout.compression == _NONE:
            return packed
        if layout.compression in (_DEFLATE, _OLD_DEFLATE):
            inflated = zlib.decompressobj().decompress(packed.tobytes(), row_bytes * rows)
            return np.frombuffer(inflated, np.uint8)
        return _unpacked_by_libtiff(packed.tobytes(), layout.compression, row_bytes, rows)

    return unpack


def _unpacked_by_libtiff(content: bytes, compression: int, row_bytes: int, rows: int) -> UInt8:
    entries = (
        (tags.WIDTH, row_bytes), (tags.HEIGHT, rows), (tags.BITS, 8),
        (tags.COMPRESSION, compression), (tags.PHOTOMETRIC, _BLACK_IS_ZERO), (tags.OFFSETS, 0),
        (tags.CHANNELS, 1), (tags.ROWS_PER_STRIP, rows), (tags.COUNTS, len(content)),
    )  # fmt: skip
    start = 8 + 2 + 12 * len(entries) + 4
    wrapped = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    for tag, value in entries:
        wrapped += struct.pack("<HHII", tag, 4, 1, start if tag == tags.OFFSETS else value)
    with Image.open(io.BytesIO(wrapped + b"\0" * 4 + content), formats=["TIFF"]) as picture:
        return np.asarray(picture).ravel()


def _values(raw: UInt8, wide: int, channels: int, byte_order: str, layout: _Layout) -> NDArray[Any]:
    """Values (rows, wide, channels) of unpacked bytes (rows, bytes)."""
    rows, bits = raw.shape[0], layout.bits
    stored = _stored_type(layout)
    if layout.predictor == 3:
        return _floating_prediction(raw, wide, channels, layout).astype(stored)
    if bits in (8, 16, 32, 64):
        values = raw.view(np.dtype(f"{byte_order}{stored.str[1:]}")).reshape(rows, wide, channels)
        values = values.astype(stored)
    else:
        values = _unpacked_bits(raw, wide * channels, bits).reshape(rows, wide, channels)
        values = values.astype(stored)
    if layout.predictor == 2:
        if bits not in (8, 16, 32, 64):
            raise refused(f"a TIFF of {bits} bits with differences")
        whole = values.view(f"u{bits // 8}")
        np.cumsum(whole, axis=1, dtype=whole.dtype, out=whole)
    elif layout.predictor != 1:
        raise refused(f"a TIFF of a rare predictor ({layout.predictor})")
    return values


def _unpacked_bits(raw: UInt8, count: int, bits: int) -> NDArray[np.uint32]:
    """Values of any number of bits, the upper bit first: uint32 (rows, count)."""
    single = np.unpackbits(raw, axis=1)[:, : count * bits].reshape(raw.shape[0], count, bits)
    values = np.zeros(single.shape[:2], np.uint32)
    for bit in range(bits):
        values = (values << np.uint32(1)) | single[..., bit]
    return values


def _floating_prediction(raw: UInt8, wide: int, channels: int, layout: _Layout) -> NDArray[Any]:
    """Undo predictor 3: differences of bytes, the upper bytes of a whole row first."""
    if layout.format != _FLOAT:
        raise refused("a TIFF of whole numbers with the predictor of floating point")
    size = layout.bits // 8
    differences = raw.reshape(raw.shape[0], -1, channels)
    summed = np.cumsum(differences, axis=1, dtype=np.uint8).reshape(raw.shape[0], size, -1)
    ordered = np.ascontiguousarray(summed.transpose(0, 2, 1))
    return ordered.view(f">f{size}").reshape(raw.shape[0], wide, channels)


def _palette_colours(page: Page, layout: _Layout, values: NDArray[Any]) -> NDArray[np.uint16]:
    colours = np.array(page.values(tags.COLOUR_MAP), np.uint16)
    entries = 1 << layout.bits
    if layout.bits > 16 or colours.size < 3 * entries or layout.format != _UNSIGNED:
        raise ValueError("a palette without its colours")
    if colours.max() < 1 << 8:
        colours = colours * np.uint16(257)
    table = colours[: 3 * entries].reshape(3, entries).T
    return np.concatenate([table[values[..., 0]], values[..., 1:]], axis=2).astype(np.uint16)


def _lab_codes(layout: _Layout, values: NDArray[Any]) -> NDArray[np.float32]:
    """L 0..1, a and b shifted by 128, over 255: float32."""
    if layout.bits not in (8, 16) or layout.format != _UNSIGNED:
        raise refused(f"a Lab TIFF of {layout.bits} bits")
    if layout.colours < values.shape[2]:
        raise refused("a Lab TIFF with transparency")
    full, unit = float((1 << layout.bits) - 1), float(1 << (layout.bits - 8))
    light = values[..., :1].astype(np.float32) / full
    if layout.photometric == _LAB:
        tint = values[..., 1:].astype(f"i{layout.bits // 8}").astype(np.float32) / unit + 128
    else:
        tint = values[..., 1:].astype(np.float32) / unit
    return np.concatenate([light, tint / 255], axis=2).astype(np.float32)
