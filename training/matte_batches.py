"""Squares that train the person matte: labelled people, before other things, among others, aged."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from matte_scenery import backdrop, clouds, filled, frame_of, hand, hat, headscarf, piece
from matte_views import Canvas, Picture, squared
from numpy.random import Generator

from nostalgia.faces.topology import FACE_OVAL

PARTS = {"test": (0,), "dev": (1,)}
"""Which of the twenty drawers of persons are kept from training."""
DRAWERS = 20
SURE = 0.95
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
        odds = np.array([counts[str(name)] ** -0.6 for name in sources])
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
        if rng.random() < 0.65:
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
        if rng.random() < 0.7:
            picture = piece(rng, self.places, 200, 200)
        else:
            noise = [clouds(rng, 200, 200, int(np.exp(rng.uniform(1, 5.3)))) for _ in range(3)]
            picture = np.clip(rng.random() + rng.uniform(0.05, 0.4) * np.dstack(noise), 0, 1)
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
    label = np.clip((label - 0.2) / 0.6, 0, 1)
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
