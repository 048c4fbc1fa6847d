"""Removes all that was made of pictures which must no longer be in an album.

What its user must know of it is kept in the journal until a run has told it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nostalgia.album.batch.folders import clip_files
from nostalgia.album.batch.journal import Journal, Row
from nostalgia.album.batch.left_out import kept_files
from nostalgia.album.batch.own_files import is_plain_file, refuse_links
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.clips.provenance import read_provenance
from nostalgia.errors import EncodingError, NostalgiaError, counted
from nostalgia.files import printable_name, remove_files

_REELS, _WITHDRAWN = "reels", "withdrawn"
"""Names of the journal's facts: reels that were made of the album, and `_Untold`."""


@dataclass(slots=True)
class _Untold:
    """What has not been told yet.

    pictures: number of those that have left. deleted: names of reels that showed them. stale: reel
    that still shows one -> hash of what it shows.
    """

    pictures: int = 0
    deleted: list[str] = field(default_factory=list)
    stale: dict[str, str] = field(default_factory=dict)


def withdraw(request: BatchRequest, rows: Sequence[Row], journal: Journal) -> None:
    """Delete the clips and stills of pictures, and the reels that show them.

    Reels outside of the batch's folder are never deleted; `notices` names them.

    Args:
        request: of the batch.
        rows: those of the pictures.
        journal: of the batch, which knows where reels are.

    Raises:
        EncodingError: a file cannot be deleted.
    """
    if not rows:
        return
    files = [[*clip_files(request, r.stem), *kept_files(request, r)] for r in rows if r.stem]
    reels = _reels_of(request, rows, journal)
    inside = [reel for reel in reels if _is_inside(reel, request)]
    untold = _untold(journal)
    untold.pictures += sum(any(map(is_plain_file, each)) for each in files)
    untold.deleted += [reel.name for reel in inside]
    untold.stale |= {str(reel): shown for reel, shown in reels.items() if reel not in inside}
    if files or reels:
        _keep(untold, journal)
    try:
        remove_files(path for each in files for path in each)
        remove_files(inside)
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(exc.filename or request.output)}: shows somebody who must not be"
            f" shown, and cannot be deleted ({exc.strerror}); delete it, and run the batch again"
        ) from exc


def note_lost(request: BatchRequest, rows: Sequence[Row], journal: Journal) -> None:
    """Note which reels show pictures that the input no longer has; `notices` names them."""
    if reels := _reels_of(request, rows, journal):
        untold = _untold(journal)
        untold.stale |= {str(reel): shown for reel, shown in reels.items()}
        _keep(untold, journal)


def notices(journal: Journal) -> Iterator[str]:
    """Sentences about what has left the album and has not been told, and about reels to delete."""
    untold = _untold(journal)
    if number := untold.pictures:
        yield (
            f"{counted(number, 'picture has', 'pictures have')} left the album, as the people in it"
            " are or may be alive or want no clip: clips and posters are deleted. Copies that"
            " you gave away are not"
        )
    for name in untold.deleted:
        yield (
            f"{printable_name(name)} showed one of them and is deleted; `nostalgia batch reel`"
            " makes it again"
        )
    for reel, shown in untold.stale.items():
        if _still_shows(Path(reel), shown):
            yield (
                f"{printable_name(reel, 400)} still shows a picture that has left the album: delete"
                " it, or make it again"
            )


def forget_told(journal: Journal) -> None:
    """Forget what `notices` has told, but for reels that may still be there."""
    before = _untold(journal)
    stale = {
        reel: shown
        for reel, shown in before.stale.items()
        if _still_shows(Path(reel), shown) or not Path(reel).parent.is_dir()
    }
    if (untold := _Untold(stale=stale)) != before:
        _keep(untold, journal)


def remember_reel(folder: Path, reel: Path, stems: Iterable[str] = ()) -> None:
    """Note in the journal of a batch where a reel of its album is.

    stems: names of its clips without suffix; they find a reel whose photos have changed since.

    Raises:
        NostalgiaError: the journal cannot be read or written, or something leads out of the folder.
    """
    if is_plain_file(folder / JOURNAL_FILE):
        refuse_links(folder)
        with Journal(folder / JOURNAL_FILE) as journal:
            known = {path: marks for path, marks in _stored(journal).items() if path.exists()}
            known[reel.parent.resolve() / reel.name] = sorted(map(_mark, stems))
            journal.put_facts({_REELS: json.dumps({str(p): m for p, m in known.items()})})


def _mark(stem: str) -> str:
    """Hash of a clip's name, which would name a person."""
    return hashlib.sha256(stem.encode(errors="surrogatepass")).hexdigest()[:16]


def _reels_of(request: BatchRequest, rows: Sequence[Row], journal: Journal) -> Mapping[Path, str]:
    """Reels that show a picture, known ones and those beside the album -> hash of what they show.

    Only files that nostalgia has made count, whatever the journal says.
    """
    if not rows:
        return {}
    photos = {row.photo_sha256 for row in rows} - {""}
    clips = {_mark(row.stem) for row in rows if row.stem}
    stored = _stored(journal)
    folders = (request.output.resolve(), request.album.resolve())
    places = {*stored, *(path for folder in folders for path in folder.glob("*.mp4"))}
    return {
        reel: _shown_in(reel)
        for reel in sorted(places)
        if (shown := _photos_in(reel))
        and not (photos.isdisjoint(shown) and clips.isdisjoint(stored.get(reel, ())))
    }


def _stored(journal: Journal) -> dict[Path, list[str]]:
    """Known reels -> marks of their clips."""
    stored = _fact(journal, _REELS)
    if isinstance(stored, list):  # of an earlier version
        stored = dict.fromkeys(map(str, stored), [])
    if not isinstance(stored, dict):
        return {}
    return {
        Path(path): [mark for mark in marks if isinstance(mark, str)]
        for path, marks in stored.items()
        if isinstance(marks, list)
    }


def _untold(journal: Journal) -> _Untold:
    stored = _fact(journal, _WITHDRAWN)
    try:
        pictures, deleted, stale = (stored[name] for name in ("pictures", "deleted", "stale"))
        return _Untold(
            int(pictures),
            [str(name) for name in deleted],
            {str(reel): str(shown) for reel, shown in stale.items()},
        )
    except (TypeError, ValueError, KeyError, AttributeError):  # nothing, or not ours
        return _Untold()


def _keep(untold: _Untold, journal: Journal) -> None:
    journal.put_facts({_WITHDRAWN: json.dumps(asdict(untold))})


def _fact(journal: Journal, name: str) -> Any:
    try:
        return json.loads(journal.fact(name) or "null")
    except (ValueError, RecursionError):
        return None


def _photos_in(reel: Path) -> Sequence[str]:
    """Hashes of the photos that a reel of nostalgia shows; empty for any other file."""
    if not is_plain_file(reel):
        return ()
    try:
        provenance = read_provenance(reel)
    except NostalgiaError:
        return ()
    return provenance.source_sha256.split(", ") if provenance is not None else ()


def _shown_in(reel: Path) -> str:
    """Hash of what a reel shows, "" if it is none; one that was made again shows other photos."""
    photos = ", ".join(_photos_in(reel))
    return hashlib.sha256(photos.encode()).hexdigest() if photos else ""


def _still_shows(reel: Path, shown: str) -> bool:
    """True if a reel is there and was not made again."""
    return shown != "" and _shown_in(reel) == shown


def _is_inside(reel: Path, request: BatchRequest) -> bool:
    return reel.parent.resolve() in (request.output.resolve(), request.album.resolve())
