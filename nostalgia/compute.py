"""Device and number of threads on which networks compute."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from nostalgia.errors import BackendError, option

VARIABLE = "NOSTALGIA_THREADS"
"""Environment variable that sets the number of threads."""

_MOST = 8
_TRY_EVERY = 24
"""Pieces of work with the faster number of threads before one with the other."""

Result = TypeVar("Result")


def thread_count() -> int:
    """Threads for one piece of work: the variable's number, else the cores that are idle."""
    cores = _cores()
    if VARIABLE in os.environ:
        return cores
    try:
        busy = os.getloadavg()[0] - torch.get_num_threads()
    except (OSError, AttributeError):  # Windows reports no load
        busy = 0.0
    return _power_of_two(cores - max(round(busy), 0))


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch compute on `count` threads, then restore its own number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Pace:
    """Finds by repeated trials whether one thread or all are faster at the moment.

    For work in many similar pieces, such as the frames of a clip.
    """

    def __init__(self) -> None:
        cores = _cores()
        self._counts = (cores,) if VARIABLE in os.environ or cores == 1 else (cores, 1)
        self._seconds: dict[int, float] = {}
        self._pieces = 0
        self.count = cores

    def run(self, work: Callable[[], Result]) -> Result:
        """Do one piece of work and time it; afterwards `count` is the number of threads it used."""
        self.count = self._next()
        self._pieces += 1
        with threads(self.count):
            start = time.perf_counter()
            result = work()
            self._seconds[self.count] = time.perf_counter() - start
        return result

    def _next(self) -> int:
        if self._pieces < 2 * len(self._counts):  # twice, because the first piece warms up
            return self._counts[self._pieces % len(self._counts)]
        ranked = sorted(self._counts, key=lambda count: self._seconds[count])
        return ranked[-1] if self._pieces % _TRY_EVERY == 0 else ranked[0]


def _cores() -> int:
    """Number set by the variable, else the number of cores that this process may use."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    affinity = getattr(os, "sched_getaffinity", None)
    return _power_of_two(min(len(affinity(0)) if affinity else os.cpu_count() or 1, _MOST))


def _power_of_two(count: int) -> int:
    """Largest power of two up to the count; at least 1."""
    return 1 << (max(count, 1).bit_length() - 1)


def checked_device(device: str) -> str:
    """Return the device if torch finds it: cpu, cuda, cuda:1 and so on, or mps.

    Raises:
        BackendError: torch does not find it.
    """
    kind, _, number = device.partition(":")
    counts = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": torch.backends.mps.is_available()}
    if (number and not number.isdecimal()) or int(number or 0) >= counts.get(kind, 0):
        raise BackendError(f"torch cannot find device {device!r}; use {option('device', 'cpu')}")
    return device
