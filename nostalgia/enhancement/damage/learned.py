"""Which thin and small structures are damage: small networks of dense layers on `candidates`.

``training/train_damage.py`` trains them; ``checkpoints/damage.md`` states their accuracy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import hypot

import cv2
import numpy as np

from nostalgia.enhancement.damage.candidates import Candidates, Int, candidates
from nostalgia.enhancement.damage.writing import written
from nostalgia.files import checkpoint_path
from nostalgia.types import Float32

MEMBERS, LAYERS = 2, 3


@dataclass(frozen=True, slots=True)
class DamageWeights:
    """mean, deviation: float32 (features,). layers: weights float32 (out, in) and biases (out,)."""

    mean: Float32
    deviation: Float32
    layers: tuple[tuple[Float32, Float32], ...]

    def odds(self, features: Float32) -> Float32:
        """Probability 0..1 of damage, float32 (n,), from features float32 (n, FEATURES)."""
        values = (features - self.mean) / self.deviation
        for number, (weights, bias) in enumerate(self.layers):
            if number:
                values = np.maximum(values, 0)
            values = values @ weights.T + bias
        return np.asarray(1 / (1 + np.exp(-np.clip(values[:, 0], -30, 30))), np.float32)


@lru_cache(maxsize=1)
def load_damage_weights() -> tuple[DamageWeights, ...]:
    """Read checkpoints/damage.npz (14 kB), networks whose mean counts; once per process.

    Raises:
        CheckpointError: the file is missing.
    """
    with np.load(checkpoint_path("damage.npz"), allow_pickle=False) as file:
        return tuple(
            DamageWeights(
                file[f"{member}_mean"],
                file[f"{member}_deviation"],
                tuple(
                    (file[f"{member}_weight_{n}"], file[f"{member}_bias_{n}"])
                    for n in range(LAYERS)
                ),
            )
            for member in range(MEMBERS)
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One damaged place.

    rows, columns: (n,) of the picture. odds: 0..1. bright: lighter than beside it. box: first row
    and column, last row and column. length_px: diagonal of the box. width_px: mean width, if it is
    long.
    """

    rows: Int
    columns: Int
    odds: float
    bright: bool
    box: tuple[int, int, int, int]
    length_px: float
    width_px: float

    @property
    def stroke_px(self) -> float:
        """Width of the line that it is drawn with, twice its area by its outline."""
        top, left, bottom, right = self.box
        drawn = np.zeros((bottom - top + 3, right - left + 3), np.uint8)
        drawn[self.rows - (top - 1), self.columns - (left - 1)] = 1
        inner = cv2.erode(drawn, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
        return 2 * len(self.rows) / max(len(self.rows) - int(inner.sum()), 1)


def damaged_parts(
    luma: Float32, least: float, kinds: Sequence[bool] = (True, False)
) -> Iterator[Part]:
    """Parts whose odds are at least `least`, of luma float32 (h, w), 0..255.

    Letters are left out. Parts may overlap. kinds: see `candidates`.
    """
    members = load_damage_weights()
    for found in candidates(luma, kinds):
        each = np.stack([member.odds(found.features) for member in members])
        odds = np.asarray(each.mean(0), np.float32)
        odds[written(found, np.asarray(odds >= least, np.bool_))] = 0
        yield from _parts(found, odds, least)


def _parts(found: Candidates, odds: Float32, least: float) -> Iterator[Part]:
    chosen = odds[found.part] >= least
    order = np.argsort(found.part[chosen], kind="stable")
    rows, columns, part = (
        values[chosen][order] for values in (found.rows, found.columns, found.part)
    )
    edges = np.append(np.flatnonzero(np.diff(part, prepend=-1)), len(part))
    if len(edges) == 1:
        return
    first = [np.minimum.reduceat(values, edges[:-1]).tolist() for values in (rows, columns)]
    last = [np.maximum.reduceat(values, edges[:-1]).tolist() for values in (rows, columns)]
    for (start, stop), *box in zip(pairwise(edges.tolist()), *first, *last, strict=True):
        top, left, bottom, right = box
        length = hypot(bottom - top + 1, right - left + 1)
        yield Part(
            rows[start:stop], columns[start:stop], float(odds[part[start]]), found.bright,
            (top, left, bottom, right), length, (stop - start) / length,
        )  # fmt: skip
