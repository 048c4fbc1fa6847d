"""Writes the page, the tree with clips, and the summary of a batch as JSON and CSV."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from nostalgia.album.batch.captions import picture_words
from nostalgia.album.batch.file_hashes import stamp_of
from nostalgia.album.batch.journal import Journal, Row
from nostalgia.album.batch.own_files import is_plain_file
from nostalgia.album.batch.planning import Plan, PlanItem, person_statuses, picture_name
from nostalgia.album.batch.privacy import FOLDER_WORDS
from nostalgia.album.batch.request import CLIPS, POSTERS, BatchRequest
from nostalgia.album.batch.stills import remove_stills, still_name
from nostalgia.album.batch.whole_photos import (
    remove_hidden_photos,
    remove_unshown_photos,
    whole_photo_name,
)
from nostalgia.album.gedcom.output import tree_with_clips, write_tree_with_clips
from nostalgia.album.pages.chapters import person_order
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.page import PAGE_NAME, write_album
from nostalgia.album.pages.saved_album import SUMMARY_FILE
from nostalgia.album.state import State
from nostalgia.errors import python_wording, worded
from nostalgia.files import json_text, printable_name, user_drivers_folder, whole_file
from nostalgia.files.hiding import FolderFilter
from nostalgia.version import __version__
from nostalgia.weights.store import store_folder

SUMMARY_TABLE = "summary.csv"
UNFINISHED = (State.FAILED, State.MISSING, State.NO_FACE, State.AMBIGUOUS, State.WAITING)
"""States that make a batch incomplete. The living, and files that are not pictures, are left out on
purpose."""

_SCHEMA = 1
_WRITTEN, _STAMPS = "album", "files"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TREE_FORMS = ("gedcom", "gedzip", "gramps")


@dataclass(frozen=True, slots=True)
class Finished:
    """State of a batch after a run.

    entries: one per picture, by surname of the person. page: file of the album's page. warnings:
    anomalies of the input, a sentence each. tree: the input with its clips, None if it is no tree.
    notices: sentences that no user may miss, about people who have left the album.
    """

    entries: Sequence[AlbumEntry]
    page: Path
    warnings: Sequence[str] = ()
    tree: Path | None = None
    notices: Sequence[str] = ()

    def counts(self) -> Mapping[str, int]:
        """Number of pictures in each state."""
        return Counter(entry.status for entry in self.entries)

    @property
    def is_complete(self) -> bool:
        """True if every picture that should have a clip has one."""
        return not any(entry.status in UNFINISHED for entry in self.entries)


def write_results(
    request: BatchRequest, plan: Plan, rows: Mapping[str, Row], journal: Journal
) -> Finished:
    """Write page, tree and summary of what is done by now, unless they are up to date.

    Raises:
        EncodingError: they cannot be written.
    """
    entries = album_entries(request, plan, rows)
    remove_unshown_photos(request, rows.values(), entries)
    hidden = [rows[item.key].stem for item in plan.items if item.shows_hidden]
    remove_hidden_photos(request, hidden)
    remove_stills(request, rows.values(), hidden)
    is_tree = plan.form in _TREE_FORMS
    tree = tree_with_clips(request.source, request.output) if is_tree else None
    finished = Finished(entries, request.album / PAGE_NAME, plan.warnings, tree)
    values = summary_values(request, plan, entries)
    # The tree is written back with its clips, so that a change anywhere in it counts.
    digest = hashlib.sha256(stamp_of(request.source).encode() if is_tree else b"")
    for piece in summary_text(values, entries):
        digest.update(piece)
    summaries = [request.album / name for name in (SUMMARY_FILE, SUMMARY_TABLE)]
    written = [*summaries, finished.page, *([tree] if tree is not None else [])]
    is_current = (
        journal.fact(_WRITTEN) == digest.hexdigest()
        and journal.fact(_STAMPS) == _stamps(written)
        and all(map(is_plain_file, written))
    )
    if not is_current:
        _write(summaries[0], summary_text(values, entries))
        _write(summaries[1], [summary_table(entries)])
        _write_album(request, plan, entries)
        journal.put_facts({_WRITTEN: digest.hexdigest(), _STAMPS: _stamps(written)})
    return finished


def _stamps(files: Sequence[Path]) -> str:
    """Stamps of the written files, which change if a file is damaged, emptied or replaced."""
    return json.dumps({file.name: stamp_of(file) for file in files})


def _write_album(request: BatchRequest, plan: Plan, entries: Sequence[AlbumEntry]) -> None:
    """Write the page, and the tree with its new clips if the input was a tree."""
    write_album(request.album, entries, request.title)
    if plan.form in _TREE_FORMS:
        # Beside the album and not in it: the tree names the living, and the album is given away.
        write_tree_with_clips(request.source, entries, request.album, into=request.output)


def album_entries(
    request: BatchRequest, plan: Plan, rows: Mapping[str, Row]
) -> Sequence[AlbumEntry]:
    """One entry per picture, by surname of the person, then as chosen, then as in the tree."""
    paths = FolderFilter(_folders_of(request))
    entries = [(_entry(request, item, rows[item.key], paths), item.order) for item in plan.items]
    return [each for each, _ in sorted(entries, key=lambda pair: (person_order(pair[0]), pair[1]))]


def _folders_of(request: BatchRequest) -> Iterator[Path]:
    """Folders that a message about a clip may name."""
    yield from (request.output, *request.media, user_drivers_folder(), store_folder())
    yield request.source if request.source.is_dir() else request.source.absolute().parent
    options = request.options
    files = (options.driver, options.checkpoint, options.enhancement_checkpoint)
    yield from (Path(file).absolute().parent for file in files if file)


def _entry(request: BatchRequest, item: PlanItem, row: Row, paths: FolderFilter) -> AlbumEntry:
    if item.is_secret:
        return AlbumEntry(item.key, State.LIVING, "", message="is or may be alive")
    if item.status == State.LEFT_OUT:
        return AlbumEntry(item.key, State.LEFT_OUT, "", message=item.reason)
    link, person, words = item.link, item.person, picture_words(item)
    is_done = row.state == State.DONE
    shows_whole = is_done and not item.shows_hidden
    whole_photo = whole_photo_name(request, row.stem) if shows_whole else ""
    return AlbumEntry(
        key=item.key,
        status=row.state,
        photo=item.told_name,
        clip=f"{CLIPS}/{row.stem}{row.suffix}" if is_done else "",
        poster=f"{POSTERS}/{row.stem}.jpg" if is_done else "",
        width=row.width if is_done else 0,
        height=row.height if is_done else 0,
        duration_s=row.duration_s if is_done else 0.0,
        person_id=person.id if person is not None else "",
        name=person.name if person is not None else "",
        born=person.born if person is not None else "",
        died=person.died if person is not None else "",
        title=paths.words(words.title),
        caption=paths.words(item.caption),
        source=paths.words(link.source),
        note=paths.words(words.description),
        driver=row.driver if is_done else "",
        media_id=link.media_id,
        photo_sha256=row.photo_sha256,
        clip_sha256=row.clip_sha256 if is_done else "",
        label=is_done and request.options.label,
        message="" if row.state == State.WAITING else paths.message(_told(row.message, item)),
        surname=person.surname if person is not None else "",
        date=paths.words(words.date),
        place=paths.words(words.place),
        whole_photo=whole_photo,
        still=still_name(request, row.stem) if shows_whole and request.stills else "",
    )


def _told(message: str, item: PlanItem) -> str:
    """A message without file names that tell of somebody left out."""
    for place in item.link.places:
        if item.hidden.in_file_name(place):
            message = message.replace(place, item.told_name)
    return message.replace(picture_name(item.link), item.told_name)


def summary_values(
    request: BatchRequest, plan: Plan, entries: Sequence[AlbumEntry]
) -> dict[str, Any]:
    """Summary without its items, as plain JSON values; the same for the same results.

    Its "people" counts those with a clip, and those without by the reason. The warnings about a
    tree are not in it, because they may name the living.
    """
    states = {entry.key: State(entry.status) for entry in entries}
    return {
        "schema": _SCHEMA,
        "nostalgia_version": __version__,
        "title": printable_name(request.title),
        "source": printable_name(request.source.absolute().name),
        "form": plan.form,
        "counts": dict(sorted(Counter(entry.status for entry in entries).items())),
        "people": dict(sorted(Counter(person_statuses(plan, states).values()).items())),
        "living": living_values(request, plan),
        "label": request.options.label,
    }


def summary_text(values: dict[str, Any], entries: Sequence[AlbumEntry]) -> Iterator[bytes]:
    """Summary as JSON with a line for each picture, piece by piece because it may be long."""
    head = json_text(values, 1, ascii_only=True).removesuffix("}").rstrip()
    yield f'{head},\n "items": ['.encode()
    for number, entry in enumerate(entries):
        yield f"{',' if number else ''}\n  {json_text(_values(entry), ascii_only=True)}".encode()
    yield b"\n ]\n}\n"


def living_values(request: BatchRequest, plan: Plan) -> dict[str, Any]:
    """Actions of the living guard, and the consent or reason that overrode it."""
    guarded = plan.form != "folder"
    return {
        "guard": guarded,
        "note": "" if guarded else FOLDER_WORDS,
        "skipped": plan.counts().get(State.LIVING, 0),
        "included": request.include_living,
        "reason": request.reason,
        "consent": dict(request.consent),
        **({"all_faces": True} if request.all_faces else {}),
    }


def _values(entry: AlbumEntry) -> dict[str, Any]:
    """Fields of an entry as they are stored for good, its options named as in Python."""
    return asdict(entry) | {"message": worded(entry.message, python_wording)}


def summary_table(entries: Sequence[AlbumEntry]) -> bytes:
    """Summary as CSV; no cell is a formula, whatever the tree contains."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(field.name for field in fields(AlbumEntry))
    for entry in entries:
        writer.writerow(map(_cell, _values(entry).values()))
    return buffer.getvalue().encode("utf-8-sig", "backslashreplace")


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with whole_file(path, "summary") as partial, partial.open("wb") as file:
        file.writelines(pieces)
