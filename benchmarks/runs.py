"""Runs of the command line in turns, side by side, and plain encodings of the same stills."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cases import Case
from checkouts import BenchmarkError, Side

from nostalgia.cli.plain_encoding import plain_encoding_s, still_of
from nostalgia.cli.stopwatch import Spent, run_measured


@dataclass(frozen=True)
class Clip:
    """What a run made."""

    width: int
    height: int
    frames: int
    fps: float

    @property
    def length_s(self) -> float:
        """Its length in seconds."""
        return self.frames / self.fps


@dataclass
class Series:
    """All runs of one case on one side; the lists have one entry per run.

    stages_s: wall seconds by stage, as the report of the run gives them. encoding_s: seconds of a
    plain encoding of the still.
    """

    clip: Clip
    clip_path: Path
    spent: list[Spent] = field(default_factory=list)
    stages_s: list[dict[str, float]] = field(default_factory=list)
    encoding_s: list[float] = field(default_factory=list)

    def figures(self, kind: str) -> list[float]:
        """One figure per run: "wall_s", "cpu_s", "peak_mib", "length" or "encoding".

        The last two are the wall time in units of the clip's length and of a plain encoding. Empty
        if the system does not report it.
        """
        if kind == "length":
            return [spent.wall_s / self.clip.length_s for spent in self.spent]
        if kind == "encoding":
            pairs = zip(self.spent, self.encoding_s, strict=True)
            return [spent.wall_s / encoding_s for spent, encoding_s in pairs]
        figures = [getattr(spent, kind) for spent in self.spent]
        return [] if None in figures else figures

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "clip": asdict(self.clip),
            "runs": [
                {**asdict(spent), "stages_s": stages_s, "plain_encoding_s": encoding_s}
                for spent, stages_s, encoding_s in zip(
                    self.spent, self.stages_s, self.encoding_s, strict=True
                )
            ],
        }


Results = dict[str, dict[str, Series]]
"""Name of the case -> name of the side -> its runs."""


def run_in_turns(
    sides: Sequence[Side],
    cases: Sequence[Case],
    rounds: int,
    options: Sequence[str],
    folder: Path,
) -> Results:
    """Run every case on every side, A B B A and so on; a first, short run of each is not counted.

    Cases that come to the same command on a side share its runs. Those about --size are left out
    where no side has it.

    Args:
        sides: checkouts to run.
        cases: what to run.
        rounds: runs of each case on each side.
        options: further options of `animate`, for all.
        folder: where the clips go.

    Raises:
        BenchmarkError: a command fails.
    """
    knows_size = {side.name: "--size" in side.require() for side in sides}
    cases = [case for case in cases if not case.size or any(knows_size.values())]
    if not cases:
        raise BenchmarkError("no side has the option --size; name other cases")
    for side in sides:
        say(f"warming up: {side.name}")
        warm_up = ("--duration", "0.5", "--max-side", "256", *options)
        _run(side, cases[0].photo, warm_up, folder / f"warm-up-{side.name}.mp4")
    results: Results = {case.name: {} for case in cases}
    for number in range(rounds):
        for case in cases:
            for side in _turn(sides, number):
                words = (*case.arguments(knows_size=knows_size[side.name]), *options)
                shared = _same_command(results, cases, case, side, knows_size[side.name])
                if shared is not None:
                    results[case.name][side.name] = shared
                    continue
                say(f"round {number + 1} of {rounds}: {case.title}, {side.name}")
                path = folder / f"{case.name}-{side.name}.mp4"
                clip, stages_s, spent = _run(side, case.photo, words, path)
                series = results[case.name].setdefault(side.name, Series(clip, path))
                series.stages_s.append(stages_s)
                series.spent.append(spent)
            _encode_stills(case, results[case.name], number)
    return results


def _turn(sides: Sequence[Side], number: int) -> Iterator[Side]:
    yield from sides if number % 2 == 0 else reversed(sides)


def _same_command(
    results: Results, cases: Sequence[Case], case: Case, side: Side, knows_size: bool
) -> Series | None:
    """Runs of an earlier case that is the same command on this side."""
    for earlier in cases[: cases.index(case)]:
        same = earlier.arguments(knows_size=knows_size) == case.arguments(knows_size=knows_size)
        if same and earlier.photo == case.photo:
            return results[earlier.name][side.name]
    return None


def _run(
    side: Side, photo: Path, words: Sequence[str], path: Path
) -> tuple[Clip, dict[str, float], Spent]:
    report = path.with_suffix(".json")
    command = side.command(
        "animate", photo, "-o", path, "--report", report, "--overwrite", "--quiet", *words
    )
    outcome = run_measured(command, side.folder, side.environment)
    if outcome.exit_code != 0:
        reason = (outcome.log.strip().splitlines() or [f"exit code {outcome.exit_code}"])[-1]
        raise BenchmarkError(f"{side.name}: {photo.name} was not animated: {reason}")
    values: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    made = values["clip"]
    clip = Clip(made["width"], made["height"], made["frames"], made["fps"])
    return clip, values["timing"]["seconds"], outcome.spent


def _encode_stills(case: Case, series: dict[str, Series], number: int) -> None:
    """One plain encoding per run; sides whose clips have the same form share it."""
    spent_s: dict[tuple[int, int, int, float], float] = {}
    for each in series.values():
        if len(each.encoding_s) > number:
            continue
        clip = each.clip
        form = (clip.width, clip.height, clip.frames, clip.fps)
        if form not in spent_s:
            still = still_of(case.photo, (clip.width, clip.height))
            spent_s[form] = plain_encoding_s(still, clip.frames, clip.fps)
        each.encoding_s.append(spent_s[form])


def say(text: str) -> None:
    """Tell whoever watches what happens now."""
    print(text, file=sys.stderr, flush=True)
