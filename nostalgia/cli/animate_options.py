"""The options of `nostalgia animate` as types, so that other commands can have the same ones."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nostalgia.option_rules import RANGES
from nostalgia.options import AnimateOptions

DEFAULTS = AnimateOptions()
"""Where every default of the command line comes from."""

_FACES = "Faces and their motion"
_SHAPE = "Shape of the clip"
_RESULTS = "Results"


class ClipFormat(StrEnum):
    """Kinds of clips that can be written."""

    MP4 = "mp4"
    GIF = "gif"
    WEBP = "webp"


class Order(StrEnum):
    """How faces are numbered."""

    LEFT_RIGHT = "left-right"
    LARGEST = "largest"


class Crop(StrEnum):
    """How much of the photo is shown."""

    PHOTO = "photo"
    FACE = "face"


DEFAULT_ORDER = Order(DEFAULTS.order)
DEFAULT_CROP = Crop(DEFAULTS.crop)


def number_option(name: str, panel: str, text: str, *, whole: bool = False, **more: Any) -> Any:
    """An option with a number in its range; `whole` for whole numbers."""
    least, most = RANGES[name]
    limits = {"min": int(least), "max": int(most)} if whole else {"min": least, "max": most}
    metavar = more.pop("metavar", f"{least:g}..{most:g}")
    return typer.Option(metavar=metavar, help=text, rich_help_panel=panel, **limits, **more)


PhotosArgument = Annotated[
    list[str],
    typer.Argument(metavar="PHOTO", help="Photos to animate; - reads one from standard input."),
]
FacesOption = Annotated[
    str,
    typer.Option(
        metavar="1,3|all|largest",
        help="Which faces move: numbers as `nostalgia faces` tells them, all that are large and"
        " frontal enough, or the largest.",
        rich_help_panel=_FACES,
    ),
]
FaceBoxOption = Annotated[
    str | None,
    typer.Option(
        metavar="X,Y,W,H",
        help="Where a face is that is not found by itself, in pixels.",
        rich_help_panel=_FACES,
    ),
]
OrderOption = Annotated[
    Order,
    typer.Option(
        metavar="left-right|largest",
        help="How faces are numbered: from left to right, or the largest first.",
        rich_help_panel=_FACES,
    ),
]
DriverOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[FACE=]NAME|auto|CLIP.mp4",
        help="Whose motion: a driver of the bank, auto (by pose), or your own driving clip; for one"
        " face of several as 1=smile, and once for each. A file called 1=x.mp4 is ./1=x.mp4.",
        show_default=DEFAULTS.driver,
        rich_help_panel=_FACES,
    ),
]
StrengthOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[FACE=]0..2",
        help="How much the faces move, 1 = as the driver; for one face of several as 2=0.5.",
        show_default=f"{DEFAULTS.strength:g}",
        rich_help_panel=_FACES,
    ),
]
SmileOption = Annotated[float, number_option("smile", _FACES, "How much mouth and cheeks move.")]
BlinkOption = Annotated[
    float, number_option("blink", _FACES, "How far the lids close; 0 = no blinks.")
]
TurnOption = Annotated[float, number_option("turn", _FACES, "How far the head moves.")]
GazeOption = Annotated[float, number_option("gaze", _FACES, "How far the eyes look about.")]
EnhanceOption = Annotated[
    float, number_option("enhance", _FACES, "How much the faces are restored first; 0 = not.")
]
SeedOption = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="NUMBER",
        help="Decides small variations; the same seed gives the same clip.",
        rich_help_panel=_FACES,
    ),
]
FpsOption = Annotated[
    float | None, number_option("fps", _SHAPE, "Frames per second.", show_default="the driver's")
]
DurationOption = Annotated[
    float | None,
    number_option(
        "duration", _SHAPE, "Length in seconds.", metavar="SECONDS", show_default="the driver's"
    ),
]
LoopOption = Annotated[
    int, number_option("loop", _SHAPE, "How often the performance is played.", whole=True)
]
OnceOption = Annotated[
    bool,
    typer.Option(
        "--once-then-still",
        help="Play the performance once and end on the photo itself, unretouched, for two seconds"
        " or until --duration.",
        rich_help_panel=_SHAPE,
    ),
]
CropOption = Annotated[
    Crop,
    typer.Option(
        metavar="photo|face",
        help="Show the whole photo, or a square round the moving faces (round the largest where"
        " they are too far apart).",
        rich_help_panel=_SHAPE,
    ),
]
SideBySideOption = Annotated[
    bool,
    typer.Option(
        "--side-by-side",
        help="Show the still photo at the left of the moving one; above it where the photo is"
        " wide.",
        rich_help_panel=_SHAPE,
    ),
]
AudioOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Sound for an MP4, cut at the clip's end.", rich_help_panel=_SHAPE
    ),
]
MaxSideOption = Annotated[
    int | None,
    number_option(
        "max-side",
        _SHAPE,
        "Longest side of the clip in pixels.",
        whole=True,
        metavar="PIXELS",
        show_default="the photo's own size",
    ),
]
PreviewOption = Annotated[
    bool,
    typer.Option(
        "--preview",
        help="The liveliest second only, at most 480 pixels a side: fast.",
        rich_help_panel=_SHAPE,
    ),
]
OutputOption = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE|FOLDER",
        help="The clip; a folder with several photos.",
        show_default="old_photo.nostalgia.mp4 beside the photo",
        rich_help_panel=_RESULTS,
    ),
]
FormatOption = Annotated[
    ClipFormat | None,
    typer.Option(
        "--format",
        metavar="mp4|gif|webp",
        help="Kind of clip.",
        show_default="by the output's suffix, or mp4",
        rich_help_panel=_RESULTS,
    ),
]
PosterOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.jpg",
        help="Write the clip's first frame as a JPEG too.",
        rich_help_panel=_RESULTS,
    ),
]
LabelOption = Annotated[
    bool,
    typer.Option(
        "--label/--no-label",
        help="Write a small visible mark into the picture that says that it is animated.",
        rich_help_panel=_RESULTS,
    ),
]
OverwriteOption = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace clips, posters and reports that are there.",
        rich_help_panel=_RESULTS,
    ),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.json",
        help="Write what was done and why; a list with several photos.",
        rich_help_panel=_RESULTS,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print the report, one line of JSON per photo.",
        rich_help_panel=_RESULTS,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print errors only.", rich_help_panel=_RESULTS),
]
