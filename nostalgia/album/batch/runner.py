"""A batch from its input to its album; it may be killed at any moment and goes on where it was."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from nostalgia.album.batch.fingerprint import Fingerprints
from nostalgia.album.batch.folders import (
    bring_to_disk,
    make_folders,
    remove_clip,
    remove_former,
    stray_words,
)
from nostalgia.album.batch.inputs import read_input, unpack
from nostalgia.album.batch.journal import FileHashes, Journal, Row
from nostalgia.album.batch.planning import LIVING, Plan, plan_batch
from nostalgia.album.batch.reconcile import Settled, settle
from nostalgia.album.batch.request import (
    JOURNAL_FILE,
    BatchRequest,
    check_request,
    request_as_json,
    request_from_json,
)
from nostalgia.album.batch.summary import Finished, write_results
from nostalgia.album.batch.tasks import (
    DONE,
    FAILED,
    RUNNING,
    WAITING,
    Executor,
    Listener,
    Outcome,
    Task,
)
from nostalgia.album.batch.workers import LocalWorkers
from nostalgia.errors import BackendError, EncodingError, InputError, UsageError
from nostalgia.files import printable_name
from nostalgia.progress import Progress

LOCK_FILE = ".journal.lock"
LEAST_FREE_BYTES = 64 << 20
"""Less room than this after a clip could not be written, and the disk is taken for full."""

_REQUEST = "request"
_PLAN_STAGE, _LOOK_STAGE, _CLIP_STAGE = "reading the tree", "looking at photos", "making clips"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do. settled: every item as it stands."""

    plan: Plan
    settled: Sequence[Settled]


@dataclass(frozen=True, slots=True)
class Status:
    """How far a batch is. is_running: whether a process works on it at this moment."""

    rows: Sequence[Row]
    jobs: int
    is_running: bool


def preview_batch(request: BatchRequest) -> Preview:
    """The plan of a batch, held against what was done before; nothing is written.

    Raises:
        UsageError, InputError, DriverError, BackendError: as `run_batch`.
    """
    check_request(request)
    plan = plan_batch(read_input(request), request)
    path = request.output / JOURNAL_FILE
    with Journal(path if path.is_file() else Path(":memory:")) as journal:
        hashes = FileHashes(journal)
        prints = Fingerprints(request.options, hashes.of)
        return Preview(plan, settle(plan, request, journal.rows(), hashes, prints, read=False))


def run_batch(
    request: BatchRequest, progress: Progress | None = None, executor: Executor | None = None
) -> Finished:
    """Make all clips that are not made yet, and the album.

    Args:
        request: what is asked.
        progress: told what is done, and how much of it, 0..1.
        executor: who makes the clips; by default as the request says.

    Raises:
        UsageError: the request makes no sense, or another run works in its folder.
        InputError: the input cannot be read, or the journal is damaged.
        DriverError: there is no such driver. BackendError: a backend or a checkpoint is missing.
        EncodingError: the disk is full, or nothing can be written into the folder.
    """
    check_request(request)
    tell = progress or (lambda stage, share: None)
    with _alone_in(request.output), Journal(request.output / JOURNAL_FILE) as journal:
        tell(_PLAN_STAGE, 0.0)
        tree = read_input(request)
        plan = plan_batch(tree, request)
        unpacked = unpack(tree, plan.items, request.output)
        if unpacked is not tree:
            plan = plan_batch(unpacked, request)
        tell(_PLAN_STAGE, 1.0)
        run = _Run(request, plan, journal, tell)
        run.prepare()
        try:
            run.work(executor or _executor(request))
        except BaseException:
            with suppress(EncodingError):  # on a full disk the first error says more
                run.results()
            raise
        return run.results()


def retry_batch(
    request: BatchRequest, progress: Progress | None = None, executor: Executor | None = None
) -> Finished:
    """Run a batch again with all its items, those too that have failed for good.

    request: as `last_request` returns it.

    Raises:
        UsageError, InputError, DriverError, BackendError, EncodingError: as `run_batch`.
    """
    with _alone_in(request.output), Journal(request.output / JOURNAL_FILE) as journal:
        rows = [row for row in journal.rows().values() if row.state not in (DONE, WAITING)]
        journal.put(replace(row, decision="") for row in rows)
    return run_batch(replace(request, limit=None), progress, executor)


def last_request(folder: Path) -> BatchRequest:
    """What the last run in a folder was asked for.

    Raises:
        InputError: there is no batch in it.
    """
    path = folder / JOURNAL_FILE
    if not path.is_file():
        raise InputError(
            f"{printable_name(folder)}: no batch has run here: there is no {JOURNAL_FILE};"
            " name the folder that was --output"
        )
    with Journal(path) as journal:
        return request_from_json(journal.fact(_REQUEST), folder)


def batch_status(folder: Path) -> Status:
    """How far the batch in a folder is; it may be running.

    Raises:
        InputError: there is no batch in it.
    """
    request = last_request(folder)
    with Journal(folder / JOURNAL_FILE) as journal:
        rows = tuple(journal.rows().values())
    is_running = _is_held(folder)
    if not is_running:  # what a killed run was at waits for the next one
        rows = tuple(replace(r, state=WAITING) if r.state == RUNNING else r for r in rows)
    return Status(rows, request.jobs, is_running)


class _Run:
    """One run: `prepare`, `work`, `results`."""

    def __init__(self, request: BatchRequest, plan: Plan, journal: Journal, tell: Progress) -> None:
        self.request, self.plan, self.journal, self.tell = request, plan, journal, tell
        self.settled: list[Settled] = []
        self.rows: dict[str, Row] = {}

    def prepare(self) -> None:
        """Hold the plan against the journal, and write down what is to be done."""
        asked = request_as_json(self.request)
        if self.journal.fact(_REQUEST) != asked:
            self.journal.put_fact(_REQUEST, asked)
        hashes = FileHashes(self.journal)
        prints = Fingerprints(self.request.options, hashes.of)
        before = self.journal.rows()
        self.settled = settle(
            self.plan, self.request, before, hashes, prints,
            looked=lambda share: self.tell(_LOOK_STAGE, share),
        )  # fmt: skip
        self.rows = {each.row.key: each.row for each in self.settled}
        hashes.keep()
        self.journal.put(row for key, row in self.rows.items() if before.get(key) != row)
        make_folders(self.request)
        self._withdraw(before)

    def _withdraw(self, before: Mapping[str, Row]) -> None:
        """Take people out of the album of whom the tree has changed its mind, before all else."""
        pairs = [(before.get(each.row.key), each.row) for each in self.settled]
        withdrawn = [old for old, row in pairs if old and old.stem and row.state == LIVING]
        for row in withdrawn:
            remove_clip(self.request, row)
        if any(row.state != LIVING for row in withdrawn):
            self.results()

    def work(self, executor: Executor) -> None:
        """Make the clips; each is noted when it is at its place."""
        tasks = [each.task for each in self.settled if each.is_open and each.task is not None]
        tasks = tasks[: self.request.limit]
        if not tasks:
            return
        by_key = {task.key: task for task in tasks}
        shares: dict[str, float] = {}
        ended = 0

        def show() -> None:
            self.tell(_CLIP_STAGE, (ended + sum(shares.values())) / len(tasks))

        def progressed(key: str, share: float) -> None:
            shares[key] = share
            show()

        listener = Listener(started=self.journal.start, progressed=progressed)
        show()
        with closing(executor.outcomes(tasks, listener)) as outcomes:  # type: ignore[type-var]
            for outcome in outcomes:
                self._finish(by_key[outcome.key], outcome)
                shares.pop(outcome.key, None)
                ended += 1
                show()

    def _finish(self, task: Task, outcome: Outcome) -> None:
        row = self.rows[outcome.key]
        if outcome.state == DONE:
            bring_to_disk(task)
            outcome = _of_the_planned_photo(outcome, row)
        self.rows[outcome.key] = self.journal.finish(row, outcome, task.clip)
        if outcome.state == DONE:
            remove_former(task)
        if outcome.passing:
            self._end_if_hopeless(outcome)

    def _end_if_hopeless(self, outcome: Outcome) -> None:
        """Stop where the next item would fail of the same."""
        if outcome.exit_code == BackendError.exit_code:
            raise BackendError(outcome.message)
        if shutil.disk_usage(self.request.output).free < LEAST_FREE_BYTES:
            raise EncodingError(
                f"the disk of {printable_name(self.request.output)} is full; what is done is safe:"
                " make room and give the same command again"
            )

    def results(self) -> Finished:
        """Write the summary and the album of what is done by now."""
        rows = {
            key: replace(row, state=WAITING) if row.state == RUNNING else row
            for key, row in self.rows.items()
        }
        finished = write_results(self.request, self.plan, rows, self.journal)
        strays = stray_words(self.request, self.rows.values())
        return replace(finished, warnings=(*finished.warnings, *strays))


def _of_the_planned_photo(outcome: Outcome, row: Row) -> Outcome:
    """The outcome, failed for now where the photo was another one by the time it was read."""
    if outcome.photo_sha256 in ("", row.photo_sha256):
        return outcome
    return Outcome(
        outcome.key,
        FAILED,
        f"{row.photo}: was changed while it was worked on; give the same command again",
        InputError.exit_code,
        passing=True,
        seconds=outcome.seconds,
    )


def _executor(request: BatchRequest) -> Executor:
    if request.executor == "ray":
        from nostalgia.album.batch.ray_executor import RayExecutor

        return RayExecutor(request.ray_address, request.jobs)
    return LocalWorkers(request.jobs)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder for this run; the system lets go of it when the process dies."""
    said = printable_name(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_FILE, timeout=0)
        lock.acquire()
    except Timeout as exc:
        raise UsageError(
            f"another run is working in {said}; wait for it (nostalgia batch status), or give"
            " another --output"
        ) from exc
    except OSError as exc:
        raise EncodingError(
            f"{said}: cannot be written ({exc.strerror}); give another --output"
        ) from exc
    try:
        yield
    finally:
        lock.release()


def _is_held(folder: Path) -> bool:
    try:
        with FileLock(folder / LOCK_FILE, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False  # on a disk that cannot be written nobody works
