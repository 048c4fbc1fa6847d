"""`nostalgia animate`: photos in, clips out."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli.border import bordered, one_line, wants_traceback
from nostalgia.cli.console import progress_bar, say, tell
from nostalgia.cli.outputs import clip_paths, refuse_to_overwrite, write_json
from nostalgia.errors import BatchIncomplete, NostalgiaError, UsageError
from nostalgia.naming import printable_name
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.pipeline import Animation

DEFAULTS = AnimateOptions()


class ClipFormat(StrEnum):
    """Kinds of clips that can be written."""

    MP4 = "mp4"
    GIF = "gif"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class Reporting:
    """What the command tells about its work. report: file for the JSON report of the whole run."""

    report: Path | None
    as_json: bool
    quiet: bool


@bordered
def animate_command(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos to animate; - reads one from standard input."),
    ],
    faces: Annotated[
        str,
        typer.Option(
            metavar="1,3|all|largest",
            help="Which faces move: numbers as `nostalgia faces` tells them, all that are large and"
            " frontal enough, or the largest.",
        ),
    ] = DEFAULTS.faces,
    face_box: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H", help="Where a face is that is not found by itself, in pixels."
        ),
    ] = None,
    driver: Annotated[
        str,
        typer.Option(
            metavar="NAME|auto|CLIP.mp4",
            help="Whose motion: a driver of the bank, auto (by pose), or your own driving clip.",
        ),
    ] = DEFAULTS.driver,
    strength: Annotated[
        float,
        typer.Option(
            min=0.0, max=2.0, metavar="0..2", help="How much the faces move; 1 = as the driver."
        ),
    ] = DEFAULTS.strength,
    enhance: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, metavar="0..1", help="How much the faces are restored first; 0 = not."
        ),
    ] = DEFAULTS.enhance,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="NUMBER",
            help="Decides small variations; the same seed gives the same clip.",
        ),
    ] = DEFAULTS.seed,
    fps: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            max=120.0,
            metavar="1..120",
            help="Frames per second.",
            show_default="the driver's",
        ),
    ] = DEFAULTS.fps,
    duration: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=600.0,
            metavar="SECONDS",
            help="Length in seconds.",
            show_default="the driver's",
        ),
    ] = DEFAULTS.duration_s,
    max_side: Annotated[
        int | None,
        typer.Option(
            min=16,
            metavar="PIXELS",
            help="Longest side of the clip in pixels.",
            show_default="the photo's own size",
        ),
    ] = DEFAULTS.max_side,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER",
            help="The clip; a folder with several photos.",
            show_default="old_photo.nostalgia.mp4 beside the photo",
        ),
    ] = None,
    clip_format: Annotated[
        ClipFormat | None,
        typer.Option(
            "--format",
            metavar="mp4|gif|webp",
            help="Kind of clip.",
            show_default="by the output's suffix, or mp4",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace clips and reports that are there.")
    ] = DEFAULTS.overwrite,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json", help="Write what was done and why; a list with several photos."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report, one line of JSON per photo.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Animate the faces in photos."""
    for name, value in (("--strength", strength), ("--enhance", enhance), ("--fps", fps)):
        if value is not None and not math.isfinite(value):
            raise UsageError(f"{name} must be a number, not {value}")
    options = AnimateOptions(
        faces=faces,
        face_box=parse_face_box(face_box),
        driver=driver,
        strength=strength,
        enhance=enhance,
        seed=seed,
        fps=fps,
        duration_s=duration,
        max_side=max_side,
        format=clip_format.value if clip_format else None,
        overwrite=overwrite,
    )
    _animate_all(photos, output, options, Reporting(report, as_json, quiet))


def parse_face_box(text: str | None) -> tuple[float, float, float, float] | None:
    """The four numbers of --face-box: x, y, width, height in photo pixels.

    Raises:
        UsageError: it is anything else.
    """
    if text is None:
        return None
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise UsageError(f"--face-box wants x,y,width,height in pixels, not {text!r}") from exc
    if not all(map(math.isfinite, (x, y, width, height))) or width <= 0 or height <= 0:
        raise UsageError(f"--face-box wants a width and a height above 0, not {text!r}")
    return x, y, width, height


def _animate_all(
    photos: Sequence[str], output: str | None, options: AnimateOptions, reporting: Reporting
) -> None:
    clips = clip_paths(photos, output, options.format)
    if reporting.report is not None:
        refuse_to_overwrite(reporting.report, options.overwrite)
    reports: list[dict[str, Any]] = []
    failed = 0
    for photo, clip in zip(photos, clips, strict=True):
        try:
            animation = _animate_one(photo, clip, options, reporting.quiet)
        except NostalgiaError as error:
            if len(photos) == 1 or wants_traceback():
                raise
            failed += 1
            tell(f"error: {one_line(error)}")
            values: dict[str, Any] = {
                "photo": {"path": photo},
                "error": one_line(error),
                "exit_code": error.exit_code,
            }
        else:
            values = dict(animation.report.values)
            _announce(photo, animation, values, reporting)
        reports.append(values)
        if reporting.as_json:
            say(json.dumps(values, ensure_ascii=True))
    if reporting.report is not None:
        write_json(reporting.report, reports[0] if len(photos) == 1 else reports)
    if failed:
        raise BatchIncomplete(f"{failed} of {len(photos)} photos could not be animated")


def _animate_one(photo: str, clip: Path, options: AnimateOptions, quiet: bool) -> "Animation":
    from nostalgia import pipeline

    refuse_to_overwrite(clip, options.overwrite)  # before the work, not after it
    with progress_bar(printable_name(photo), quiet=quiet) as progress:
        return pipeline.animate(photo, clip, options, progress)


def _announce(
    photo: str, animation: "Animation", values: dict[str, Any], reporting: Reporting
) -> None:
    if reporting.quiet:
        return
    for warning in values.get("warnings", ()):
        tell(f"warning: {printable_name(photo)}: {warning}")
    if not reporting.as_json:
        say(str(printable_name(animation.clip_path, limit=4096)))
