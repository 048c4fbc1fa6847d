"""Figures of `nostalgia bench`: medians of several runs of a command, and their JSON values."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nostalgia.cli.stopwatch import Spent
from nostalgia.cli.wording import in_flags
from nostalgia.version import __version__

SCHEMA = 2

STARTING = "start and imports"
"""What a command takes outside its stages; packages of networks are imported inside them."""

RENDERING = "rendering"

WORDS_FOR_PARTS = {RENDERING: "rendering and encoding", "preparing": "preparing the motion"}
"""Parts of a command that their names do not explain -> words that do."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of the command `animate`.

    seconds: wall seconds by stage. encoding_s: time for encoding the photo as often as the clip has
    frames, right afterwards. spent: what the command took from its start to its end.
    """

    driver: str
    width: int
    height: int
    frames: int
    fps: float
    seconds: dict[str, float]
    encoding_s: float
    spent: Spent

    @property
    def length_s(self) -> float:
        """Length of the clip in seconds."""
        return self.frames / self.fps

    @property
    def parts_s(self) -> dict[str, float]:
        """Seconds of the whole command by its parts: `STARTING`, then the stages."""
        return {STARTING: self.spent.wall_s - sum(self.seconds.values()), **self.seconds}


@dataclass(frozen=True, slots=True)
class BackendSpeed:
    """Measurements of one motion backend. missing: reason why it cannot run here, or empty."""

    name: str
    runs: tuple[Measurement, ...] = ()
    missing: str = ""

    @property
    def whole_s(self) -> float:
        """Seconds from the start of the command to its end."""
        return self._median(lambda run: run.spent.wall_s)

    @property
    def times_length(self) -> float:
        """Time of the whole command, in units of the clip's length."""
        return self._median(lambda run: run.spent.wall_s / run.length_s)

    @property
    def times_encoding(self) -> float:
        """Time of the whole command, in units of a plain encoding."""
        return self._median(lambda run: run.spent.wall_s / run.encoding_s)

    @property
    def encoding_s(self) -> float:
        """Seconds of a plain encoding."""
        return self._median(lambda run: run.encoding_s)

    @property
    def rendered_per_s(self) -> float:
        """Frames per second while frames are rendered and encoded."""
        return self._median(lambda run: run.frames / run.seconds[RENDERING])

    @property
    def parts_s(self) -> dict[str, float]:
        """Seconds of the whole command by its parts; see `Measurement`."""
        names = dict.fromkeys(name for run in self.runs for name in run.parts_s)
        return {
            name: statistics.median(run.parts_s.get(name, 0.0) for run in self.runs)
            for name in names
        }

    @property
    def cpu_s(self) -> float | None:
        """CPU seconds of all processes; None if the system does not report them."""
        spent_s = [run.spent.cpu_s for run in self.runs if run.spent.cpu_s is not None]
        return statistics.median(spent_s) if spent_s else None

    @property
    def peak_mib(self) -> float | None:
        """Most memory of all processes together; None if the system does not report it."""
        return max((run.spent.peak_mib for run in self.runs if run.spent.peak_mib), default=None)

    def _median(self, figure: Callable[[Measurement], float]) -> float:
        return statistics.median(map(figure, self.runs))


def speed_values(photo: str, speeds: Sequence[BackendSpeed]) -> dict[str, Any]:
    """All measurements as plain JSON values. photo: its display name."""
    first = next(speed.runs[0] for speed in speeds if speed.runs)
    return {
        "schema": SCHEMA,
        "nostalgia_version": __version__,
        "computer": {
            "machine": platform.machine(),
            "system": platform.system(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "photo": photo,
        "driver": first.driver,
        "clip": {
            "width": first.width,
            "height": first.height,
            "frames": first.frames,
            "fps": first.fps,
            "duration_s": round(first.length_s, 3),
        },
        "backends": [_backend_values(speed) for speed in speeds if speed.runs],
        "missing": [
            {"name": speed.name, "reason": in_flags(speed.missing)}
            for speed in speeds
            if not speed.runs
        ],
    }


def _backend_values(speed: BackendSpeed) -> dict[str, Any]:
    return {
        "name": speed.name,
        "whole_s": round(speed.whole_s, 3),
        "times_clip_length": round(speed.times_length, 3),
        "times_plain_encoding": round(speed.times_encoding, 3),
        "plain_encoding_s": round(speed.encoding_s, 3),
        "cpu_s": None if speed.cpu_s is None else round(speed.cpu_s, 3),
        "peak_memory_mib": speed.peak_mib,
        "rendered_frames_per_s": round(speed.rendered_per_s, 2),
        "seconds": {name: round(spent, 3) for name, spent in speed.parts_s.items()},
        "runs": [
            {
                "whole_s": round(run.spent.wall_s, 3),
                "plain_encoding_s": round(run.encoding_s, 3),
                "cpu_s": None if run.spent.cpu_s is None else round(run.spent.cpu_s, 3),
                "peak_memory_mib": run.spent.peak_mib,
                "seconds": {name: round(spent, 3) for name, spent in run.parts_s.items()},
            }
            for run in speed.runs
        ],
    }
