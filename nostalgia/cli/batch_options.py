"""The options of `nostalgia batch` as types, besides those that it shares with `animate`."""

from pathlib import Path
from typing import Annotated

import typer

from nostalgia.album.batch.request import BatchRequest
from nostalgia.cli.animate_options import number_option

DEFAULTS = BatchRequest(Path(), Path())
"""Where the defaults of the command line come from."""

_INPUT = "What goes in"
_GUARD = "The living"
_WORK = "The work"
_FACES = "Faces and their motion"
_RESULTS = "Results"

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="A folder of photos, a CSV, or a tree: .ged, .gdz, .gramps, .gpkg.",
    ),
]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The folder that was --output of the batch.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FOLDER",
        help="Where album and journal go; the same folder again goes on where the last run was.",
        show_default="INPUT.nostalgia beside the input",
        rich_help_panel=_RESULTS,
    ),
]
TitleOption = Annotated[
    str,
    typer.Option(
        "--title",
        metavar="TEXT",
        help="What the album is called.",
        show_default="as the input",
        rich_help_panel=_RESULTS,
    ),
]
LabelOption = Annotated[
    bool,
    typer.Option(
        "--label/--no-label",
        help="Write a small visible mark into every clip that says that it is animated; on, because"
        " albums are passed on. Without it only the page and the files' own notes say so.",
        rich_help_panel=_RESULTS,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print errors only.", rich_help_panel=_RESULTS),
]
GlobOption = Annotated[
    str,
    typer.Option(
        metavar="PATTERN",
        help="Which photos of a folder, such as '*.jpg' or '**/wedding*'.",
        rich_help_panel=_INPUT,
    ),
]
MediaOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FOLDER",
        help="Where the pictures of a tree are, besides its own folder; nothing outside is read."
        " Several times for several folders.",
        show_default="the tree's folder",
        rich_help_panel=_INPUT,
    ),
]
ConsentOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID=NOTE",
        help="Animate this person of the tree, who is or may be alive, and keep the note on who"
        " agreed; once for each.",
        show_default="nobody",
        rich_help_panel=_GUARD,
    ),
]
IncludeLivingOption = Annotated[
    bool,
    typer.Option(
        "--include-living",
        help="Animate everybody, dead or alive; wants a --reason, which stands in the report.",
        rich_help_panel=_GUARD,
    ),
]
ReasonOption = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Why the living are included.",
        show_default="none",
        rich_help_panel=_GUARD,
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Print what would be done, and do nothing.", rich_help_panel=_WORK
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="NUMBER",
        help="Make at most so many clips now; the next run goes on.",
        show_default="all",
        rich_help_panel=_WORK,
    ),
]
JobsOption = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="NUMBER",
        help="How many clips are made at once; each takes about 1 GB of memory.",
        rich_help_panel=_WORK,
    ),
]
RetryJobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        min=1,
        metavar="NUMBER",
        help="How many clips are made at once.",
        show_default="as before",
        rich_help_panel=_WORK,
    ),
]
ExecutorOption = Annotated[
    str,
    typer.Option(
        metavar="local|ray",
        help="Where clips are made: on this computer, or on all of a Ray cluster.",
        rich_help_panel=_WORK,
    ),
]
RayAddressOption = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        help="The cluster, such as 192.168.1.5:6379 or auto.",
        show_default="a cluster of this computer alone",
        rich_help_panel=_WORK,
    ),
]
DriverOption = Annotated[
    str,
    typer.Option(
        metavar="NAME|auto|CLIP.mp4",
        help="Whose motion: a driver of the bank, auto (by pose), or your own driving clip. A"
        " driver in a CSV comes first.",
        rich_help_panel=_FACES,
    ),
]
StrengthOption = Annotated[
    float, number_option("strength", _FACES, "How much the faces move, 1 = as the driver.")
]
