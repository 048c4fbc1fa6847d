"""Any picture that Pillow opens, as upright 8-bit sRGB: modes, depths, profiles, alpha, rotation.

The picture is rotated strip by strip straight into its place in the result, so that nothing as
large as the photo is held apart from Pillow's own copy and the result.
"""

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms

from nostalgia.types import Float32, UInt8

_STRIP_PX = 1 << 21
_SPECK = 1e-4
"""Share of the pixels that may be brighter than white, such as a scanner's hot pixels."""
_MODE_OF_PROFILE = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}

Strips = Callable[[Image.Image], UInt8]


def upright_rgb(image: Image.Image, orientation: int = 1) -> tuple[UInt8, list[str]]:
    """Pixels of a loaded picture, and what was odd about it.

    image: any mode. orientation: 1..8 as in EXIF (others count as 1).
    Returns: RGB uint8 (H, W, 3), contiguous, and one clause per oddity.
    """
    image, oddities = _without_palette(image)
    if image.mode.startswith("I") or image.mode == "F":
        convert, more = _deep_converter(image)
    else:
        convert, more = _flat_converter(image)
    width, height = image.size
    turned = orientation in (5, 6, 7, 8)
    pixels = np.empty((width, height, 3) if turned else (height, width, 3), np.uint8)
    stored = as_stored(pixels, orientation)
    for top, bottom in _strips(image):
        stored[top:bottom] = convert(image.crop((0, top, width, bottom)))
    return pixels, oddities + more


def reduced(
    pixels: UInt8, size_wh: tuple[int, int], orientation: int, stored_wh: tuple[float, float]
) -> UInt8:
    """An upright picture reduced to a width and height: RGB uint8 (H, W, 3), by averaging.

    Args:
        pixels: RGB uint8 (H, W, 3), upright.
        size_wh: size of the result.
        orientation: 1..8, from which the picture was turned upright.
        stored_wh: size of the picture as it is stored: a decoder that reduces it by a whole number
            pads the last column and row.
    """
    stored = as_stored(pixels, orientation)
    if size_wh == (pixels.shape[1], pixels.shape[0]):
        return pixels
    if stored_wh == (stored.shape[1], stored.shape[0]):
        return np.asarray(cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    upright = np.empty((size_wh[1], size_wh[0], 3), np.uint8)
    target = as_stored(upright, orientation)
    height, width = target.shape[:2]
    # With factors instead of a size, OpenCV keeps them exact and rounds the size, up to one more.
    fx, fy = width / stored_wh[0], height / stored_wh[1]
    contiguous = np.ascontiguousarray(stored)
    averaged = cv2.resize(contiguous, None, fx=fx, fy=fy, interpolation=cv2.INTER_AREA)
    target[...] = averaged[:height, :width]
    return upright


def _strips(image: Image.Image) -> list[tuple[int, int]]:
    width, height = image.size
    rows = max(1, _STRIP_PX // width)
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]


def as_stored(upright: UInt8, orientation: int) -> UInt8:
    """View of `upright` in the row and column order of the file (EXIF 2.3, tag 274)."""
    stored = upright.transpose(1, 0, 2) if orientation in (5, 6, 7, 8) else upright
    if orientation in (3, 4, 6, 7):
        stored = stored[::-1]
    return stored[:, ::-1] if orientation in (2, 3, 7, 8) else stored


def _without_palette(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Picture in a mode without a palette; alpha that hides everything is dropped."""
    if image.mode in ("P", "PA"):
        clear = image.mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if clear else "RGB")
    elif "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        image = image.convert("RGBA" if image.mode == "RGB" else "LA")
    elif image.mode in ("RGBa", "La"):
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if image.mode in ("RGBA", "LA") and image.getchannel("A").getextrema()[1] == 0:
        return image.convert(image.mode[:-1]), [
            "it is entirely transparent: the transparency was ignored"
        ]
    return image, []


def _flat_converter(image: Image.Image) -> tuple[Strips, list[str]]:
    """Converter of modes with 8 bits or 1 bit."""
    mode = image.mode
    alpha = mode in ("RGBA", "LA")
    colour_mode = mode[:-1] if alpha else mode
    to_srgb, oddities = _profile_transform(image.info.get("icc_profile"), colour_mode)

    def convert(strip: Image.Image) -> UInt8:
        colours = strip.convert(colour_mode) if alpha else strip
        if to_srgb is not None:
            rgb = np.asarray(ImageCms.applyTransform(colours, to_srgb))
        else:
            rgb = np.asarray(colours.convert("RGB"))
        return _on_white(rgb, np.asarray(strip.getchannel("A"))) if alpha else rgb

    return convert, oddities


def _on_white(rgb: UInt8, alpha: UInt8) -> UInt8:
    share = alpha.astype(np.uint16)[..., None]
    return np.asarray((rgb * share + 255 * (255 - share) + 127) // 255, np.uint8)


def _profile_transform(
    profile: Any, mode: str
) -> tuple[ImageCms.ImageCmsTransform | None, list[str]]:
    """Transform from `mode` to sRGB by the file's own profile; None if none is needed."""
    srgb = ImageCms.createProfile("sRGB")
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return ImageCms.buildTransform(lab, srgb, "LAB", "RGB"), []
    if not profile or mode not in ("RGB", "L", "CMYK"):
        return None, []
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _MODE_OF_PROFILE.get(embedded.profile.xcolor_space) != mode:
            return None, ["its colour profile is for another kind of picture and was ignored"]
        if "srgb" in (embedded.profile.profile_description or "").lower():
            return None, []
        return ImageCms.buildTransform(embedded, srgb, mode, "RGB"), []
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None, ["its colour profile is broken: it was read as sRGB"]


def _deep_converter(image: Image.Image) -> tuple[Strips, list[str]]:
    """Converter of grey with 16 or 32 bits or floating point; white is set by the values found."""
    if image.mode == "F":
        black, white, oddities = _float_range(image)
    else:
        black, white, oddities = _integer_range(image)

    def convert(strip: Image.Image) -> UInt8:
        values = np.nan_to_num(_values(strip), nan=black, posinf=white, neginf=black)
        grey = np.clip((values - black) * (255 / (white - black)), 0, 255)
        return np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)

    return convert, oddities


def _values(strip: Image.Image) -> Float32:
    return np.asarray(strip).astype(np.float32)


def _integer_range(image: Image.Image) -> tuple[float, float, list[str]]:
    """Black, white and oddities: 0 (or a negative minimum) and the full scale of the bits used."""
    counts = np.zeros(1 << 16, np.int64)
    low, high = 0, 0
    for top, bottom in _strips(image):
        values = np.asarray(image.crop((0, top, image.width, bottom)))
        low, high = min(low, int(values.min())), max(high, int(values.max()))
        if 0 <= low and high < 1 << 16:
            counts += np.bincount(values.ravel(), minlength=1 << 16)
    if low < 0 or high >= 1 << 16:
        return (
            float(low),
            float(high),
            ["its grey values have an unusual range: they were stretched"],
        )
    brighter = np.cumsum(counts[::-1])[::-1]
    brightest = int(np.flatnonzero(brighter > brighter[0] * _SPECK)[-1])
    white = (1 << max(8, brightest.bit_length())) - 1
    if white == (1 << 16) - 1 or brightest == 0:
        return 0.0, float((1 << 16) - 1), []
    return (
        0.0,
        float(white),
        [f"its values fill {brightest.bit_length()} of 16 bits: they were stretched"],
    )


def _float_range(image: Image.Image) -> tuple[float, float, list[str]]:
    """Black, white and oddities: 0..1 or 0..255 where the values fit, else their own range."""
    low, high, broken = np.inf, -np.inf, 0
    for top, bottom in _strips(image):
        values = _values(image.crop((0, top, image.width, bottom)))
        finite = values[np.isfinite(values)]
        broken += values.size - finite.size
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    oddities = [f"{broken} of its values are not finite numbers"] if broken else []
    if low >= 0 and high <= 1:
        return 0.0, 1.0, oddities
    if low >= 0 and 1 < high <= 255:
        return 0.0, 255.0, oddities
    if not low < high:
        return 0.0, 1.0, oddities
    return low, high, [*oddities, "its values have an unusual range: they were stretched"]
