"""Request of a batch: values that stay the same from run to run of one folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nostalgia.album.batch.stored_options import options_from_stored
from nostalgia.album.pages.saved_album import ALBUM
from nostalgia.album.pages.wording import readable_title
from nostalgia.errors import InputError, UsageError, option
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

EXECUTORS = ("local", "ray")
JOURNAL_FILE, REQUEST_FACT = "journal.sqlite", "request"
"""The journal, and the name of the fact in it that holds the request of the last run."""
CLIPS, POSTERS, WHOLE_PHOTOS, STILLS = "clips", "posters", "photos", "stills"
UNPACKED, LEFT_OUT_FOLDER = "unpacked", "left-out"
"""Folders: of clips, their posters, whole photos and restored pictures, in the album; of pictures
unpacked from a tree's archive, and of clips that are left out, beside it."""
_MAX_JOBS = 256
_OF_ONE_RUN = ("only", "leave_out", "put_back", "drivers", "strengths", "allow_fewer")


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Everything that a batch needs to know.

    source: a folder, a CSV or a tree file. output: folder of journal and album. glob: pattern of
    the files to take, below the source, if that is a folder. media: folders in which the pictures
    of a tree may be. options: for every clip. jobs: number of clips made at the same time.
    limit: number of pictures that this run may work on, None = all. consent: id of a person who is
    or may be alive -> note on who agreed and when. include_living: animate the living, for
    `reason`. executor: "local" or "ray". ray_address: that of a running cluster, "" = start one
    here. album_title: title of the album, "" = that of the last run, else the input's name.
    all_faces: animate all faces of a photo of a tree that does not say whose face is whose, for
    `reason`. stills: write the restored picture beside each clip.

    The rest holds for one run only, and what it chooses is kept in ``choices.csv``; pictures are
    named by the identifier of their person, their file name, or their id in that file. only: make
    no other clips. leave_out, put_back: leave pictures out of the album, or take that back.
    drivers, strengths: of single pictures, "" = take that back. allow_fewer: remove clips of
    pictures that the input no longer has.
    """

    source: Path
    output: Path
    glob: str = "**/*"
    media: tuple[Path, ...] = ()
    options: AnimateOptions = field(default_factory=lambda: AnimateOptions(label=True))
    jobs: int = 1
    limit: int | None = None
    consent: Mapping[str, str] = field(default_factory=dict)
    include_living: bool = False
    reason: str = ""
    executor: str = "local"
    ray_address: str = ""
    album_title: str = ""
    all_faces: bool = False
    stills: bool = False
    only: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()
    drivers: Mapping[str, str] = field(default_factory=dict)
    strengths: Mapping[str, str | float] = field(default_factory=dict)
    allow_fewer: bool = False

    def __post_init__(self) -> None:
        """Bring the paths into one form."""
        object.__setattr__(self, "source", Path(self.source))
        object.__setattr__(self, "output", Path(self.output))
        object.__setattr__(self, "media", tuple(map(Path, self.media)))
        for name in ("only", "leave_out", "put_back"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def album(self) -> Path:
        """Folder of the album, which can be given away."""
        return self.output / ALBUM

    @property
    def title(self) -> str:
        """Title of the album."""
        return self.album_title.strip() or readable_title(self.input_name)

    @property
    def input_name(self) -> str:
        """File name of the input, without a suffix."""
        source = self.source.absolute()
        return source.name if source.is_dir() else source.stem

    @property
    def usual_output(self) -> Path:
        """Folder of a batch that names none: beside the input."""
        return self.source.absolute().parent / f"{self.input_name}.nostalgia"

    @property
    def suffix(self) -> str:
        """Suffix of the clips, with its dot."""
        return f".{self.options.format or 'mp4'}"


def check_request(request: BatchRequest) -> None:
    """Check what can be checked without looking at any photo.

    Raises:
        UsageError: an option is out of its range, or contradicts another.
    """
    _check_clip_options(request.options)
    if not 1 <= request.jobs <= _MAX_JOBS:
        raise UsageError(f"{option('jobs')} must be 1 to {_MAX_JOBS}, not {request.jobs}")
    if request.limit is not None and request.limit < 0:
        raise UsageError(f"{option('limit')} must be a number of pictures, not {request.limit}")
    if request.executor not in EXECUTORS:
        raise UsageError(
            f"{option('executor')} must be {' or '.join(EXECUTORS)}, not"
            f" {printable_name(request.executor)!r}"
        )
    if request.ray_address and request.executor != "ray":
        raise UsageError(f"{option('ray_address')} requires {option('executor', 'ray')}")
    if request.include_living and not request.reason.strip():
        example = option("reason", "all of them agreed, June 2026")
        raise UsageError(
            f"{option('include_living')} requires a reason, which the report shows, such as"
            f" {example}"
        )
    if request.all_faces and not request.reason.strip():
        example = option("reason", "nobody in these photos is alive, June 2026")
        raise UsageError(
            f"{option('all_faces')} requires a reason, which the report shows, such as {example}"
        )
    for person, note in request.consent.items():
        if not note.strip():
            example = option("consent", {printable_name(person): "by letter, June 2026"})
            raise UsageError(
                f"{option('consent')} for {printable_name(person)} requires a note on who agreed"
                f" and when, such as {example}"
            )


def _check_clip_options(options: AnimateOptions) -> None:
    for name in ("audio", "face_box", "face_drivers", "face_strengths"):
        if getattr(options, name):
            raise UsageError(
                f"{option(name)} is for a single photo; run `nostalgia animate`, or use a CSV to"
                " set faces and drivers photo by photo"
            )


def request_as_json(request: BatchRequest) -> str:
    """The request as the journal stores it."""
    values = {name: value for name, value in asdict(request).items() if name not in _OF_ONE_RUN}
    for name in ("source", "output"):
        values[name] = str(values[name].absolute())
    values["media"] = [str(folder.absolute()) for folder in request.media]
    return json.dumps(values, ensure_ascii=True, sort_keys=True)


def stored_source(text: str) -> Path:
    """Input of the request that a journal has stored; an empty path if it has none."""
    source = Path(_stored(text, "source"))
    try:
        source.resolve()
    except (OSError, ValueError, RuntimeError):  # no file can have this name
        return Path()
    return source


def stored_title(text: str) -> str:
    """Title of the album in the request that a journal has stored; "" if none was given."""
    return _stored(text, "album_title")


def _stored(text: str, name: str) -> str:
    try:
        return str(json.loads(text)[name])
    except (ValueError, KeyError, TypeError):  # a journal without a run, or a damaged one
        return ""


def request_from_json(text: str, output: Path) -> BatchRequest:
    """The request of an earlier run. output: its folder, which may have moved since.

    Raises:
        InputError: another version stored it, with options that this one does not have.
    """
    try:
        values: dict[str, Any] = json.loads(text)
        values["options"] = options_from_stored(values["options"])
        values["jobs"] = int(values["jobs"])
        values["source"] = Path(values["source"])
        values["media"] = tuple(map(Path, values["media"]))
        return replace(BatchRequest(**values), output=output)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as exc:
        raise InputError(
            f"{printable_name(output)}: another version of nostalgia ran here last; repeat the"
            " whole command: `nostalgia batch INPUT` with the same options and folder"
        ) from exc
