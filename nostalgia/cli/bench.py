"""`nostalgia bench`: speed of the motion backends on this computer, side by side."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
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
    from nostalgia.cli.benchmark import BackendSpeed


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
    """Measure the motion backends on one photo and driver, each in a separate process."""
    from nostalgia.cli.benchmark import DURATION_S, ROUNDS, measure_backends, speed_values

    options = replace(options, duration_s=options.duration_s or DURATION_S)
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
        speeds = measure_backends(photo, options, motion or (), rounds or ROUNDS, progress)
    clip = next(speed.runs[0] for speed in speeds if speed.runs)
    print_result(
        f"{name}, driver {printable_name(clip.driver)}: {clip.frames} frames of {clip.width} x"
        f" {clip.height}\n\n{table(speeds)}"
    )
    for speed in speeds:
        if speed.missing:
            reason = " ".join(speed.missing.split())
            print_status(f"{printable_name(speed.name)} cannot run here: {reason}")
    if as_json is not None:
        write_json(as_json, speed_values(name, speeds))


def table(speeds: Sequence["BackendSpeed"]) -> str:
    """Those that ran, as a Markdown table."""
    head = (
        "motion backend",
        "frames/s",
        "frames/s, whole process",
        "times a plain encoding",
        "peak memory, MiB",
    )
    rows = [head, ("---", *["---:"] * 4)]
    for speed in speeds:
        if speed.runs:
            peak = "?" if speed.peak_mib is None else f"{speed.peak_mib:.0f}"
            rows.append(
                (
                    printable_name(speed.name),
                    f"{speed.rendered_per_s:.1f}",
                    f"{speed.overall_per_s:.1f}",
                    f"{speed.times_encoding:.2f}",
                    peak,
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "| " + " | ".join(_cell(*each) for each in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def _cell(text: str, width: int) -> str:
    if set(text) <= {"-", ":"}:
        return "-" * (width - 1) + text[-1]
    return text.ljust(width)
