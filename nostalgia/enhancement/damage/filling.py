"""Filling of damaged pixels with what lies beside them, structure and grain alike."""

import cv2
import numpy as np

from nostalgia.types import UInt8

_MARGIN_PX = 12
_GRAIN_SIGMA_PX = 1.5


def fill_damage(pixels: UInt8, damage: UInt8) -> UInt8:
    """Return the picture, RGB uint8 (h, w, 3), with damaged pixels filled from beside them.

    Telea, "An Image Inpainting Technique Based on the Fast Marching Method", 2004. The grain comes
    from undamaged pixels to one side, so that a filled crack is not a smooth line.

    damage: uint8 (h, w), 1 on damaged pixels.
    """
    filled = pixels.copy()
    x, y, width, height = cv2.boundingRect(damage)
    if width:
        step = 2 * int(np.ceil(cv2.distanceTransform(damage, cv2.DIST_L2, 3).max())) + 3
        reach = step + _MARGIN_PX
        top, left = max(y - reach, 0), max(x - reach, 0)
        box = np.s_[top : y + height + reach, left : x + width + reach]
        filled[box] = _filled(np.ascontiguousarray(pixels[box]), damage[box].copy(), step)
    return filled


def _filled(pixels: UInt8, damage: UInt8, step: int) -> UInt8:
    """Fill; the grain comes from `step` pixels away, in the first direction that is sound there."""
    filled = cv2.inpaint(pixels, damage, 3, cv2.INPAINT_TELEA)
    luma = cv2.cvtColor(filled, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grain = luma - cv2.GaussianBlur(luma, (0, 0), _GRAIN_SIGMA_PX)
    limit = 2.5 * float(np.median(np.abs(grain))) / 0.6745 + 1
    borrowed = np.zeros_like(grain)
    missing = damage > 0
    for shift in ((step, 0), (0, step), (-step, 0), (0, -step)):
        sound = np.roll(damage == 0, shift, (0, 1)) & missing
        borrowed[sound] = np.roll(grain, shift, (0, 1))[sound]
        missing &= ~sound
    return np.asarray(
        np.clip(filled + np.clip(borrowed, -limit, limit)[..., None] + 0.5, 0, 255), np.uint8
    )
