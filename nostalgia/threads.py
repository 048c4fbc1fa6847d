"""How many threads large networks compute on: those of the computer that nobody else is using.

The command line starts with one thread, because the small networks of the default path lose by
more. Those of the learned stack are large: the second of two quiet cores nearly halves a frame.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

VARIABLE = "NOSTALGIA_THREADS"
"""Environment variable that says the number outright."""

_MOST = 8


def thread_count() -> int:
    """The variable's number, else the cores that this process may use less those that are busy."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        busy = os.getloadavg()[0] - torch.get_num_threads()
    except (OSError, AttributeError):  # Windows tells no load
        busy = 0.0
    return max(1, min(cores - max(round(busy), 0), _MOST))


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch compute on so many threads, and give it back its own number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
