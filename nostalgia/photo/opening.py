"""Open the bytes of a picture: what it is, which part of it is the picture, and its colours.

Pillow decodes nearly everything. What it reads wrongly or not at all is told apart here, from what
the file itself says, and is read in another way or refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError, features

from nostalgia.photo import kinds
from nostalgia.photo.colour_profiles import BROKEN_PROFILE
from nostalgia.photo.jpeg_files import rare_kind
from nostalgia.photo.media_boxes import JP2_DEEP_KNOWN, heif_profile, jp2_depth, jp2_profile
from nostalgia.photo.png_chunks import png_view
from nostalgia.photo.refusal import RefusedError, refused
from nostalgia.photo.samples import Samples
from nostalgia.photo.tiff_pages import ORIENTATION, PROFILE, Page, from_page, picture_page
from nostalgia.photo.tiff_samples import pillow_reads, read_samples

READABLE = ("JPEG", "MPO", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "HEIF", "JPEG2000")
_RGB_PNG, _GREY_ALPHA_PNG, _RGBA_PNG = 2, 4, 6


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened picture, not yet decoded.

    file: its bytes. image: None if Pillow does not open it. size_wh: as stored. profile: ICC
    profile; None for sRGB. samples: reads the values in place of Pillow. orientation: 1..8 as in
    EXIF; None if Pillow is to be asked.
    """

    file: IO[bytes]
    image: Image.Image | None
    size_wh: tuple[int, int]
    profile: bytes | None = None
    samples: Callable[[], Samples] | None = None
    orientation: int | None = None


def open_picture(file: IO[bytes], oddities: list[str]) -> Opened:
    """Open a picture file at its first byte; only its header is read.

    oddities: one clause per oddity is added.

    Raises:
        RefusedError: it is no picture, or not surely read right.
    """
    start = file.read(kinds.START_BYTES)
    file.seek(0)
    if not start:
        raise RefusedError("the file is empty; copy it again")
    kind = kinds.kind_of_start(start)
    if kind is not None and kind.remedy:
        raise RefusedError(kind.refusal)
    if kind is kinds.TIFF and (page := picture_page(file, oddities)) is not None:
        return _opened_page(file, page)
    if kind is kinds.PNG:
        return _opened_png(file, start, oddities)
    if kind in (kinds.HEIC, kinds.AVIF):
        _allow_heif(kind)
    image = _first_picture(_identified(file, kind), oddities)
    profile = image.info.get("icc_profile")
    if kind is kinds.JPEG_2000:
        return _opened_jp2(file, image)
    if kind is kinds.JPEG and not profile and _has_parts_of_profile(image):
        oddities.append(BROKEN_PROFILE)
    if kind in (kinds.HEIC, kinds.AVIF) and not profile:
        profile = heif_profile(file)
    return Opened(file, image, image.size, profile)


def _has_parts_of_profile(image: Image.Image) -> bool:
    """True for a JPEG with segments of a colour profile; Pillow passes over an incomplete one."""
    segments = getattr(image, "applist", [])
    return any(name == "APP2" and data.startswith(b"ICC_PROFILE\0") for name, data in segments)


def _opened_page(file: IO[bytes], page: Page) -> Opened:
    profile = bytes(page.values(PROFILE)) or None
    orientation = page.value(ORIENTATION, 1)
    if not pillow_reads(page):
        return Opened(
            file, None, page.size_wh, profile, lambda: read_samples(file, page), orientation
        )
    view = file if page.is_first else from_page(file, page)
    image = _identified(view, kinds.TIFF)
    # Pillow turns a TIFF upright itself, by the page's own tag.
    borrowed = orientation if ORIENTATION in page.borrowed else None
    return Opened(file, image, image.size, profile, None, borrowed)


def _opened_jp2(file: IO[bytes], image: Image.Image) -> Opened:
    """Of more than 8 bits, Pillow turns white into black where it rounds up: OpenCV reads those."""
    channels, bits = jp2_depth(file)
    if bits <= 8 or channels == 1:
        return Opened(file, image, image.size, jp2_profile(file))
    if channels != 3 or bits > 16:
        raise refused(f"a JPEG 2000 picture of {channels} channels with {bits} bits")
    profile = jp2_profile(file, JP2_DEEP_KNOWN)
    return Opened(file, image, image.size, profile, lambda: _deep_jp2(file, bits))


def _deep_jp2(file: IO[bytes], bits: int) -> Samples:
    return Samples(_decoded_by_opencv(file)[..., ::-1], "RGB", bits)


def _decoded_by_opencv(file: IO[bytes]) -> NDArray[np.uint16]:
    """BGR or BGRA uint16 (H, W, 3 or 4).

    Raises:
        ValueError: the picture is damaged.
    """
    file.seek(0)
    pixels = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.dtype != np.uint16:
        raise ValueError("its pixels cannot be decoded")
    return np.asarray(pixels, np.uint16)


def _opened_png(file: IO[bytes], start: bytes, oddities: list[str]) -> Opened:
    view, profile = png_view(file, oddities)
    image = _first_picture(_identified(view, kinds.PNG), oddities)
    depth, colours = start[24:26].ljust(2, b"\0")
    deep = depth == 16 and colours in (_RGB_PNG, _GREY_ALPHA_PNG, _RGBA_PNG)
    needs_all = deep and (profile is not None or "transparency" in image.info)
    read = (lambda: deep_png(view, colours)) if needs_all else None
    return Opened(file, image, image.size, profile, read)


def deep_png(view: IO[bytes], colours: int) -> Samples:
    """All 16 bits of a PNG, of which Pillow keeps 8.

    They are too few for a profile of linear light, and to tell the transparent colour from others.

    colours: the colour type in its header.

    Raises:
        ValueError: it is damaged.
    """
    pixels = _decoded_by_opencv(view)
    alpha = pixels.shape[2] == 4
    if colours == _GREY_ALPHA_PNG:
        return Samples(pixels[..., [0, -1]], "L", 16, "straight")
    order = [2, 1, 0, 3] if alpha else [2, 1, 0]
    return Samples(pixels[..., order], "RGB", 16, "straight" if alpha else "")


def _identified(file: IO[bytes], kind: kinds.Kind | None) -> Image.Image:
    """Open a picture of a readable format; Pillow's rarer plugins are imported only if needed.

    Raises:
        RefusedError: Pillow does not know it.
    """
    for prepare in (Image.preinit, Image.init):
        prepare()
        file.seek(0)
        try:
            return Image.open(file, formats=[each for each in READABLE if each in Image.OPEN])
        except UnidentifiedImageError:
            pass
    if kind is kinds.JPEG and (rare := rare_kind(file)):
        raise refused(f"a JPEG of a rare kind ({rare})", "save it as a usual JPEG or PNG")
    if kind is kinds.JPEG_2000 and not features.check("jpg_2000"):
        raise refused("a JPEG 2000 picture", "save it as JPEG or PNG")
    raise RefusedError(f"not a readable picture, or badly damaged; {kinds.SAVE_AS}")


def _first_picture(image: Image.Image, oddities: list[str]) -> Image.Image:
    """A file's picture: the main one of a HEIF, else the first, if there are several.

    The previews in an MPO do not count.
    """
    several = image.format != "MPO" and getattr(image, "is_animated", False)
    if several and image.format == "HEIF":
        oddities.append("it contains several pictures: the main one was used")
    elif several:
        image.seek(0)
        oddities.append("it contains several pictures: the first one was used")
    return image


def _allow_heif(kind: kinds.Kind) -> None:
    """Register the HEIF decoder where a file needs it.

    Raises:
        RefusedError: there is none.
    """
    if kind is kinds.AVIF:
        if not features.check("avif"):
            raise refused("an AVIF picture", "save it as JPEG or PNG")
        return
    try:
        import pillow_heif
    except ImportError as exc:
        raise RefusedError("a HEIC picture; to read it, run: pip install pillow-heif") from exc
    pillow_heif.register_heif_opener()
