"""Runs a batch from its input to its album; it can be killed at any moment and resumed."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nostalgia.album.batch.choices import Chosen, choose, remembered
from nostalgia.album.batch.clock import (
    LAST_RUN_FACT,
    living_rules,
    refuse_sudden_living,
    refuse_wrong_clock,
    this_moment,
)
from nostalgia.album.batch.continuity import (
    earlier_rows,
    held_back,
    held_back_words,
    is_withdrawn,
    keep_album,
    with_title,
)
from nostalgia.album.batch.file_hashes import FileHashes
from nostalgia.album.batch.fingerprint import Fingerprints
from nostalgia.album.batch.folders import (
    make_folders,
    remove_clip,
    remove_other_formats,
    stray_clip_warnings,
    sync_to_disk,
)
from nostalgia.album.batch.inputs import read_input, unpack
from nostalgia.album.batch.journal import Journal, Row, forgotten
from nostalgia.album.batch.left_out import move_out
from nostalgia.album.batch.lock import is_locked, locked
from nostalgia.album.batch.own_files import refuse_links
from nostalgia.album.batch.planning import plan_batch
from nostalgia.album.batch.privacy import (
    CONSENT_FACT,
    consent_marks,
    refuse_consent_of_others,
)
from nostalgia.album.batch.reconcile import Reconciled, failed_if_photo_changed, reconcile
from nostalgia.album.batch.request import (
    JOURNAL_FILE,
    REQUEST_FACT,
    BatchRequest,
    check_request,
    request_as_json,
    request_from_json,
)
from nostalgia.album.batch.seal import is_sealed, seal_of
from nostalgia.album.batch.summary import Finished, write_results
from nostalgia.album.batch.tasks import Executor, Listener, Outcome, Task
from nostalgia.album.batch.unpacked import remove_unneeded, remove_unproven
from nostalgia.album.batch.withdrawal import forget_told, notices, withdraw
from nostalgia.album.batch.workers import LocalWorkers
from nostalgia.album.state import State
from nostalgia.errors import BackendError, EncodingError, InputError, option
from nostalgia.files import printable_name, sha256_of
from nostalgia.progress import CancelToken, ProgressCallback, Run

LEAST_FREE_BYTES = 64 << 20
"""If a clip could not be written and less space than this is left, the disk counts as full."""

_SEAL, _RULES = "seal", "rules"
_KEPT_BY_RETRY = (State.DONE, State.WAITING, State.LEFT_OUT)
_PLAN_STAGE, _CHECK_STAGE, _CLIP_STAGE = "reading the tree", "checking photos", "making clips"

_STAGES: Final[Mapping[str, float]] = {_PLAN_STAGE: 0.02, _CHECK_STAGE: 0.03, _CLIP_STAGE: 0.95}
"""Stages of a batch in their order -> their usual shares of its time."""


@dataclass(frozen=True, slots=True)
class Status:
    """State of a batch. is_running: True while a process works on it."""

    rows: Sequence[Row]
    jobs: int
    is_running: bool


def run_batch(
    request: BatchRequest,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    cancel: CancelToken | None = None,
) -> Finished:
    """Make all missing clips, and the album.

    Args:
        request: input, output and options.
        progress: called with a `Progress`.
        executor: makes the clips; by default the one that the request names.
        cancel: stops the work; what is finished is kept.

    Raises:
        UsageError: the request makes no sense, or another run is working in its folder.
        InputError: the input cannot be read, the journal is damaged, or the clock is wrong.
        DriverError: a driver does not exist. BackendError: a backend or a checkpoint is missing.
        EncodingError: the disk is full, or the folder cannot be written.
    """
    check_request(request)
    steps = Run(_STAGES, progress, cancel)
    with locked(request.output), Journal(request.output / JOURNAL_FILE) as journal:
        refuse_wrong_clock(request, journal.fact(LAST_RUN_FACT))
        request = with_title(request, journal.fact(REQUEST_FACT))
        with steps.stage(_PLAN_STAGE):
            tree = read_input(request)
            plan = plan_batch(tree, request)
            remove_unproven(request.output, journal.stamps())
            unpacked = unpack(tree, plan.links_to_open(), request.output)
            if unpacked is not tree:
                plan = plan_batch(unpacked, request)
            chosen = choose(unpacked, plan, request)
            refuse_consent_of_others(tree, request, journal.fact(CONSENT_FACT))
        run = _Batch(request, chosen, journal, steps)
        run.prepare()
        journal.put_facts({CONSENT_FACT: consent_marks(tree, request)})
        try:
            run.work(executor or _executor(request))
        except BaseException:
            with suppress(EncodingError):  # on a full disk the first error is more helpful
                run.results()
            raise
        finished = run.results()
        forget_told(journal)
        return finished


def retry_batch(
    request: BatchRequest,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    cancel: CancelToken | None = None,
) -> Finished:
    """Run a batch again, also the pictures that have failed for a reason in the photo.

    request: see `last_request`; its limit does not count.

    Raises:
        UsageError, InputError, DriverError, BackendError, EncodingError: as `run_batch`.
    """
    with locked(request.output), Journal(request.output / JOURNAL_FILE) as journal:
        rows = [row for row in journal.rows().values() if row.state not in _KEPT_BY_RETRY]
        journal.put(replace(row, fingerprint="") for row in rows)
    return run_batch(replace(request, limit=None), progress, executor, cancel)


def last_request(folder: Path) -> BatchRequest:
    """Request of this user's last run in a folder.

    Raises:
        InputError: no batch has run in it, or somebody else's, or on another computer: its request
            could read any of this user's files.
    """
    with _stored(folder) as journal:
        text = journal.fact(REQUEST_FACT)
        if not is_sealed(text, journal.fact(_SEAL)):
            raise InputError(
                f"{printable_name(folder)}: its last run was somebody else's, on another computer,"
                " or of an older version, so that its options are not used; give the whole"
                f" command: `nostalgia batch INPUT` with {option('output', printable_name(folder))}"
            )
        return request_from_json(text, folder)


def _stored(folder: Path) -> Journal:
    """The journal of a batch that has run.

    Raises:
        InputError: none has run in the folder.
    """
    refuse_links(folder)
    path = folder / JOURNAL_FILE
    if not path.is_file():
        raise InputError(
            f"{printable_name(folder)}: no batch has run here (no {JOURNAL_FILE});"
            f" name the {option('output')} folder of the batch"
        )
    return Journal(path)


def batch_status(folder: Path) -> Status:
    """State of the batch in a folder, which may be running.

    Raises:
        InputError: no batch has run in it.
    """
    with _stored(folder) as journal:
        request = request_from_json(journal.fact(REQUEST_FACT), folder)
        rows = tuple(journal.rows().values())
    is_running = is_locked(folder)
    if not is_running:  # a killed run has left pictures in the state RUNNING
        rows = tuple(map(_at_rest, rows))
    return Status(rows, request.jobs, is_running)


class _Batch:
    """One run of a batch: `prepare`, `work`, `results`."""

    def __init__(self, request: BatchRequest, chosen: Chosen, journal: Journal, steps: Run) -> None:
        self.request, self.chosen, self.journal, self.steps = request, chosen, journal, steps
        self.plan = chosen.plan
        self.warnings: list[str] = []
        self.items: list[Reconciled] = []
        self.rows: dict[str, Row] = {}
        self.earlier: Mapping[str, Row] = {}

    def prepare(self) -> None:
        """Compare the plan with the journal, and record what is to be done."""
        stored = self.journal.fact(REQUEST_FACT)
        hashes = FileHashes(self.journal)
        fingerprints = Fingerprints(self.request.options, hashes.of)
        before = keep_album(self.chosen, self.request, self.journal, stored, hashes)
        with self.steps.stage(_CHECK_STAGE):
            self.items = reconcile(
                self.plan, self.request, before, hashes, fingerprints, progress=self.steps.advance
            )
        rules = living_rules(self.request)
        same_rules = rules != "" and self.journal.fact(_RULES) == rules
        refuse_sudden_living(self.items, before, same_rules=same_rules)
        self.items, kept = held_back(self.items, before, self.request, self.chosen.only, hashes)
        self.warnings += held_back_words(kept)
        self.warnings += remembered(self.chosen, self.request)
        self.rows = {item.row.key: item.row for item in self.items}
        self.earlier = earlier_rows(self.items, before, self.request, hashes)
        hashes.keep()
        # The rows first: with new rules and old rows, the next run would refuse.
        self.journal.put(row for key, row in self.rows.items() if before.get(key) != row)
        text = request_as_json(self.request)
        facts = {REQUEST_FACT: text, _SEAL: seal_of(text), _RULES: rules}
        self.journal.put_facts({**facts, LAST_RUN_FACT: this_moment()})
        make_folders(self.request)
        remove_unneeded(self.request.output, self.plan.links_to_open())
        self._withdraw(before)

    def _withdraw(self, before: Mapping[str, Row]) -> None:
        """First of all, take out of the album what must not or should not be in it any more."""
        pairs = [(before.get(item.row.key), item) for item in self.items]
        shown = [(old, item) for old, item in pairs if old is not None and old.stem]
        withdrawn = [(old, item) for old, item in shown if is_withdrawn(old, item)]
        gone = [old for old, item in withdrawn if item.task is None]
        unclear = [old for old, item in withdrawn if item.task and old.state == State.AMBIGUOUS]
        for old in unclear:  # its clip has left, but perhaps a power cut has brought it back
            remove_clip(self.request, old)
        rest = [old for old, _ in withdrawn if old not in unclear]
        withdraw(self.request, rest, self.journal)
        left_out = [item.row for item in self.items if item.row.state == State.LEFT_OUT]
        if move_out(self.request, left_out) or withdrawn:
            self.results()
        if gone:  # last: a run that dies before does it again
            self.journal.forget(row.key for row in gone)
        self.rows |= {row.key: forgotten(self.rows[row.key]) for row in gone}

    def work(self, executor: Executor) -> None:
        """Make the clips; each is recorded once it is in its place."""
        tasks = [item.task for item in self.items if item.is_open and item.task is not None]
        with self.steps.stage(_CLIP_STAGE):
            if tasks:
                self._work_off(tasks, executor)

    def _work_off(self, tasks: Sequence[Task], executor: Executor) -> None:
        by_key = {task.key: task for task in tasks}
        shares: dict[str, float] = {}
        finished = 0

        def show() -> None:
            self.steps.advance((finished + sum(shares.values())) / len(tasks))

        def progressed(key: str, share: float) -> None:
            shares[key] = share
            show()

        listener = Listener(self.journal.start, progressed, self.steps.check)
        show()
        with closing(executor.outcomes(tasks, listener)) as outcomes:  # type: ignore[type-var]
            for outcome in outcomes:
                self._finish(by_key[outcome.key], outcome)
                shares.pop(outcome.key, None)
                finished += 1
                show()

    def _finish(self, task: Task, outcome: Outcome) -> None:
        row = self.rows[outcome.key]
        if outcome.state == State.DONE:
            sync_to_disk(task)
            outcome = failed_if_photo_changed(outcome, row)
        files = {}
        if outcome.state == State.DONE:
            files = {task.clip: outcome.clip_sha256, task.poster: sha256_of(task.poster)}
        self.rows[outcome.key] = self.journal.finish(row, outcome, files)
        if outcome.state == State.DONE:
            remove_other_formats(task)
        if outcome.state in (State.AMBIGUOUS, State.NO_FACE):
            remove_clip(self.request, row)  # one that an earlier run made
        if outcome.is_transient:
            self._stop_if_hopeless(outcome)

    def _stop_if_hopeless(self, outcome: Outcome) -> None:
        """Stop the run if the next picture would fail for the same reason.

        Raises:
            BackendError, EncodingError: it would.
        """
        if outcome.exit_code == BackendError.exit_code:
            raise BackendError(outcome.message)
        if shutil.disk_usage(self.request.output).free < LEAST_FREE_BYTES:
            raise EncodingError(
                f"the disk of {printable_name(self.request.output)} is full; finished clips are"
                " safe: free some space and run the batch again to resume"
            )

    def results(self) -> Finished:
        """Write the summary and the album of what is done by now."""
        rows = {key: _at_rest(row) for key, row in self.rows.items()}
        waiting = {key for key, row in rows.items() if row.state == State.WAITING}
        rows |= {key: row for key, row in self.earlier.items() if key in waiting}
        finished = write_results(self.request, self.plan, rows, self.journal)
        strays = stray_clip_warnings(self.request, self.rows.values())
        return replace(
            finished,
            warnings=(*finished.warnings, *self.warnings, *strays),
            notices=tuple(notices(self.journal)),
        )


def _at_rest(row: Row) -> Row:
    """The row as it stands if no run is working on it."""
    return replace(row, state=State.WAITING) if row.state == State.RUNNING else row


def _executor(request: BatchRequest) -> Executor:
    if request.executor == "ray":
        from nostalgia.album.batch.ray_executor import RayExecutor

        return RayExecutor(request.ray_address, request.jobs)
    return LocalWorkers(request.jobs)
