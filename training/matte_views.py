"""How the squares that train the person matte are cut: placed, turned, mounted, aged and padded."""

from dataclasses import dataclass

import cv2
import numpy as np
from degradations import degrade
from matte_scenery import Plane, frame_of, mount
from numpy.random import Generator
from numpy.typing import NDArray

from nostalgia.faces.matte import INPUT_PX, SQUARE_FACE_HEIGHTS, face_plane

Picture = NDArray[np.float32]
OUTSIDE_WEIGHT = 0.1
"""Weight of what lies beyond the photo, where the border pixels repeat."""
PART_STEP_PX = 3


@dataclass(slots=True)
class Canvas:
    """A sample in the making: picture (H, W, 3), label and weights (H, W), all 0..1; points (478, 2)."""

    picture: Picture
    label: Plane
    weights: Plane
    points: np.ndarray

    def lay(self, picture: Picture, shows: Plane, label: float) -> None:
        """Put something on top where it shows; label: 1 if it belongs to the person."""
        self.picture = self.picture * (1 - shows[..., None]) + picture * shows[..., None]
        self.label = self.label * (1 - shows) + np.float32(label) * shows
        self.weights = np.maximum(self.weights, shows)


def placed(canvas: Canvas, rng: Generator | None) -> np.ndarray:
    """The matrix (2, 3) from picture to crop."""
    _, _, height = frame_of(canvas.points)
    k, angle, middle = INPUT_PX / (SQUARE_FACE_HEIGHTS * height), 0.0, canvas.points.mean(0)
    if rng is not None:
        turn = rng.random()
        angle = rng.normal(0, 4) if turn < 0.7 else rng.uniform(-30, 30)
        angle += 90 * rng.integers(1, 4) if turn > 0.97 else 0
        k *= np.exp(rng.normal(0, 0.06)) * (rng.uniform(1, 1.7) if rng.random() < 0.12 else 1)
        middle = middle + rng.normal(0, 0.03, 2) * height
    c, s = np.cos(np.radians(angle)) * k, np.sin(np.radians(angle)) * k
    linear = np.array([[c, -s], [s, c]])
    return np.hstack([linear, ((INPUT_PX - 1) / 2 - linear @ middle)[:, None]])


def photo_part(inside: np.ndarray, rng: Generator | None) -> tuple[int, int, int, int]:
    """The largest upright part x0, y0, x1, y1 of the crop that a turned picture fills, at times less."""
    middle = INPUT_PX // 2
    box = [middle - 8, middle - 8, middle + 8, middle + 8]
    most = [0, 0, INPUT_PX, INPUT_PX]
    if rng is not None and rng.random() < 0.25:
        unit = INPUT_PX / SQUARE_FACE_HEIGHTS
        least = np.array([0.45, 0.55, 0.45, 0.55])
        for side in np.flatnonzero(rng.random(4) < 0.4):
            reach = int(unit * rng.uniform(least[side], 1.6))
            most[side] = max(middle - reach, 0) if side < 2 else min(middle + reach, INPUT_PX)
    growing = [True] * 4
    while any(growing):
        for side in np.flatnonzero(growing):
            wider = list(box)
            wider[side] = (
                max(box[side] - PART_STEP_PX, most[side])
                if side < 2
                else min(box[side] + PART_STEP_PX, most[side])
            )
            x0, y0, x1, y1 = wider
            line = (
                inside[y0:y1, x0],
                inside[y0, x0:x1],
                inside[y0:y1, x1 - 1],
                inside[y1 - 1, x0:x1],
            )
            growing[side] = wider[side] != box[side] and line[side].mean() > 0.98
            box = wider if growing[side] else box
    return box[0], box[1], box[2], box[3]


def squared(canvas: Canvas, rng: Generator | None) -> tuple[np.ndarray, ...]:
    """Crop (4, S, S), label and weights (S, S) of a canvas, cut, aged and padded; rng None: unchanged."""
    matrix = placed(canvas, rng)
    shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    how = cv2.INTER_AREA if shrink < 0.6 else cv2.INTER_LINEAR

    def cut(plane: np.ndarray, border: int) -> np.ndarray:
        return cv2.warpAffine(plane, matrix, (INPUT_PX, INPUT_PX), flags=how, borderMode=border)

    picture, label = (cut(p, cv2.BORDER_REPLICATE) for p in (canvas.picture, canvas.label))
    weights = cut(canvas.weights, cv2.BORDER_CONSTANT)
    x0, y0, x1, y1 = photo_part(cut(np.ones_like(label), cv2.BORDER_CONSTANT) > 0.5, rng)
    points = canvas.points @ matrix[:, :2].T + matrix[:, 2]
    if rng is not None:
        part = np.s_[y0:y1, x0:x1]
        if rng.random() < 0.1:
            face = points.mean(0) - [x0, y0]
            unit = INPUT_PX / SQUARE_FACE_HEIGHTS
            paper, shows = mount(rng, y1 - y0, x1 - x0, face, 0.6 * unit)
            picture[part] = picture[part] * shows[..., None] + paper * (1 - shows[..., None])
            label[part] *= shows
            weights[part] = np.maximum(weights[part], 1 - shows)
        picture[part] = aged(np.ascontiguousarray(picture[part]), rng)
        points = points + rng.normal(0, 0.008, points.shape) * INPUT_PX / SQUARE_FACE_HEIGHTS
    rows, columns = (np.clip(np.arange(INPUT_PX), a, b - 1) for a, b in ((y0, y1), (x0, x1)))
    every = np.ix_(rows, columns)
    outside = np.ones((INPUT_PX, INPUT_PX), bool)
    outside[y0:y1, x0:x1] = False
    weights = np.where(outside, weights[every] * OUTSIDE_WEIGHT, weights)
    crop = np.dstack([picture[every], face_plane(points, INPUT_PX)]).transpose(2, 0, 1)
    return tuple((each * 255 + 0.5).astype(np.uint8) for each in (crop, label[every], weights))


def aged(picture: Picture, rng: Generator) -> Picture:
    """Colour, grey or sepia, and what time does to a photo."""
    grey = picture @ np.float32([0.299, 0.587, 0.114])
    old = degrade(grey, rng, 0.8)
    kind = rng.random()
    if kind < 0.3:
        chroma = (picture - grey[..., None]) * np.float32(rng.uniform(0.3, 1.2))
        tint = np.exp(rng.normal(0, 0.06, 3))
        return np.clip((old[..., None] + chroma) * tint, 0, 1).astype(np.float32)
    if kind < 0.75:
        return np.repeat(old[..., None], 3, 2)
    dark, light = rng.uniform(0, 0.25, 3), rng.uniform(0.75, 1.0, 3)
    dark, light = np.sort(dark)[::-1], np.sort(light)[::-1]
    return (dark + old[..., None] * (light - dark)).astype(np.float32)
