"""Damaged pictures for the restorer: from a clean aligned crop to what time and a bad file leave.

Lumas are float32 (S, S) 0..1. A sample's number decides everything about it, so that a training
that goes on after a stop sees what it would have seen.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from degradations import fold, halftone, paint
from face_crops import FaceCrops
from numpy.random import Generator
from numpy.typing import NDArray

from nostalgia.faces.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE,
    NOSTRILS,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
)

Luma = NDArray[np.float32]

ODDS: dict[str, dict[str, float]] = {
    "easy": {
        "none": 0.14, "grain": 0.24, "noise": 0.10, "jpeg": 0.24, "faded": 0.14, "mixed": 0.14,
    },
    "soft": {
        "none": 0.13, "grain": 0.11, "noise": 0.03, "jpeg": 0.10, "blur": 0.11, "small": 0.16,
        "faded": 0.18, "mixed": 0.18,
    },
    "all": {
        "none": 0.13, "grain": 0.08, "noise": 0.02, "jpeg": 0.07, "blur": 0.10, "small": 0.15,
        "scratched": 0.11, "faded": 0.18, "mixed": 0.16,
    },
}  # fmt: skip
"""Share of each damage in the stages of training."""
FLIPPED_X = np.float32([-1, 1])


@dataclass(frozen=True)
class Sample:
    """Damaged and clean luma, weights of the loss, place for the network, and the damage's name."""

    damaged: Luma
    clean: Luma
    weights: Luma
    place: NDArray[np.float32]
    kind: str


def blur(luma: Luma, rng: Generator) -> Luma:
    """Out of focus (Gaussian or disc) or moved."""
    most = 0.022 * luma.shape[0]
    if rng.random() < 0.6:
        return cv2.GaussianBlur(luma, (0, 0), rng.uniform(0.12, 1) * most)
    if rng.random() < 0.5:
        radius = rng.uniform(0.3, 1.6) * most
        size = 2 * int(np.ceil(radius)) + 1
        line = np.arange(size, dtype=np.float32) - size // 2
        kernel = np.clip(radius + 0.5 - np.hypot(line[:, None], line[None]), 0, 1)
    else:
        length, angle = rng.uniform(0.6, 3.5) * most, rng.uniform(0, np.pi)
        size = 2 * int(np.ceil(length / 2)) + 3
        kernel = np.zeros((size, size), np.float32)
        tip = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        ends = [np.round((size // 2 + way * tip) * 16).astype(int).tolist() for way in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    kernel = kernel.astype(np.float32) / kernel.sum()
    return cv2.filter2D(luma, -1, kernel, borderType=cv2.BORDER_REPLICATE)


def grain(luma: Luma, rng: Generator) -> Luma:
    """Film grain: clumped, its strength by tone."""
    noise = rng.standard_normal(luma.shape, np.float32)
    size = rng.uniform(0, 1.4)
    if size > 0.35:
        noise = cv2.GaussianBlur(noise, (0, 0), size)
        noise /= noise.std() + 1e-6
    if rng.random() < 0.5:  # as strong in all tones as a scanner's
        noise *= np.sqrt(0.25 + 3 * np.clip(luma, 0, 1) * (1 - np.clip(luma, 0, 1)))
    return luma + noise * np.float32(np.exp(rng.uniform(np.log(2.5), np.log(32))) / 255)


def noise(luma: Luma, rng: Generator) -> Luma:
    """Noise of a sensor: shot noise and read-out, at times salt and pepper."""
    level = np.exp(rng.uniform(np.log(1.5), np.log(20))) / 255
    share = rng.random()
    spread = level * np.sqrt(share * np.clip(luma, 0, 1) * 2 + (1 - share))
    luma = luma + rng.standard_normal(luma.shape, np.float32) * spread.astype(np.float32)
    if rng.random() < 0.1:
        hit = rng.random(luma.shape) < rng.uniform(0.001, 0.01)
        luma = np.where(hit, rng.integers(0, 2, luma.shape), luma)
    return luma.astype(np.float32)


def jpeg(luma: Luma, rng: Generator) -> Luma:
    """Saved badly, at times twice."""
    quality = int(np.exp(rng.uniform(np.log(9), np.log(85))))
    coded = cv2.imencode(".jpg", eight_bit(luma), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def scratches(luma: Luma, rng: Generator) -> Luma:
    """Wandering lines, hairs, dust and spots, mostly light; rarely a fold or a torn corner."""
    luma, side = np.ascontiguousarray(luma, np.float32).copy(), luma.shape[0]

    def shade() -> float:
        return float(rng.uniform(0.75, 1.05) if rng.random() < 0.75 else rng.uniform(-0.02, 0.25))

    for _ in range(rng.integers(0, 9)):
        start = rng.uniform(-0.1, 1.1, 2) * side
        along = np.linspace(0, 1, 24)[:, None] * rng.normal(0, 0.5, 2) * side
        shape = start + along + rng.normal(0, 0.006 * side, (24, 2)).cumsum(0) * rng.random()
        points = np.round(shape * 8).astype(np.int32)
        thick = max(1, round(rng.uniform(0.002, 0.013) * side))
        cv2.polylines(luma, [points], False, shade(), thick, cv2.LINE_AA, 3)
    for _ in range(rng.integers(0, 60)):
        centre = np.round(rng.uniform(0, 1, 2) * side * 8).astype(int).tolist()
        radius = int(8 * max(0.6, rng.uniform(0.002, 0.008) * side))
        cv2.circle(luma, centre, radius, shade(), -1, cv2.LINE_AA, 3)
    if rng.random() < 0.2:
        luma = fold(luma, rng)
    return luma


def fade(luma: Luma, rng: Generator) -> Luma:
    """Black lifted, contrast lost, at times more on one side."""
    tone, contrast = rng.uniform(0.1, 0.8), rng.uniform(0.35, 0.9)
    faded = luma * contrast + tone * (1 - contrast)
    if rng.random() < 0.25:
        slope = np.linspace(*rng.uniform(0, 1, 2), luma.shape[1], dtype=np.float32)
        faded = luma + (faded - luma) * (slope if luma.ndim == 2 else slope[:, None])
    return faded.astype(np.float32)


def smaller(luma: Luma, factor: float, rng: Generator) -> Luma:
    """Reduced by a factor with one of the usual filters."""
    ways = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
    way = ways[rng.choice(4, p=[0.6, 0.15, 0.15, 0.1])]
    if way != cv2.INTER_AREA:
        luma = cv2.GaussianBlur(luma, (0, 0), 0.3 * factor + 0.05)
    size = max(12, round(luma.shape[0] / factor))
    return cv2.resize(luma, (size, size), interpolation=way)


def sharpened(luma: Luma, rng: Generator) -> Luma:
    """Sharpened by a scanner's program."""
    return luma + rng.uniform(0.3, 1.3) * (luma - cv2.GaussianBlur(luma, (0, 0), 1.2))


PRINT = ((0.4, blur), (0.45, grain), (0.25, fade), (0.04, halftone), (0.05, paint))
FILE = ((0.25, blur), (0.3, noise), (0.15, grain), (0.55, jpeg), (0.1, sharpened))
SINGLE = {"grain": grain, "noise": noise, "jpeg": jpeg, "blur": blur}


def damage(clean: Luma, kind: str, rng: Generator, with_scratches: bool = True) -> Luma:
    """The picture at the size and in the state in which it was kept; smaller than `clean` or as large."""
    side = clean.shape[0]
    luma = clean
    if kind == "none":
        return noise(luma, rng) * 0.15 + luma * 0.85 if rng.random() < 0.2 else luma
    if kind in ("small", "mixed") or rng.random() < 0.3:
        most = side / 14 if kind == "small" else 4.0
        factor = float(np.exp(rng.uniform(np.log(1.15), np.log(min(8.0, most)))))
    else:
        factor = 1.0
    if kind == "small":
        luma = smaller(luma, factor, rng)
        luma = luma + rng.standard_normal(luma.shape, np.float32) * rng.uniform(0, 4) / 255
        return jpeg_of(luma, int(rng.integers(45, 95))) if rng.random() < 0.6 else luma
    if kind == "scratched":
        luma = scratches(luma, rng)
    elif kind == "faded":
        luma = grain_of(fade(cv2.GaussianBlur(luma, (0, 0), rng.uniform(0.2, 1.3)), rng), rng)
    elif kind == "mixed":
        steps = (*PRINT, (0.25, scratches)) if with_scratches else PRINT
        luma = some(luma, steps, rng)
        if rng.random() < 0.6:
            luma = smaller(luma, factor, rng)
        return some(luma, FILE, rng)
    if factor > 1:
        luma = smaller(luma, factor, rng)
    step = SINGLE.get(kind)
    return luma if step is None else step(luma, rng)


def some(luma: Luma, steps: tuple, rng: Generator) -> Luma:
    """Some of the steps, in a random order."""
    for number in rng.permutation(len(steps)):
        odds, step = steps[number]
        if rng.random() < odds:
            luma = np.clip(step(luma, rng), 0, 1).astype(np.float32)
    return luma


def grain_of(luma: Luma, rng: Generator) -> Luma:
    """Weak grain, as scans of faded prints have it."""
    soft = cv2.GaussianBlur(rng.standard_normal(luma.shape, np.float32), (0, 0), 0.8)
    return luma + soft / soft.std() * np.float32(rng.uniform(0, 9) / 255)


def jpeg_of(luma: Luma, quality: int) -> Luma:
    """Saved at a quality."""
    coded = cv2.imencode(".jpg", eight_bit(luma), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def eight_bit(luma: Luma) -> NDArray[np.uint8]:
    """Levels 0..255."""
    return np.rint(np.clip(luma, 0, 1) * 255).astype(np.uint8)


def back_to(luma: Luma, side: int) -> Luma:
    """The kept picture as the network gets it: 8 bits, enlarged by cubic interpolation."""
    kept = eight_bit(luma).astype(np.float32) / 255
    if kept.shape[0] != side:
        kept = cv2.resize(kept, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(kept, 0, 1)


def loss_weights(points: NDArray[np.float32], edges: NDArray[np.float32], side: int) -> Luma:
    """Weights (side, side): 1 in the face, 3 on eyes, brows, lips, nostrils, 0.5 around, 0 outside the photo.

    points, edges: 0..1 over the crop.
    """

    def area(polygon: NDArray[np.float32], value: float, drawn: Luma) -> None:
        hull = cv2.convexHull(np.round(polygon * side * 8 - 4).astype(np.int32))
        cv2.fillConvexPoly(drawn, hull, value, cv2.LINE_8, 3)

    weights = np.full((side, side), 0.5, np.float32)
    area(points[list(FACE_OVAL)], 1.0, weights)
    features = np.zeros((side, side), np.float32)
    for group in (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, OUTER_LIPS, NOSTRILS):
        area(points[list(group)], 1.0, features)
    reach = max(1, round(0.012 * side)) * 2 + 1
    features = cv2.GaussianBlur(cv2.dilate(features, np.ones((reach, reach))), (0, 0), 0.01 * side)
    inside = np.zeros((side, side), np.float32)
    area(np.clip(edges, -4, 5), 1.0, inside)
    return (weights + 2 * features) * inside


def clean_view(
    crops: FaceCrops, number: int, side: int, rng: Generator, *, whole: bool = False
) -> tuple[Luma, NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Clean luma, landmarks and edges 0..1 over the view, and its place (x, y, extent).

    A whole crop with a little misalignment, or, of a larger crop, at times a window, if not `whole`.
    """
    luma, points, edges = crops.pictures[number], crops.points[number], crops.edges[number]
    own = luma.shape[0]
    extent, corner = 1.0, np.zeros(2)
    if own > side and not whole and rng.random() < 0.4:
        extent = rng.uniform(side / own, 1)
        corner = rng.uniform(0, 1 - extent, 2)
    grow, turn = np.exp(rng.normal(0, 0.03)), np.radians(rng.normal(0, 2.5))
    c, s = np.cos(turn) * grow, np.sin(turn) * grow
    linear = np.array([[c, -s], [s, c]]) / extent
    shift = (0.5 - corner + rng.normal(0, 0.012, 2)) / extent - linear @ [0.5, 0.5]
    reduce = own * extent / side / grow
    if reduce > 1.02:
        size = max(side, round(own / reduce))
        luma = cv2.resize(luma, (size, size), interpolation=cv2.INTER_AREA)
    k = side / luma.shape[0]
    pixel = np.hstack([linear * k, (side * shift + linear @ [0.5 * k, 0.5 * k] - 0.5)[:, None]])
    view = cv2.warpAffine(
        luma.astype(np.float32) / 255, pixel, (side, side),
        flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT,
    )  # fmt: skip
    points, edges = ((p @ linear.T + shift).astype(np.float32) for p in (points, edges))
    if rng.random() < 0.5:
        view = np.ascontiguousarray(view[:, ::-1])
        points, edges = (p * FLIPPED_X + np.float32([1, 0]) for p in (points, edges))
        corner = np.array([1 - corner[0] - extent, corner[1]])
    return np.clip(view, 0, 1), points, edges, np.float32([*corner, extent])


def make_sample(crops: FaceCrops, number: int, side: int, stage: str, rng: Generator) -> Sample:
    """Draw a view of a crop and damage it."""
    clean, points, edges, place = clean_view(crops, number, side, rng)
    odds = ODDS[stage]
    kind = str(rng.choice(list(odds), p=np.array(list(odds.values())) / sum(odds.values())))
    tone = np.float32(np.exp(rng.normal(0, 0.15)))
    clean = eight_bit(clean**tone).astype(np.float32) / 255
    kept = damage(clean, kind, rng, stage == "all")
    enlarged = side / kept.shape[0]
    weights = loss_weights(points, edges, side) * (2 if kind == "none" else 1)
    return Sample(
        back_to(kept, side), clean, weights.astype(np.float32), np.float32([*place, enlarged]), kind
    )
