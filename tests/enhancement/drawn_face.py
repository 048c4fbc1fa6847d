"""A face drawn from its landmarks: skin, eyes with catchlights, brows, lips, and grain."""

from dataclasses import replace

import cv2
import numpy as np

from nostalgia.faces.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_LOWER_LID,
    LEFT_UPPER_LID,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_LOWER_LID,
    RIGHT_UPPER_LID,
)
from nostalgia.types import FaceCrop, HeadPose

SIZE = 420
CENTRE = SIZE / 2
UNIT = SIZE / 3.5
LEFT_EYE_XY = (CENTRE - 0.19 * UNIT, CENTRE - 0.12 * UNIT)
SKIN_XY = (round(CENTRE - 0.22 * UNIT), round(CENTRE + 0.12 * UNIT))  # the image-left cheek


def drawn_landmarks() -> np.ndarray:
    points = np.full((478, 3), CENTRE, np.float32)
    points[:, 2] = 0
    turn = np.linspace(0, 2 * np.pi, len(FACE_OVAL), endpoint=False)
    ring = np.stack([0.37 * np.sin(turn), -0.5 * np.cos(turn)], 1)
    points[list(FACE_OVAL), :2] = CENTRE + UNIT * ring
    along = np.linspace(-1, 1, 9)
    arch = 0.035 * np.sqrt(1 - along**2)
    for sign, upper, lower, brow in (
        (-1, LEFT_UPPER_LID, LEFT_LOWER_LID, LEFT_BROW),
        (1, RIGHT_UPPER_LID, RIGHT_LOWER_LID, RIGHT_BROW),
    ):
        x = CENTRE + UNIT * (sign * 0.19 - sign * 0.09 * -along)
        points[list(upper), 0], points[list(lower), 0] = x, x
        points[list(upper), 1] = LEFT_EYE_XY[1] - UNIT * arch
        points[list(lower), 1] = LEFT_EYE_XY[1] + UNIT * arch
        spread = np.linspace(-0.11, 0.11, 5)
        points[list(brow), 0] = CENTRE + UNIT * (sign * 0.19 + np.tile(spread, 2))
        points[list(brow), 1] = CENTRE - UNIT * np.repeat([0.24, 0.21], 5)
    turn = np.linspace(0, 2 * np.pi, len(OUTER_LIPS), endpoint=False)
    points[list(OUTER_LIPS), 0] = CENTRE + 0.14 * UNIT * np.cos(turn)
    points[list(OUTER_LIPS), 1] = CENTRE + UNIT * (0.27 + 0.045 * np.sin(turn))
    return points


def drawn_crop(
    grain: float = 0.0, exposure: float = 1.0, tint: tuple[float, float, float] = (1.0, 0.9, 0.8)
) -> FaceCrop:
    """A crop of SIZE pixels; exposure multiplies the light of the whole picture."""
    landmarks = drawn_landmarks()
    luma = np.full((SIZE, SIZE), 60, np.float32)
    polygon = np.round(landmarks[list(FACE_OVAL), :2]).astype(np.int32)
    cv2.fillPoly(luma, [polygon], (170,))
    columns = np.arange(SIZE, dtype=np.float32)[None, :] - CENTRE
    luma += np.where(luma > 100, -25 * columns / (0.37 * UNIT), 0)
    for group, level in ((LEFT_BROW, 70), (RIGHT_BROW, 70), (OUTER_LIPS, 105)):
        hull = cv2.convexHull(np.round(landmarks[list(group), :2]).astype(np.int32))
        cv2.fillPoly(luma, [hull], (level,))
    for x in (LEFT_EYE_XY[0], 2 * CENTRE - LEFT_EYE_XY[0]):
        cv2.ellipse(luma, (round(x), round(LEFT_EYE_XY[1])), (10, 4), 0, 0, 360, (200,), -1)
        cv2.circle(luma, (round(x), round(LEFT_EYE_XY[1])), 4, (30,), -1)
    luma = cv2.GaussianBlur(luma, (0, 0), 1.2)
    luma[round(LEFT_EYE_XY[1]) - 1, round(LEFT_EYE_XY[0]) - 1] = 250  # a catchlight
    noise = np.random.default_rng(7).normal(0, grain, luma.shape)
    pixels = (luma[..., None] * exposure + noise[..., None]) * np.array(tint)
    return FaceCrop(
        pixels=np.clip(np.rint(pixels), 0, 255).astype(np.uint8),
        photo_from_crop=np.array([[1.0, 0, 0], [0, 1.0, 0]]),
        landmarks=landmarks,
        pose=HeadPose(0, 0, 0),
        inside_xyxy=(0, 0, SIZE, SIZE),
        face_height_px=UNIT,
    )


def well_exposed(crop: FaceCrop) -> FaceCrop:
    """The crop with black and white far from the face, so that nothing in it looks faded."""
    pixels = crop.pixels.copy()
    pixels[:9], pixels[-9:] = 0, 255
    return replace(crop, pixels=pixels)


def luma_of(pixels: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
