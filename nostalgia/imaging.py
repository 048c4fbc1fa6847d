"""Sampling a picture at other positions than its own pixels."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Float32, Float64, UInt8

LUMA = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue in luma, ITU-R BT.709-6, 3.2."""


def read_at(
    picture: NDArray[Any],
    places: Float32,
    interpolation: int = cv2.INTER_LINEAR,
    border: int = cv2.BORDER_REPLICATE,
) -> NDArray[Any]:
    """Sample a picture at fractional pixels.

    Args:
        picture: uint8 or float32 (H, W) or (H, W, C).
        places: float32 (h, w, 2), x then y; whole numbers are the centres of pixels.
        interpolation: OpenCV's name of it, such as `cv2.INTER_CUBIC`.
        border: OpenCV's name for the values beyond the picture, such as `cv2.BORDER_CONSTANT`.

    Returns:
        The picture's dtype, (h, w) or (h, w, C).
    """
    # An empty array, which the type stubs require, makes OpenCV 5 read beyond it and return NaN for
    # float pictures of three channels.
    no_map: Any = None
    return np.asarray(cv2.remap(picture, places, no_map, interpolation, borderMode=border))


def cut_out(pixels: UInt8, picture_from_cut: Float64, size_wh: tuple[int, int]) -> UInt8:
    """Cut a turned and scaled rectangle out of a picture, bilinearly; its border is repeated.

    Args:
        pixels: uint8 (H, W) or (H, W, C).
        picture_from_cut: float64 (2, 3), maps pixels of the result to pixels of the picture.
        size_wh: width and height of the result.
    """
    cut = cv2.warpAffine(
        pixels,
        picture_from_cut,
        size_wh,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cut, np.uint8)
