"""Removes all that was made of pictures which must no longer be in an album."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nostalgia.album.batch.folders import clip_files
from nostalgia.album.batch.journal import Journal, Row
from nostalgia.album.batch.own_files import is_plain_file
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.album.pages.saved_album import ALBUM
from nostalgia.clips.provenance import read_provenance
from nostalgia.errors import EncodingError, NostalgiaError, counted
from nostalgia.files import printable_name, remove_files

_REELS = "reels"


def withdraw(request: BatchRequest, rows: Sequence[Row], journal: Journal) -> list[str]:
    """Delete the clips and posters of pictures, and the reels that show them.

    Reels outside of the batch's folder are named, never deleted.

    Args:
        request: of the batch.
        rows: those of the pictures.
        journal: of the batch, which knows where reels are.

    Returns:
        Sentences for the user, which name files.

    Raises:
        EncodingError: a file cannot be deleted.
    """
    hashes = {row.photo_sha256 for row in rows if row.photo_sha256}
    reels = [reel for reel in _reels(request.output, journal) if _shows(reel, hashes)]
    inside = [reel for reel in reels if _is_inside(reel, request)]
    try:
        removed = remove_files(path for row in rows for path in clip_files(request, row.stem))
        remove_files(inside)
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(exc.filename or request.output)}: shows somebody who must not be"
            f" shown, and cannot be deleted ({exc.strerror}); delete it, and run the batch again"
        ) from exc
    return list(_sentences(rows if removed else (), inside, [r for r in reels if r not in inside]))


def remember_reel(folder: Path, reel: Path) -> None:
    """Note in the journal of a batch where a reel of its album is.

    Raises:
        NostalgiaError: the journal cannot be read or written.
    """
    if is_plain_file(folder / JOURNAL_FILE):
        with Journal(folder / JOURNAL_FILE) as journal:
            known = [path for path in _stored_reels(journal) if path.exists()]
            places = dict.fromkeys(str(path) for path in (*known, reel.absolute()))
            journal.put_facts({_REELS: json.dumps(list(places))})


def _reels(output: Path, journal: Journal) -> list[Path]:
    """All reels of an album that are known or lie beside it."""
    found = [*output.glob("*.mp4"), *(output / ALBUM).glob("*.mp4"), *_stored_reels(journal)]
    by_place = {path.absolute(): path for path in reversed(found)}
    return sorted(path for path in by_place.values() if is_plain_file(path))


def _stored_reels(journal: Journal) -> list[Path]:
    try:
        stored = json.loads(journal.fact(_REELS) or "[]")
        return [Path(path) for path in stored if isinstance(path, str)]
    except (ValueError, TypeError, RecursionError):
        return []


def _shows(reel: Path, hashes: set[str]) -> bool:
    try:
        provenance = read_provenance(reel)
    except NostalgiaError:
        return False
    return provenance is not None and not hashes.isdisjoint(provenance.source_sha256.split(", "))


def _is_inside(reel: Path, request: BatchRequest) -> bool:
    return reel.parent.resolve() in (request.output.resolve(), request.album.resolve())


def _sentences(
    rows: Iterable[Row], deleted: Sequence[Path], outside: Sequence[Path]
) -> Iterator[str]:
    if number := len(list(rows)):
        yield (
            f"{counted(number, 'picture has', 'pictures have')} left the album, as the people in it"
            " are or may be alive or want no clip: clips and posters are deleted. Copies that"
            " you gave away are not"
        )
    for reel in deleted:
        yield (
            f"{printable_name(reel.name)} showed one of them and is deleted; `nostalgia batch reel`"
            " makes it again"
        )
    for reel in outside:
        yield f"{printable_name(reel, 400)} shows one of them: delete it"
