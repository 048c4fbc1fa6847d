"""Damaged colour pictures for the colour restorer: what compression, reduction and noise leave.

Pictures are RGB float32 (S, S, 3) 0..1. Colours are varied first, so that the network learns what
damage does to colour, not which colours a face should have: warm, cold, pale and loud pictures, and
brown and blue prints.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from face_crops import FaceCrops
from face_damage import (
    Luma,
    back_to,
    blur,
    clean_view,
    eight_bit,
    fade,
    loss_weights,
    noise,
    smaller,
)
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.float32]
CHROMA_LEVELS = 64
"""Chroma is counted in 1/64 of these for the network, about -1..1."""

ODDS = {
    "none": 0.16, "small": 0.2, "jpeg": 0.2, "blur": 0.1, "noise": 0.09, "grain": 0.05,
    "faded": 0.04, "spread": 0.05, "mixed": 0.11,
}  # fmt: skip
FROM_RGB = np.float32(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)
"""ITU-R BT.601, full range, chroma around 0."""
TO_RGB = np.linalg.inv(FROM_RGB.astype(np.float64)).astype(np.float32)


@dataclass(frozen=True)
class ColourSample:
    """Damaged and clean (3, S, S): luma 0..1, chroma / CHROMA_LEVELS; weights of the loss."""

    damaged: Picture
    clean: Picture
    weights: Luma
    place: NDArray[np.float32]
    kind: str


def chroma_spread(picture: NDArray[np.uint8]) -> float:
    """How colourful a picture is: standard deviation of Cb and Cr (levels), RGB uint8 (S, S, 3)."""
    return float((picture.astype(np.float32) @ FROM_RGB[1:].T).std((0, 1)).mean())


def varied(rgb: Picture, rng: Generator) -> Picture:
    """The same picture in other colours; luma stays, as far as they can be shown."""
    luma, chroma = rgb @ FROM_RGB[0], rgb @ FROM_RGB[1:].T
    if rng.random() < 0.1:  # a brown or blue print
        tint = np.float32([-1, 0.7]) * rng.uniform(-0.04, 0.12) + rng.normal(0, 0.01, 2)
        strength = 4 * luma * (1 - luma) if rng.random() < 0.5 else 1 - luma
        chroma = strength[..., None] * tint + rng.uniform(0, 0.15) * chroma
    else:
        turn = np.eye(2) + rng.normal(0, 0.1, (2, 2))
        chroma = chroma @ turn * np.exp(rng.normal(0, 0.3))
        if rng.random() < 0.5:
            chroma = chroma + rng.normal(0, 0.02, 2)
    out = np.dstack([luma, chroma]).astype(np.float32) @ TO_RGB.T
    return np.clip(out, 0, 1)


def jpeg(rgb: Picture, rng: Generator) -> Picture:
    """Saved badly; colour mostly at half the resolution."""
    how = [cv2.IMWRITE_JPEG_QUALITY, int(np.exp(rng.uniform(np.log(8), np.log(80))))]
    if rng.random() < 0.15:
        how += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    coded = cv2.imencode(".jpg", eight_bit(rgb)[..., ::-1], how)[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def grain(rgb: Picture, rng: Generator) -> Picture:
    """Film grain: of luma, of each dye, or of both."""
    shape = (*rgb.shape[:2], 3)
    own, common = rng.standard_normal(shape, np.float32), rng.standard_normal(shape[:2], np.float32)
    share = rng.choice([0.0, 1.0, rng.random()])
    drawn = share * own + (1 - share) * common[..., None]
    size = rng.uniform(0, 1.6)
    if size > 0.35:
        drawn = cv2.GaussianBlur(drawn, (0, 0), size)
    level = np.exp(rng.uniform(np.log(2), np.log(24))) / 255
    return rgb + drawn / (drawn.std() + 1e-6) * np.float32(level)


def spread(rgb: Picture, rng: Generator) -> Picture:
    """Colour that ran, was laid beside the drawing, or lies in blotches."""
    luma, chroma = rgb @ FROM_RGB[0], np.ascontiguousarray(rgb @ FROM_RGB[1:].T)
    side = len(rgb)
    if rng.random() < 0.6:
        chroma = cv2.GaussianBlur(chroma, (0, 0), rng.uniform(0.005, 0.03) * side)
    if rng.random() < 0.4:
        shift = np.float32([[1, 0, 0], [0, 1, 0]])
        shift[:, 2] = rng.normal(0, 0.008 * side, 2)
        chroma = cv2.warpAffine(chroma, shift, (side, side), borderMode=cv2.BORDER_REFLECT)
    if rng.random() < 0.5:
        cells = rng.integers(6, 40)
        drawn = rng.normal(0, 1, (cells, cells, 2)).astype(np.float32)
        drawn = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_CUBIC)
        chroma = chroma + drawn * rng.uniform(0.004, 0.025)
    return np.dstack([luma, chroma]).astype(np.float32) @ TO_RGB.T


def damage(rgb: Picture, kind: str, rng: Generator) -> Picture:
    """The picture at the size and in the state in which it was kept."""
    if kind == "none":
        return rgb
    most = {"small": 4.5, "mixed": 3.0}.get(kind, 1.6)
    if kind in ("small", "mixed") or rng.random() < 0.4:
        rgb = smaller(rgb, float(np.exp(rng.uniform(np.log(1.1), np.log(most)))), rng)
    if kind == "small":
        return jpeg(rgb, rng) if rng.random() < 0.5 else noise(rgb, rng) * 0.3 + rgb * 0.7
    if kind == "mixed":
        for step, odds in ((blur, 0.4), (spread, 0.25), (grain, 0.35), (noise, 0.3), (jpeg, 0.7)):
            if rng.random() < odds:
                rgb = np.clip(step(rgb, rng), 0, 1).astype(np.float32)
        return rgb
    steps = {
        "jpeg": jpeg, "blur": blur, "noise": noise, "grain": grain, "faded": fade, "spread": spread,
    }  # fmt: skip
    return steps[kind](rgb, rng)


def make_colour_sample(
    crops: FaceCrops, number: int, side: int, rng: Generator, kind: str = ""
) -> ColourSample:
    """Draw a view of a crop, vary its colours and damage it; at times damage a larger picture.

    kind: of the damage; "" draws it.
    """
    drawn = side
    if len(crops.pictures[number]) > side and rng.random() < 0.35:
        drawn = len(crops.pictures[number])
    rgb, points, edges, place = clean_view(crops, number, drawn, rng)
    rgb = varied(rgb, rng)
    drawn_kind = rng.choice(list(ODDS), p=np.array(list(ODDS.values())) / sum(ODDS.values()))
    kind = kind or str(drawn_kind)
    large = rgb
    if drawn > side and rng.random() < 0.4:  # a large file, seen reduced
        size = round(drawn * rng.uniform(1, 2))
        large = cv2.resize(rgb, (size, size), interpolation=cv2.INTER_CUBIC)
    kept = damage(np.clip(large, 0, 1), kind, rng)
    enlarged = side / len(kept)
    damaged = fitted(kept, side)
    clean = fitted(rgb, side)
    weights = loss_weights(points, edges, side)
    place = np.float32([*place, max(1.0, enlarged)])
    return ColourSample(planes(damaged), planes(clean), weights, place, kind)


def fitted(rgb: Picture, side: int) -> Picture:
    """Eight bits at the network's side, as a photo is laid out for it."""
    if len(rgb) <= side:
        return back_to(rgb, side)
    kept = eight_bit(rgb).astype(np.float32) / 255
    return cv2.resize(kept, (side, side), interpolation=cv2.INTER_AREA)


def planes(rgb: Picture) -> Picture:
    """Luma and scaled chroma: float32 (3, S, S)."""
    parts = np.ascontiguousarray((rgb @ FROM_RGB.T).transpose(2, 0, 1), np.float32)
    parts[1:] *= 255 / CHROMA_LEVELS
    return parts
