"""Progress, cancellation and timing of a run, and the memory that it takes."""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from nostalgia.errors import Cancelled

_SHARE_TO_ESTIMATE = 0.03
"""Share of a run that must be done before the time left is estimated."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a run.

    stage: its name in plain words. share: share of the whole run, 0..1; it never falls.
    seconds_left: estimate for the rest of the run, None as long as too little is done.
    """

    stage: str
    share: float
    seconds_left: float | None = None


ProgressCallback = Callable[[Progress], None]
"""Called many times a second; an exception from it ends the run."""


class CancelToken:
    """Stops a run from another thread or a signal handler; every stage looks at it."""

    def __init__(self) -> None:
        self._event = Event()

    def cancel(self) -> None:
        """Ask the run to stop; it raises `Cancelled` within a frame or so."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """True once `cancel` has been called."""
        return self._event.is_set()

    def check(self) -> None:
        """Stop here if cancelled.

        Raises:
            Cancelled: `cancel` was called.
        """
        if self._event.is_set():
            raise Cancelled("stopped; no half-written file was left")


@dataclass(slots=True)
class Run:
    """One run through stages: times each, reports progress, and stops when cancelled.

    stages: name -> share of a usual run's time, in the order they are gone through; a stage that is
    left out counts as done. seconds: stage name -> wall time spent so far.
    """

    stages: Mapping[str, float]
    callback: ProgressCallback | None = None
    cancel: CancelToken | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str = ""
    _share: float = 0.0
    _began: float = field(default_factory=time.perf_counter)
    _stage_began: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as the stage `name`.

        Raises:
            Cancelled: the run was cancelled.
        """
        self._stage = name
        self._stage_began = time.perf_counter()
        self.advance(0.0)
        yield
        spent = time.perf_counter() - self._stage_began
        self.seconds[name] = self.seconds.get(name, 0.0) + spent
        self._report(1.0)  # no check here: what is finished stays

    def advance(self, done: float) -> None:
        """Report the share of the current stage that is done, 0..1.

        Raises:
            Cancelled: the run was cancelled.
        """
        self.check()
        self._report(done)

    def _report(self, done: float) -> None:
        if self.callback is None:
            return
        whole = sum(self.stages.values())
        names = list(self.stages)
        before = sum(self.stages[name] for name in names[: names.index(self._stage)])
        share = (before + self.stages[self._stage] * done) / whole
        self._share = max(self._share, min(share, 1.0))
        self.callback(Progress(self._stage, self._share, self._seconds_left(done, before / whole)))

    def finish(self) -> None:
        """Report the whole run as done where its last stages were left out."""
        if self._share < 1.0:
            self._stage = list(self.stages)[-1]
            self._report(1.0)

    def check(self) -> None:
        """Stop here if the run was cancelled.

        Raises:
            Cancelled: it was.
        """
        if self.cancel is not None:
            self.cancel.check()

    def _seconds_left(self, done: float, before: float) -> float | None:
        """The last stage is timed by its own pace, earlier ones by that of the whole run."""
        now = time.perf_counter()
        if self._stage == list(self.stages)[-1] and done >= _SHARE_TO_ESTIMATE:
            return (now - self._stage_began) / done * (1 - done)
        if self._share >= max(_SHARE_TO_ESTIMATE, before):
            return (now - self._began) / self._share * (1 - self._share) if self._share else None
        return None


_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_memory_mib() -> float | None:
    """Peak resident memory of this process in MiB, None if the system does not report it."""
    if (peak := _peak_of(os.getpid())) is not None:
        return peak
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _peak_of(process: int) -> float | None:
    """As Linux reports it: for this program alone, not for the one that it was forked from."""
    try:
        found = _PEAK.search(Path(f"/proc/{process}/status").read_text("ascii", "replace"))
    except OSError:
        return None
    return round(int(found[1]) / 1024, 1) if found else None
