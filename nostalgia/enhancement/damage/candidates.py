"""Thin and small structures of a picture, and what tells damage from hair, lace and writing.

Structures that are lighter or darker than what is beside them are cut out at several widths and
several contrasts; each connected part is described by `FEATURES` numbers. Which of them are damage
is learned, `checkpoints/damage.npz`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Float32, Float64

HALF_WIDTHS_PX = (2, 5, 10)
"""Half widths of the openings that part thin structures from the rest."""
CONTRASTS = (16.0, 30.0, 56.0)
"""Levels by which a structure stands out, beyond what grain does."""
FEATURES = 24

_SMOOTH_PX = 0.6
_COARSE, _AROUND = 4, 9
"""A structure's neighbourhood: a window of _AROUND entries of a copy reduced by _COARSE."""
_SIDE_PX = _COARSE * _AROUND
_SMALLEST_PX = 3

Mask = NDArray[np.bool_]
Int = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Connected parts of one polarity, width and contrast.

    bright: lighter than beside it. rows, columns, part: (n,) of every pixel, and its part's number.
    features: float32 (parts, FEATURES). middles: float64 (parts, 2), row and column. size_px,
    roundness: float64 (parts,), length and ratio of the axes of an ellipse like the part.
    """

    bright: bool
    rows: Int
    columns: Int
    part: Int
    features: Float32
    middles: Float64
    size_px: Float64
    roundness: Float64


def candidates(luma: Float32, kinds: Sequence[bool] = (True, False)) -> Iterator[Candidates]:
    """All structures of a picture, luma float32 (h, w), 0..255; one may come more than once.

    kinds: True to look for lighter ones, False for darker ones.
    """
    smooth = np.asarray(cv2.GaussianBlur(luma, (0, 0), _SMOOTH_PX), np.float32)
    low, high = np.percentile(smooth[::3, ::3], (1, 99))
    for bright in kinds:
        signed = smooth if bright else 255 - smooth
        ends = (low, high) if bright else (255 - high, 255 - low)
        maps = _Maps.of(signed, float(ends[0]), float(ends[1]))
        for half in HALF_WIDTHS_PX:
            kernel = np.ones((2 * half + 1, 2 * half + 1), np.uint8)
            ground = np.asarray(cv2.morphologyEx(signed, cv2.MORPH_OPEN, kernel), np.float32)
            contrast = signed - ground
            usual = float(np.median(contrast[::3, ::3]))
            slope = np.asarray(cv2.blur(_steepness(ground), (5, 5)), np.float32)
            for number, least in enumerate(CONTRASTS):
                mask = contrast > least + 1.5 * usual
                found = _described(mask, contrast, ground, slope, maps, (bright, half, number))
                if found is not None:
                    yield found


@dataclass(frozen=True, slots=True)
class _Maps:
    """What is the same for all widths and contrasts: float32 (h, w); `fine` on the reduced copy."""

    luma: Float32
    bend: Float32
    steep: Float32
    fine: Float32
    low: float
    high: float

    @classmethod
    def of(cls, signed: Float32, low: float, high: float) -> "_Maps":
        bend = -np.asarray(cv2.Laplacian(signed, cv2.CV_32F), np.float32)
        steep = np.asarray(cv2.dilate(_steepness(signed), np.ones((3, 3), np.uint8)), np.float32)
        fine = np.abs(signed - cv2.GaussianBlur(signed, (0, 0), 2.0))
        fine = np.minimum(fine, 4 * float(np.median(fine[::3, ::3])) + 1)
        return cls(signed, bend, steep, _nearby(np.asarray(fine, np.float32)), low, high)


def _nearby(values: Float32) -> Float32:
    """Means over the neighbourhood, on the reduced copy."""
    size = (-(-values.shape[1] // _COARSE), -(-values.shape[0] // _COARSE))
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(small, (_AROUND, _AROUND)), np.float32)


def _steepness(luma: Float32) -> Float32:
    x, y = (cv2.Sobel(luma, cv2.CV_32F, *way, ksize=3, scale=0.125) for way in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(x, y), np.float32)


def _described(
    mask: Mask,
    contrast: Float32,
    ground: Float32,
    slope: Float32,
    maps: _Maps,
    kind: tuple[bool, int, int],
) -> Candidates | None:
    """The parts of a mask; None without any. kind: bright, half width, number of the contrast."""
    bright, half, number = kind
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    at = np.flatnonzero(mask)
    part = labels.ravel()[at]
    area = np.bincount(part, minlength=count)
    kept = area >= _SMALLEST_PX
    if not kept.any():
        return None
    large = kept[part]
    at = at[large]
    part = (np.cumsum(kept) - 1)[part[large]]
    area = area[kept].astype(np.float64)
    rows, columns = np.divmod(at, mask.shape[1])

    def taken(values: Float32) -> Float64:
        return np.asarray(values.ravel()[at], np.float64)

    def mean(values: Float32 | Float64) -> Float64:
        return np.asarray(np.bincount(part, values) / area, np.float64)

    def spread(values: Float64, middle: Float64) -> Float64:
        return np.sqrt(np.maximum(mean(values * values) - middle**2, 0))

    x, y = columns.astype(np.float64), rows.astype(np.float64)
    mx, my = mean(x), mean(y)
    xx, yy = mean(x * x) - mx * mx, mean(y * y) - my * my
    xy = mean(x * y) - mx * my
    root = np.sqrt((xx - yy) ** 2 / 4 + xy * xy)
    major = np.sqrt(np.maximum((xx + yy) / 2 + root, 0) + 1 / 12)
    minor = np.sqrt(np.maximum((xx + yy) / 2 - root, 0) + 1 / 12)
    length = major * np.sqrt(12)
    contrasts, levels, below = taken(contrast), taken(maps.luma), taken(ground)
    stands, level, grounds = mean(contrasts), mean(levels), mean(below)
    coarse = rows // _COARSE, columns // _COARSE
    texture = mean(maps.fine[coarse])
    crowd = mean(_nearby(mask.astype(np.float32))[coarse])
    others = crowd - np.minimum(area, area / length * _SIDE_PX) / _SIDE_PX**2
    steep = mean(taken(maps.steep))
    height, width = mask.shape
    edge = np.minimum(np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns))
    near_edge = np.full(len(area), 8.0)
    close = edge < 8
    np.minimum.at(near_edge, part[close], edge[close])
    uneven = spread(levels, level)
    range_ = max(maps.high - maps.low, 20.0)
    features = np.stack(
        [
            np.log(area), np.log(length), np.log(area / length), np.log(length / (minor + 0.3)),
            np.log(minor + 0.3), stands / 50, spread(contrasts, stands) / stands,
            (level - maps.low) / range_, level / 255, uneven / stands, uneven / 30,
            mean(taken(maps.bend)) / stands, steep / stands,
            grounds / 255, spread(below, grounds) / 30, mean(taken(slope)) / stands,
            np.log(texture + 0.5), np.log(stands / (texture + 0.5)), np.clip(others, -0.2, 1) * 4,
            near_edge / 8, np.full(len(area), np.log(len(area)) / 5),
            *(np.full(len(area), value) for value in (half / 5.0, float(number), float(bright))),
        ],
        1,
    )  # fmt: skip
    middles = np.stack([my, mx], 1)
    described = features.astype(np.float32)
    return Candidates(bright, rows, columns, part, described, middles, length, minor / major)
