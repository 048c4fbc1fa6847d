"""Masks of a face, of its features and of its bare skin, drawn from the landmarks.

All masks are float32 (h, w), 0..1, in the pixels of the working picture whose landmarks are given.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.faces.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE,
    NOSE_OUTLINE,
    NOSTRILS,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
)
from nostalgia.types import Float32, UInt8

TONE_REACH = 0.34  # face heights beyond the oval at which the tone curve has faded out
DETAIL_REACH = 0.16  # the same for detail, grain and repair


@dataclass(frozen=True, slots=True)
class FaceRegions:
    """Masks of one face, float32 (h, w), 0..1.

    detail: where detail and damage are repaired. tone: where the tone curve acts (wider, softer).
    skin: 1 on the bare face inside the oval, 0 on features. features: 1 on eyes, brows, lips and
    nostrils with a soft rim. core: 1 on the openings of the eyes, the lips and the nostrils, which
    repair never touches. inner: 1 inside the oval without its rim.
    """

    detail: Float32
    tone: Float32
    skin: Float32
    features: Float32
    core: Float32
    inner: Float32


def reach_xyxy(
    landmarks: Float32, face_height_px: float, size_px: int
) -> tuple[int, int, int, int]:
    """Box (right and bottom exclusive, crop pixels) outside which every mask is exactly 0.

    It stays 2 % of the crop's size away from the crop's border, wherever the landmarks lie.
    """
    oval = landmarks[list(FACE_OVAL), :2]
    reach = (TONE_REACH + 0.02) * face_height_px + 2
    inset = max(1, round(0.02 * size_px))
    low = np.clip(np.floor(oval.min(0) - reach), inset, size_px - inset)
    high = np.clip(np.ceil(oval.max(0) + reach), inset, size_px - inset)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def face_regions(landmarks: Float32, face_height_px: float, width: int, height: int) -> FaceRegions:
    """Draw all masks for a working picture of `width` x `height` pixels.

    landmarks: float32 (478, 2 or more), working pixels. face_height_px: forehead to chin in them.
    """
    unit = face_height_px
    oval = hulls((FACE_OVAL,), landmarks, width, height)
    beyond = np.asarray(cv2.distanceTransform(1 - oval, cv2.DIST_L2, 5), np.float32)
    border = border_ramp(width, height, max(2.0, 0.05 * unit))
    eyes = hulls((LEFT_EYE, RIGHT_EYE), landmarks, width, height)
    lips = hulls((OUTER_LIPS,), landmarks, width, height)
    nostrils = hulls((NOSTRILS,), landmarks, width, height)
    brows = hulls((LEFT_BROW, RIGHT_BROW), landmarks, width, height)
    core = np.maximum(_grown(eyes, 0.035 * unit), _grown(lips, 0.03 * unit))
    core = np.maximum(core, _grown(nostrils, 0.015 * unit))
    band = np.maximum(_grown(brows, 0.03 * unit), _grown(eyes, 0.085 * unit))
    features = np.maximum(core, _grown(brows, 0.02 * unit))
    inside = cv2.distanceTransform(oval, cv2.DIST_L2, 5)
    ridge = hulls((NOSE_OUTLINE,), landmarks, width, height)
    inner = inside > 0.035 * unit
    skin = inner & (band < 0.5) & (core < 0.5) & (ridge == 0)
    skin &= _grown(lips, 0.07 * unit) < 0.5
    return FaceRegions(
        detail=_fade(beyond, 0.03 * unit, DETAIL_REACH * unit) * border,
        tone=_fade(beyond, 0.02 * unit, TONE_REACH * unit) * border,
        skin=skin.astype(np.float32),
        features=np.asarray(cv2.GaussianBlur(features, (0, 0), max(0.6, 0.012 * unit)), np.float32),
        core=core,
        inner=inner.astype(np.float32),
    )


def hulls(
    groups: tuple[tuple[int, ...], ...], landmarks: Float32, width: int, height: int
) -> UInt8:
    """uint8 (h, w), 1 inside the convex hull of any of the landmark groups."""
    drawn = np.zeros((height, width), np.uint8)
    for group in groups:
        points = np.round(landmarks[list(group), :2]).astype(np.int32)
        cv2.fillConvexPoly(drawn, cv2.convexHull(points), (1,))
    return drawn


def _grown(area: UInt8, radius_px: float) -> Float32:
    """Area dilated by a radius: float32 (h, w), 0 or 1."""
    grown = area.astype(np.float32)
    x, y, width, height = cv2.boundingRect(area)
    reach = int(radius_px) + 2
    box = np.s_[max(y - reach, 0) : y + height + reach, max(x - reach, 0) : x + width + reach]
    if width and height:
        beyond = cv2.distanceTransform(1 - area[box], cv2.DIST_L2, 5)
        grown[box] = beyond <= radius_px
    return grown


def _fade(beyond: Float32, full_px: float, zero_px: float) -> Float32:
    """1 up to `full_px` beyond the oval, exactly 0 from `zero_px` on, a C2 step between.

    `geometry.minimum_jerk` is the same curve in float64; this one stays float32.
    """
    t = np.clip((zero_px - beyond) / (zero_px - full_px), 0, 1)
    return np.asarray(t * t * t * (t * (6 * t - 15) + 10), np.float32)


def border_ramp(width: int, height: int, ramp_px: float) -> Float32:
    """Ramp from 0 on the picture's border to 1 at `ramp_px` inside it."""
    x = np.minimum(np.arange(width), np.arange(width)[::-1]) / ramp_px
    y = np.minimum(np.arange(height), np.arange(height)[::-1]) / ramp_px
    return np.asarray(np.clip(y, 0, 1)[:, None] * np.clip(x, 0, 1)[None, :], np.float32)
