"""Collages of faces on pictures without faces: the training material of the face detector.

A canvas is 256 x 256 grey. Faces of press photos are cut out with soft masks (or pasted as whole
rectangles), get hair, hats, hands and shoulders made of texture, are turned, squeezed (a stand-in
for stronger yaw) and pasted in rows, groups or alone on natural pictures or invented textures. Real
pictures of people, with profiles and bowed heads, are cut as they are (`crop_backdrop`).
Canvases without faces hold scrambled pieces of faces, round things and textures.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from cutouts import (
    cover_forehead,
    cover_part,
    outline_mask,
    paint_surroundings,
    random_angle,
    random_turn,
    restyle,
)
from numpy.typing import NDArray
from surfaces import texture, write_lines

Grey = NDArray[np.float32]
Points = NDArray[np.float32]
Random = np.random.Generator

CANVAS_PX = 256
FIVE = (468, 473, 1, 61, 291)


@dataclass(frozen=True, slots=True)
class FacePool:
    """Face pictures with labels.

    pictures: uint8 (N, S, S). landmarks: float32 (N, 478, 2) in picture pixels. weights: float64
    (N,), sums to 1, larger for turned faces. stood_in: bool (N,), landmarks are from `stand_in`.
    alphas: uint8 (N, S, S), silhouettes of the heads, for those that `detector_turned.py` makes.
    """

    pictures: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    weights: NDArray[np.float64]
    stood_in: NDArray[np.bool_]
    alphas: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A natural picture: grey uint8 (H, W), landmarks of its faces, boxes that nobody judges.

    traps: boxes that an earlier state of the detector wrongly took for faces.
    """

    picture: NDArray[np.uint8]
    faces: tuple[Points, ...]
    ignored: tuple[tuple[float, float, float, float], ...]
    traps: tuple[tuple[float, float, float, float], ...] = ()


@dataclass
class Collage:
    """A canvas 0..1, its faces as landmarks (478, 2), and boxes that must not be judged."""

    canvas: Grey
    faces: list[Points]
    ignored: list[NDArray[np.float32]]


def box_of(landmarks: Points) -> NDArray[np.float32]:
    """The box from the top of the forehead to the chin: float32 (4,) xyxy."""
    return np.concatenate([landmarks.min(0), landmarks.max(0)]).astype(np.float32)


def stand_in(box: NDArray[np.float32], five: Points) -> Points:
    """Points in the place of landmarks where only a box and five points are known: (478, 2)."""
    angle = np.linspace(0, 2 * np.pi, 478, endpoint=False)
    rim = np.stack([np.cos(angle), np.sin(angle)], 1)
    rim[1::2] *= 0.6
    points = (box[:2] + box[2:]) / 2 + rim * (box[2:] - box[:2]) / 2
    points[list(FIVE)] = np.clip(five, box[:2], box[2:])
    return points.astype(np.float32)


def crop_backdrop(rng: Random, backdrop: Backdrop, behind: Grey | None = None) -> Collage:
    """A random crop of a natural picture at canvas size, with the faces that are in it.

    behind: a canvas that shows where the picture ends; else a tone or its mirror image does.
    """
    height, width = backdrop.picture.shape
    low = CANVAS_PX / max(height, width) * 0.8
    scale = float(np.exp(rng.uniform(np.log(low), np.log(max(1.6, low * 1.5)))))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    angle = np.radians(random_angle(rng, 0.3))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn @ np.diag([flip, 1.0])
    margin = max(CANVAS_PX / scale / 2, 1)
    focus = np.array(
        [
            rng.uniform(min(margin, width / 2), max(width - margin, width / 2)),
            rng.uniform(min(margin, height / 2), max(height - margin, height / 2)),
        ]
    )
    targets = [box_of(face) for face in backdrop.faces] or [np.array(box) for box in backdrop.traps]
    if targets and rng.random() < (0.93 if backdrop.faces else 0.7):
        box = targets[int(rng.integers(len(targets)))]
        focus = (box[:2] + box[2:]) / 2 + rng.uniform(-0.4, 0.4, 2) * CANVAS_PX / scale
        wanted = np.exp(rng.uniform(np.log(15), np.log(150)))
        turn *= np.clip(wanted / max((box[3] - box[1]) * scale, 1), 0.1, 2.5)
    matrix = np.hstack([turn, (CANVAS_PX / 2 - turn @ focus)[:, None]])
    border = cv2.BORDER_REFLECT_101 if not backdrop.faces else cv2.BORDER_CONSTANT
    canvas = (
        cv2.warpAffine(
            backdrop.picture,
            matrix,
            (CANVAS_PX, CANVAS_PX),
            flags=cv2.INTER_AREA,
            borderMode=border,
            borderValue=int(rng.integers(0, 256)),
        ).astype(np.float32)
        / 255
    )
    if behind is not None:
        whole = np.ones_like(backdrop.picture)
        inside = cv2.warpAffine(whole, matrix, (CANVAS_PX, CANVAS_PX)).astype(np.float32)
        canvas = canvas * inside + behind * (1 - inside)
    collage = Collage(canvas, [], [])
    for face in backdrop.faces:
        moved = (face @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        add_face(collage, moved[MIRROR] if flip < 0 else moved)
    for x0, y0, x1, y1 in backdrop.ignored:
        corners = (
            np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ matrix[:, :2].T + matrix[:, 2]
        )
        collage.ignored.append(box_of(corners.astype(np.float32)))
    return collage


MIRROR = np.arange(478)
"""Where the five reported points go under mirroring; all others stay."""
MIRROR[[468, 473, 61, 291]] = [473, 468, 291, 61]


def add_face(collage: Collage, landmarks: Points, hidden: float = 0.0) -> None:
    """Register a face as true, or as not to be judged when too much of it is out of sight."""
    box = box_of(landmarks)
    inside = np.clip(box, 0, CANVAS_PX)
    visible = np.prod(inside[2:] - inside[:2]) / max(np.prod(box[2:] - box[:2]), 1e-6)
    visible *= 1 - hidden
    if visible <= 0.02:
        return
    height = box[3] - box[1]
    if visible > 0.72 and 13 < height < 200:
        collage.faces.append(landmarks)
    else:
        collage.ignored.append(box)


def paste_face(
    rng: Random,
    collage: Collage,
    pool: FacePool,
    at: NDArray[np.float64],
    size: float,
    steady: bool,
) -> None:
    """Paste a random face of `size` pixels, forehead to chin; hides what is below it."""
    number = int(rng.choice(len(pool.weights), p=pool.weights))
    picture, landmarks = pool.pictures[number], pool.landmarks[number]
    box = box_of(landmarks)
    linear = random_turn(rng, steady) * size / (box[3] - box[1])
    matrix = np.hstack([linear, (at - linear @ ((box[:2] + box[2:]) / 2))[:, None]])
    oval = rng.random() < (0.5 if pool.stood_in[number] else 0.75)
    if oval:
        up = -linear[:, 1] / np.linalg.norm(linear[:, 1])
        before = collage.canvas.copy()
        paint_surroundings(rng, collage.canvas, at, size, up)
        _hide_covered(collage, np.zeros(2, int), (collage.canvas != before).astype(np.float32))
    scale = np.sqrt(abs(np.linalg.det(linear)))
    styled = restyle(rng, np.asarray(picture))
    if scale < 0.5:
        styled = cv2.GaussianBlur(styled, (0, 0), 0.35 / scale)
    if pool.alphas is None:
        alpha = outline_mask(rng, landmarks, picture.shape[0], oval)
    else:
        alpha = pool.alphas[number].astype(np.float32) / 255
    extent = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (picture.shape[0] - 1)
    corners = extent @ linear.T + matrix[:, 2]
    low = np.clip(np.floor(corners.min(0)), 0, CANVAS_PX).astype(int)
    high = np.clip(np.ceil(corners.max(0)) + 1, 0, CANVAS_PX).astype(int)
    if (high - low).min() < 4:
        return
    local = matrix.copy()
    local[:, 2] -= low
    area = (int(high[0] - low[0]), int(high[1] - low[1]))
    pixels = (
        cv2.warpAffine(styled, local, area, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        / 255
    )
    opacity = cv2.warpAffine(alpha, local, area)
    part = collage.canvas[low[1] : high[1], low[0] : high[0]]
    part[:] = part * (1 - opacity) + pixels * opacity
    placed = (landmarks @ linear.T + matrix[:, 2]).astype(np.float32)
    if rng.random() < 0.18:
        up = -linear[:, 1] / np.linalg.norm(linear[:, 1])
        cover_forehead(rng, collage.canvas, placed[[468, 473]].mean(0).astype(np.float64), size, up)
    if rng.random() < 0.08:
        cover_part(rng, collage.canvas, at, size)
    _hide_covered(collage, low, opacity)
    add_face(collage, placed[MIRROR] if np.linalg.det(linear) < 0 else placed)


def _hide_covered(collage: Collage, low: NDArray[np.int64], opacity: Grey) -> None:
    """Move faces that a new piece covers by more than a third to what is not judged."""
    kept = []
    for face in collage.faces:
        inner = np.round(face[::6] - low).astype(int)
        inside = (inner >= 0).all(1) & (inner < opacity.shape[::-1]).all(1)
        covered = (opacity[inner[inside, 1], inner[inside, 0]] > 0.5).sum() / len(inner)
        if covered < 0.3:
            kept.append(face)
        else:
            collage.ignored.append(box_of(face))
    collage.faces[:] = kept


def paste_pieces(rng: Random, collage: Collage, pool: FacePool) -> None:
    """Paste shuffled pieces of a face, an eye or a cheek alone: what must not be called a face."""
    picture = np.asarray(pool.pictures[int(rng.integers(len(pool.pictures)))])
    size = picture.shape[0]
    if rng.random() < 0.5:
        n = int(rng.integers(2, 5))
        step = size // n
        tiles = [
            picture[i * step : (i + 1) * step, j * step : (j + 1) * step]
            for i in range(n)
            for j in range(n)
        ]
        order = rng.permutation(n * n)
        while n > 1 and (order == np.arange(n * n)).mean() > 0.3:
            order = rng.permutation(n * n)
        tiles = [np.rot90(tiles[k], int(rng.integers(0, 4))) for k in order]
        piece = np.vstack([np.hstack(tiles[i * n : (i + 1) * n]) for i in range(n)])
    else:
        cut = int(size * rng.uniform(0.15, 0.3))
        x, y = rng.integers(0, size - cut, 2)
        piece = picture[y : y + cut, x : x + cut]
    side = int(2 ** rng.uniform(3.5, 7.2))
    piece = (
        cv2.resize(np.ascontiguousarray(piece), (side, side), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        / 255
    )
    x, y = rng.integers(-side // 4, CANVAS_PX - side // 2, 2).clip(0)
    area = collage.canvas[y : y + side, x : x + side]
    alpha = np.ones_like(piece)
    alpha[[0, -1]], alpha[:, [0, -1]] = 0, 0
    alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.5, 3))[: area.shape[0], : area.shape[1]]
    area[:] = area * (1 - alpha) + piece[: area.shape[0], : area.shape[1]] * alpha
    box = np.array([x, y, x + side, y + side], np.float32)
    kept = []
    for face in collage.faces:
        b = box_of(face)
        if min(b[2], box[2]) > max(b[0], box[0]) and min(b[3], box[3]) > max(b[1], box[1]):
            collage.ignored.append(b)
        else:
            kept.append(face)
    collage.faces[:] = kept


def paste_window(rng: Random, collage: Collage, backdrop: Backdrop) -> None:
    """Paste a rectangle of another picture without faces, so that an edge alone means nothing."""
    if backdrop.faces or backdrop.ignored or collage.faces:
        return
    wide, high = (2 ** rng.uniform(4, 7, 2)).astype(int)
    height, width = backdrop.picture.shape
    side = min(height, width, int(2 ** rng.uniform(4.5, 8)))
    x, y = int(rng.integers(0, width - side + 1)), int(rng.integers(0, height - side + 1))
    part = np.ascontiguousarray(backdrop.picture[y : y + side, x : x + side])
    window = cv2.resize(part, (int(wide), int(high)), interpolation=cv2.INTER_AREA)
    left, top = int(rng.integers(0, CANVAS_PX - wide)), int(rng.integers(0, CANVAS_PX - high))
    collage.canvas[top : top + high, left : left + wide] = window.astype(np.float32) / 255


def _places(rng: Random) -> tuple[list[NDArray[np.float64]], list[float], bool]:
    """Where faces go and how large: one, a few anywhere, or rows of a group."""
    kind = rng.random()
    if kind < 0.4:
        size = float(np.exp(rng.uniform(np.log(15), np.log(185))))
        slack = max(CANVAS_PX / 2 - size * 0.4, 10)
        return [CANVAS_PX / 2 + rng.uniform(-1, 1, 2) * slack], [size], False
    if kind < 0.7:
        number = int(rng.integers(2, 6))
        sizes = np.exp(rng.uniform(np.log(14), np.log(100), number))
        return (
            [rng.uniform(5, CANVAS_PX - 5, 2) for _ in range(number)],
            [float(s) for s in sizes],
            False,
        )
    size = float(np.exp(rng.uniform(np.log(14), np.log(70))))
    gap = size * rng.uniform(1.1, 2.5)
    places, sizes_ = [], []
    top = rng.uniform(size * 0.5, CANVAS_PX * 0.7)
    for row in range(int(rng.integers(1, 4))):
        x = rng.uniform(-0.3, 1) * gap
        while x < CANVAS_PX and len(places) < 14:
            places.append(np.array([x, top + row * gap * 1.2]) + rng.normal(0, 0.12, 2) * size)
            sizes_.append(size * float(np.exp(rng.normal(0, 0.1))))
            x += gap * rng.uniform(0.85, 1.3)
    return places, sizes_, True


def make_collage(
    rng: Random,
    pool: FacePool,
    plain: list[Backdrop],
    peopled: list[Backdrop],
    turned: FacePool | None = None,
) -> Collage:
    """One canvas before its degradation."""
    chance = rng.random()
    if peopled and chance < 0.36:
        behind = crop_backdrop(rng, plain[int(rng.integers(len(plain)))]).canvas
        chosen = peopled[int(rng.integers(len(peopled)))]
        return crop_backdrop(rng, chosen, behind if rng.random() < 0.7 else None)
    if rng.random() < 0.65:
        chosen = plain[int(rng.integers(len(plain)))]
        if not chosen.traps:  # a second draw: pictures with traps come about twice as often
            chosen = plain[int(rng.integers(len(plain)))]
        collage = crop_backdrop(rng, chosen)
    else:
        collage = Collage(texture(rng, CANVAS_PX, CANVAS_PX), [], [])
    if rng.random() < 0.07:
        write_lines(rng, collage.canvas)
    if rng.random() < 0.12:
        for _ in range(int(rng.integers(1, 5))):
            paste_pieces(rng, collage, pool)
    if rng.random() < 0.2:
        for _ in range(int(rng.integers(1, 4))):
            paste_window(rng, collage, plain[int(rng.integers(len(plain)))])
    if chance > 0.58:
        places, sizes, steady = _places(rng)
        for at, size in sorted(zip(places, sizes, strict=True), key=lambda pair: pair[1]):
            profile = turned is not None and rng.random() < 0.35
            paste_face(rng, collage, turned if profile else pool, at, size, steady)
    return collage
