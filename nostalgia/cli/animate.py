"""`nostalgia animate`: photos in, clips out."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli.console import (
    cancelled_by_interrupt,
    print_result,
    print_warning,
    progress_bar,
)
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.option_flags import takes_options
from nostalgia.cli.outputs import (
    STANDARD_INPUT,
    STANDARD_OUTPUT,
    clip_paths,
    refuse_folder,
    write_json,
)
from nostalgia.cli.several import do_each
from nostalgia.cli.streams import copy_to_output
from nostalgia.cli.wording import flag_wording
from nostalgia.errors import BatchIncomplete, UsageError
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.pipeline import Animator
    from nostalgia.scene.report import Animation


@dataclass(frozen=True, slots=True)
class _Results:
    """Files and printed results besides the clips. report: file for the report of the run."""

    poster: Path | None
    overwrite: bool
    report: Path | None
    as_json: bool
    quiet: bool


@with_exit_codes
@takes_options()
def animate_command(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos to animate; - reads standard input."),
    ],
    options: AnimateOptions,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER|-",
            help="The clip, a folder for the clips, or - for standard output.",
            show_default="beside the photo",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace existing clips, posters and reports.")
    ] = False,
    poster: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jpg", help="Write the first frame as a JPEG too."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Write a report of what was done and why."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report, one line per photo.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Animate the faces in photos."""
    results = _Results(poster, overwrite, report, as_json, quiet)
    if poster is not None and len(photos) > 1:
        raise UsageError("--poster names one file: animate the photos one by one to get posters")
    if output == STANDARD_OUTPUT:
        _require_report_place(photos, [], options, results)
        _animate_to_standard_output(photos, options, results)
        return
    clips = clip_paths(photos, output, options.format, preview=options.preview)
    _require_report_place(photos, clips, options, results)
    _animate_all(photos, clips, options, results)


def _require_report_place(
    photos: Sequence[str], clips: Sequence[Path], options: AnimateOptions, results: _Results
) -> None:
    from nostalgia.clips.output import require_result

    if results.report is not None:
        files = [*photos, *clips, results.poster, options.audio]
        others = [Path(each) for each in files if each not in (None, STANDARD_OUTPUT)]
        require_result(results.report, others, overwrite=results.overwrite)


def _animate_all(
    photos: Sequence[str], clips: Sequence[Path], options: AnimateOptions, results: _Results
) -> None:
    from nostalgia.pipeline import Animator

    animator = Animator(options)

    def animate(photo: str, clip: Path, title: str) -> dict[str, Any]:
        animation = _animate_one(animator, photo, clip, title, results)
        values = animation.report.to_dict(flag_wording)
        _announce(photo, animation, values, results)
        return values

    reports, failed = do_each(photos, clips, animate, as_json=results.as_json)
    if results.report is not None:
        write_json(results.report, reports[0] if len(photos) == 1 else reports)
    if failed:
        raise BatchIncomplete(f"{failed} of {len(photos)} photos could not be animated")


def _animate_one(
    animator: "Animator",
    photo: str,
    clip: Path,
    title: str,
    results: _Results,
) -> "Animation":
    from nostalgia.photo.reader import read_photo

    refuse_folder(photo)
    # Standard input may never end: it is read where the first Ctrl-C stops at once.
    source = read_photo(photo) if photo == STANDARD_INPUT else photo
    with (
        progress_bar(title, quiet=results.quiet) as progress,
        cancelled_by_interrupt() as cancel,
    ):
        return animator.animate(
            source,
            clip,
            poster=results.poster,
            overwrite=results.overwrite,
            progress=progress,
            cancel=cancel,
        )


def _animate_to_standard_output(
    photos: Sequence[str], options: AnimateOptions, results: _Results
) -> None:
    """Make the clip in a temporary folder, then write it to standard output."""
    from nostalgia.pipeline import Animator

    if len(photos) > 1:
        raise UsageError("only one clip can be written to standard output")
    if results.as_json:
        raise UsageError("standard output takes the clip or --json, not both: use --report")
    if sys.stdout.isatty():
        raise UsageError("the clip would be printed on the terminal; redirect it: -o - > clip.mp4")
    with tempfile.TemporaryDirectory(prefix="nostalgia-") as folder:
        clip = Path(folder) / f"clip.{options.format or 'mp4'}"
        title = printable_name(photos[0])
        animation = _animate_one(Animator(options), photos[0], clip, title, results)
        with clip.open("rb") as file:
            copy_to_output(file)
        values = animation.report.to_dict(flag_wording)
        values["clip"]["path"] = STANDARD_OUTPUT
        _warn(photos[0], values, results)
        if results.report is not None:
            write_json(results.report, values)


def _announce(
    photo: str, animation: "Animation", values: dict[str, Any], results: _Results
) -> None:
    _warn(photo, values, results)
    if not results.quiet and not results.as_json:
        print_result(str(printable_name(animation.clip_path, limit=4096)))


def _warn(photo: str, values: dict[str, Any], results: _Results) -> None:
    if not results.quiet:
        for warning in values["warnings"]:
            print_warning(photo, warning)
