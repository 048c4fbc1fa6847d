"""The batches that train the embedded face detector, and what the network should answer to them."""

import json
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from collages import (
    CANVAS_PX,
    FIVE,
    Backdrop,
    Collage,
    FacePool,
    Points,
    add_face,
    box_of,
    make_collage,
    stand_in,
)
from numpy.typing import NDArray
from old_photo import degrade
from torch import Tensor

from nostalgia.faces.detection.network import REFERENCE_FACE_PX, STRIDE_PX, normalise_luma

CELLS = CANVAS_PX // STRIDE_PX


def load_pool(work: Path, held_out: bool) -> FacePool:
    """The faces to train on, or those of the people held out."""
    pictures, known = np.load(work / "pictures.npy"), np.load(work / "faces.npz")
    chosen = known["held_out"] == held_out
    weights = known["weights"][chosen].astype(np.float64)
    stood_in = known["stood_in"][chosen]
    return FacePool(pictures[chosen], known["landmarks"][chosen], weights / weights.sum(), stood_in)


def load_turned(work: Path, held_out: bool) -> FacePool | None:
    """The heads of `detector_turned.py`, if there are any."""
    if not (work / "turned.npz").exists():
        return None
    known = dict(np.load(work / "turned.npz"))
    chosen = known["held_out"] == held_out
    pictures, alphas, landmarks = (known[k][chosen] for k in ("pictures", "alphas", "landmarks"))
    even = np.full(len(pictures), 1 / len(pictures))
    return FacePool(pictures, landmarks, even, np.zeros(len(pictures), bool), alphas)


def turned_away(five: Points) -> bool:
    """Whether a face is so far turned that its nose leaves the middle third between its eyes."""
    apart = max(float(np.linalg.norm(five[1] - five[0])), 1.0)
    along = (five[1] - five[0]) / apart
    return abs(float((five[2] - (five[0] + five[1]) / 2) @ along)) > 0.45 * apart


def load_backdrops(work: Path, held_out: bool) -> tuple[list[Backdrop], list[Backdrop]]:
    """Natural pictures without and with faces; a part is held out.

    Pictures with faces that only the second teacher knows come more often, those with profiles most.
    """
    plain, peopled = [], []
    traps_path = work / "traps.json"
    traps = json.loads(traps_path.read_text()) if traps_path.exists() else {}
    for number, (path, known) in enumerate(json.loads((work / "context.json").read_text()).items()):
        if known.get("held_out", number % 10 == 0) != held_out:
            continue
        size = tuple(known["size"])
        picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        faces, ignored, times = [], [], 1
        for face in known["faces"]:
            if face["verdict"] == "face" and face.get("landmarks"):
                faces.append(np.array(face["landmarks"], np.float32))
            elif face["verdict"] == "face":
                five = np.array(face["five"], np.float32)
                faces.append(stand_in(np.array(face["box"], np.float32), five))
                times = max(times, 12 if turned_away(five) else 2)
            elif face["verdict"] == "unsure":
                ignored.append(tuple(face["box"]))
        target = peopled if faces else plain
        if faces or len(ignored) < 4:
            found = tuple(traps.get(path, ()))
            backdrop = Backdrop(picture, tuple(faces), tuple(ignored), found)
            target.extend([backdrop] * (times if faces else 1))
    return plain, peopled


def targets(collage: Collage) -> dict[str, NDArray[np.float32]]:
    """What the network should answer: heat, judged, weight (C, C) and values (14, C, C)."""
    centres = (np.arange(CELLS, dtype=np.float32) + 0.5) * STRIDE_PX - 0.5
    x, y = np.meshgrid(centres, centres)
    heat, weight = np.zeros((CELLS, CELLS), np.float32), np.zeros((CELLS, CELLS), np.float32)
    judged = np.ones((CELLS, CELLS), np.float32)
    values = np.zeros((14, CELLS, CELLS), np.float32)
    for x0, y0, x1, y1 in collage.ignored:
        judged[(x > x0) & (x < x1) & (y > y0) & (y < y1)] = 0
    for landmarks in collage.faces:
        x0, y0, x1, y1 = box_of(landmarks)
        cx, cy, width, height = (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
        sigma = 0.13
        bump = np.exp(
            -(((x - cx) / max(width * sigma, 4)) ** 2 + ((y - cy) / max(height * sigma, 4)) ** 2)
            / 2
        )
        row = int(np.clip(round((cy + 0.5) / STRIDE_PX - 0.5), 0, CELLS - 1))
        column = int(np.clip(round((cx + 0.5) / STRIDE_PX - 0.5), 0, CELLS - 1))
        bump[row, column] = 1.0
        mine = bump > heat
        size = math.sqrt(width * height)
        heat[mine] = bump[mine]
        judged[row, column] = 1
        near = mine & (bump > 0.4)
        weight[near] = bump[near] / max(bump[near].sum(), 1)
        values[0][near], values[1][near] = ((cx - x) / size)[near], ((cy - y) / size)[near]
        values[2][near] = math.log(width / REFERENCE_FACE_PX)
        values[3][near] = math.log(height / REFERENCE_FACE_PX)
        for k, (px, py) in enumerate(landmarks[list(FIVE)]):
            values[4 + 2 * k][near] = ((px - x) / size)[near]
            values[5 + 2 * k][near] = ((py - y) / size)[near]
    return {"heat": heat, "judged": judged, "values": values, "weight": weight}


class Stream:
    """Batches of collages; each canvas is aged anew and used twice."""

    def __init__(self, work: Path, seed: int, held_out: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.pool, self.turned = load_pool(work, held_out), load_turned(work, held_out)
        self.plain, self.peopled = load_backdrops(work, held_out)
        self.kept: list[Collage] = []

    def sample(self) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        """One aged and normalised canvas and its targets."""
        if len(self.kept) > 400 and self.rng.random() < 0.5:
            collage = self.kept.pop(int(self.rng.integers(len(self.kept))))
        else:
            collage = make_collage(self.rng, self.pool, self.plain, self.peopled, self.turned)
            self.kept = [*self.kept[-800:], collage]
        canvas = degrade(self.rng, collage.canvas.copy())
        if self.rng.random() < 0.1:
            canvas = blur(self.rng, canvas)
        if self.rng.random() < 0.2:
            return shrink(self.rng, replace(collage, canvas=canvas))
        return normalise_luma(canvas), targets(collage)

    def batch(self, size: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Normalised canvases (B, 1, 256, 256) and their targets."""
        samples = [self.sample() for _ in range(size)]
        pixels = torch.from_numpy(np.stack([canvas for canvas, _ in samples])[:, None])
        wanted = {k: torch.from_numpy(np.stack([w[k] for _, w in samples])) for k in samples[0][1]}
        return pixels.to(memory_format=torch.channels_last), wanted


def blur(rng: np.random.Generator, canvas: NDArray[np.float32]) -> NDArray[np.float32]:
    """A picture as from far away or out of focus: its finest third or half of detail is gone."""
    side = round(CANVAS_PX / rng.uniform(2, 3.5))
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    small = small + rng.normal(0, rng.uniform(0, 0.03), small.shape)
    large = cv2.resize(small, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0, 1).astype(np.float32)


def shrink(
    rng: np.random.Generator, collage: Collage
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """A canvas as a small level of the pyramid: a part of any shape, reduced, with nothing round it."""
    sides = np.exp(rng.uniform(np.log(0.45), 0, 2)) * CANVAS_PX
    low = rng.uniform(0, CANVAS_PX - sides).astype(int)
    high = (low + sides).astype(int)
    scale = float(np.exp(rng.uniform(np.log(0.25), np.log(0.9))))
    part = np.ascontiguousarray(collage.canvas[low[1] : high[1], low[0] : high[0]])
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape
    x = int(rng.integers(0, CANVAS_PX - width + 1))
    y = int(rng.integers(0, CANVAS_PX - height + 1))
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.float32)
    canvas[y : y + height, x : x + width] = normalise_luma(small)
    shift, limits = np.array([x, y]), np.array([x, y, x + width, y + height])
    moved = Collage(
        canvas, [], [(box - np.tile(low, 2)) * scale + np.tile(shift, 2) for box in collage.ignored]
    )
    for face in collage.faces:
        face = ((face - low) * scale + shift).astype(np.float32)
        box = box_of(face)
        inside = np.clip(box, np.tile(limits[:2], 2), np.tile(limits[2:], 2))
        hidden = 1 - np.prod(inside[2:] - inside[:2]) / np.prod(box[2:] - box[:2])
        add_face(moved, face, float(hidden))
    return canvas, targets(moved)
