"""Batches of damaged faces for the restorer, and the plan of their sizes and damages."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from face_crops import FaceCrops
from face_damage import Sample, make_sample
from torch import Tensor
from torch.utils.data import IterableDataset


@dataclass(frozen=True)
class Phase:
    """Samples until which it lasts, side and size of its batches, stage of the damages."""

    until: float
    side: int
    batch: int
    stage: str
    large_every: int = 0  # every n-th batch has 192 pixels and half the samples


PHASES = (
    Phase(30_000, 64, 32, "easy"),
    Phase(80_000, 128, 16, "soft"),
    Phase(float("inf"), 128, 16, "all", 4),
)


@dataclass(frozen=True)
class Batch:
    """What one batch holds and the number of samples before it."""

    number: int
    before: int
    side: int
    size: int
    stage: str


def plan(number: int, samples: int, times: int = 1) -> Iterator[Batch]:
    """Batches from batch `number` on, before which `samples` samples were seen."""
    while True:
        phase = next(p for p in PHASES if samples < p.until)
        large = bool(phase.large_every) and number % phase.large_every == 0
        side, size = (192, phase.batch // 2) if large else (phase.side, phase.batch)
        yield Batch(number, samples, side, size * times, phase.stage)
        number, samples = number + 1, samples + size * times


class DamagedFaces(IterableDataset):
    """Batches (damaged, clean, weights, place, reduced) made in other processes."""

    def __init__(self, crops: FaceCrops, number: int, samples: int, times: int) -> None:
        self.crops, self.number, self.samples, self.times = crops, number, samples, times
        sides = np.array([len(picture) for picture in crops.pictures])
        sources, counts = np.unique(crops.sources, return_counts=True)
        share = dict(zip(sources, 1 / np.sqrt(counts), strict=True))  # small collections more often
        odds = np.array([share[s] for s in crops.sources]) * np.where(sides > 128, 2, 1)
        self.odds = {side: odds * (sides >= side) for side in (64, 128, 192)}

    def samples_of(self, batch: Batch) -> list[Sample]:
        rng = np.random.default_rng([7, batch.number])
        odds = self.odds[batch.side]
        chosen = rng.choice(len(self.crops), batch.size, p=odds / odds.sum())
        return [make_sample(self.crops, int(i), batch.side, batch.stage, rng) for i in chosen]

    def __iter__(self) -> Iterator[tuple[Batch, tuple[Tensor, ...]]]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        step, first = (worker.num_workers, worker.id) if worker else (1, 0)
        for order, batch in enumerate(plan(self.number, self.samples, self.times)):
            if order % step == first:
                yield batch, collate(self.samples_of(batch))


def collate(samples: list[Sample]) -> tuple[Tensor, ...]:
    """Tensors (B, 1, S, S) three times, (B, 4), and (B,): 1 where only resolution was lost."""
    lumas = (
        torch.from_numpy(np.stack([getattr(s, part) for s in samples])[:, None])
        for part in ("damaged", "clean", "weights")
    )
    reduced = torch.tensor([float(s.kind in ("small", "none")) for s in samples])
    return (*lumas, torch.from_numpy(np.stack([s.place for s in samples])), reduced)
