"""Clips of pictures that are left out by choice: they wait beside the album, not in it.

Whoever gets the album must not find them in it; whoever takes the choice back need not wait for
them to be made again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.request import (
    CLIPS,
    LEFT_OUT_FOLDER,
    POSTERS,
    STILLS,
    WHOLE_PHOTOS,
    BatchRequest,
)
from nostalgia.album.state import State
from nostalgia.errors import EncodingError
from nostalgia.files import flush_folder, make_folder, printable_name


def put_back(row: Row) -> Row:
    """The row of a picture that is left out or waits, as that of its earlier clip, if it has one.

    The clip of a picture that waits is no longer as it should be: it has no fingerprint.
    """
    if row.state not in (State.LEFT_OUT, State.WAITING, State.RUNNING):
        return row
    if not row.clip_sha256:
        return replace(row, state=State.WAITING)
    fingerprint = row.fingerprint if row.state == State.LEFT_OUT else ""
    return replace(row, state=State.DONE, fingerprint=fingerprint)


def move_out(request: BatchRequest, rows: Iterable[Row]) -> bool:
    """Move clips and posters out of the album; True if there were any.

    Raises:
        EncodingError: they cannot be moved.
    """
    return any([_move(*pair) for row in rows for pair in _places(request, row)])


def move_back(request: BatchRequest, rows: Iterable[Row]) -> None:
    """Move clips and posters that were left out back into the album.

    Raises:
        EncodingError: they cannot be moved.
    """
    for row in rows:
        for inside, outside in _places(request, row):
            _move(outside, inside)


def kept_files(request: BatchRequest, row: Row) -> list[Path]:
    """All files that a picture which is left out can have."""
    return [outside for _, outside in _places(request, row)]


def _places(request: BatchRequest, row: Row) -> Iterator[tuple[Path, Path]]:
    """Place of clip and stills in the album, and beside it."""
    beside = request.output / LEFT_OUT_FOLDER
    still = f"{row.stem}.jpg"
    stills = [(folder, still) for folder in (POSTERS, WHOLE_PHOTOS, STILLS)]
    for folder, name in ((CLIPS, row.stem + row.suffix), *stills):
        if row.stem and Path(name).name == name:
            yield request.album / folder / name, beside / folder / name


def _move(source: Path, target: Path) -> bool:
    if source.is_symlink() or not source.is_file():
        return False
    try:
        make_folder(target.parent)
        source.replace(target)
        flush_folder(target.parent)
        flush_folder(source.parent)
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(source)}: cannot be moved ({exc.strerror}); close it in other"
            " programs, and run the batch again"
        ) from exc
    return True
