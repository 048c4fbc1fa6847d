"""`nostalgia demo`: the pipeline on a portrait of scikit-image, which the extra demo installs."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from nostalgia.cli.console import (
    cancelled_by_interrupt,
    print_result,
    print_status,
    progress_bar,
)
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.option_flags import takes_options
from nostalgia.errors import BackendError, EncodingError, UsageError
from nostalgia.files import CLIP_FORMATS, make_folder, printable_name, require_place, write_whole
from nostalgia.options import AnimateOptions
from nostalgia.registry import remedy

FOLDER = Path("demo")
PORTRAIT = "astronaut.png"


@with_exit_codes
@takes_options(only=("driver", "strength", "duration_s", "max_side"))
def demo_command(
    options: AnimateOptions,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for portrait and clip.")
    ] = FOLDER,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing clip.")
    ] = False,
) -> None:
    """Animate a portrait of an astronaut (NASA, public domain); nothing is downloaded."""
    from nostalgia import pipeline

    if output.suffix.lstrip(".").lower() in CLIP_FORMATS and not output.is_dir():
        raise UsageError(f"-o names a folder for portrait and clip, not {printable_name(output)}")
    picture = portrait_png(output)
    try:
        make_folder(output)
    except OSError as exc:
        raise EncodingError(
            f"the folder {output} cannot be created ({exc.strerror or exc})"
        ) from exc
    portrait = output / PORTRAIT
    clip = output / "astronaut.nostalgia.mp4"
    require_place(clip, overwrite=overwrite)
    write_whole(portrait, picture, "portrait")
    print_status(f"animating {portrait}")
    with (
        progress_bar(str(portrait), quiet=False) as progress,
        cancelled_by_interrupt() as cancel,
    ):
        animation = pipeline.animate(
            portrait, clip, options, overwrite=overwrite, progress=progress, cancel=cancel
        )
    print_result(f"The clip is {animation.clip_path.resolve()}")


def portrait_png(folder: Path = FOLDER) -> bytes:
    """PNG of Eileen Collins, a NASA photograph of 512 x 512 pixels, as scikit-image ships it.

    Read from a folder in which it lies already, else from scikit-image, which is not imported.

    Raises:
        BackendError: it is in neither.
    """
    package = find_spec("skimage")
    places = [folder / PORTRAIT]
    if package is not None and package.origin is not None:
        places.append(Path(package.origin).parent / "data" / PORTRAIT)
    for place in places:
        if place.is_file():
            return place.read_bytes()
    raise BackendError(
        f"the demo's portrait is not on this computer; {remedy('skimage')},"
        " or animate a photo of your own: nostalgia animate PHOTO"
    )
