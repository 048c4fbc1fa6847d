"""`nostalgia enhance`: photos in, the same photos with restored faces out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from nostalgia.cli.option_flags import DEFAULTS, takes_options
from nostalgia.cli.outputs import STANDARD_OUTPUT, refuse_folder, still_paths
from nostalgia.cli.several import do_each
from nostalgia.cli.wording import flag_wording
from nostalgia.declarations import check_number
from nostalgia.errors import BatchIncomplete, UsageError
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.pipeline import Animator
    from nostalgia.scene.stills import EnhancedPhoto

OPTIONS = (
    *("faces", "face_box", "rotate", "order"),
    *("detection", "enhancement", "enhancement_checkpoint", "fidelity", "device"),
)
"""Options of `nostalgia animate` that matter to a still picture."""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What to make of each photo, and what to print."""

    scale: int
    repair: bool
    compare: Path | None
    metadata: bool
    overwrite: bool
    as_json: bool
    quiet: bool


@with_exit_codes
@takes_options(only=OPTIONS)
def enhance_command(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos to restore; - reads standard input."),
    ],
    options: AnimateOptions,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER",
            help="The picture (.jpg, .png or .tif), or a folder for the pictures.",
            show_default="beside the photo: old_photo.enhanced.jpg",
        ),
    ] = None,
    strength: Annotated[
        float, typer.Option(metavar="0..1", help="Restoration strength; 0 leaves faces alone.")
    ] = DEFAULTS.enhance,
    scale: Annotated[
        int,
        typer.Option(
            metavar="1|2|4",
            help="Enlarge the picture; what is not a face is enlarged by a plain filter.",
        ),
    ] = 1,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Mend scratches, folds and dust in the whole picture too."),
    ] = False,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jpg", help="Write the faces before and after, side by side."),
    ] = None,
    metadata: Annotated[
        bool,
        typer.Option(
            "--metadata/--no-metadata", help="Copy date, place, names and all else in the file."
        ),
    ] = True,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace existing pictures.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was done, one line per photo.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Restore the faces in photos, and save them as still pictures.

    PNG and TIFF are exact: what was not restored is the photo's own, at its own depth (8 or 16
    bits). A JPEG is encoded again, in high quality. Colour profile and metadata are kept.

    Examples: nostalgia enhance old_photo.jpg; nostalgia enhance scans/*.tif -o restored/ --scale 2;
    nostalgia enhance torn.png -o mended.png --repair --compare both.jpg
    """
    check_number("--strength", strength, (0.0, 1.0))
    if output == STANDARD_OUTPUT:
        raise UsageError("a picture cannot be written to standard output: name a file after -o")
    if compare is not None and len(photos) > 1:
        raise UsageError("--compare names one file: restore the photos one by one to compare them")
    wishes = _Wishes(scale, repair, compare, metadata, overwrite, as_json, quiet)
    if len(photos) == 1:
        refuse_folder(photos[0], "--stills")
    pictures = still_paths(photos, output)
    _enhance_all(photos, pictures, replace(options, enhance=strength), wishes)


def _enhance_all(
    photos: Sequence[str], pictures: Sequence[Path], options: AnimateOptions, wishes: _Wishes
) -> None:
    from nostalgia.pipeline import Animator

    animator = Animator(options)

    def enhance(photo: str, picture: Path, title: str) -> dict[str, Any]:
        enhanced = _enhance_one(animator, photo, picture, title, wishes)
        values = enhanced.to_dict(flag_wording) | {"strength": options.enhance}
        _announce(photo, enhanced, values, wishes)
        return values

    _, failed = do_each(photos, pictures, enhance, as_json=wishes.as_json)
    if failed:
        raise BatchIncomplete(f"{failed} of {len(photos)} photos could not be restored")


def _enhance_one(
    animator: "Animator", photo: str, picture: Path, title: str, wishes: _Wishes
) -> "EnhancedPhoto":
    refuse_folder(photo, "--stills")
    with (
        progress_bar(title, quiet=wishes.quiet) as progress,
        cancelled_by_interrupt() as cancel,
    ):
        return animator.enhance(
            photo,
            picture,
            scale=wishes.scale,
            repair=wishes.repair,
            compare=wishes.compare,
            metadata=wishes.metadata,
            overwrite=wishes.overwrite,
            progress=progress,
            cancel=cancel,
        )


def _announce(
    photo: str, enhanced: "EnhancedPhoto", values: dict[str, Any], wishes: _Wishes
) -> None:
    if wishes.quiet:
        return
    for warning in (*values["photo"]["warnings"], *values["warnings"]):
        print_warning(photo, warning)
    if not wishes.as_json:
        print_result(str(printable_name(str(enhanced.path), limit=4096)))
