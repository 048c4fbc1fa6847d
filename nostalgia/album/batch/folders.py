"""The folders of an album's clips and posters: made, cleared of what was left, brought to disk."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from nostalgia.album.batch.clip_names import folded
from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.request import CLIPS, POSTERS, BatchRequest
from nostalgia.album.batch.tasks import Task
from nostalgia.errors import EncodingError
from nostalgia.files import CLIP_FORMATS, printable_name, stale_partials

_SUFFIXES = tuple(f".{kind}" for kind in CLIP_FORMATS)


def make_folders(request: BatchRequest) -> None:
    """Make the album's folders, and clear away what killed workers have left in them.

    Raises:
        EncodingError: they cannot be made.
    """
    for name in (CLIPS, POSTERS):
        folder = request.album / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise EncodingError(f"{printable_name(folder)}: cannot be made ({exc})") from exc
        for path in folder.glob(".*.partial-*"):
            if path in stale_partials(folder / path.name[1:].partition(".partial-")[0]):
                path.unlink(missing_ok=True)


def remove_clip(request: BatchRequest, row: Row) -> None:
    """Remove clip and poster of an item that shall have none any more."""
    for suffix in _SUFFIXES:
        (request.album / CLIPS / (row.stem + suffix)).unlink(missing_ok=True)
    (request.album / POSTERS / f"{row.stem}.jpg").unlink(missing_ok=True)


def remove_former(task: Task) -> None:
    """Remove the clip of another format that an item had before."""
    for suffix in _SUFFIXES:
        if suffix != task.clip.suffix:
            task.clip.with_name(task.clip.stem + suffix).unlink(missing_ok=True)


def stray_words(request: BatchRequest, rows: Iterable[Row]) -> Sequence[str]:
    """A warning of clips that lie in the album and are not on its page: they may be given away.

    rows: of all pictures that the input knows of.
    """
    known = {folded(row.stem) for row in rows}
    files = (request.album / CLIPS).glob("[!.]*")
    there = sorted(file.name for file in files if folded(file.stem) not in known)
    if not there:
        return ()
    return (
        f"{CLIPS}/ holds {len(there)} of earlier runs, such as {printable_name(there[0])}, of which"
        f" {request.source.name} knows nothing: they are not on the page. Delete them and their"
        " posters before you give the album away, and give each input an --output of its own",
    )


def bring_to_disk(task: Task) -> None:
    """See that clip and poster, and their names in their folders, outlast a loss of power.

    Raises:
        EncodingError: the disk does not take them.
    """
    try:
        for path in (task.clip, task.poster):
            _synchronise(path, os.O_RDWR)
            if os.name != "nt":  # Windows opens no folders, and keeps names by itself
                _synchronise(path.parent, os.O_RDONLY)
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(task.clip)}: cannot be brought to the disk ({exc.strerror}); what is"
            " done is safe: give the same command again"
        ) from exc


def _synchronise(path: Path, how: int) -> None:
    number = os.open(path, how)
    try:
        os.fsync(number)
    finally:
        os.close(number)
