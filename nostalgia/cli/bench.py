"""`nostalgia bench`: how fast the motion backends are on this computer, side by side."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nostalgia.cli.animate_options import DEFAULTS, MaxSideOption
from nostalgia.cli.console import print_result, print_status, progress_bar
from nostalgia.cli.demo import portrait_png
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.outputs import refuse_to_overwrite, write_bytes, write_json
from nostalgia.files import printable_name
from nostalgia.option_rules import check_options
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.cli.benchmark import BackendSpeed


@with_exit_codes
def bench_command(
    photo: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PHOTO]", help="What to animate; if left out, the demo's portrait."
        ),
    ] = None,
    driver: Annotated[
        str, typer.Option(metavar="NAME|auto|CLIP.mp4", help="Whose motion, as for `animate`.")
    ] = DEFAULTS.driver,
    motion: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A motion backend, once for each; all that can run here if left out.",
            show_default="all",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Weights of the motion backend that needs some."),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Length of the clip.", show_default="3"),
    ] = None,
    max_side: MaxSideOption = DEFAULTS.max_side,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, help="How often each backend runs.", show_default="3"),
    ] = None,
    as_json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write all that was measured."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the JSON file if it is there.")
    ] = DEFAULTS.overwrite,
) -> None:
    """Measure the motion backends on one photo and driver, each in a process of its own."""
    from nostalgia.cli.benchmark import DURATION_S, ROUNDS, measure_backends, speed_values

    options = AnimateOptions(
        driver=driver,
        checkpoint=str(checkpoint) if checkpoint else None,
        duration_s=DURATION_S if duration is None else duration,
        max_side=max_side,
    )
    check_options(options)
    if as_json is not None:
        refuse_to_overwrite(as_json, overwrite)
    said = printable_name(photo) if photo else "the demo's portrait"
    with (
        tempfile.TemporaryDirectory(prefix="nostalgia-bench-") as folder,
        progress_bar(said, quiet=False) as progress,
    ):
        if photo is None:
            photo = Path(folder) / "astronaut.png"
            write_bytes(photo, portrait_png())
        speeds = measure_backends(photo, options, motion or (), rounds or ROUNDS, progress)
    clip = next(speed.runs[0] for speed in speeds if speed.runs)
    print_result(
        f"{said}, driver {printable_name(clip.driver)}: {clip.frames} frames of {clip.width} x"
        f" {clip.height}\n\n{table(speeds)}"
    )
    for speed in speeds:
        if speed.missing:
            print_status(
                f"{printable_name(speed.name)} cannot run here: {' '.join(speed.missing.split())}"
            )
    if as_json is not None:
        write_json(as_json, speed_values(said, speeds))


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
