"""What of a plan is still to be done: the plan held against the journal and the files."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nostalgia.album.batch.clip_names import clip_stem, folded
from nostalgia.album.batch.fingerprint import Fingerprints
from nostalgia.album.batch.journal import FileHashes, Row
from nostalgia.album.batch.planning import (
    ANIMATE,
    MISSING,
    Plan,
    PlanItem,
    face_share,
    picture_name,
    says_which_face,
)
from nostalgia.album.batch.request import CLIPS, POSTERS, BatchRequest
from nostalgia.album.batch.tasks import AMBIGUOUS, DONE, FAILED, NO_FACE, WAITING, Task, told
from nostalgia.errors import DriverError, InputError, NostalgiaError

_SETTLED = (DONE, NO_FACE, AMBIGUOUS, FAILED)


@dataclass(frozen=True, slots=True)
class Settled:
    """An item of the plan as it stands. task: what makes its clip, None where none is made."""

    item: PlanItem
    row: Row
    task: Task | None

    @property
    def is_open(self) -> bool:
        """Whether there is something to do."""
        return self.task is not None and self.row.state == WAITING


def settle(
    plan: Plan,
    request: BatchRequest,
    rows: Mapping[str, Row],
    hashes: FileHashes,
    prints: Fingerprints,
    *,
    read: bool = True,
    looked: Callable[[float], None] = lambda share: None,
) -> list[Settled]:
    """Every item of a plan with its row: finished where nothing has changed since, else waiting.

    read: hash photos that are new or have changed; without it those count as waiting. looked: told
    how many photos have been looked at, 0..1.
    """
    taken = _taken_stems(request, rows)
    settled = []
    for number, item in enumerate(plan.items, 1):
        before = rows.get(item.key, Row(item.key))
        if item.status != ANIMATE or item.link.path is None:
            row = _left_out(item, before)
            task = task_of(item, before.stem, request)
            if item.status == MISSING and before.state == DONE and _is_whole(task, before, hashes):
                row = before  # a clip outlives the loss of its photo
            settled.append(Settled(item, row, None))
            continue
        if not before.stem:
            name = item.person.name if item.person is not None else ""
            before = replace(
                before, stem=clip_stem(name, Path(picture_name(item.link)).stem, taken)
            )
            taken.add(folded(before.stem))
        before = replace(before, photo=picture_name(item.link))
        task = task_of(item, before.stem, request)
        settled.append(Settled(item, _row(task, before, request, hashes, prints, read), task))
        looked(number / len(plan.items))
    return settled


def task_of(item: PlanItem, stem: str, request: BatchRequest) -> Task:
    """What makes the clip of an item."""
    link = item.link
    options = request.options
    if link.faces:
        options = replace(options, faces=link.faces)
    if link.driver:
        options = replace(options, driver=link.driver)
    return Task(
        key=item.key,
        photo=link.path or Path(),
        clip=request.album / CLIPS / (stem + request.suffix),
        poster=request.album / POSTERS / f"{stem}.jpg",
        options=options,
        crop_px=None if link.faces else link.crop_px,
        crop_share=None if link.faces else face_share(link),
        named=item.named,
        of_one=item.person is not None and not item.named and not says_which_face(link),
    )


def _row(
    task: Task,
    before: Row,
    request: BatchRequest,
    hashes: FileHashes,
    prints: Fingerprints,
    read: bool,
) -> Row:
    fresh = replace(before, state=WAITING, message="", clip_sha256="")
    try:
        photo_sha256 = hashes.of(task.photo) if read else hashes.known(task.photo)
        decision = prints.of(task, photo_sha256)
    except (InputError, DriverError) as exc:
        return _failed(fresh, task, exc)
    fresh = replace(
        fresh, photo_sha256=photo_sha256, decision=decision, suffix=request.suffix, passing=False
    )
    stands = (
        before.state in _SETTLED
        and before.decision == decision
        and not before.passing
        and (before.state != DONE or _is_whole(task, before, hashes))
    )
    return before if stands else fresh


def _is_whole(task: Task, row: Row, hashes: FileHashes) -> bool:
    """Whether clip and poster are there, and the clip is the one that was made."""
    try:
        return task.poster.is_file() and hashes.of(task.clip) == row.clip_sha256
    except InputError:
        return False


def _failed(row: Row, task: Task, error: NostalgiaError) -> Row:
    return replace(
        row,
        state=FAILED,
        message=told(error, task.photo),
        exit_code=error.exit_code,
        decision="",
        passing=True,
    )


def _left_out(item: PlanItem, before: Row) -> Row:
    """The row of an item that is not worked on; of a secret one it keeps nothing but its files."""
    photo = "" if item.is_secret else picture_name(item.link)
    return Row(
        item.key, state=item.status, photo=photo, message=item.why,
        stem=before.stem, suffix=before.suffix, attempts=before.attempts, done=before.done,
    )  # fmt: skip


def _taken_stems(request: BatchRequest, rows: Mapping[str, Row]) -> set[str]:
    """The names of all clips of the journal, and of files that something else has put there."""
    taken = {folded(row.stem) for row in rows.values() if row.stem}
    for folder in (request.album / CLIPS, request.album / POSTERS):
        if folder.is_dir():
            with os.scandir(folder) as entries:
                taken |= {folded(Path(entry.name).stem) for entry in entries}
    return taken
