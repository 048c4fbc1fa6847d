"""`nostalgia bench`: speed of the motion backends on this computer, side by side."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nostalgia.cli.console import print_result, print_status, progress_bar
from nostalgia.cli.demo import portrait_png
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.option_flags import takes_options
from nostalgia.cli.outputs import write_json
from nostalgia.files import printable_name, require_place, write_whole
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.cli.speed import BackendSpeed


@with_exit_codes
@takes_options(only=("driver", "duration_s", "max_side", "checkpoint", "motion_options", "device"))
def bench_command(
    options: AnimateOptions,
    photo: Annotated[
        Path | None,
        typer.Argument(
            metavar="PHOTO", help="The photo to animate.", show_default="the demo's portrait"
        ),
    ] = None,
    motion: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Motion backend to measure; may be repeated.", show_default="all"
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Runs of each backend.", show_default="3"),
    ] = None,
    as_json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write all measurements to a file."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing JSON file.")
    ] = False,
) -> None:
    """Measure how long a clip takes here, where the time goes, and how motion backends compare."""
    from nostalgia.cli.benchmark import ROUNDS, measure_backends
    from nostalgia.cli.speed import speed_values

    rounds = rounds or ROUNDS
    if as_json is not None:
        require_place(as_json, overwrite=overwrite)
    name = printable_name(photo) if photo else "the demo's portrait"
    with (
        tempfile.TemporaryDirectory(prefix="nostalgia-bench-") as folder,
        progress_bar(name, quiet=False) as progress,
    ):
        if photo is None:
            photo = Path(folder) / "astronaut.png"
            write_whole(photo, portrait_png(), "portrait")
        speeds = measure_backends(photo, options, motion or (), rounds, progress)
    print_result(summary(name, [speed for speed in speeds if speed.runs], rounds))
    for speed in speeds:
        if speed.missing:
            reason = " ".join(speed.missing.split())
            print_status(f"{printable_name(speed.name)} cannot run here: {reason}")
    if as_json is not None:
        write_json(as_json, speed_values(name, speeds))


def summary(photo: str, speeds: Sequence["BackendSpeed"], rounds: int) -> str:
    """What was measured, in words and as Markdown tables. speeds: of backends that ran."""
    first, clip = speeds[0], speeds[0].runs[0]
    took = f"{first.whole_s:.1f} s for a clip of {clip.length_s:.1f} s"
    return "\n\n".join(
        (
            f"{photo}, driver {printable_name(clip.driver)}: {clip.frames} frames of {clip.width} x"
            f" {clip.height}; {'one run' if rounds == 1 else f'medians of {rounds} runs'}",
            f"This computer makes a clip in {first.times_length:.2f} times its length: {took}"
            f" (motion backend {printable_name(first.name)}).\nThe limit, encoding the still photo"
            f" as often and nothing else, is {first.encoding_s:.2f} s.",
            whole_table(speeds),
            "Where the time goes:",
            parts_table(speeds),
        )
    )


def whole_table(speeds: Sequence["BackendSpeed"]) -> str:
    """The whole command with each backend, its start included."""
    rows = [
        (
            "motion backend",
            "time, s",
            "times the clip's length",
            "times the limit",
            "CPU, s",
            "peak memory, MiB",
            "frames/s, rendering",
        )
    ]
    rows += [
        (
            printable_name(speed.name),
            f"{speed.whole_s:.1f}",
            f"{speed.times_length:.2f}",
            f"{speed.times_encoding:.2f}",
            "?" if speed.cpu_s is None else f"{speed.cpu_s:.1f}",
            "?" if speed.peak_mib is None else f"{speed.peak_mib:.0f}",
            f"{speed.rendered_per_s:.1f}",
        )
        for speed in speeds
    ]
    return _markdown(rows)


def parts_table(speeds: Sequence["BackendSpeed"]) -> str:
    """Seconds of each part of the command, and its share of their sum; a column per backend."""
    from nostalgia.cli.speed import WORDS_FOR_PARTS

    parts = [speed.parts_s for speed in speeds]
    rows = [("part", *(printable_name(speed.name) for speed in speeds))]
    rows += [
        (WORDS_FOR_PARTS.get(name, name), *(_share(own.get(name, 0.0), own) for own in parts))
        for name in dict.fromkeys(name for own in parts for name in own)
    ]
    return _markdown(rows)


def _share(spent_s: float, parts_s: Mapping[str, float]) -> str:
    return f"{spent_s:.2f} s, {spent_s / sum(parts_s.values()):3.0%}"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table with a head, the first column of words and the others of figures."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    first, *others = widths
    rule = ["-" * first, *("-" * (width - 1) + ":" for width in others)]
    lines = [
        [row[0].ljust(first), *(c.rjust(width) for c, width in zip(row[1:], others, strict=True))]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], rule, *lines[1:]))
