"""Squares that train the person matte: labelled people, before other things, among others, aged."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from degradations import degrade
from matte_scenery import Plane, backdrop, filled, frame_of, hand, hat, headscarf, mount, piece
from numpy.random import Generator
from numpy.typing import NDArray

from nostalgia.faces.matte import INPUT_PX, SQUARE_FACE_HEIGHTS, face_plane
from nostalgia.faces.topology import FACE_OVAL

Picture = NDArray[np.float32]
PARTS = {"test": (0,), "dev": (1,)}
"""Which of the twenty drawers of persons are kept from training."""
DRAWERS = 20
OUTSIDE_WEIGHT = 0.1
"""Weight of what lies beyond the photo, where the border pixels repeat."""
SURE = 0.95
PART_STEP_PX = 3
USES = 2
"""How often a composed picture is cut and aged."""
NO_EXAMPLES = ("presidents",)
"""Folders whose round mounts the teacher takes for a part of the person."""


@dataclass(frozen=True, slots=True)
class Person:
    """A labelled person.

    picture: uint8 (H, W, 1 or 3). matte, weights: uint8 (H, W), 255 = person, sure. points:
    float32 (478, 2), pixels. name: nobody else of the collection has it.
    """

    picture: np.ndarray
    matte: np.ndarray
    weights: np.ndarray
    points: np.ndarray
    name: str

    @property
    def part(self) -> str:
        """Whether the person trains, chooses or tests."""
        drawer = zlib.crc32(self.name.encode()) % DRAWERS
        return next((part for part, drawers in PARTS.items() if drawer in drawers), "train")


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


def read_people(path: Path, collection: str) -> list[Person]:
    """People that label_mattes.py has labelled."""
    file = np.load(path)
    sizes = file["sizes"].astype(np.int64)
    ends = np.cumsum(sizes.prod(1))
    plane_ends = np.cumsum(sizes[:, 0] * sizes[:, 1])
    pixels, mattes, weights = file["pixels"], file["mattes"], file["weights"]
    found = []
    for name, (h, w, c), end, plane_end, points in zip(
        file["names"], sizes, ends, plane_ends, file["points"], strict=True
    ):
        if Path(str(name)).parts[0] in NO_EXAMPLES:
            continue
        plane = slice(plane_end - h * w, plane_end)
        person = f"{collection}/{Path(str(name)).stem.rsplit('_', 1)[0]}"
        found.append(
            Person(
                pixels[end - h * w * c : end].reshape(h, w, c),
                mattes[plane].reshape(h, w),
                weights[plane].reshape(h, w),
                points,
                person,
            )
        )
    return found


def read_places(path: Path) -> list[np.ndarray]:
    """Pictures without people: uint8 (H, W, 3)."""
    file = np.load(path)
    sizes = file["sizes"].astype(np.int64)
    ends = np.cumsum(sizes.prod(1))
    pixels = file["pixels"]
    return [pixels[e - s.prod() : e].reshape(s) for s, e in zip(sizes, ends, strict=True)]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a step learns from.

    crops: uint8 (B, 4, 192, 192). labels, weights: uint8 (B, 192, 192), 255 = person, sure. A crop
    without anybody has no weight.
    """

    crops: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor


class MatteSamples:
    """Random squares round labelled people."""

    def __init__(self, collections: Sequence[tuple[str, Path]], places: Path, seed: int) -> None:
        """Read all pictures.

        collections: names and files of label_mattes.py; those of one name share their persons.
        """
        self.rng = np.random.default_rng(seed)
        self.places = read_places(places)
        everyone = [p for name, path in collections for p in read_people(path, name)]
        self.parts = {part: [p for p in everyone if p.part == part] for part in (*PARTS, "train")}
        people = self.parts["train"]
        sources = np.array([p.name.split("/")[0] for p in people])
        counts = {str(name): int((sources == name).sum()) for name in set(sources)}
        free = np.array([(p.matte < 128).mean() for p in people])
        odds = np.array([counts[str(name)] ** -0.4 for name in sources])
        odds *= np.clip(4 * free, 0.15, 1)
        self.odds = odds / odds.sum()
        print({part: len(kept) for part, kept in self.parts.items()}, counts, len(self.places))

    def anyone(self, rng: Generator) -> Person:
        """A person who trains."""
        return self.parts["train"][rng.choice(len(self.odds), p=self.odds)]

    def compose(self, person: Person | None = None) -> Canvas:
        """A person before something, among others, dressed."""
        rng = self.rng
        canvas = opened(person or self.anyone(rng), rng.random() < 0.5)
        if rng.random() < 0.6:
            cut_out(canvas, rng, self.places)
        if rng.random() < 0.4:
            for _ in range(rng.integers(1, 4)):
                other = opened(self.anyone(rng), rng.random() < 0.5)
                add_neighbour(canvas, other, rng)
        dress(canvas, rng, self.places)
        return canvas

    def nobody(self) -> Canvas:
        """A place without a person, as if there were one."""
        rng = self.rng
        picture = piece(rng, self.places, 200, 200)
        points = self.anyone(rng).points
        points = (points - points.mean(0)) / np.ptp(points[:, 1]) * 57 + 100
        flat = np.zeros((200, 200), np.float32)
        return Canvas(picture, flat, flat, points)

    def batch(self, size: int) -> Batch:
        """A random batch."""
        made = []
        for _ in range(size // USES):
            canvas = self.nobody() if self.rng.random() < 0.03 else self.compose()
            made += [squared(canvas, self.rng) for _ in range(USES)]
        return together(made)

    def plain(self, part: str, most: int) -> Batch:
        """Unchanged squares of people of a part, as the product would cut them."""
        return together([squared(opened(p, False), None) for p in self.parts[part][:most]])


def together(made: Sequence[tuple[np.ndarray, ...]]) -> Batch:
    """Samples as a batch."""
    return Batch(*(torch.from_numpy(np.stack(each)) for each in zip(*made, strict=True)))


def opened(person: Person, mirrored: bool) -> Canvas:
    """A person's picture and label to work on."""
    picture, points = person.picture.astype(np.float32) / 255, person.points
    if picture.shape[2] == 1:
        picture = np.repeat(picture, 3, 2)
    label, weights = (p.astype(np.float32) / 255 for p in (person.matte, person.weights))
    label = np.clip((label - 0.1) / 0.8, 0, 1)
    if mirrored:
        picture, label, weights = (
            np.ascontiguousarray(p[:, ::-1]) for p in (picture, label, weights)
        )
        # The outline of a face is its own mirror image; no other landmark matters here.
        points = points * np.float32([-1, 1]) + np.float32([label.shape[1] - 1, 0])
    return Canvas(picture, label, weights, points)


def own_colours(canvas: Canvas) -> Picture:
    """The person's picture with its colours carried on across the edge, so that no halo is left."""
    sure = (canvas.label > SURE).astype(np.float32)
    blurred = cv2.GaussianBlur(canvas.picture * sure[..., None], (0, 0), 3)
    share = cv2.GaussianBlur(sure, (0, 0), 3)
    carried = blurred / np.maximum(share, 1e-3)[..., None]
    known = np.maximum(sure, 1 - np.clip(share * 20, 0, 1))[..., None]
    return canvas.picture * known + carried * (1 - known)


def cut_out(canvas: Canvas, rng: Generator, places: Sequence[np.ndarray]) -> None:
    """Put the person before another background, mostly larger than the photo was."""
    _, _, height = frame_of(canvas.points)
    colours, label = own_colours(canvas), canvas.label
    space = np.array([1, (label[0] > 0.5).mean() < 0.02, 1, rng.random() < 0.6])
    space = space * rng.uniform(-0.2, 1.4, 4).clip(0) * height
    left, top, right, bottom = space.astype(int)
    # Shoulders that the photo's sides cut off go on, sloping.
    across = np.arange(-left, label.shape[1] + right)
    beyond = np.maximum(-across, 0) + np.maximum(across - label.shape[1] + 1, 0)
    rows = np.arange(-top, label.shape[0] + bottom)[:, None] - (beyond * rng.uniform(0.2, 1.2))
    rows = np.clip(rows.astype(int), 0, label.shape[0] - 1)
    columns = np.clip(across, 0, label.shape[1] - 1)
    canvas.picture, canvas.label = colours[rows, columns], label[rows, columns]
    canvas.points = canvas.points + np.float32([left, top])
    behind = backdrop(rng, places, canvas.picture, canvas.label)
    alpha = cv2.GaussianBlur(canvas.label, (0, 0), rng.uniform(0.3, 1.2))[..., None]
    canvas.picture = canvas.picture * alpha + behind * (1 - alpha)
    canvas.weights = np.ones_like(canvas.label)


def add_neighbour(canvas: Canvas, other: Canvas, rng: Generator) -> None:
    """Paste another person behind, beside or in front of the one in the middle."""
    _, _, height = frame_of(canvas.points)
    _, _, other_height = frame_of(other.points)
    k = height / other_height * np.exp(rng.normal(0, 0.22))
    close = rng.random() < 0.4
    beside = rng.choice([-1, 1]) * (rng.uniform(0.65, 1.0) if close else rng.uniform(0.9, 2.0))
    place = canvas.points.mean(0) + height * np.array([beside, rng.normal(0, 0.35)])
    below = int(2 * other_height)
    picture = np.pad(own_colours(other), ((0, below), (0, 0), (0, 0)), mode="edge")
    alpha = np.pad(other.label, ((0, below), (0, 0)), mode="edge")
    matrix = np.hstack([np.eye(2) * k, (place - k * other.points.mean(0))[:, None]])
    size = canvas.label.shape[::-1]
    how = cv2.INTER_AREA if k < 0.7 else cv2.INTER_LINEAR
    picture = cv2.warpAffine(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(alpha, matrix, size, flags=how)
    alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.3, 1.0))
    if rng.random() < 0.5:
        mean = [
            (p * a[..., None]).sum((0, 1)) / max(a.sum(), 1)
            for p, a in ((canvas.picture, canvas.label), (picture, alpha))
        ]
        picture = np.clip(picture + (mean[0] - mean[1]) * rng.uniform(0.3, 1), 0, 1)
    face = filled(canvas.label.shape, canvas.points[list(FACE_OVAL)], 1)
    hides = (alpha * face).sum() / max(face.sum(), 1)
    if rng.random() < 0.35 and hides < 0.2:
        canvas.lay(picture, alpha, 0)
    else:
        shows = alpha * (1 - canvas.label)
        canvas.picture = canvas.picture * (1 - shows[..., None]) + picture * shows[..., None]
        canvas.weights = np.maximum(canvas.weights, shows)


def dress(canvas: Canvas, rng: Generator, places: Sequence[np.ndarray]) -> None:
    """Hats, headscarves and hands belong to the person; what is held before it does not."""
    shape = canvas.label.shape
    chance = rng.random()
    if chance < 0.15:
        canvas.lay(*hat(rng, places, shape, canvas.points), 1)
    elif chance < 0.19:
        canvas.lay(*headscarf(rng, places, shape, canvas.points), 1)
    if rng.random() < 0.06:
        canvas.lay(*hand(rng, canvas.picture, canvas.points), 1)


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
