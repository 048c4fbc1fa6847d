"""Visibility of the eyes: whether the pixels show the eyes that the landmarks promise.

A mesh network finds two eyes in every face, also in the shadow of a brim, behind a patch, and where
a small face has nothing but dark hollows. What tells them from eyes that are seen: how much the
place resembles a simple drawing of an eye, lids and iris where the landmarks have them; how far the
iris stands out; and how far off the network expects its landmarks to be. A logistic model of the
three was fitted to 505 faces by `training/train_visible_eyes.py`; `checkpoints/visible_eyes.md`
says to which ones, and how well it does.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from nostalgia.faces.irises import photo_from_window, read_eyes
from nostalgia.faces.topology import (
    EYE_CORNERS,
    LEFT_IRIS,
    LEFT_LOWER_LID,
    LEFT_UPPER_LID,
    RIGHT_IRIS,
    RIGHT_LOWER_LID,
    RIGHT_UPPER_LID,
)
from nostalgia.geometry import scalar_step
from nostalgia.imaging import cut_out
from nostalgia.types import CHIN, FOREHEAD, Float32, Float64, PartDoubts, UInt8

LIKENESS_WEIGHT, CONTRAST_WEIGHT, DOUBT_WEIGHT, BIAS = 2.7, 4.83, -1630.0, 27.6
MOST_CONTRAST, LEAST_CONTRAST = 0.16, 0.02
"""Contrast of an iris from which more of it says no more, and what is added before the logarithm.

A reflection in a lens contrasts more than any iris."""

MOST_DOUBT = 0.0135
"""Expected error of an eye's landmarks, in face heights, from which more of it says no more here.

`doubts.MOST_EYE_DOUBT` judges those."""

LARGE_PX, LARGE_MORE = (280.0, 320.0), 3.0
"""Heights of faces between which the log-odds of their eyes rise, and by how much: with so many
pixels an eye in a dark socket is still seen as an eye. Set by hand: of the labelled faces none that
is higher than 270 pixels has eyes that cannot be made out."""

WORKING_FACE_PX = 300.0
MARGIN = 0.25
"""Reach of the cut-out beyond the landmarks, in face heights."""

SPAN = 1.8
"""Width of the compared window, in eye widths."""

CELLS_W, CELLS_H, FINER = 36, 27, 8.0 / 3.0
"""Cells of the window, and samples along a side of each."""

WHITE, IRIS, LASHES = 0.2, -1.0, -0.6
"""Tones of the drawing on skin of tone 0."""

IRIS_RADIUS, LASH_WIDTH, SOFT = 0.205, 0.1, 0.035
"""Of the drawing, in eye widths."""

OVERSAMPLED = 8
LEVELS, NOISE = 10.0, 0.02
"""Grey levels below which darkness counts less; contrast, as a logarithm, that grain makes."""

SHIFTS = range(-2, 3)
"""Cells by which the drawing may lie off, in either direction."""

SKIN_POINTS, SKIN_PATCH, LEAST_LIGHT = (50, 280, 101, 330, 36, 266, 9, 151), 0.03, 8.0
"""Places of bare skin on cheeks and forehead; half a side of what is read there, face heights."""

_EYES = (
    (EYE_CORNERS[0], LEFT_UPPER_LID, LEFT_LOWER_LID, LEFT_IRIS),
    (EYE_CORNERS[1], RIGHT_UPPER_LID, RIGHT_LOWER_LID, RIGHT_IRIS),
)


class EyeSigns(NamedTuple):
    """What tells whether an eye can be made out.

    likeness: to a drawing of an eye, -1..1. contrast: logarithm of how far the iris stands out.
    doubt: expected error of the landmarks, face heights, as far as it counts here.
    """

    likeness: float
    contrast: float
    doubt: float


def eye_visibility(
    pixels: UInt8, landmarks: Float32, doubts: PartDoubts, scale: float = 1.0
) -> tuple[float, float]:
    """Log-odds that the image-left and the image-right eye can be made out in the pixels.

    Args:
        pixels: RGB uint8 (H, W, 3).
        landmarks: float32 (478, 3), in those pixels.
        doubts: of the landmarks.
        scale: of a reduced copy, pixels per pixel of the photo.
    """
    bias = BIAS + size_odds(landmarks / np.float32(scale))
    left, right = (
        LIKENESS_WEIGHT * eye.likeness
        + CONTRAST_WEIGHT * eye.contrast
        + DOUBT_WEIGHT * eye.doubt
        + bias
        for eye in eye_signs(pixels, landmarks, doubts)
    )
    return left, right


def eye_signs(pixels: UInt8, landmarks: Float32, doubts: PartDoubts) -> tuple[EyeSigns, EyeSigns]:
    """Signs of the image-left and the image-right eye; pixels, landmarks, doubts: see above."""
    face, points = _working_face(pixels, landmarks)
    grey = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.uint8)
    contrasts = read_eyes(face, points).contrast / _skin_light(grey, points)
    left, right = (
        EyeSigns(
            _likeness(grey, points, eye),
            math.log(min(max(float(contrast), 0.0), MOST_CONTRAST) + LEAST_CONTRAST),
            min(doubt, MOST_DOUBT),
        )
        for eye, contrast, doubt in zip(_EYES, contrasts, doubts[:2], strict=True)
    )
    return left, right


def size_odds(landmarks: Float32) -> float:
    """Log-odds that the size of a face adds; landmarks: float32 (478, 3), pixels of the photo."""
    height = float(np.linalg.norm(landmarks[CHIN] - landmarks[FOREHEAD]))
    return LARGE_MORE * scalar_step(*LARGE_PX, height)


def _working_face(pixels: UInt8, landmarks: Float32) -> tuple[UInt8, Float32]:
    """The face at moderate size, and its landmarks there."""
    height = max(float(np.linalg.norm(landmarks[CHIN] - landmarks[FOREHEAD])), 1.0)
    rows, columns = pixels.shape[:2]
    low = np.floor(landmarks[:, :2].min(axis=0) - MARGIN * height).astype(int)
    high = np.ceil(landmarks[:, :2].max(axis=0) + MARGIN * height).astype(int)
    x0, y0 = (int(v) for v in np.clip(low, 0, (columns - 2, rows - 2)))
    x1, y1 = (int(v) for v in np.clip(high, (x0 + 2, y0 + 2), (columns, rows)))
    face = np.ascontiguousarray(pixels[y0:y1, x0:x1])
    scale = min(WORKING_FACE_PX / height, 1.0)
    if scale < 1:
        size = (max(round((x1 - x0) * scale), 2), max(round((y1 - y0) * scale), 2))
        face = np.asarray(cv2.resize(face, size, interpolation=cv2.INTER_AREA), np.uint8)
    points = (landmarks - np.array([x0, y0, 0], np.float32)) * np.float32(scale)
    return face, np.asarray(points, np.float32)


def _skin_light(grey: UInt8, landmarks: Float32) -> float:
    """Brightness of the skin of the cheeks and the forehead."""
    height = float(np.linalg.norm(landmarks[CHIN] - landmarks[FOREHEAD]))
    reach = max(int(SKIN_PATCH * height), 1)
    rows, columns = grey.shape
    lights = []
    for x, y in landmarks[list(SKIN_POINTS), :2]:
        left = int(np.clip(x - reach, 0, max(columns - 2 * reach - 1, 0)))
        top = int(np.clip(y - reach, 0, max(rows - 2 * reach - 1, 0)))
        lights.append(np.median(grey[top : top + 2 * reach + 1, left : left + 2 * reach + 1]))
    return max(float(np.median(lights)), LEAST_LIGHT)


def _likeness(
    grey: UInt8,
    landmarks: Float32,
    eye: tuple[tuple[int, int], tuple[int, ...], tuple[int, ...], tuple[int, ...]],
) -> float:
    """Correlation, -1..1, of the photo with a drawing of the eye, both without their slopes."""
    corners, upper, lower, iris = eye
    photo_from_cell = photo_from_window(landmarks, corners, SPAN, (CELLS_W, CELLS_H))
    corner = photo_from_cell[:, 2]
    size = (round(CELLS_W * FINER), round(CELLS_H * FINER))
    fine = photo_from_cell * np.array([[1 / FINER, 1 / FINER, 1.0]])
    light = np.log(cut_out(grey, fine, size).astype(np.float32) + np.float32(LEVELS))
    seen = _level(cv2.resize(light, (CELLS_W, CELLS_H), interpolation=cv2.INTER_AREA))
    strength = math.hypot(float(np.sqrt((seen**2 * _WINDOW).sum())), NOISE)
    inverse = np.linalg.pinv(photo_from_cell[:, :2])
    lids, lower_lid, ring = (
        (landmarks[list(group), :2] - corner) @ inverse.T for group in (upper, lower, iris)
    )
    drawing = _drawing(lids, lower_lid, ring[0])
    best = -1.0
    for down in SHIFTS:
        for right in SHIFTS:
            drawn = _level(np.roll(drawing, (down, right), (0, 1)))
            norm = max(float(np.sqrt((drawn**2 * _WINDOW).sum())), 1e-6)
            best = max(best, float((seen * drawn * _WINDOW).sum()) / norm / strength)
    return best


def _drawing(upper: Float64, lower: Float64, iris: Float64) -> Float32:
    """An eye on skin of tone 0, float32 (CELLS_H, CELLS_W); outlines and iris in cells."""
    unit = OVERSAMPLED * CELLS_W / SPAN
    shape = (CELLS_H * OVERSAMPLED, CELLS_W * OVERSAMPLED)
    opening, disc, line = (np.zeros(shape, np.uint8) for _ in range(3))
    lids, lower_lid = ((curve * OVERSAMPLED).astype(np.int32) for curve in (upper, lower))
    cv2.fillPoly(opening, [np.concatenate([lids, lower_lid[::-1]])], 1)
    centre = tuple(int(v) for v in np.clip(iris * OVERSAMPLED, -9999, 9999))
    cv2.circle(disc, centre, round(IRIS_RADIUS * unit), 1, -1)
    cv2.polylines(line, [lids], False, 1, max(round(LASH_WIDTH * unit), 1))
    tones = np.where(opening > 0, np.where(disc > 0, IRIS, WHITE), 0.0).astype(np.float32)
    tones = np.where(line > 0, np.minimum(tones, np.float32(LASHES)), tones)
    soft = cv2.GaussianBlur(tones, (0, 0), SOFT * unit)
    return np.asarray(
        cv2.resize(soft, (CELLS_W, CELLS_H), interpolation=cv2.INTER_AREA), np.float32
    )


def _window() -> Float64:
    v, u = np.mgrid[:CELLS_H, :CELLS_W]
    u, v = ((i + 0.5 - n / 2) * SPAN / CELLS_W for i, n in ((u, CELLS_W), (v, CELLS_H)))
    weights = np.exp(-((u / 0.55) ** 4 + (v / 0.38) ** 4))
    return np.asarray(weights / weights.sum(), np.float64)


_WINDOW = _window()
_SLOPES = np.stack([np.ones(CELLS_W * CELLS_H), *np.mgrid[:CELLS_H, :CELLS_W].reshape(2, -1)], 1)
_TO_SLOPES = np.linalg.pinv(_SLOPES * np.sqrt(_WINDOW.reshape(-1, 1))) * np.sqrt(_WINDOW.ravel())


def _level(tones: Float32) -> Float64:
    """Tones without their mean and their slopes, such as light from one side."""
    return np.asarray(tones - (_SLOPES @ (_TO_SLOPES @ tones.ravel())).reshape(tones.shape))
