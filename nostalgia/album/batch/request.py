"""What a batch is asked to do: values that stay the same from run to run of one folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nostalgia.album.pages.saved_album import ALBUM
from nostalgia.album.pages.wording import readable_title
from nostalgia.errors import InputError, UsageError
from nostalgia.files import printable_name
from nostalgia.option_rules import check_options
from nostalgia.options import AnimateOptions, FommOptions

EXECUTORS = ("local", "ray")
JOURNAL_FILE = "journal.sqlite"
CLIPS, POSTERS, UNPACKED = "clips", "posters", "unpacked"
"""Folders: in the album its clips and their posters, and beside it the pictures of a tree that
brings them along."""
_MOST_JOBS = 256


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Everything that is asked of a batch.

    source: a folder, a CSV or a tree file. output: the folder of journal and album. glob: which
    files of a folder, as a pattern of paths below it. media: folders in
    which pictures of a tree may be. options: for every clip. jobs: how many clips are made at once.
    limit: how many items this run may work on, None = all. consent: id of a person who is or may be
    alive -> note on who agreed and when. include_living: animate the living, for `reason`.
    executor: "local" or "ray". ray_address: of a running cluster, "" = start one here. album_title:
    what the album is called, "" = as the input.
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

    @property
    def album(self) -> Path:
        """The folder that can be given away."""
        return self.output / ALBUM

    @property
    def title(self) -> str:
        """What the album is called."""
        return self.album_title.strip() or readable_title(self.input_name)

    @property
    def input_name(self) -> str:
        """What the input is called, without a suffix."""
        source = self.source.absolute()
        return source.name if source.is_dir() else source.stem

    @property
    def suffix(self) -> str:
        """Suffix of the clips, with its dot."""
        return f".{self.options.format or 'mp4'}"


def check_request(request: BatchRequest) -> None:
    """Refuse what makes no sense whatever the photos are.

    Raises:
        UsageError: an option is out of its range, or contradicts another.
    """
    check_options(request.options)
    options = request.options
    if options.audio is not None or options.poster is not None or options.face_box is not None:
        raise UsageError("a sound, a poster or a face box is of one photo: use nostalgia animate")
    if options.face_drivers or options.face_strengths:
        raise UsageError("single faces are of one photo: use nostalgia animate, or a CSV")
    if not 1 <= request.jobs <= _MOST_JOBS:
        raise UsageError(f"--jobs is 1 to {_MOST_JOBS}, not {request.jobs}")
    if request.limit is not None and request.limit < 0:
        raise UsageError(f"--limit is a number of items, not {request.limit}")
    if request.executor not in EXECUTORS:
        raise UsageError(f"--executor is local or ray, not {printable_name(request.executor)!r}")
    if request.ray_address and request.executor != "ray":
        raise UsageError("--ray-address goes with --executor ray")
    if request.include_living and not request.reason.strip():
        raise UsageError(
            "--include-living wants its reason, which stands in the report:"
            ' --reason "all of them agreed, June 2026"'
        )
    empty = [person for person, note in request.consent.items() if not note.strip()]
    if empty:
        raise UsageError(
            f"--consent {printable_name(empty[0])}=... wants a note: who agreed, and when"
        )


def request_as_json(request: BatchRequest) -> str:
    """The request as it is kept in the journal."""
    values = asdict(request)
    for name in ("source", "output"):
        values[name] = str(values[name].absolute())
    values["media"] = [str(folder.absolute()) for folder in request.media]
    return json.dumps(values, ensure_ascii=True, sort_keys=True)


def request_from_json(text: str, output: Path) -> BatchRequest:
    """The request of an earlier run; `output`: where its folder is now.

    Raises:
        InputError: it was written by another version, with other options.
    """
    try:
        values: dict[str, Any] = json.loads(text)
        options = values["options"]
        options["fomm"] = FommOptions(**options["fomm"])
        values["options"] = AnimateOptions(**options)
        values["source"] = Path(values["source"])
        values["media"] = tuple(map(Path, values["media"]))
        return replace(BatchRequest(**values), output=output)
    except (TypeError, ValueError, KeyError) as exc:
        raise InputError(
            f"{printable_name(output)}: its last run was of another version of nostalgia; give the"
            " whole command again: nostalgia batch INPUT --output FOLDER"
        ) from exc
