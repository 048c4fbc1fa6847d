"""`nostalgia demo`: the pipeline on a portrait that is there already."""

from pathlib import Path
from typing import Annotated

import typer

from nostalgia.cli.animate_options import DEFAULTS, DurationOption
from nostalgia.cli.console import print_result, print_status, progress_bar
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.outputs import refuse_to_overwrite, write_bytes
from nostalgia.errors import EncodingError
from nostalgia.option_rules import check_options
from nostalgia.options import AnimateOptions


@with_exit_codes
def demo_command(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where portrait and clip go.")
    ] = Path("demo"),
    driver: Annotated[
        str, typer.Option(metavar="NAME|auto|CLIP.mp4", help="Whose motion, as for `animate`.")
    ] = DEFAULTS.driver,
    duration: DurationOption = DEFAULTS.duration_s,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the clip if it is there.")
    ] = DEFAULTS.overwrite,
) -> None:
    """Animate the portrait of an astronaut (NASA, public domain), with nothing downloaded."""
    from nostalgia import pipeline

    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise EncodingError(f"the folder {output} cannot be made: {exc}") from exc
    portrait = output / "astronaut.png"
    clip = output / "astronaut.nostalgia.mp4"
    refuse_to_overwrite(clip, overwrite)
    write_bytes(portrait, portrait_png())
    options = AnimateOptions(driver=driver, duration_s=duration, overwrite=overwrite)
    check_options(options)
    print_status(f"animating {portrait}")
    with progress_bar(str(portrait), quiet=False) as progress:
        animation = pipeline.animate(portrait, clip, options, progress)
    print_result(f"The clip is {animation.clip_path.resolve()}")


def portrait_png() -> bytes:
    """Eileen Collins, a NASA photograph of 512 x 512 pixels, as scikit-image ships it."""
    import io

    import numpy as np
    from PIL import Image
    from skimage import data

    buffer = io.BytesIO()
    Image.fromarray(np.asarray(data.astronaut(), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()
