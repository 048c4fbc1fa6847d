"""Speed of motion backends on one photo, each in a separate process, side by side."""

import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from nostalgia import registry
from nostalgia.cli.wording import in_flags
from nostalgia.clips.writer import ClipWriter
from nostalgia.errors import BackendError, NostalgiaError
from nostalgia.options import AnimateOptions
from nostalgia.progress import Progress, ProgressCallback, children_peak_mib, peak_memory_mib
from nostalgia.types import UInt8
from nostalgia.version import __version__

ROUNDS = 3
"""Runs of each backend; figures are medians."""

DURATION_S = 3.0
"""Length of the clip that backends are compared by."""

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Measurement:
    """One clip, made in a separate process.

    seconds: wall seconds by stage. encoding_s: time for encoding the photo as often as the clip has
    frames in the same process, right afterwards. process_s: from the start of the process to
    the end of the clip. peak_mib: most memory of the process, encoder_mib: of its encoder; None if
    the system does not report it.
    """

    driver: str
    width: int
    height: int
    frames: int
    fps: float
    seconds: dict[str, float]
    encoding_s: float
    process_s: float
    peak_mib: float | None
    encoder_mib: float | None

    @property
    def rendering_s(self) -> float:
        """Seconds for rendering and encoding, which overlap."""
        return self.seconds["rendering"]


@dataclass(frozen=True, slots=True)
class BackendSpeed:
    """Measurements of one motion backend. missing: reason why it cannot run here, or empty."""

    name: str
    runs: tuple[Measurement, ...] = ()
    missing: str = ""

    @property
    def rendered_per_s(self) -> float:
        """Frames per second while frames are rendered and encoded."""
        return statistics.median(run.frames / run.rendering_s for run in self.runs)

    @property
    def overall_per_s(self) -> float:
        """Frames per second of the whole process, its start and the reading of weights included."""
        return statistics.median(run.frames / run.process_s for run in self.runs)

    @property
    def times_encoding(self) -> float:
        """Time of rendering and encoding, in units of a plain encoding."""
        return statistics.median(run.rendering_s / run.encoding_s for run in self.runs)

    @property
    def peak_mib(self) -> float | None:
        """Most memory, the encoder's added; None if the system does not report it."""
        peaks = [run.peak_mib + (run.encoder_mib or 0.0) for run in self.runs if run.peak_mib]
        return max(peaks) if peaks else None


def measure_backends(
    photo: Path,
    options: AnimateOptions,
    motions: Sequence[str] = (),
    rounds: int = ROUNDS,
    progress: ProgressCallback | None = None,
) -> tuple[BackendSpeed, ...]:
    """Measure motion backends in turns, so that a busy computer slows all alike.

    Args:
        photo: a picture file.
        options: options of the clip; `motion` is replaced by each backend's name.
        motions: names of backends; if empty, all that are available.
        rounds: number of runs of each.
        progress: called with the backend at work as the stage.

    Returns:
        One per backend, in the order of the names; those that cannot run say why.

    Raises:
        NostalgiaError: none can run; the message is the first one's.
    """
    names = list(dict.fromkeys(motions)) or list(registry.available("motion"))
    runs: dict[str, list[Measurement]] = {name: [] for name in names}
    reasons: dict[str, NostalgiaError] = {}
    for turn in range(rounds):
        for number, name in enumerate(names):
            if progress is not None:
                progress(Progress(name, (turn + number / len(names)) / rounds))
            if name in reasons:
                continue
            try:
                runs[name].append(measure_alone(photo, replace(options, motion=name)))
            except NostalgiaError as error:
                reasons[name] = error
    if len(reasons) == len(names):
        raise reasons[names[0]]
    return tuple(
        BackendSpeed(name, missing=reasons[name].message)
        if name in reasons
        else BackendSpeed(name, tuple(runs[name]))
        for name in names
    )


def measure_alone(photo: Path, options: AnimateOptions) -> Measurement:
    """Make one clip of a photo in a separate process and discard it.

    Raises:
        NostalgiaError: it cannot be made; as `nostalgia.animate`.
        BackendError: the process died.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="nostalgia-bench-") as folder:
        clip = Path(folder) / "clip.mp4"
        process = context.Process(target=_answer, args=(theirs, photo, clip, options), daemon=True)
        start = time.perf_counter()
        process.start()
        theirs.close()
        try:
            answer = ours.recv()
            spent_s = time.perf_counter() - start
        except EOFError as exc:
            process.join()
            raise BackendError(
                f"the process that ran the motion backend {options.motion!r} ended without a"
                f" result (exit code {process.exitcode}); is there enough memory?"
            ) from exc
        finally:
            ours.close()
            process.terminate()
            process.join()
    if isinstance(answer, NostalgiaError):
        raise answer
    measured: Measurement = answer
    return replace(measured, process_s=spent_s - measured.encoding_s)


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
        "rendered_frames_per_s": round(speed.rendered_per_s, 2),
        "overall_frames_per_s": round(speed.overall_per_s, 2),
        "times_plain_encoding": round(speed.times_encoding, 2),
        "peak_memory_mib": speed.peak_mib,
        "runs": [
            {
                "seconds": run.seconds,
                "process_s": round(run.process_s, 3),
                "plain_encoding_s": round(run.encoding_s, 3),
                "peak_memory_mib": run.peak_mib,
                "encoder_peak_memory_mib": run.encoder_mib,
            }
            for run in speed.runs
        ],
    }


def _answer(theirs: Connection, photo: Path, clip: Path, options: AnimateOptions) -> None:
    """Measure and send the outcome; runs in the other process."""
    try:
        theirs.send(_measure(photo, clip, options))
    except NostalgiaError as error:
        theirs.send(error)
    except Exception as error:  # noqa: BLE001  # reported by the process that asked
        message = f"the motion backend {options.motion!r} failed ({type(error).__name__}: {error})"
        theirs.send(registry.fault_of_others(error) or BackendError(message))
    except KeyboardInterrupt:
        theirs.close()  # reported by the process that asked


def _measure(photo: Path, clip: Path, options: AnimateOptions) -> Measurement:
    """Animate, then encode the photo itself as often as the clip has frames."""
    from nostalgia.pipeline import RENDERING, animate

    encoder_peaks = [0.0]

    def look(progress: Progress) -> None:
        if progress.stage == RENDERING:
            encoder_peaks.append(children_peak_mib() or 0.0)

    report = animate(photo, clip, options, progress=look).report
    peak_mib, made = peak_memory_mib(), report.clip
    still = _still(photo, (made.width, made.height))
    encoding_s = _encoding_s(still, clip.with_name("still.mp4"), made.frames, made.fps)
    drivers = [face.match.driver.name for face in report.faces if face.match]
    return Measurement(
        driver=drivers[0],
        width=made.width,
        height=made.height,
        frames=made.frames,
        fps=made.fps,
        seconds={stage: round(spent, 3) for stage, spent in report.seconds.items()},
        encoding_s=encoding_s,
        process_s=0.0,
        peak_mib=peak_mib,
        encoder_mib=max(encoder_peaks) or None,
    )


def _still(photo: Path, size_wh: tuple[int, int]) -> UInt8:
    import cv2
    import numpy as np

    from nostalgia.photo.reader import read_photo

    scaled = cv2.resize(read_photo(photo).pixels, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, np.uint8)


def _encoding_s(still: UInt8, clip: Path, frames: int, fps: float) -> float:
    height, width = still.shape[:2]
    start = time.perf_counter()
    with ClipWriter(clip, width, height, fps) as writer:
        for _ in range(frames):
            writer.write(still)
    return time.perf_counter() - start
