"""Damage as it stands in a photo: the face turned, between pixels, larger or smaller than its crop.

A crop that is damaged itself has its blocks of compression where the network's own patches lie, and
its scratches and screens upright. A network that learns from such crops fails on photos.
"""

from collections.abc import Callable

import cv2
import numpy as np
from face_damage import eight_bit
from numpy.random import Generator
from numpy.typing import NDArray

from nostalgia.enhancement.face_template import similarity_scale

Picture = NDArray[np.float32]
MARGIN = 1.15
"""Side of the photo around a crop, in crops."""

_DFT_SIDE = 192
_FREQUENCIES = np.hypot(
    np.fft.fftfreq(_DFT_SIDE)[:, None], np.fft.rfftfreq(_DFT_SIDE)[None]
)  # cycles a pixel


def in_a_photo(
    clean: Picture, hurt: Callable[[Picture], Picture], rng: Generator, larger: float = 1.0
) -> tuple[Picture, float]:
    """Damage a crop as a part of a photo, and cut it out again as a restorer does.

    clean: (S, S) or (S, S, 3), 0..1. hurt: returns the photo's square at the size at which it was
    kept. larger: side of the face in the photo before that, in crops.
    Returns the damaged crop of 8 bits, 0..1, and by how much the photo was enlarged to make it.
    """
    side = len(clean)
    canvas = round(side * larger * MARGIN)
    turn, scale = np.radians(rng.normal(0, 7)), larger * np.exp(rng.normal(0, 0.03))
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    linear = np.array([[c, -s], [s, c]])
    shift = canvas / 2 + rng.uniform(-4, 4, 2) - linear @ [side / 2, side / 2]
    matrix = np.hstack([linear, shift[:, None]])  # from the crop to the photo, edge to edge
    photo = _warped(clean, matrix, canvas, 0)
    kept = eight_bit(hurt(np.clip(photo, 0, 1))).astype(np.float32) / 255
    matrix *= len(kept) / canvas
    own_side = side * similarity_scale(matrix)
    if own_side > side:
        small = max(1, round(len(kept) * side / own_side))
        matrix *= small / len(kept)
        kept = cv2.resize(kept, (small, small), interpolation=cv2.INTER_AREA)
    crop = _warped(kept, matrix, side, cv2.WARP_INVERSE_MAP)
    return eight_bit(crop).astype(np.float32) / 255, max(1.0, side / own_side)


def _warped(picture: Picture, matrix: NDArray[np.float64], side: int, way: int) -> Picture:
    """Through a similarity that goes from edge to edge."""
    shift = matrix[:, 2] + matrix[:, :2] @ [0.5, 0.5] - 0.5
    pixels = np.hstack([matrix[:, :2], shift[:, None]])
    flags = cv2.INTER_CUBIC | way
    return cv2.warpAffine(picture, pixels, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT)


def sharpened_back(luma: Picture, rng: Generator) -> Picture:
    """Blurred, noisy, and sharpened by a Wiener filter of nearly the right width.

    That is how `nostalgia.enhancement.deblurring` leaves a blurred face. luma: (S, S), S <= 192.
    """
    sigma, level = np.exp(rng.uniform(np.log([0.8, 0.3]), np.log([3.2, 4.0])))
    side, noise = len(luma), level / 255
    rim = (_DFT_SIDE - side) // 2
    wide = np.pad(luma, ((rim, _DFT_SIDE - side - rim),) * 2, mode="reflect")
    blur, guess = (
        np.exp(-2 * (np.pi * _FREQUENCIES * width) ** 2)
        for width in (sigma, sigma * np.exp(rng.normal(0, 0.06)))
    )
    soft = np.fft.irfft2(np.fft.rfft2(wide) * blur, wide.shape)
    soft = soft + rng.standard_normal(soft.shape) * noise
    if rng.random() < 0.5:
        soft, noise = eight_bit(soft).astype(np.float64) / 255, max(noise, 0.4 / 255)
    wanted = 0.0018 / (_FREQUENCIES**2 + 1e-4)  # power of an average picture
    doubt = noise**2 / wanted * rng.uniform(0.5, 2)
    sharp = np.fft.irfft2(np.fft.rfft2(soft) * guess / (guess**2 + doubt), wide.shape)
    return sharp[rim : rim + side, rim : rim + side].astype(np.float32)
