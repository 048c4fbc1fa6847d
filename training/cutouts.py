"""A face picture on its way into a collage: style, light, turn, outline, hair, hat and shoulders."""

import cv2
import numpy as np
from numpy.typing import NDArray
from surfaces import texture

Grey = NDArray[np.float32]
Random = np.random.Generator
Points = NDArray[np.float32]


def restyle(rng: Random, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face as a painting, drawing, print or carving, or only lit otherwise."""
    kind = rng.random()
    if kind < 0.05:
        picture = cv2.bilateralFilter(picture, 7, 60, 5)
        steps = int(rng.integers(4, 9))
        picture = (
            (picture.astype(np.int32) * steps // 256 * 255 // (steps - 1))
            .clip(0, 255)
            .astype(np.uint8)
        )
    elif kind < 0.10:
        picture = cv2.medianBlur(cv2.medianBlur(picture, 5), 5)
    elif kind < 0.14:
        blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(3, 8)).astype(np.float32)
        sketch = picture.astype(np.float32) / np.maximum(blurred, 8) * rng.uniform(170, 235)
        picture = np.clip(sketch, 0, 255).astype(np.uint8)
    elif kind < 0.17:
        shaded = picture.astype(np.float32)
        relief = cv2.GaussianBlur(shaded, (0, 0), 1.5)
        shift = rng.uniform(-3, 3, 2)
        moved = cv2.warpAffine(
            relief, np.array([[1, 0, shift[0]], [0, 1, shift[1]]]), relief.shape[::-1]
        )
        flat = cv2.GaussianBlur(shaded, (0, 0), 20)
        picture = np.clip(
            0.5 * flat + 60 + (relief - moved) * rng.uniform(1, 3) + 0.35 * shaded, 0, 255
        ).astype(np.uint8)
    gamma, low, high = np.exp(rng.normal(0, 0.35)), rng.uniform(0, 0.25), rng.uniform(0.6, 1.0)
    if rng.random() < 0.25:
        low, high = rng.uniform(0, 0.5), 0.0
        high = low + rng.uniform(0.25, 0.5)
    curve = (np.linspace(0, 1, 256) ** gamma * (high - low) + low) * 255
    lit = cv2.LUT(picture, curve.astype(np.uint8))
    if rng.random() < 0.3:
        size = picture.shape[0]
        x, y = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
        angle = rng.uniform(0, 2 * np.pi)
        side = 1 / (1 + np.exp(-(x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(1, 5)))
        lit = (lit * (1 - rng.uniform(0.2, 0.75) * side)).astype(np.uint8)
    return np.asarray(lit, np.uint8)


def random_angle(rng: Random, tilted: float) -> float:
    """Roll in degrees: mostly nearly upright, a share tilted, few heads lying."""
    chance = rng.random()
    if chance < 0.06:
        return float(rng.uniform(-100, 100))
    return float(rng.uniform(-50, 50) if chance < tilted else rng.normal(0, 8))


def random_turn(rng: Random, steady: bool) -> NDArray[np.float64]:
    """Linear part of a face's placement for a face of height 1: turn, squeeze, shear, mirror."""
    angle = np.radians(random_angle(rng, 0.3 if steady else 0.5))
    squeeze = rng.uniform(0.6, 0.95) if rng.random() < 0.25 else np.exp(rng.normal(0, 0.06))
    shear = rng.normal(0, 0.05)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.array([[1, shear], [0, 1]]) @ np.diag([squeeze * rng.choice([-1.0, 1.0]), 1.0])


def paint_surroundings(
    rng: Random, canvas: Grey, centre: NDArray[np.float64], size: float, up: NDArray[np.float64]
) -> None:
    """Paint shoulders, hair or a hat behind a face that is to come."""
    side = np.array([-up[1], up[0]])
    tone = lambda: float(rng.uniform(0, 1))  # noqa: E731
    degrees = float(np.degrees(np.arctan2(side[1], side[0])))
    grain = texture(rng, *canvas.shape) if rng.random() < 0.3 else None
    mask = np.zeros_like(canvas)

    def blob(at: NDArray[np.float64], wide: float, high: float, shade: float) -> None:
        cv2.ellipse(
            mask,
            (int(at[0]), int(at[1])),
            (max(int(wide), 1), max(int(high), 1)),
            degrees,
            0,
            360,
            1.0,
            -1,
            cv2.LINE_AA,
        )
        fill = shade if grain is None else np.clip(shade + 0.5 * (grain - 0.5), 0, 1)
        canvas[:] = canvas * (1 - mask) + fill * mask
        mask[:] = 0

    if rng.random() < 0.6:
        blob(
            centre - up * size * rng.uniform(1.3, 1.7),
            size * rng.uniform(0.7, 1.2),
            size * rng.uniform(0.6, 1.0),
            tone(),
        )
        blob(
            centre - up * size * rng.uniform(0.4, 0.6),
            size * rng.uniform(0.25, 0.38),
            size * 0.4,
            tone(),
        )
    kind = rng.random()
    if kind < 0.5:
        blob(
            centre + up * size * rng.uniform(0.05, 0.25),
            size * rng.uniform(0.45, 0.75),
            size * rng.uniform(0.55, 0.85),
            tone(),
        )
    elif kind < 0.7:
        shade = tone()
        blob(
            centre + up * size * rng.uniform(0.45, 0.65),
            size * rng.uniform(0.6, 1.1),
            size * rng.uniform(0.08, 0.2),
            shade,
        )
        blob(
            centre + up * size * rng.uniform(0.6, 0.8),
            size * rng.uniform(0.35, 0.5),
            size * rng.uniform(0.25, 0.4),
            shade,
        )


def cover_forehead(
    rng: Random, canvas: Grey, eyes: NDArray[np.float64], size: float, up: NDArray[np.float64]
) -> None:
    """Lay a fringe or a hat over the forehead, or the shadow of a brim over forehead and eyes."""
    side = np.array([-up[1], up[0]])
    degrees = float(np.degrees(np.arctan2(side[1], side[0])))
    mask = np.zeros_like(canvas)
    shadow = rng.random() < 0.4
    high = size * rng.uniform(0.2, 0.35)
    gap = rng.uniform(-0.3, 0.05) if shadow else rng.uniform(0.08, 0.2)
    centre = eyes + up * (high + size * gap)
    wide = size * rng.uniform(0.4, 0.7)
    if rng.random() < 0.5:
        axes = (max(int(wide), 1), max(int(high), 1))
        cv2.ellipse(
            mask, (int(centre[0]), int(centre[1])), axes, degrees, 0, 360, 1.0, -1, cv2.LINE_AA
        )
    else:
        corners = [
            centre + x * side * wide + y * up * high
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        cv2.fillPoly(mask, [np.round(np.array(corners)).astype(np.int32)], 1.0, cv2.LINE_AA)
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.5, size * rng.uniform(0.01, 0.06)))
    if shadow:
        canvas *= 1 - mask * np.float32(rng.uniform(0.3, 0.8))
    else:
        fill = np.float32(rng.uniform(0, 1)) + 0.3 * (texture(rng, *canvas.shape) - 0.5)
        canvas += (np.clip(fill, 0, 1) - canvas) * mask


def cover_part(rng: Random, canvas: Grey, centre: NDArray[np.float64], size: float) -> None:
    """Lay something over a part of a face: a hand, a veil's edge, another head's shoulder."""
    away = rng.uniform(0.3, 0.55) * size
    towards = rng.uniform(0, 2 * np.pi)
    place = centre + away * np.array([np.cos(towards), np.sin(towards)])
    mask = np.zeros_like(canvas)
    axes = (max(int(size * rng.uniform(0.1, 0.3)), 1), max(int(size * rng.uniform(0.1, 0.3)), 1))
    cv2.ellipse(
        mask,
        (int(place[0]), int(place[1])),
        axes,
        rng.uniform(0, 180),
        0,
        360,
        1.0,
        -1,
        cv2.LINE_AA,
    )
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.5, size * 0.01)) * np.float32(rng.uniform(0.6, 1))
    fill = np.float32(rng.uniform(0, 1)) + 0.3 * (texture(rng, *canvas.shape) - 0.5)
    canvas += (np.clip(fill, 0, 1) - canvas) * mask


def outline_mask(rng: Random, landmarks: Points, size: int, oval: bool) -> Grey:
    """Alpha of a face picture: whole, a soft oval round the head, or an irregular outline."""
    if not oval:
        return np.ones((size, size), np.float32)
    mask = np.zeros((size, size), np.float32)
    hull = cv2.convexHull(landmarks).reshape(-1, 2)
    centre = hull.mean(0)
    grow = np.array([rng.uniform(1.0, 1.35), rng.uniform(1.0, 1.35)])
    outline = (hull - centre) * grow * (1 + rng.normal(0, 0.04, (len(hull), 1))) + centre
    if rng.random() < 0.6:
        high = outline[:, 1] < centre[1]
        outline[high, 1] = centre[1] + (outline[high, 1] - centre[1]) * rng.uniform(1.1, 1.7)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1.0, cv2.LINE_AA)
    mask[[0, -1]], mask[:, [0, -1]] = 0, 0
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 5)), np.float32)
