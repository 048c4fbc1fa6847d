"""Clips of pictures that are left out by choice: they wait beside the album, not in it.

Whoever gets the album must not find them in it; whoever takes the choice back need not wait for
them to be made again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.request import CLIPS, POSTERS, WHOLE_PHOTOS, BatchRequest
from nostalgia.album.state import State
from nostalgia.errors import EncodingError
from nostalgia.files import flush_folder, make_folder, printable_name, remove_files

LEFT_OUT_FOLDER = "left-out"
"""Folder beside the album, with folders of clips and stills as in the album."""


def put_back(row: Row) -> Row:
    """The row of a picture that is no longer left out: done if its clip was kept."""
    if row.state != State.LEFT_OUT:
        return row
    return replace(row, state=State.DONE if row.clip_sha256 else State.WAITING)


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


def discard(request: BatchRequest, rows: Iterable[Row]) -> None:
    """Delete the kept clips and posters of pictures that may not even be kept."""
    remove_files(outside for row in rows for _, outside in _places(request, row))


def _places(request: BatchRequest, row: Row) -> Iterator[tuple[Path, Path]]:
    """Place of clip and poster in the album, and beside it.

    Raises:
        EncodingError: a link would lead out of the batch's folder.
    """
    beside = request.output / LEFT_OUT_FOLDER
    still = f"{row.stem}.jpg"
    for folder, name in ((CLIPS, row.stem + row.suffix), (POSTERS, still), (WHOLE_PHOTOS, still)):
        if row.stem and Path(name).name == name:
            if not (beside / folder).resolve().is_relative_to(request.output.resolve()):
                raise EncodingError(
                    f"{printable_name(beside / folder)}: leads out of the batch's folder; remove"
                    " this link"
                )
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
