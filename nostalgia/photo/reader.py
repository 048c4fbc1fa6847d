"""Read any photo: out comes an upright picture in 8-bit sRGB.

The content of a file decides its format, never its name. Size is checked from the header before
anything is decoded.
"""

import hashlib
import io
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nostalgia.errors import InputError, PhotoTooLargeError
from nostalgia.files import printable_name
from nostalgia.options import PhotoOptions
from nostalgia.photo.decoding import DECODING_ERRORS, Sizer, decoded_picture
from nostalgia.photo.kinds import SAVE_AS
from nostalgia.photo.opening import Opened, open_picture
from nostalgia.photo.pixel_formats import reduced
from nostalgia.photo.png_chunks import profile_of_info
from nostalgia.photo.refusal import RefusedError
from nostalgia.photo.sources import open_source
from nostalgia.types import Photo, UInt8

PhotoSource = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | Image.Image
    | NDArray[np.uint8]
    | Photo
)
"""Anything that `read_photo` reads."""

_CHUNK_BYTES = 1 << 20
_UNNAMED = "the photo"
_PILLOW_LOCK = threading.RLock()
"""Pillow's size limit and Python's warning filters are global to the process."""


def read_photo(
    source: PhotoSource,
    options: PhotoOptions | None = None,
    name: str | None = None,
    *,
    needed_wh: Sizer | None = None,
) -> Photo:
    """Read a photo.

    Args:
        source: one of

            - the path of a picture file, or "-" for standard input;
            - the bytes of a picture file, or a binary file object, read from its current position;
            - a PIL image, of which the current frame is taken, its EXIF orientation and colour
              profile applied;
            - an array, uint8: RGB (H, W, 3), grey (H, W) or RGBA (H, W, 4), upright sRGB;
            - a `Photo`, which is returned unchanged.
        options: None for the defaults.
        name: name of the photo in messages; by default that of the file, where it has one.
        needed_wh: reduces the picture of a file to this size. A large JPEG is then decoded at a
            half, a quarter or an eighth of its size, which takes less memory and time.

    Returns:
        The photo. `path` is None unless a path was given. `sha256` is that of the file's bytes; of
        the RGB pixels, row by row, for images and arrays.

    Raises:
        InputError: the photo cannot be read, is not a picture, or is damaged.
        PhotoTooLargeError: it has more than `options.max_pixels`.
    """
    options = options or PhotoOptions()
    if isinstance(source, Photo):
        return source
    display_name = printable_name(name or _name_of(source))
    if isinstance(source, np.ndarray):
        return _from_array(source, display_name, options)
    if isinstance(source, Image.Image):
        return _from_image(source, display_name, options)
    path: Path | None = None
    if isinstance(source, (str, os.PathLike)):
        source = Path(source)
        path = None if str(source) == "-" else source
    elif isinstance(source, bytearray | memoryview):
        source = bytes(source)
    elif not isinstance(source, bytes) and not hasattr(source, "read"):
        raise InputError(
            f"{display_name}: cannot be read from {type(source).__name__}; give a path, bytes,"
            " a binary file, a PIL image or an array of RGB uint8"
        )
    with open_source(source, display_name) as file:
        return _from_file(file, display_name, path, options, needed_wh)


def _name_of(source: Any) -> str:
    if isinstance(source, (str, os.PathLike)):
        return str(source)
    found = getattr(source, "filename" if isinstance(source, Image.Image) else "name", None)
    return found if isinstance(found, str) and found else _UNNAMED


def _from_array(array: NDArray[Any], display_name: str, options: PhotoOptions) -> Photo:
    channels_fit = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not channels_fit:
        raise InputError(
            f"{display_name}: an array of {array.dtype} {array.shape} is not a picture; give uint8"
            " of (H, W, 3), (H, W) or (H, W, 4)"
        )
    _check_size(array.shape[1], array.shape[0], display_name, options)
    if array.ndim == 3 and array.shape[2] == 3:
        return _photo_of_pixels(np.array(array, order="C"), display_name, [])
    return _from_image(Image.fromarray(np.ascontiguousarray(array)), display_name, options)


def _from_image(image: Image.Image, display_name: str, options: PhotoOptions) -> Photo:
    _check_size(image.width, image.height, display_name, options)
    with _decoding(display_name) as oddities:
        profile = image.info.get("icc_profile") or profile_of_info(image.info)
        decoded = decoded_picture(Opened(io.BytesIO(), image, image.size, profile), oddities)
    return _photo_of_pixels(decoded.pixels, display_name, oddities, decoded.taken)


def _photo_of_pixels(
    pixels: UInt8, display_name: str, oddities: list[str], taken: datetime | None = None
) -> Photo:
    digest = hashlib.sha256(pixels.data).hexdigest()
    return Photo(pixels, None, digest, _warnings(display_name, oddities), taken=taken)


def _from_file(
    file: IO[bytes],
    display_name: str,
    path: Path | None,
    options: PhotoOptions,
    needed_wh: Sizer | None,
) -> Photo:
    with _decoding(display_name) as oddities:
        # No variable for the picture: its decoded pixels are let go of before they are reduced.
        decoded = decoded_picture(
            _opened(file, display_name, options, oddities), oddities, needed_wh
        )
        pixels = decoded.pixels
        if needed_wh is not None:
            pixels = reduced(
                pixels, needed_wh(decoded.own_wh), decoded.orientation, decoded.stored_wh
            )
    try:
        digest = _sha256(file)
    except OSError as exc:
        raise InputError(
            f"{display_name}: cannot be read to its end ({exc.strerror}); copy it again"
        ) from exc
    warnings = _warnings(display_name, oddities)
    is_reduced = decoded.own_wh != (pixels.shape[1], pixels.shape[0])
    own_wh = decoded.own_wh if is_reduced else None
    return Photo(pixels, path, digest, warnings, own_wh, decoded.taken)


@contextmanager
def opened_photo(source: Path | bytes, display_name: str) -> Iterator[tuple[IO[bytes], Opened]]:
    """A photo's file and its opened picture, for a second look at what `read_photo` has read.

    Raises:
        InputError: it cannot be read, is not a picture, or is damaged.
    """
    with open_source(source, display_name) as file, _decoding(display_name) as oddities:
        yield file, _opened(file, display_name, PhotoOptions(), oddities)


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(_CHUNK_BYTES):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def _decoding(display_name: str) -> Iterator[list[str]]:
    """Turn the errors of decoders into InputError, and collect oddities of the picture."""
    oddities: list[str] = []
    with _PILLOW_LOCK, warnings.catch_warnings(record=True) as pillow_warnings:
        warnings.simplefilter("always")
        try:
            yield oddities
        except RefusedError as exc:
            raise InputError(f"{display_name}: {exc}") from exc
        except DECODING_ERRORS as exc:
            raise InputError(f"{display_name}: {_damage(exc)}") from exc
    if any(issubclass(each.category, UserWarning) for each in pillow_warnings):
        oddities.append("parts of its metadata are damaged")


def _warnings(display_name: str, oddities: list[str]) -> tuple[str, ...]:
    return tuple(f"{display_name}: {oddity}" for oddity in dict.fromkeys(oddities))


def _opened(
    file: IO[bytes], display_name: str, options: PhotoOptions, oddities: list[str]
) -> Opened:
    """Open a picture: its header is read, and its size is within the limit."""
    with _no_pillow_limit():
        opened = open_picture(file, oddities)
    _check_size(*opened.size_wh, display_name, options)
    return opened


def _check_size(width: int, height: int, display_name: str, options: PhotoOptions) -> None:
    if width * height == 0:
        raise InputError(f"{display_name}: a picture of {width} x {height} has no pixels")
    if width * height > options.max_pixels:
        raise PhotoTooLargeError(
            f"{display_name}: {width} x {height} pixels are more than the limit of "
            f"{options.max_pixels / 1e6:.0f} megapixels; save a smaller copy of it"
        )


@contextmanager
def _no_pillow_limit() -> Iterator[None]:
    """Headers are read without Pillow's own limit, because ours is checked right afterwards."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _damage(exc: BaseException) -> str:
    if isinstance(exc, MemoryError):
        return "too little memory to decode it; save a smaller copy of it"
    if "truncated" in str(exc).lower():
        return "the picture is cut off before its end; copy or download it again"
    reason = " ".join(str(exc).split())[:120] or type(exc).__name__
    return f"the picture is damaged ({printable_name(reason)}); {SAVE_AS}"
