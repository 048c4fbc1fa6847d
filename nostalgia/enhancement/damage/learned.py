"""Which thin and small structures are damage: small networks of dense layers on `candidates`.

``training/train_damage.py`` trains them; ``checkpoints/damage.md`` states their accuracy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

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
    """One damaged place: the picture's rows and columns (n,), its odds, and if it is bright."""

    rows: Int
    columns: Int
    odds: float
    bright: bool

    @property
    def length_px(self) -> float:
        """Diagonal of its box."""
        return float(np.hypot(np.ptp(self.rows) + 1, np.ptp(self.columns) + 1))

    @property
    def width_px(self) -> float:
        """Its mean width, if it is long."""
        return len(self.rows) / self.length_px

    @property
    def stroke_px(self) -> float:
        """Width of the line that it is drawn with, twice its area by its outline."""
        top, left = int(self.rows.min()) - 1, int(self.columns.min()) - 1
        shape = int(self.rows.max()) - top + 2, int(self.columns.max()) - left + 2
        drawn = np.zeros(shape, np.uint8)
        drawn[self.rows - top, self.columns - left] = 1
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
    for start, stop in pairwise(edges.tolist()):
        yield Part(rows[start:stop], columns[start:stop], float(odds[part[start]]), found.bright)
