"""Quality of the pixels of a face: glasses, shadows, blur, damage, cut-off parts.

Everything is read from one small cut-out of the photo, in less than a tenth of a second per face.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.enhancement.damage import find_damage
from nostalgia.faces import topology
from nostalgia.faces.glasses import glasses_probability
from nostalgia.faces.irises import read_eyes
from nostalgia.faces.regions import FaceRegions, face_regions
from nostalgia.faces.visible_eyes import eye_visibility
from nostalgia.types import Face, Float32, Photo, UInt8

Mask = NDArray[np.bool_]

WORKING_FACE_PX = 200.0
MARGIN = 0.4
"""Reach of the cut-out beyond the landmarks, in face heights."""

_EYES = (
    (topology.LEFT_UPPER_LID, topology.LEFT_LOWER_LID, topology.LEFT_BROW[5:]),
    (topology.RIGHT_UPPER_LID, topology.RIGHT_LOWER_LID, topology.RIGHT_BROW[5:]),
)


@dataclass(frozen=True, slots=True)
class EyeQuality:
    """One eye. width_px: corner to corner, photo pixels.

    lid_light: brightness of what lies between lashes and brow; opening_light: of the brightest part
    of the eye itself; iris_contrast: difference between the iris and the white beside it. All
    three as shares of the brightness of the face's skin. visibility: log-odds that it can be made
    out at all.
    """

    width_px: float
    lid_light: float
    opening_light: float
    iris_contrast: float
    visibility: float


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """Quality of one face. eyes: image-left, image-right.

    glasses: probability, 0..1. sharpness: finest detail over coarser detail round eyes and mouth,
    0.1 (out of focus) to 0.5; grain counts as detail. damage: share of the skin that scratches,
    cracks and specks cover. outside: share of the face's outline that lies beyond the photo's edge.
    """

    eyes: tuple[EyeQuality, EyeQuality]
    glasses: float
    sharpness: float
    damage: float
    outside: float

    @property
    def visibility(self) -> tuple[float, float]:
        """Log-odds that the image-left and the image-right eye can be made out."""
        return self.eyes[0].visibility, self.eyes[1].visibility


def read_quality(photo: Photo, face: Face) -> FaceQuality:
    """Look at one face of a photo."""
    pixels, landmarks, scale = _cut_out(photo, face)
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)
    height_px = face.height_px * scale
    regions = face_regions(landmarks, height_px, luma.shape[1], luma.shape[0])
    skin = regions.skin > 0.5
    light = max(float(np.median(luma[skin])) if skin.any() else 0.0, 8.0)
    contrast = read_eyes(pixels, landmarks).contrast / light
    damaged = find_damage(luma, landmarks, regions, height_px)
    visibility = eye_visibility(pixels, landmarks, face.doubts, scale)
    left, right = (
        _eye(luma, landmarks, eye, light, (float(c), seen), scale)
        for eye, c, seen in zip(_EYES, contrast, visibility, strict=True)
    )
    return FaceQuality(
        eyes=(left, right),
        glasses=glasses_probability(pixels, landmarks),
        sharpness=_sharpness(luma, regions, height_px),
        damage=float(damaged.sum()) / max(float(skin.sum()), 1.0),
        outside=_outside(photo, face),
    )


def _cut_out(photo: Photo, face: Face) -> tuple[UInt8, Float32, float]:
    """RGB uint8 (h, w, 3) round the face, its landmarks in it, and its pixels per photo pixel."""
    height_px = face.height_px * photo.scale
    points = face.landmarks * np.float32(photo.scale)
    rows, columns = photo.pixels.shape[:2]
    reach = MARGIN * height_px
    low = np.floor(points[:, :2].min(axis=0) - reach).astype(int)
    high = np.ceil(points[:, :2].max(axis=0) + reach).astype(int)
    x0, y0 = (int(v) for v in np.clip(low, 0, (columns - 2, rows - 2)))
    x1, y1 = (int(v) for v in np.clip(high, (x0 + 2, y0 + 2), (columns, rows)))
    pixels = np.ascontiguousarray(photo.pixels[y0:y1, x0:x1])
    scale = min(WORKING_FACE_PX / max(height_px, 1.0), 1.0)
    if scale < 1:
        size = (max(round((x1 - x0) * scale), 2), max(round((y1 - y0) * scale), 2))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    landmarks = (points - np.array([x0, y0, 0], np.float32)) * scale
    return pixels, np.asarray(landmarks, np.float32), scale * photo.scale


def _eye(
    luma: Float32,
    landmarks: Float32,
    eye: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
    light: float,
    contrast_and_visibility: tuple[float, float],
    scale: float,
) -> EyeQuality:
    upper, lower, brow = eye
    opening = _polygon(luma.shape, landmarks, upper + lower[::-1])
    lid = _polygon(luma.shape, landmarks, upper + brow[::-1]) & ~opening
    width = float(np.linalg.norm(landmarks[upper[0], :2] - landmarks[upper[-1], :2]))
    return EyeQuality(
        width_px=width / scale,
        lid_light=float(np.median(luma[lid])) / light if lid.any() else 1.0,
        opening_light=float(np.percentile(luma[opening], 95)) / light if opening.any() else 1.0,
        iris_contrast=contrast_and_visibility[0],
        visibility=contrast_and_visibility[1],
    )


def _polygon(shape: tuple[int, ...], landmarks: Float32, outline: tuple[int, ...]) -> Mask:
    """Mask of the pixels inside an outline, bool (h, w)."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [(landmarks[list(outline), :2] * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return np.asarray(mask > 0)


def _sharpness(luma: Float32, regions: FaceRegions, height_px: float) -> float:
    features = cv2.dilate(regions.core, np.ones((3, 3), np.uint8)) > 0.3
    if not features.any():
        return 1.0
    fine = luma - cv2.GaussianBlur(luma, (0, 0), max(0.008 * height_px, 0.5))
    coarse = luma - cv2.GaussianBlur(luma, (0, 0), max(0.04 * height_px, 1.0))
    return float(fine[features].std() / max(float(coarse[features].std()), 1e-3))


def _outside(photo: Photo, face: Face) -> float:
    outline = face.landmarks[list(topology.FACE_OVAL), :2]
    slack = 0.02 * face.height_px
    limit = np.array([photo.width - 1, photo.height - 1]) + slack
    return float(((outline < -slack) | (outline > limit)).any(axis=1).mean())
