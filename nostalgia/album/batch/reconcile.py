"""Compares a plan with the journal and the files: which pictures are still to be animated."""

import os
from collections.abc import Callable, Container, Mapping, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path

from nostalgia.album.batch.file_hashes import FileHashes
from nostalgia.album.batch.fingerprint import Fingerprints
from nostalgia.album.batch.folders import clip_stem
from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.left_out import put_back
from nostalgia.album.batch.own_files import is_plain_file
from nostalgia.album.batch.planning import Plan, PlanItem, picture_name
from nostalgia.album.batch.request import CLIPS, POSTERS, BatchRequest
from nostalgia.album.batch.shared_photos import face_rule_changed, face_share
from nostalgia.album.batch.stills import has_still, still_path
from nostalgia.album.batch.tasks import Outcome, Task, message_without_folder
from nostalgia.album.batch.whole_photos import whole_photo_path
from nostalgia.album.state import State
from nostalgia.errors import DriverError, InputError, NostalgiaError
from nostalgia.files import folded_file_name

_FINAL = (State.DONE, State.NO_FACE, State.AMBIGUOUS, State.FAILED)
"""States that stay until something that affects the look of the clip changes."""

WITHDRAWN = (State.LIVING, State.AMBIGUOUS)
"""States in which not even the clip of an earlier run may stay."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """An item of the plan with its row of the journal. task: makes its clip; None if none is made.

    If nothing has changed since an earlier run, the row is that run's; otherwise it is waiting.
    is_held_back: True if this run is not to work on it.
    """

    item: PlanItem
    row: Row
    task: Task | None
    is_held_back: bool = False

    @property
    def is_open(self) -> bool:
        """True if this run is to make the clip."""
        is_waiting = self.task is not None and self.row.state == State.WAITING
        return is_waiting and not self.is_held_back


def reconcile(
    plan: Plan,
    request: BatchRequest,
    rows: Mapping[str, Row],
    hashes: FileHashes,
    fingerprints: Fingerprints,
    *,
    read: bool = True,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Reconciled]:
    """Compare every item of a plan with its row of the journal and with the files.

    Args:
        plan: of this run.
        request: of this run.
        rows: the journal's, by key.
        hashes: of photos and clips.
        fingerprints: of this run's options.
        read: hash photos that are new or have changed; otherwise they count as waiting.
        progress: called with the share of the items that are done, 0..1.
    """
    taken = _taken_stems(request, rows)
    numbers: dict[str, int] = {}
    reconciled = []
    for number, item in enumerate(plan.items, 1):
        before = rows.get(item.key, Row(item.key))
        if item.status != State.ANIMATE or item.link.path is None:
            row = _row_left_out(item, before, request, hashes)
            reconciled.append(Reconciled(item, row, None))
        else:
            before = replace(put_back(before), photo=picture_name(item.link))
            if not before.stem:
                before = replace(before, stem=_new_stem(item, taken, numbers))
                taken.add(folded_file_name(before.stem))
            task = task_of(item, before.stem, request)
            row = _row(task, before, request, hashes, fingerprints, read=read)
            reconciled.append(Reconciled(item, row, task))
        progress(number / len(plan.items))
    return reconciled


def _new_stem(item: PlanItem, taken: Container[str], numbers: MutableMapping[str, int]) -> str:
    name = item.person.name if item.person is not None else ""
    return clip_stem(name, item.told_stem, taken, numbers)


def task_of(item: PlanItem, stem: str, request: BatchRequest) -> Task:
    """The task that makes the clip of an item. stem: of the clip's name."""
    link = item.link
    options = request.options
    if link.faces:
        options = replace(options, faces=link.faces)
    if link.driver:
        options = replace(options, driver=link.driver)
    if item.strength is not None:
        options = replace(options, strength=item.strength)
    return Task(
        key=item.key,
        photo=link.path or Path(),
        clip=request.album / CLIPS / (stem + request.suffix),
        poster=request.album / POSTERS / f"{stem}.jpg",
        options=options,
        crop_px=None if link.faces else link.crop_px,
        crop_share=None if link.faces else face_share(link),
        face_limit=item.face_limit,
        whole_photo=None if item.shows_hidden else whole_photo_path(request, stem),
        all_faces=request.all_faces,
        still=still_path(request, stem) if request.stills and not item.shows_hidden else None,
        told_name="" if item.told_name == picture_name(link) else item.told_name,
    )


def _row(
    task: Task,
    before: Row,
    request: BatchRequest,
    hashes: FileHashes,
    fingerprints: Fingerprints,
    *,
    read: bool,
) -> Row:
    # Until the clip is replaced, the album shows the earlier one, and what was said of it counts.
    message = before.message if before.clip_sha256 else ""
    fresh = replace(before, state=State.WAITING, message=message)
    try:
        photo_sha256 = hashes.of(task.photo) if read else hashes.known(task.photo)
        fingerprint = fingerprints.of(task, photo_sha256)
    except (InputError, DriverError) as exc:
        return _row_failed(fresh, task, exc)
    fresh = replace(
        fresh,
        photo_sha256=photo_sha256,
        fingerprint=fingerprint,
        suffix=request.suffix,
        is_transient=False,
    )
    is_current = (
        before.state in _FINAL
        and before.fingerprint == fingerprint
        and not before.is_transient
        and not face_rule_changed(task, before.state, before.message)
        and (before.state != State.DONE or (_is_intact(task, before, hashes) and has_still(task)))
    )
    return before if is_current else fresh


def _is_intact(task: Task, row: Row, hashes: FileHashes) -> bool:
    """True if poster and clip are the ones that were made, and no links to other files."""
    try:
        return (
            is_plain_file(task.poster)
            and is_plain_file(task.clip)
            and hashes.of(task.clip) == row.clip_sha256
            and hashes.is_unchanged(task.poster)
        )
    except InputError:
        return False


def _row_failed(row: Row, task: Task, error: NostalgiaError) -> Row:
    return replace(
        row,
        state=State.FAILED,
        clip_sha256="",
        message=message_without_folder(error, task.photo),
        exit_code=error.exit_code,
        fingerprint="",
        is_transient=True,
    )


def _row_left_out(item: PlanItem, before: Row, request: BatchRequest, hashes: FileHashes) -> Row:
    """Row of an item that is not animated; of a secret one it names nothing but its files.

    The row of an earlier run stays if the photo is missing now: a clip outlives its photo.
    """
    if item.status == State.LEFT_OUT:
        return replace(put_back(before), state=State.LEFT_OUT, photo=picture_name(item.link))
    before = put_back(before)
    is_lost = item.status == State.MISSING and before.state == State.DONE
    if is_lost and _is_intact(task_of(item, before.stem, request), before, hashes):
        return before
    return Row(
        item.key,
        state=item.status,
        photo="" if item.is_secret else picture_name(item.link),
        message="" if item.is_secret else item.reason,
        stem=before.stem,
        suffix=before.suffix,
        # finds the reels that show it
        photo_sha256=before.photo_sha256 if item.status in WITHDRAWN else "",
        attempts=before.attempts,
        times_done=before.times_done,
    )


def failed_if_photo_changed(outcome: Outcome, row: Row) -> Outcome:
    """The outcome; a transient failure if the photo had changed by the time it was read."""
    if outcome.photo_sha256 in ("", row.photo_sha256):
        return outcome
    return Outcome(
        outcome.key,
        State.FAILED,
        f"{row.photo}: was changed while it was being animated; run the batch again",
        InputError.exit_code,
        is_transient=True,
        seconds=outcome.seconds,
    )


def _taken_stems(request: BatchRequest, rows: Mapping[str, Row]) -> set[str]:
    """Stems of all clips in the journal, and of any other file in the album's folders."""
    taken = {folded_file_name(row.stem) for row in rows.values() if row.stem}
    for folder in (request.album / CLIPS, request.album / POSTERS):
        if folder.is_dir():
            with os.scandir(folder) as entries:
                taken |= {folded_file_name(Path(entry.name).stem) for entry in entries}
    return taken
