"""Speed of `nostalgia animate` with each motion backend, run as commands, side by side."""

import json
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from nostalgia import registry
from nostalgia.cli.plain_encoding import plain_encoding_s, still_of
from nostalgia.cli.speed import BackendSpeed, Measurement
from nostalgia.cli.stopwatch import Outcome, run_measured
from nostalgia.cli.wording import flag_wording
from nostalgia.errors import (
    BackendError,
    DriverError,
    EncodingError,
    FaceError,
    InputError,
    NostalgiaError,
    UsageError,
)
from nostalgia.options import AnimateOptions
from nostalgia.progress import Progress, ProgressCallback

ROUNDS = 3
"""Runs of each backend."""

_ERRORS = (UsageError, InputError, FaceError, DriverError, BackendError, EncodingError)


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
                runs[name].append(measure_command(photo, replace(options, motion=name)))
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


def measure_command(photo: Path, options: AnimateOptions) -> Measurement:
    """Run `nostalgia animate` on a photo in a new process, and discard the clip.

    Raises:
        NostalgiaError: the clip cannot be made; the class is that of the command's exit code.
        BackendError: the process died.
    """
    with tempfile.TemporaryDirectory(prefix="nostalgia-bench-") as folder:
        clip, report = Path(folder) / "clip.mp4", Path(folder) / "report.json"
        outcome = run_measured(
            [
                *(sys.executable, "-P", "-m", "nostalgia", "animate", *option_words(options)),
                *("-o", str(clip), "--report", str(report), "--quiet", "--", str(photo)),
            ],
            environment=_environment(),
        )
        if outcome.exit_code != 0:
            raise _error_of(outcome, options)
        values = json.loads(report.read_text(encoding="utf-8"))
    made = values["clip"]
    still = still_of(photo, (made["width"], made["height"]))
    drivers = [face["driver"]["name"] for face in values["faces"] if face["driver"]]
    return Measurement(
        driver=drivers[0],
        width=made["width"],
        height=made["height"],
        frames=made["frames"],
        fps=made["fps"],
        seconds=values["timing"]["seconds"],
        encoding_s=plain_encoding_s(still, made["frames"], made["fps"]),
        spent=outcome.spent,
    )


def option_words(options: AnimateOptions) -> list[str]:
    """The flags and values that give `animate` these options; none for the defaults."""
    words: list[str] = []
    for each in fields(options):
        value = getattr(options, each.name)
        if value != getattr(AnimateOptions(), each.name):
            words += shlex.split(flag_wording(each.name, value))
    return words


def _environment() -> dict[str, str]:
    """Environment in which the new process finds the same packages as this one."""
    silent = {name: text for name, text in os.environ.items() if name != "NOSTALGIA_DEBUG"}
    return {**silent, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _error_of(outcome: Outcome, options: AnimateOptions) -> NostalgiaError:
    lines = [line for line in outcome.log.splitlines() if line.startswith("error: ")]
    if not lines:
        return BackendError(
            f"the process that ran the motion backend {options.motion!r} ended without a"
            f" result (exit code {outcome.exit_code}); is there enough memory?"
        )
    kinds = {kind.exit_code: kind for kind in _ERRORS}
    return kinds.get(outcome.exit_code, NostalgiaError)(lines[-1].removeprefix("error: "))
