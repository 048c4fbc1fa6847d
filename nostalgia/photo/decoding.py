"""Decode an opened picture: reduced where its decoder can, turned upright, with its date."""

import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import numpy as np
from PIL import ExifTags, Image

from nostalgia.photo.dates import date_taken
from nostalgia.photo.jpeg_files import WITHOUT_END, completions, is_refined
from nostalgia.photo.opening import Opened
from nostalgia.photo.orientation import is_turned
from nostalgia.photo.pixel_formats import upright_rgb
from nostalgia.photo.samples import Samples, rgb_of_samples
from nostalgia.photo.spliced import whole
from nostalgia.types import UInt8

Sizer = Callable[[tuple[int, int]], tuple[int, int]]
"""Width and height of a photo -> those of the pixels that are needed of it, at most as many."""

DECODING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    ArithmeticError,
    LookupError,
    AttributeError,
    AssertionError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""Exceptions that Pillow and its decoders raise on broken files; found by feeding them some."""

_BIG_TIFF = (b"II\x2b\0", b"MM\0\x2b")
_REDUCIBLE = ("JPEG", "MPO")
_MIDDLE_GREY = 128
"""Colour of the parts of a JPEG picture that are not in its file."""
_SURPLUS = 1.1
"""Least size that a decoder leaves, as a factor of what is needed, so that the rest is averaged."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture. pixels: upright, RGB uint8 (H, W, 3). own_wh: in the file, upright.

    stored_wh: size of the picture in `pixels` before it was turned upright from `orientation`; less
    than a pixel smaller than they are where the decoder reduced it.
    """

    pixels: UInt8
    own_wh: tuple[int, int]
    orientation: int
    stored_wh: tuple[float, float]
    taken: datetime | None


def decoded_picture(opened: Opened, oddities: list[str], needed_wh: Sizer | None = None) -> Decoded:
    """Decode a picture, in reduced form if its decoder can and less of it is needed.

    A JPEG file that lacks only the mark of its end is whole. oddities: one clause per oddity is
    added.
    """
    if opened.samples is not None:
        return _decoded_samples(opened, opened.samples(), oddities)
    image = opened.image
    assert image is not None
    before = list(oddities)
    try:
        decoded = _decoded(image, opened.profile, opened.orientation, oddities, needed_wh)
        if not _may_lack_pixels(image, opened.file):
            return decoded
        ending = []
    except OSError as exc:
        if image.format not in _REDUCIBLE or "truncated" not in str(exc):
            raise
        ending = [WITHOUT_END]
    results = []
    for view in completions(opened.file):
        oddities[:] = before
        again = Image.open(view, formats=_REDUCIBLE)
        results.append(_decoded(again, opened.profile, None, oddities, needed_wh))
    if not results or not np.array_equal(results[0].pixels, results[1].pixels):
        raise OSError("image file is truncated")
    oddities += ending
    return results[0]


def _may_lack_pixels(image: Image.Image, file: IO[bytes]) -> bool:
    """True for a JPEG file with an end mark that possibly ends before all its pixels are there.

    Decoders say nothing about it. A recovery program, or a broken disk, leaves such files.
    """
    if image.format not in _REDUCIBLE or not whole(file):
        return False
    last = image.crop((image.width - 1, image.height - 1, image.width, image.height))
    unreached = bool((np.abs(np.asarray(last).astype(int) - _MIDDLE_GREY) <= 1).all())
    return unreached or ("progressive" in image.info and not is_refined(file))


def _decoded(
    image: Image.Image,
    profile: bytes | None,
    orientation: int | None,
    oddities: list[str],
    needed_wh: Sizer | None,
) -> Decoded:
    if image.format not in _REDUCIBLE:  # EXIF data of a PNG may stand behind its pixels
        image.load()
    orientation = _orientation(image, oddities) if orientation is None else orientation
    own_wh = _turned_wh(image.size, orientation)
    stored_wh: tuple[float, float] = image.size
    if needed_wh is not None:
        width, height = (math.ceil(_SURPLUS * side) for side in needed_wh(own_wh))
        draft = image.draft(None, _turned_wh((width, height), orientation))
        if draft is not None:
            stored_wh = draft[1][2:]
    image.load()
    pixels, others = upright_rgb(image, profile, orientation)
    oddities += others
    return Decoded(pixels, own_wh, orientation, stored_wh, _date(image))


def _decoded_samples(opened: Opened, samples: Samples, oddities: list[str]) -> Decoded:
    orientation = orientation_of(opened, oddities)
    pixels, others = rgb_of_samples(samples, opened.profile, orientation)
    oddities += others
    own_wh = _turned_wh(opened.size_wh, orientation)
    taken = _date(opened.image) if opened.image else _date_of_file(opened.file)
    return Decoded(pixels, own_wh, orientation, opened.size_wh, taken)


def _turned_wh(size_wh: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size_wh[1], size_wh[0]) if is_turned(orientation) else size_wh


def orientation_of(opened: Opened, oddities: list[str]) -> int:
    """EXIF orientation 1..8 of a picture that is loaded, or has samples of its own."""
    if opened.orientation is not None:
        return opened.orientation
    assert opened.image is not None
    return _orientation(opened.image, oddities)


def _orientation(image: Image.Image, oddities: list[str]) -> int:
    """EXIF orientation 1..8; 1 where the tag is missing, impossible or unreadable."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DECODING_ERRORS:
        oddities.append("its EXIF data are damaged and were ignored")
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _date(image: Image.Image) -> datetime | None:
    try:
        return date_taken(image.getexif())
    except DECODING_ERRORS:
        return None


def _date_of_file(file: IO[bytes]) -> datetime | None:
    """The date in a TIFF file that Pillow does not open; not in one of 64 bits."""
    exif = Image.Exif()
    try:
        file.seek(0)
        if file.read(4) in _BIG_TIFF:  # Pillow would take its directory for a damaged one
            return None
        file.seek(0)
        exif.load_from_fp(file)
        return date_taken(exif)
    except DECODING_ERRORS:
        return None
