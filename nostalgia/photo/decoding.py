"""Decode an opened picture: reduced where its decoder can, turned upright, with its date."""

import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags, Image

from nostalgia.photo.dates import date_taken
from nostalgia.photo.pixel_formats import upright_rgb
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

_REDUCIBLE = ("JPEG", "MPO")
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


def first_picture(image: Image.Image, oddities: list[str]) -> Image.Image:
    """A file's picture, the first if there are several; the previews in an MPO do not count."""
    if image.format != "MPO" and getattr(image, "is_animated", False):
        image.seek(0)
        oddities.append("it contains several pictures: the first one was used")
    return image


def decoded_picture(
    image: Image.Image, oddities: list[str], needed_wh: Sizer | None = None
) -> Decoded:
    """Decode a picture, in reduced form if its decoder can and less of it is needed.

    image: just opened. oddities: one clause per oddity is added.
    """
    if image.format not in _REDUCIBLE:  # EXIF data of a PNG may stand behind its pixels
        image.load()
    orientation = _orientation(image, oddities)
    turned = orientation in (5, 6, 7, 8)
    own_wh = (image.height, image.width) if turned else image.size
    stored_wh: tuple[float, float] = image.size
    if needed_wh is not None:
        width, height = (math.ceil(_SURPLUS * side) for side in needed_wh(own_wh))
        draft = image.draft(None, (height, width) if turned else (width, height))
        if draft is not None:
            stored_wh = draft[1][2:]
    image.load()
    pixels, others = upright_rgb(image, orientation)
    oddities += others
    return Decoded(pixels, own_wh, orientation, stored_wh, _date(image))


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
