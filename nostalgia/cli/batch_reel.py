"""`nostalgia batch reel`: the clips of an album joined into one film."""

from pathlib import Path
from typing import Annotated

import typer

from nostalgia.album.reel.options import ReelOptions
from nostalgia.cli.console import cancelled_by_interrupt, print_result, print_status, progress_bar
from nostalgia.cli.errors import one_line, with_exit_codes
from nostalgia.errors import NostalgiaError, UsageError, counted
from nostalgia.files import printable_name

DEFAULTS = ReelOptions()
_SIZE = f"{DEFAULTS.width}x{DEFAULTS.height}"


@with_exit_codes
def reel_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Output folder of the batch.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE.mp4", help="The reel.", show_default="FOLDER/reel.mp4"
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Text of the first title card.")
    ] = None,
    size: Annotated[
        str, typer.Option(metavar="WIDTHxHEIGHT", help="Size of the reel in pixels.")
    ] = _SIZE,
    fps: Annotated[float, typer.Option(metavar="NUMBER", help="Frames per second.")] = DEFAULTS.fps,
    card: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long each title card is shown.")
    ] = DEFAULTS.card_s,
    fade: Annotated[
        float, typer.Option(metavar="SECONDS", help="Length of the fade between two pictures.")
    ] = DEFAULTS.fade_s,
    font: Annotated[
        Path | None,
        typer.Option(metavar="FILE.ttf", help="Font of the title cards."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing reel.")
    ] = DEFAULTS.overwrite,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Join the clips of an album into one MP4, each after a card with name, dates and source."""
    from nostalgia.album.batch.own_files import refuse_links
    from nostalgia.album.batch.withdrawal import remember_reel
    from nostalgia.album.pages.saved_album import read_saved_album
    from nostalgia.album.reel.reel import write_reel

    refuse_links(folder)
    album = read_saved_album(folder)
    width, height = _size(size)
    options = ReelOptions(
        width=width,
        height=height,
        fps=fps,
        card_s=card,
        fade_s=fade,
        font=None if font is None else str(font),
        overwrite=overwrite,
    )
    with (
        progress_bar(f"reel of {printable_name(folder)}", quiet=quiet) as progress,
        cancelled_by_interrupt() as cancel,
    ):
        reel = write_reel(
            album.folder,
            album.entries,
            output or folder / "reel.mp4",
            album.title if title is None else title,
            options,
            progress,
            cancel,
        )
    try:
        stems = [Path(each.clip).stem for each in album.entries if each.clip]
        remember_reel(album.folder.absolute().parent, reel.path, stems)
    except NostalgiaError as exc:
        print_status(f"warning: the batch will not know of this reel: {one_line(exc)}")
    for warning in reel.warnings:
        print_status(f"warning: {warning}")
    if not quiet:
        print_result(
            f"{printable_name(reel.path)}: {counted(reel.clips, 'clip', 'clips')},"
            f" {counted(round(reel.duration_s), 'second', 'seconds')}"
        )


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise UsageError(
            f"--size must be WIDTHxHEIGHT, such as {_SIZE}, not {printable_name(text)}"
        )
    return int(width), int(height)
