"""What lies behind and on people in old photos: backdrops, hats, headscarves, hands, mounts.

Pictures are float32 (H, W, 3), planes float32 (H, W), both 0..1.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from nostalgia.faces.topology import FACE_OVAL
from nostalgia.types import CHIN, FOREHEAD

Plane = NDArray[np.float32]
OWN_TONES = 0.35
"""Share of backdrops in a tone of the person's own clothes or hair."""


def clouds(rng: Generator, height: int, width: int, cells: int) -> Plane:
    """Smooth noise, mean 0 and deviation 1, with so many cells on the longer side."""
    k = cells / max(height, width)
    coarse = rng.standard_normal((max(int(height * k), 2), max(int(width * k), 2)), np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return (smooth - smooth.mean()) / (smooth.std() + 1e-3)


def grid(height: int, width: int) -> tuple[Plane, Plane]:
    """Coordinates x and y, -1..1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    return x, y


def drawn_backdrop(rng: Generator, height: int, width: int) -> Plane:
    """A studio's backdrop: gradient, pool of light, painted clouds, folds of cloth, pillars, a horizon."""
    x, y = grid(height, width)
    drawn = np.full((height, width), 0.0, np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    drawn += rng.uniform(0, 0.3) * (np.cos(angle) * x + np.sin(angle) * y)
    if rng.random() < 0.5:
        centre, spread = rng.uniform(-0.7, 0.7, 2), rng.uniform(0.4, 1.5)
        distance = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / spread**2
        drawn += rng.uniform(-0.4, 0.5) * np.exp(-distance)
    for cells in (3, 7, 20):
        if rng.random() < 0.5:
            drawn += rng.uniform(0, 0.12) * clouds(rng, height, width, cells)
    kind = rng.random()
    if kind < 0.2:
        phase = x * rng.uniform(6, 30) + rng.uniform(0, 2) * clouds(rng, height, width, 3)
        phase += y * rng.normal(0, 3)
        drawn += (
            rng.uniform(0.03, 0.2)
            * np.sin(phase)
            * (rng.random() < 0.5 or (x > rng.uniform(-1, 1)))
        )
    elif kind < 0.35:
        for _ in range(rng.integers(1, 6)):
            left, wide = rng.uniform(-1.1, 1), rng.uniform(0.05, 0.5)
            top, bottom = rng.uniform(-1.5, 0.3), rng.uniform(0, 2)
            inside = (x > left) & (x < left + wide) & (y > top) & (y < bottom)
            round_ = rng.uniform(-0.3, 0.3) + rng.uniform(-0.25, 0.25) * (x - left) / wide
            drawn = np.where(inside, drawn + round_, drawn)
    elif kind < 0.45:
        edge = (
            rng.uniform(-0.6, 0.9) + rng.normal(0, 0.1) * x + 0.03 * clouds(rng, height, width, 6)
        )
        drawn = np.where(y > edge, drawn + rng.uniform(-0.4, 0.4), drawn)
    drawn += rng.beta(0.8, 0.8)
    if rng.random() < 0.6:
        drawn = cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.5, 3))
    return drawn.astype(np.float32)


def piece(
    rng: Generator, places: Sequence[np.ndarray], height: int, width: int
) -> NDArray[np.float32]:
    """A piece of a picture without people, of any size, at times out of focus."""
    place = places[rng.integers(len(places))]
    share = rng.uniform(0.3, 1)
    k = share * min(place.shape[0] / height, place.shape[1] / width)
    h, w = max(int(height * k), 4), max(int(width * k), 4)
    top, left = rng.integers(place.shape[0] - h + 1), rng.integers(place.shape[1] - w + 1)
    part = place[top : top + h, left : left + w]
    part = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
    part = part[:, :: rng.choice([-1, 1])].astype(np.float32) / 255
    if rng.random() < 0.5:
        part = cv2.GaussianBlur(part, (0, 0), np.exp(rng.uniform(-0.5, 2)))
    return part


def backdrop(
    rng: Generator,
    places: Sequence[np.ndarray],
    picture: NDArray[np.float32],
    matte: Plane,
) -> NDArray[np.float32]:
    """Something to stand before, at times in a tone of the person's own hair or clothes."""
    height, width = matte.shape
    if rng.random() < 0.45:
        made = np.repeat(drawn_backdrop(rng, height, width)[..., None], 3, 2)
        if rng.random() < 0.5:
            made = made * rng.uniform(0.6, 1.2, 3).astype(np.float32)
    else:
        made = piece(rng, places, height, width)
        contrast = rng.uniform(0.25, 1.1)
        made = made.mean() * (1 - contrast) + made * contrast + rng.uniform(-0.2, 0.2)
    if rng.random() < OWN_TONES:
        rows, columns = np.nonzero(matte > 0.9)
        if len(rows):
            n = rng.integers(len(rows))
            tone = picture[
                max(rows[n] - 3, 0) : rows[n] + 4, max(columns[n] - 3, 0) : columns[n] + 4
            ]
            tone = tone.mean((0, 1)) + rng.normal(0, 0.06)
            made = tone + (made - made.mean((0, 1))) * rng.uniform(0.1, 0.7)
    return np.clip(made, 0, 1).astype(np.float32)


def frame_of(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Unit vectors along the face, to its right in the image and up, and its height."""
    up = points[FOREHEAD] - points[CHIN]
    height = float(np.linalg.norm(up))
    up = up / height
    return np.array([-up[1], up[0]]), up, height


def filled(shape: tuple[int, ...], outline: np.ndarray, blur: float) -> Plane:
    """A polygon with a soft edge."""
    mask = np.zeros(shape[:2], np.float32)
    cv2.fillPoly(
        mask, [np.round(np.clip(outline, -2000, 2000) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4
    )
    return cv2.GaussianBlur(mask, (0, 0), blur)


def cloth(
    rng: Generator, places: Sequence[np.ndarray], shape: tuple[int, ...], across: Plane
) -> NDArray[np.float32]:
    """Felt, straw, fur or wool, shaded across as on something round; across: -1..1 over the thing."""
    made = piece(rng, places, *shape[:2])
    made = made - made.mean((0, 1))
    tone = rng.beta(0.7, 0.7) * np.ones(3)
    if rng.random() < 0.4:
        tone = tone * rng.uniform(0.5, 1.2, 3)
    light = 1 + rng.uniform(-0.3, 0.3) * across - rng.uniform(0, 0.35) * across**2
    made = (tone + made * rng.uniform(0, 0.6) * (rng.random() < 0.6)) * light[..., None]
    return np.clip(made, 0, 1).astype(np.float32)


def hat(
    rng: Generator, places: Sequence[np.ndarray], shape: tuple[int, ...], points: np.ndarray
) -> tuple[NDArray[np.float32], Plane]:
    """A cap, hat or bonnet: its picture and where it is."""
    along, up, height = frame_of(points)
    brow = points[FOREHEAD] - up * height * rng.uniform(-0.15, 0.2)
    half, tall = height * rng.uniform(0.4, 0.6), height * rng.uniform(0.3, 1.0)
    tilt = rng.normal(0, 0.1)
    s = np.linspace(-1, 1, 25)[:, None]
    base = brow + along * s * half + up * (s * half * tilt)
    power = rng.uniform(0.15, 0.6)
    taper = rng.uniform(0.7, 1.15)
    crown = (
        brow
        + along * s * half * taper
        + up * (tall * (1 - np.abs(s) ** 3) ** power + s * half * tilt)
    )
    blur = rng.uniform(0.4, 1.3)
    mask = filled(shape, np.vstack([base, crown[::-1]]), blur)
    if rng.random() < 0.65:
        reach = half * rng.uniform(1.1, 2.2)
        thick, bend = height * rng.uniform(0.02, 0.16), height * rng.normal(0.05, 0.12)
        line = brow + along * s * reach + up * (bend * s**2 + s * reach * tilt)
        edge = up * thick * np.sqrt(np.clip(1 - s**2, 0, 1))
        mask = np.maximum(mask, filled(shape, np.vstack([line + edge, (line - edge)[::-1]]), blur))
    y, x = np.mgrid[: shape[0], : shape[1]]
    across = np.clip(((x - brow[0]) * along[0] + (y - brow[1]) * along[1]) / half, -1.5, 1.5)
    made = cloth(rng, places, shape, across.astype(np.float32))
    if rng.random() < 0.5:
        band = brow + up * height * rng.uniform(0.02, 0.12)
        wide = half * 1.02 * along
        strip = np.array([brow - wide, brow + wide, band + wide, band - wide])
        made = made * (1 - filled(shape, strip, 0.5)[..., None] * rng.uniform(0.2, 0.8))
    return made, mask


def headscarf(
    rng: Generator, places: Sequence[np.ndarray], shape: tuple[int, ...], points: np.ndarray
) -> tuple[NDArray[np.float32], Plane]:
    """A scarf or veil round the face, down to the shoulders."""
    along, up, height = frame_of(points)
    middle = points[list(FACE_OVAL)].mean(0)
    grow = rng.uniform(1.15, 1.5)
    ring = (
        middle + (points[list(FACE_OVAL)] - middle) * grow + up * height * rng.uniform(0.02, 0.12)
    )
    outer = filled(shape, cv2.convexHull(ring.astype(np.float32))[:, 0], 1)
    below = height * rng.uniform(0.6, 1.2)
    wide = height * np.array([0.45, 0.45 + rng.uniform(0, 0.6)])
    drape = np.array([
        middle - along * wide[0], middle + along * wide[0],
        middle + along * wide[1] - up * below, middle - along * wide[1] - up * below,
    ])  # fmt: skip
    inner = middle + (points[list(FACE_OVAL)] - middle) * rng.uniform(0.88, 1.0)
    hole = filled(shape, inner, 0.7)
    mask = np.maximum(outer, filled(shape, drape, 1)) * (1 - hole)
    y, x = np.mgrid[: shape[0], : shape[1]]
    across = np.clip(((x - middle[0]) * along[0] + (y - middle[1]) * along[1]) / height, -1, 1)
    return cloth(rng, places, shape, across.astype(np.float32)), mask


def hand(
    rng: Generator, picture: NDArray[np.float32], points: np.ndarray
) -> tuple[NDArray[np.float32], Plane]:
    """The person's own arm and hand at chin, cheek or temple, in the tone of the face."""
    along, up, height = frame_of(points)
    shape = picture.shape
    side = rng.choice([-1, 1])
    at = (
        points[CHIN]
        + along * side * height * rng.uniform(0, 0.45)
        + up * height * rng.uniform(-0.1, 0.5)
    )
    down = rng.uniform(0.35, 1.0) * height
    wrist = at - up * down + along * side * height * rng.uniform(-0.1, 0.6)
    face = filled(shape, points[list(FACE_OVAL)], 1) > 0.5
    tone = picture[face].mean(0) if face.any() else np.full(3, 0.5)
    mask = np.zeros(shape[:2], np.float32)
    thick = height * rng.uniform(0.1, 0.16)
    for spread in np.linspace(-1, 1, rng.integers(2, 6)):
        tip = at + along * spread * thick * 0.9 + up * height * rng.uniform(0, 0.15)
        start = at - up * height * 0.15
        _stroke(mask, start, tip, height * rng.uniform(0.06, 0.09))
    _stroke(mask, at - up * height * 0.12, wrist, thick * 2)
    y, x = np.mgrid[: shape[0], : shape[1]]
    across = ((x - at[0]) * along[0] + (y - at[1]) * along[1]) / height
    light = 1 + rng.uniform(-0.8, 0.8) * across + 0.05 * clouds(rng, *shape[:2], 14)
    made = np.clip(tone * rng.uniform(0.8, 1.15) * light[..., None], 0, 1)
    return made.astype(np.float32), cv2.GaussianBlur(mask, (0, 0), 0.8)


def _stroke(mask: Plane, start: np.ndarray, end: np.ndarray, thick: float) -> None:
    ends = [tuple(int(v) for v in np.clip(p, -2000, 2000)) for p in (start, end)]
    cv2.line(mask, ends[0], ends[1], 1.0, max(int(thick), 1), cv2.LINE_AA)


def mount(
    rng: Generator, height: int, width: int, centre: np.ndarray, least: float
) -> tuple[NDArray[np.float32], Plane]:
    """A passe-partout: its picture, and how much of the photo shows, with a hard or a fading edge.

    centre: pixels x, y. least: half the opening's least width, pixels.
    """
    y, x = np.mgrid[:height, :width].astype(np.float32)
    reach = least * rng.uniform(1, 2.2) * np.array([1, rng.uniform(1, 1.5)])
    centre = centre + rng.normal(0, 0.1, 2) * reach + np.array([0, 0.15 * reach[1]])
    power = rng.choice([2.0, 2.0, 2.6, 6.0])
    distance = (
        np.abs((x - centre[0]) / reach[0]) ** power + np.abs((y - centre[1]) / reach[1]) ** power
    )
    distance = distance ** (1 / power)
    soft = rng.uniform(0.01, 0.03) if rng.random() < 0.6 else rng.uniform(0.05, 0.35)
    shows = np.clip((1 - distance) / soft + 0.5, 0, 1)
    shows = shows * shows * (3 - 2 * shows)
    tone = rng.choice([rng.uniform(0, 0.15), rng.uniform(0.6, 1)]) * rng.uniform(0.9, 1.05, 3)
    paper = tone + rng.uniform(0, 0.03) * clouds(rng, height, width, 30)[..., None]
    return np.clip(paper, 0, 1).astype(np.float32), shows.astype(np.float32)
