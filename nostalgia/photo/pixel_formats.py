"""Any picture that Pillow opens, as upright 8-bit sRGB: modes, depths, profiles, alpha, rotation.

The picture is rotated strip by strip straight into its place in the result, so that nothing as
large as the photo is held apart from Pillow's own copy and the result.
"""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from nostalgia.photo.colour_profiles import srgb_transform, transformed
from nostalgia.photo.orientation import as_stored, is_turned, strips
from nostalgia.photo.samples import rgb_of_samples, samples_of
from nostalgia.types import UInt8

Strips = Callable[[Image.Image], UInt8]


def upright_rgb(
    image: Image.Image, profile: bytes | None, orientation: int = 1
) -> tuple[UInt8, list[str]]:
    """Pixels of a loaded picture, and what was odd about it.

    image: any mode. profile: its ICC profile. orientation: 1..8 as in EXIF (others count as 1).
    Returns: RGB uint8 (H, W, 3), contiguous, and one clause per oddity.
    """
    image, oddities = _without_palette(image)
    if image.mode.startswith("I") or image.mode == "F":
        pixels, more = rgb_of_samples(samples_of(image), profile, orientation)
        return pixels, oddities + more
    convert, more = _flat_converter(image, profile)
    width, height = image.size
    turned = is_turned(orientation)
    pixels = np.empty((width, height, 3) if turned else (height, width, 3), np.uint8)
    stored = as_stored(pixels, orientation)
    for top, bottom in strips(width, height):
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


def _without_palette(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Picture in a mode without a palette; alpha that hides everything is dropped."""
    oddities = ["its palette lacks colours: they were made black"] if _lacks_colours(image) else []
    if image.mode in ("P", "PA"):
        clear = image.mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if clear else "RGB")
    elif "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        image = image.convert("RGBA" if image.mode == "RGB" else "LA")
    elif image.mode in ("RGBa", "La"):
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if image.mode in ("RGBA", "LA") and image.getchannel("A").getextrema()[1] == 0:
        oddities.append("it is entirely transparent: the transparency was ignored")
        image = image.convert(image.mode[:-1])
    return image, oddities


def _lacks_colours(image: Image.Image) -> bool:
    """True if pixels have numbers beyond the palette, other than that of transparent ones."""
    if image.mode != "P":
        return False
    counts = image.histogram()[len(image.getpalette() or []) // 3 : 256]
    beyond = {number for number, count in enumerate(counts, 256 - len(counts)) if count}
    clear = image.info.get("transparency", b"")
    if isinstance(clear, bytes):
        return any(clear[number : number + 1] != b"\0" for number in beyond)
    return bool(beyond - {clear})


def _flat_converter(image: Image.Image, profile: bytes | None) -> tuple[Strips, list[str]]:
    """Converter of modes with 8 bits or 1 bit."""
    mode = image.mode
    alpha = mode in ("RGBA", "LA")
    colour_mode = mode[:-1] if alpha else mode
    to_srgb, oddities = srgb_transform(profile, colour_mode)

    def convert(strip: Image.Image) -> UInt8:
        colours = strip.convert(colour_mode) if alpha else strip
        if to_srgb is not None:
            rgb = transformed(colours, to_srgb)
        else:
            rgb = np.asarray(colours.convert("RGB"))
        return _on_white(rgb, np.asarray(strip.getchannel("A"))) if alpha else rgb

    return convert, oddities


def _on_white(rgb: UInt8, alpha: UInt8) -> UInt8:
    share = alpha.astype(np.uint16)[..., None]
    return np.asarray((rgb * share + 255 * (255 - share) + 127) // 255, np.uint8)
