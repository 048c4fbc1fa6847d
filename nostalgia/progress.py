"""Progress of a run: stages, seconds, memory."""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Progress = Callable[[str, float], None]
"""Called with the name of the stage and how much of it is done, 0..1."""


@dataclass(slots=True)
class Stopwatch:
    """Adds up the seconds of each stage and tells the listener, if there is one."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as the stage `name`."""
        self.tell(name, 0.0)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.tell(name, 1.0)

    def tell(self, name: str, done: float) -> None:
        """Say how much of a stage is done, 0..1."""
        if self.progress is not None:
            self.progress(name, done)


_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_memory_mib() -> float | None:
    """Peak resident memory of this process in MiB, None where the system does not tell."""
    if (peak := _peak_of(os.getpid())) is not None:
        return peak
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def children_peak_mib() -> float | None:
    """Sum of the peaks of the processes that this one started and that run now; Linux only.

    What `getrusage` says of children counts what they were before they became another program.
    """
    peaks = []
    for listed in Path("/proc/self/task").glob("*/children"):
        try:
            children = listed.read_text("ascii").split()
        except OSError:  # the thread has ended
            continue
        peaks += [_peak_of(int(child)) or 0.0 for child in children]
    return round(sum(peaks), 1) if peaks else None


def _peak_of(process: int) -> float | None:
    """As Linux has it: of this program alone, not of the one that it was forked from."""
    try:
        found = _PEAK.search(Path(f"/proc/{process}/status").read_text("ascii", "replace"))
    except OSError:
        return None
    return round(int(found[1]) / 1024, 1) if found else None
