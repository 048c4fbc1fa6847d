"""Where the eyes look and whether an iris is seen, read from the pixels.

A mesh network that has learnt from photos knows few shut eyes and few eyes that look aside.

Each eye is cut out in its own frame, corner to corner; the iris is the dark disc that stands out
best from the white beside it (a disc of the size all irises have, after Daugman, "High confidence
visual recognition of persons by a test of statistical independence", 1993, section III).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.faces import topology
from nostalgia.types import Float32, Float64, UInt8

PATCH_W, PATCH_H = 64, 40
"""Pixels of the cut-out; its inner half-width is one eye width: u = -0.75..0.75."""

_SPAN = 1.5
_IRIS_RADIUS = 0.205
"""Radius of an iris (5.9 mm) over the distance of the eye corners (29 mm)."""

_REACH_U, _REACH_V = 0.24, 0.12
_SHARPNESS = 9.0
_EYES = (
    (33, 133, topology.LEFT_UPPER_LID + topology.LEFT_LOWER_LID[-2:0:-1]),
    (362, 263, topology.RIGHT_UPPER_LID + topology.RIGHT_LOWER_LID[-2:0:-1]),
)


@dataclass(frozen=True, slots=True)
class EyeReading:
    """Both eyes of one frame, image-left then image-right.

    iris: float32 (2, 2), x then y, eye widths from the middle between the eye's corners, x along
    them. contrast: float32 (2,), how much darker the iris is than the eye beside it, grey levels;
    it falls towards 0 when the lid covers the iris.
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


def _iris(
    pixels: UInt8, landmarks: Float32, start: int, end: int, outline: tuple[int, ...]
) -> tuple[float, float, float]:
    a, b = landmarks[start, :2].astype(np.float64), landmarks[end, :2].astype(np.float64)
    along = b - a
    across = np.array([-along[1], along[0]])
    step = _SPAN / PATCH_W
    corner = (a + b) / 2 - along * _SPAN / 2 - across * step * PATCH_H / 2
    photo_from_patch = np.stack([along * step, across * step, corner], 1)
    patch = cv2.warpAffine(
        pixels,
        photo_from_patch,
        (PATCH_W, PATCH_H),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inverse = np.linalg.inv(photo_from_patch[:, :2])
    lids = (landmarks[list(outline), :2] - corner) @ inverse.T
    opening = np.zeros((PATCH_H, PATCH_W), np.uint8)
    cv2.fillPoly(opening, [(lids * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return _darkest_disc(grey, opening.astype(np.float32), step)


def _darkest_disc(grey: Float32, opening: Float32, step: float) -> tuple[float, float, float]:
    """Centre x, y and contrast of the disc that is darkest against what is round it."""
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
