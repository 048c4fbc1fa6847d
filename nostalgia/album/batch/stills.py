"""Restored pictures of an album, beside its clips: whole photos, without any metadata of theirs.

As with `whole_photos`, there is none of a photo that shows somebody who is left out.
"""

from collections.abc import Iterable
from pathlib import Path

from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.own_files import is_plain_file
from nostalgia.album.batch.request import LEFT_OUT_FOLDER, STILLS, BatchRequest
from nostalgia.album.batch.tasks import Task
from nostalgia.files import remove_files


def still_path(request: BatchRequest, stem: str) -> Path:
    """File of the restored picture beside the clip of this name."""
    return request.album / STILLS / f"{stem}.jpg"


def still_name(request: BatchRequest, stem: str) -> str:
    """Path below the album of the restored picture; "" if there is none."""
    path = still_path(request, stem)
    return f"{STILLS}/{path.name}" if stem and is_plain_file(path) else ""


def has_still(task: Task) -> bool:
    """True if the restored picture of a task is there, or not wanted."""
    return task.still is None or is_plain_file(task.still)


def remove_stills(request: BatchRequest, rows: Iterable[Row], hidden: Iterable[str]) -> None:
    """Remove the restored pictures that the album must not or should not have, also beside it.

    Args:
        request: of the batch; without its `stills`, all of them are removed.
        rows: of all pictures; other files in the folders are not touched.
        hidden: names of clips of photos that show somebody who is left out.
    """
    unwanted = set(hidden) if request.stills else {row.stem for row in rows}
    folders = (request.album, request.output / LEFT_OUT_FOLDER)
    names = [f"{stem}.jpg" for stem in sorted(unwanted) if stem]
    remove_files(folder / STILLS / name for folder in folders for name in names)
