"""Options of `nostalgia batch` as types, besides those that it shares with `animate`."""

from pathlib import Path
from typing import Annotated

import typer

from nostalgia.album.batch.request import BatchRequest

DEFAULTS = BatchRequest(Path(), Path())
"""Source of the defaults."""

_INPUT = "Input"
_PRIVACY = "Living people"
_CHOICES = "Choices, kept in choices.csv"
_WORKERS = "Workers"

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="A folder of photos, a CSV, or a tree: .ged, .gdz, .gramps, .gpkg.",
    ),
]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Output folder of the batch.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FOLDER",
        help="Folder for the album and the journal; reuse it to resume.",
        show_default="INPUT.nostalgia beside the input",
    ),
]
TitleOption = Annotated[
    str,
    typer.Option(
        "--title",
        metavar="TEXT",
        help="Title of the album.",
        show_default="as before, else the input's name",
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print errors only, and who has left the album."),
]
StillsOption = Annotated[
    bool,
    typer.Option(
        "--stills",
        help="Put the restored picture beside each clip too, without metadata; later runs without"
        " this remove them.",
    ),
]
GlobOption = Annotated[
    str,
    typer.Option(
        metavar="PATTERN",
        help="Photos of a folder to include, such as '*.jpg' or '**/wedding*'.",
        rich_help_panel=_INPUT,
    ),
]
MediaOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder with pictures of the tree, besides the tree's own; nothing outside is read."
        " May be repeated.",
        show_default="the tree's folder",
        rich_help_panel=_INPUT,
    ),
]
ConsentOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID=NOTE",
        help="Animate this person of the tree, who is or may be alive, and keep the note on who"
        " agreed. May be repeated.",
        show_default="nobody",
        rich_help_panel=_PRIVACY,
    ),
]
IncludeLivingOption = Annotated[
    bool,
    typer.Option(
        "--include-living",
        help="Animate everybody, dead or alive; needs a --reason, which the report records.",
        rich_help_panel=_PRIVACY,
    ),
]
AllFacesOption = Annotated[
    bool,
    typer.Option(
        "--all-faces",
        help="Animate all faces of a photo of which the tree does not say whose face is whose;"
        " needs a --reason, which the report records.",
        rich_help_panel=_PRIVACY,
    ),
]
ReasonOption = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Why living people, or all faces, are included.",
        show_default="none",
        rich_help_panel=_PRIVACY,
    ),
]
LeaveOutOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID|PICTURE",
        help="Leave a person, by the number in the tree, or a picture, by its file name, out of the"
        " album. May be repeated.",
        show_default="nobody",
        rich_help_panel=_CHOICES,
    ),
]
PutBackOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID|PICTURE",
        help="Take a --leave-out back. May be repeated.",
        show_default="nobody",
        rich_help_panel=_CHOICES,
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID|PICTURE",
        help="Make clips of this person or picture only in this run; the rest of the album stays as"
        " it is. May be repeated.",
        show_default="all",
    ),
]
AllowFewerOption = Annotated[
    bool,
    typer.Option(
        "--allow-fewer",
        help="Remove the clips of pictures that the input no longer has, instead of stopping.",
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Print what would be done, and do nothing."),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="NUMBER",
        help="Make at most this many clips in this run; the next run continues.",
        show_default="all",
    ),
]
JobsOption = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="NUMBER",
        help="Clips to make at the same time; each takes about 1 GB of memory.",
    ),
]
RetryJobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        min=1,
        metavar="NUMBER",
        help="Clips to make at the same time.",
        show_default="as before",
    ),
]
ExecutorOption = Annotated[
    str,
    typer.Option(
        metavar="local|ray",
        help="Make the clips on this computer, or on all computers of a Ray cluster.",
        rich_help_panel=_WORKERS,
    ),
]
RayAddressOption = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        help="Address of the cluster, such as 192.168.1.5:6379 or auto.",
        show_default="a cluster of this computer alone",
        rich_help_panel=_WORKERS,
    ),
]
