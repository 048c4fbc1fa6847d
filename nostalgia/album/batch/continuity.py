"""What an album keeps from run to run: nothing of it goes without its user's will.

Pictures leave it without a question if they are left out by choice, or if somebody in them is or
may be alive. If the input just no longer has them, the run stops before anything is changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nostalgia.album.batch.choices import Chosen
from nostalgia.album.batch.file_hashes import FileHashes
from nostalgia.album.batch.fingerprint import FileHash
from nostalgia.album.batch.folders import clip_stem, remove_clip
from nostalgia.album.batch.journal import Journal, Row
from nostalgia.album.batch.left_out import move_back, put_back
from nostalgia.album.batch.planning import Plan, PlanItem
from nostalgia.album.batch.reconcile import WITHDRAWN, Reconciled
from nostalgia.album.batch.request import CLIPS, POSTERS, BatchRequest, stored_source, stored_title
from nostalgia.album.batch.shared_photos import face_rule_changed, marks_face
from nostalgia.album.batch.withdrawal import note_lost, withdraw
from nostalgia.album.state import State
from nostalgia.errors import InputError, UsageError, counted, option
from nostalgia.files import folded_file_name, printable_name

_RENAMED = (State.ANIMATE, State.LEFT_OUT, *WITHDRAWN)


def is_withdrawn(old: Row, each: Reconciled) -> bool:
    """True if the clip of an earlier run must go: who moves in it may be alive."""
    if each.row.state in WITHDRAWN:
        return True
    if each.item.status == State.LEFT_OUT:
        return each.item.shows_hidden and not marks_face(each.item.link)
    if each.task is None:
        return False
    old = put_back(old)
    return old.state == State.DONE and face_rule_changed(each.task, old.state, old.message)


def renamed_rows(plan: Plan, rows: Mapping[str, Row], hash_of: FileHash) -> dict[str, str]:
    """Key of an earlier run -> key of the same picture of the same person in this plan.

    Keys change if a tree names another path for a photo, or numbers its people anew. Only photos
    of unknown keys are hashed, and those only if an album has lost some: also those of people who
    live now, so that what was made of them is found.
    """
    keys = {item.key for item in plan.items}
    lost = [row for row in rows.values() if row.key not in keys and row.clip_sha256]
    found: dict[str, str] = {}
    if not lost:
        return found
    by_photo: dict[str, list[Row]] = {}
    for row in lost:
        by_photo.setdefault(row.photo_sha256, []).append(row)
    for item in plan.items:
        if item.key in rows or item.status not in _RENAMED or item.link.path is None:
            continue
        try:
            candidates = by_photo.get(hash_of(item.link.path), [])
        except InputError:
            continue
        name = item.person.name if item.person is not None else ""
        stem = folded_file_name(clip_stem(name, item.told_stem, (), {}))
        for row in candidates:
            if folded_file_name(row.stem).startswith(stem) and row.key not in found:
                found[row.key] = item.key
                break
    return found


def keep_album(
    chosen: Chosen, request: BatchRequest, journal: Journal, stored: str, hashes: FileHashes
) -> Mapping[str, Row]:
    """Rows of earlier runs by the keys of this plan, once it is sure that nothing is lost.

    Only then pictures that the user has agreed to lose go, and clips of pictures that are no longer
    left out come back into the album.

    Args:
        chosen: plan of this run, with its user's choices.
        request: of this run.
        journal: of the batch.
        stored: request of the last run, as the journal has it.
        hashes: of photos.

    Raises:
        UsageError: pictures would be lost, or the album is that of another input.
    """
    plan = chosen.plan
    rows, renamed = with_new_keys(plan, journal.rows(), hashes.of)
    for item in plan.items:
        if item.is_secret and item.link.path is not None:
            hashes.forget(item.link.path)
    lost = [
        row
        for row in lost_rows(rows, plan, request, stored, hashes.of)
        if row.key not in chosen.secret
    ]
    if lost and not request.allow_fewer:
        raise UsageError(fewer_words(lost, request))
    if renamed:
        journal.rename(renamed)
    planned = {item.key for item in plan.items}
    secret = [row for row in rows.values() if row.key in chosen.secret - planned]
    note_lost(request, lost, journal)
    for row in lost:
        remove_clip(request, row)
    withdraw(request, secret, journal)
    gone = {row.key for row in (*lost, *secret)}
    if gone:
        journal.remove(gone)
    shown = {item.key for item in plan.items if item.status in (State.ANIMATE, State.MISSING)}
    left_out = [row for row in rows.values() if row.state == State.LEFT_OUT and row.key in shown]
    move_back(request, left_out)
    return {key: row for key, row in rows.items() if key not in gone}


def with_new_keys(
    plan: Plan, rows: Mapping[str, Row], hash_of: FileHash
) -> tuple[Mapping[str, Row], Mapping[str, str]]:
    """Rows by the keys of this plan, and old key -> new key of those that have changed."""
    renamed = renamed_rows(plan, rows, hash_of)
    if not renamed:
        return rows, renamed
    keyed = (replace(row, key=renamed.get(row.key, row.key)) for row in rows.values())
    return {row.key: row for row in keyed}, renamed


def lost_rows(
    rows: Mapping[str, Row], plan: Plan, request: BatchRequest, stored: str, hash_of: FileHash
) -> list[Row]:
    """Rows of the clips that this run would take out of the album, although nobody asked for it.

    Raises:
        UsageError: they are all clips of the album, and the input is another one.
    """
    done = [row for row in rows.values() if _has_clip(row)]
    before, now = stored_source(stored), request.source
    is_other = before != Path() and now.absolute().resolve() != before.resolve()
    items = {item.key: item for item in plan.items}
    lost = [
        row
        for row in done
        if row.key not in items
        # Two folders may have a photo of the same name.
        or (is_other and _is_replaced(row, items[row.key], hash_of))
    ]
    if is_other and done and len(lost) == len(done):
        raise UsageError(
            f"{printable_name(request.output)} holds the album of another input,"
            f" {printable_name(before.name)}, and {printable_name(now.absolute().name)} has none of"
            f" its {counted(len(done), 'picture', 'pictures')}: choose another"
            f" {option('output')} folder, so that you have both albums"
        )
    return lost


def _has_clip(row: Row) -> bool:
    """True if the album shows a clip of it, be it one that an interrupted run was to replace."""
    is_unfinished = row.state in (State.WAITING, State.RUNNING)
    return row.state == State.DONE or (is_unfinished and row.times_done > 0)


def _is_replaced(row: Row, item: PlanItem, hash_of: FileHash) -> bool:
    if item.status != State.ANIMATE or item.link.path is None:
        return False
    try:
        return hash_of(item.link.path) not in ("", row.photo_sha256)
    except InputError:
        return False


def fewer_words(lost: Sequence[Row], request: BatchRequest) -> str:
    """The sentence about clips that would be lost, and how to agree to it."""
    photos = counted(len(lost), "picture would", "pictures would")
    examples = ", ".join(sorted({printable_name(row.photo) for row in lost})[:3])
    them = "it" if len(lost) == 1 else "them"
    return (
        f"{photos} leave the album, because {printable_name(request.source.absolute().name)} no"
        f" longer has {them}: {examples}{', ...' if len(lost) > 3 else ''}; check the input,"
        f" {option('glob')} and {option('media')}, or agree with {option('allow_fewer', True)}"
    )


def held_back(
    items: Sequence[Reconciled],
    rows: Mapping[str, Row],
    request: BatchRequest,
    only: Collection[str] | None,
    hashes: FileHashes,
) -> tuple[list[Reconciled], int]:
    """The items with those held back that this run is not to work on; how many keep an old clip.

    A picture that is held back keeps the clip of an earlier run in the album, whatever has changed.

    Args:
        items: of this run.
        rows: of earlier runs.
        request: of this run; its limit counts.
        only: keys of the pictures to work on, None = all.
        hashes: of clips.
    """
    left = len(items) if request.limit is None else request.limit
    result, kept = [], 0
    for each in items:
        if each.is_open and (only is None or each.item.key in only) and left > 0:
            left -= 1
        elif each.is_open:
            old = _earlier(each, rows, request, hashes)
            kept += old is not None
            each = replace(each, row=old or each.row, is_held_back=True)
        result.append(each)
    return result, kept


def earlier_rows(
    items: Sequence[Reconciled], rows: Mapping[str, Row], request: BatchRequest, hashes: FileHashes
) -> Mapping[str, Row]:
    """Key -> row of the clip that the album shows until this run has replaced it."""
    found = (_earlier(each, rows, request, hashes) for each in items if each.is_open)
    return {row.key: row for row in found if row is not None}


def _earlier(
    each: Reconciled, rows: Mapping[str, Row], request: BatchRequest, hashes: FileHashes
) -> Row | None:
    """The row of an earlier run's clip that may still be shown; None if there is none."""
    old = put_back(rows.get(each.row.key, Row("")))
    if old.state != State.DONE or each.task is None:
        return None
    if face_rule_changed(each.task, old.state, old.message):
        return None
    try:
        poster = request.album / POSTERS / f"{old.stem}.jpg"
        clip = request.album / CLIPS / (old.stem + old.suffix)
        return old if poster.is_file() and hashes.of(clip) == old.clip_sha256 else None
    except InputError:
        return None


def held_back_words(kept: int) -> list[str]:
    """A warning about clips that are still as an earlier run made them."""
    if not kept:
        return []
    clips = counted(kept, "clip is", "clips are")
    return [
        f"{clips} still as an earlier run made {'it' if kept == 1 else 'them'}: a run without"
        f" {option('only')} and {option('limit')} renews {'it' if kept == 1 else 'them'}"
    ]


def with_title(request: BatchRequest, stored: str) -> BatchRequest:
    """The request with the title of the last run, unless it has one of its own."""
    return replace(request, album_title=request.album_title.strip() or stored_title(stored))
