"""The bytes of still pictures: JPEG, PNG and TIFF with all that goes with the pixels.

The same samples and metadata give the same bytes. PNG: "Portable Network Graphics (PNG)
Specification" (third edition), sections 5 and 11; TIFF: Adobe, "TIFF Revision 6.0" (1992) and
"Supplement 2" (Deflate); JPEG segments: "XMP Specification Part 3" (2020) and "Exif 2.32".
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from nostalgia.errors import EncodingError
from nostalgia.photo.decoding import DECODING_ERRORS
from nostalgia.photo.metadata import XMP_KEYWORD, Metadata
from nostalgia.photo.orientation import strips
from nostalgia.stills.output import StillFormat
from nostalgia.types import UInt8

JPEG_QUALITY: Final = 95
"""Of 100, with colours at full resolution: differences from the pixels are below those of grain."""

_PNG_COMPRESSION, _DEFLATE_LEVEL = 3, 4
_PNG_START_BYTES = 8 + 25
"""Signature and header chunk, which everything else follows."""
_METRES_PER_INCH = 0.0254
_SEGMENT_LIMIT = 0xFFFF - 2
_EXIF_NAME, _XMP_NAME = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP_NAME = b"Photoshop 3.0\0"
_APP0, _APP1, _APP13, _COMMENT = 0xE0, 0xE1, 0xED, 0xFE
_OPAQUE, _PREDICTOR_DIFFERENCES, _DEFLATE, _INCHES = 2, 2, 8, 2
_RESOLUTION_TAGS = (282, 283)
_XMP_TAG, _PHOTOSHOP_TAG, _PROFILE_TAG, _PARTS = 700, 34377, 34675, (34665, 34853)
_BYTE, _UNDEFINED = 1, 7
_OF_THE_FILE = frozenset(range(254, 280)) - {269, 270, 271, 272}
"""Tags that say how pixels lie in a file, and not what they show."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture to be written.

    samples: uint8 or uint16 (H, W, 1 to 4), upright: grey or RGB, and possibly transparency.
    profile: ICC profile; None for sRGB. metadata: what is copied from the photo, its EXIF data
    corrected. packet: XMP.
    """

    samples: NDArray[Any] = field(repr=False)
    profile: bytes | None
    metadata: Metadata
    packet: bytes


def encoded(still: Still, kind: StillFormat) -> tuple[bytes, list[str]]:
    """The bytes of a file, and one clause per thing that the format cannot hold.

    Raises:
        EncodingError: the picture cannot be encoded.
    """
    return {"jpeg": _jpeg, "png": _png, "tiff": _tiff}[kind](still)


def on_white(samples: NDArray[Any]) -> UInt8:
    """Samples as 8-bit colours without transparency: uint8 (H, W, 1 or 3)."""
    if samples.dtype == np.uint16:
        samples = ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if samples.shape[2] in (1, 3):
        return np.asarray(samples, np.uint8)
    alpha = samples[..., -1:].astype(np.uint16)
    mixed = (samples[..., :-1] * alpha + 255 * (255 - alpha) + 127) // 255
    return np.asarray(mixed, np.uint8)


def _jpeg(still: Still) -> tuple[bytes, list[str]]:
    left_out = []
    if still.samples.dtype == np.uint16:
        left_out.append("a JPEG holds 8 of its 16 bits; a name that ends in .png or .tif keeps all")
    if still.samples.shape[2] in (2, 4):
        left_out.append("a JPEG has no transparency: it was laid on white")
    pixels = on_white(still.samples)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    buffer = io.BytesIO()
    more: dict[str, Any] = {"dpi": still.metadata.dpi} if still.metadata.dpi else {}
    more |= {"icc_profile": still.profile} if still.profile else {}
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, **more)
    plain = buffer.getvalue()
    segments = []
    for marker, name, data in _jpeg_contents(still):
        if len(name) + len(data) > _SEGMENT_LIMIT:
            left_out.append("some of its metadata are too large for a JPEG and were not copied")
        else:
            length = 2 + len(name) + len(data)
            segments.append(struct.pack(">BBH", 0xFF, marker, length) + name + data)
    start = _after_app0(plain)
    return plain[:start] + b"".join(segments) + plain[start:], list(dict.fromkeys(left_out))


def _jpeg_contents(still: Still) -> Iterable[tuple[int, bytes, bytes]]:
    """Marker, name and data of the segments behind the first."""
    if still.metadata.exif:
        yield _APP1, _EXIF_NAME, still.metadata.exif
    yield _APP1, _XMP_NAME, still.packet
    if still.metadata.photoshop:
        yield _APP13, _PHOTOSHOP_NAME, still.metadata.photoshop
    for comment in still.metadata.comments:
        yield _COMMENT, b"", comment


def _after_app0(content: bytes) -> int:
    """Place behind the segment APP0, which must be the first."""
    if content[3] != _APP0:
        return 2
    return 4 + int(struct.unpack(">H", content[4:6])[0])


def _png(still: Still) -> tuple[bytes, list[str]]:
    samples = still.samples
    if samples.shape[2] == 2:  # OpenCV does not write grey with transparency
        samples = samples[..., [0, 0, 0, 1]]
    order: Any = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[samples.shape[2]]
    level = [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION]
    done, content = cv2.imencode(".png", np.ascontiguousarray(samples[..., order]), level)
    if not done:
        raise EncodingError("the picture cannot be written as a PNG; name a file that ends in .tif")
    plain = content.tobytes()
    chunks = b"".join(_chunk(kind, data) for kind, data in _png_contents(still))
    return plain[:_PNG_START_BYTES] + chunks + plain[_PNG_START_BYTES:], []


def _png_contents(still: Still) -> Iterable[tuple[bytes, bytes]]:
    """Type and data of the chunks between header and pixels."""
    metadata = still.metadata
    yield from metadata.png_colours
    if still.profile and not metadata.png_colours:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(still.profile)
    if metadata.dpi:
        across, down = (round(dots / _METRES_PER_INCH) for dots in metadata.dpi)
        yield b"pHYs", struct.pack(">IIB", across, down, 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif
    yield b"iTXt", XMP_KEYWORD + b"\0\0\0\0" + still.packet
    yield from metadata.png_texts


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _tiff(still: Still) -> tuple[bytes, list[str]]:
    samples = still.samples
    height, width, channels = samples.shape
    grey = channels <= 2
    tags, left_out = _tiff_tags(still)
    directory = ImageFileDirectory_v2(ifh=b"II*\0\0\0\0\0")
    for tag, value in tags.items():
        directory[tag] = value
    packed = _packed(samples)
    structure = {
        256: width, 257: height, 258: (8 * samples.dtype.itemsize,) * channels, 259: _DEFLATE,
        262: 1 if grey else 2, 273: 0, 277: channels, 278: height, 279: len(packed), 284: 1,
        317: _PREDICTOR_DIFFERENCES,
    }  # fmt: skip
    if channels in (2, 4):
        structure[338] = _OPAQUE
    for tag, number in structure.items():
        directory[tag] = number
    if still.metadata.dpi:
        for tag, dots in zip(_RESOLUTION_TAGS, still.metadata.dpi, strict=True):
            directory[tag] = dots
        directory[296] = _INCHES
    for tag, kind, data in (
        (_XMP_TAG, _BYTE, still.packet),
        (_PHOTOSHOP_TAG, _UNDEFINED, still.metadata.photoshop),
        (_PROFILE_TAG, _UNDEFINED, still.profile),
    ):
        if data:
            directory.tagtype[tag] = kind
            directory[tag] = data
    head = struct.pack("<2sHI", b"II", 42, 8)
    return head + directory.tobytes(8) + packed, left_out


def _tiff_tags(still: Still) -> tuple[dict[int, Any], list[str]]:
    """The tags of the photo's EXIF data that say nothing about how its pixels were stored."""
    if not still.metadata.exif:
        return {}, []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # damage that Pillow only warns about
            return _descriptive_tags(still.metadata.exif), []
    except (*DECODING_ERRORS, UserWarning):
        return {}, ["its EXIF data are damaged and were not copied"]


def _descriptive_tags(block: bytes) -> dict[int, Any]:
    exif, writable = Image.Exif(), Image.Exif()
    exif.load(_EXIF_NAME + block)
    tags = {tag: exif[tag] for tag in exif if tag not in _OF_THE_FILE and tag not in _PARTS}
    tags |= {tag: dict(part) for tag in _PARTS if (part := exif.get_ifd(tag))}
    for tag, value in tags.items():
        writable[tag] = value
    writable.tobytes()  # raises for what cannot be written
    return tags


def _packed(samples: NDArray[Any]) -> bytes:
    """Samples as differences from their left neighbours, deflated in one strip."""
    packer = zlib.compressobj(_DEFLATE_LEVEL)
    parts = []
    for top, bottom in strips(samples.shape[1], samples.shape[0]):
        rows = samples[top:bottom]
        differences = rows.astype(rows.dtype.newbyteorder("<"))
        differences[:, 1:] -= rows[:, :-1]
        parts.append(packer.compress(differences.tobytes()))
    return b"".join([*parts, packer.flush()])


def enlarged_dpi(metadata: Metadata, scale: int) -> Metadata:
    """Metadata of a picture with `scale` times the pixels on the same paper."""
    if metadata.dpi is None or scale == 1:
        return metadata
    across, down = metadata.dpi
    return replace(metadata, dpi=(across * scale, down * scale))
