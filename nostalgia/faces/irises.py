"""Place and visibility of the irises, measured on the pixels.

A mesh network trained on photos has seen few shut eyes and few eyes that look aside.

Each eye is cut out in its own frame, corner to corner. The iris is the dark disc that contrasts
most with the white beside it (all irises have about the same size; after Daugman, "High confidence
visual recognition of persons by a test of statistical independence", 1993, section III).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.faces.topology import EYE_CORNERS, LEFT_EYE_OUTLINE, RIGHT_EYE_OUTLINE
from nostalgia.imaging import cut_out
from nostalgia.types import Float32, Float64, UInt8

PATCH_W, PATCH_H = 64, 40
"""Pixels of the cut-out, which is 1.5 eye widths wide: u = -0.75..0.75."""

_SPAN = 1.5
_IRIS_RADIUS = 0.205
"""Radius of an iris (5.9 mm) over the distance between the corners of an eye (29 mm)."""

_REACH_U, _REACH_V = 0.24, 0.12
_SHARPNESS = 9.0
_EYES = tuple(zip(EYE_CORNERS, (LEFT_EYE_OUTLINE, RIGHT_EYE_OUTLINE), strict=True))


@dataclass(frozen=True, slots=True)
class EyeReading:
    """Irises of one frame, image-left then image-right.

    iris: float32 (2, 2), x then y, in eye widths from the middle between the eye's corners, x along
    them. contrast: float32 (2,), grey levels by which the iris is darker than the eye beside it;
    falls towards 0 as the lid covers the iris.
    """

    iris: Float32
    contrast: Float32


def read_eyes(pixels: UInt8, landmarks: Float32) -> EyeReading:
    """Find both irises.

    Args:
        pixels: RGB uint8 (H, W, 3).
        landmarks: float32 (478, 3), pixels.
    """
    found = np.array([_iris(pixels, landmarks, *eye) for eye in _EYES], np.float32)
    return EyeReading(found[:, :2], found[:, 2])


def photo_from_window(
    landmarks: Float32, corners: tuple[int, int], span: float, size_wh: tuple[int, int]
) -> Float64:
    """Similarity (2, 3) from the cells of a window round an eye, along its corners, to the photo.

    span: width of the window, eye widths. size_wh: its cells.
    """
    a, b = (landmarks[corner, :2].astype(np.float64) for corner in corners)
    along = b - a
    across = np.array([-along[1], along[0]])
    step = span / size_wh[0]
    corner = (a + b) / 2 - along * span / 2 - across * step * size_wh[1] / 2
    return np.stack([along * step, across * step, corner], 1)


def _iris(
    pixels: UInt8, landmarks: Float32, corners: tuple[int, int], outline: tuple[int, ...]
) -> tuple[float, float, float]:
    photo_from_patch = photo_from_window(landmarks, corners, _SPAN, (PATCH_W, PATCH_H))
    patch = cut_out(pixels, photo_from_patch, (PATCH_W, PATCH_H))
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inverse = np.linalg.inv(photo_from_patch[:, :2])
    lids = (landmarks[list(outline), :2] - photo_from_patch[:, 2]) @ inverse.T
    opening = np.zeros((PATCH_H, PATCH_W), np.uint8)
    cv2.fillPoly(opening, [(lids * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return _darkest_disc(grey, opening.astype(np.float32), _SPAN / PATCH_W)


def _darkest_disc(grey: Float32, opening: Float32, step: float) -> tuple[float, float, float]:
    """Centre x, y (eye widths) and contrast of the disc darkest against its surroundings."""
    radius = _IRIS_RADIUS / step
    size = int(2 * np.ceil(1.7 * radius) + 1)
    line = np.arange(size, dtype=np.float32) - size // 2
    distance = np.hypot(line[None, :], line[:, None])
    disc = np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)
    ring = np.clip(1.6 * radius + 0.5 - distance, 0, 1).astype(np.float32) - disc

    def mean_over(kernel: Float32) -> Float64:
        total = cv2.filter2D(grey * opening, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
        count = cv2.filter2D(opening, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(total / np.maximum(count, 1.0), np.float64)

    contrast = mean_over(ring) - mean_over(disc)
    v, u = np.mgrid[:PATCH_H, :PATCH_W].astype(np.float64)
    u, v = (u + 0.5 - PATCH_W / 2) * step, (v + 0.5 - PATCH_H / 2) * step
    near = (np.abs(u) <= _REACH_U) & (np.abs(v) <= _REACH_V)
    if not near.any() or opening.sum() < 8:
        return 0.0, 0.0, 0.0
    spread = max(float(contrast[near].std()), 1e-3)
    below = np.minimum(contrast - contrast[near].max(), 0.0)
    weights = np.exp(_SHARPNESS * below / (4 * spread)) * near
    weights /= weights.sum()
    return float((weights * u).sum()), float((weights * v).sum()), float(contrast[near].max())
