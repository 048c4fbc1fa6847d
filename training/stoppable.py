"""A training of an hour or so that can be stopped and continued at any time."""

import argparse
import copy
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

STATE = "state.pt"
SAVE_EVERY_S, SHOW_EVERY_S = 120, 180


class StoppableTraining:
    """Model, running average, optimiser and place in the plan; FOLDER receives state.pt and train.log.

    The rate falls as a cosine over the minutes of all runs together. SIGTERM and Ctrl-C end the
    training after the running step; the same command continues it.

    report: says how good the averaged model is.
    """

    def __init__(self, folder: Path, model: nn.Module, rate: float, minutes: float) -> None:
        torch.set_flush_denormal(True)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.rate, self.minutes = folder, rate, minutes
        self.model = model.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(model).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
        self.number, self.samples, self.spent = 0, 0, 0.0
        self.report: Callable[[], str] = str
        self._stopped, self._losses, self._before = False, list[float](), 0
        if (folder / STATE).exists():
            state = torch.load(folder / STATE, weights_only=True)
            for part in ("model", "average", "optimiser"):
                getattr(self, part).load_state_dict(state[part])
            self.number, self.samples, self.spent = (
                state[key] for key in ("number", "samples", "spent")
            )
            self._before = self.samples
        size = sum(p.numel() for p in model.parameters())
        self.say(f"at {self.samples} samples; {size} parameters")

    def begin(self) -> None:
        """Count time and heed signals from here on, when all processes of the data have begun."""
        for which in (signal.SIGTERM, signal.SIGINT):
            signal.signal(which, self._stop)
        self._tick = self._shown = self._saved = time.monotonic()

    def learn(self, loss: Tensor, count: int) -> bool:
        """Learn from the loss of `count` samples; False if the training is over, and saved."""
        warm = min(1, (self.number + 1) / 200)
        late = 0.5 * (1 + math.cos(math.pi * min(1.0, self.spent / (self.minutes * 60))))
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * warm * late + 1e-6
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        keep = min(0.999, (self.number + 1) / (self.number + 20))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
            for mean, now in pairs:
                mean.lerp_(now, 1 - keep)
        self.number, self.samples = self.number + 1, self.samples + count
        self._losses.append(loss.item())
        now = time.monotonic()
        self.spent, self._tick = self.spent + now - self._tick, now
        over = self._stopped or self.spent > self.minutes * 60
        if over or now - self._shown > SHOW_EVERY_S:
            rate = (self.samples - self._before) / (now - self._shown)
            loss_words = f"loss {np.mean(self._losses):.4f}; {rate:.1f} samples/s"
            self.say(f"samples {self.samples} {loss_words}; {self.report()}")
            self._losses, self._before = [], self.samples
            self._shown = self._tick = time.monotonic()
        if over or now - self._saved > SAVE_EVERY_S:
            self._save()
        return not over

    def say(self, text: str) -> None:
        line = f"{time.strftime('%m-%d %H:%M')} {text}"
        print(line, flush=True)
        with (self.folder / "train.log").open("a") as log:
            print(line, file=log)

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(), "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(), "number": self.number,
            "samples": self.samples, "spent": self.spent,
        }  # fmt: skip
        part = self.folder / "state.part"
        torch.save(state, part)
        os.replace(part, self.folder / STATE)
        self._saved = self._tick = time.monotonic()

    def _stop(self, *_: object) -> None:
        self._stopped = True


class NumberedBatches(IterableDataset):
    """Batches that follow from their numbers, the first one and all after it.

    Processes that share the work take turns; a subclass makes the batch.
    """

    number = 0

    def batch(self, number: int) -> tuple[Tensor, ...]:
        """The batch of a number, always the same."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        step, first = (worker.num_workers, worker.id) if worker else (1, 0)
        number = self.number + first
        while True:
            yield self.batch(number)
            number += step


def options(description: str | None, minutes: float, rate: float) -> argparse.ArgumentParser:
    """The options that trainings of this kind share; `description` is the script's docstring."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="state and log")
    parser.add_argument("--export", type=Path, help="only write the network's file")
    parser.add_argument(
        "--minutes", type=float, default=minutes, help="of training, all runs together"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that make samples")
    parser.add_argument("--rate", type=float, default=rate)
    return parser


def averaged(folder: Path, model: nn.Module) -> nn.Module:
    """The model with the averaged weights of a folder's state."""
    model.load_state_dict(torch.load(folder / STATE, weights_only=True)["average"])
    return model


def made_ahead(data: IterableDataset, workers: int) -> DataLoader:
    """Batches that other processes make while this one learns."""
    return DataLoader(
        data, batch_size=None, num_workers=workers, worker_init_fn=_left_alone,
        prefetch_factor=6 if workers else None,
    )  # fmt: skip


def _left_alone(_: int) -> None:
    """The training process alone decides when its helpers end."""
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, signal.SIG_IGN)
    torch.set_num_threads(1)
