"""Worker processes on this computer: each keeps its networks, and any of them may die.

Not `concurrent.futures`: there the death of one worker breaks the whole pool and hides whose work
it was.
"""

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from nostalgia.album.batch.tasks import FAILED, Listener, Outcome, Task
from nostalgia.album.batch.worker import READY, STEP, serve
from nostalgia.errors import BackendError

if TYPE_CHECKING:
    Pipe = connection.Connection[object, object]

RECYCLE_ABOVE_MIB = 2500.0
"""A worker that holds more than this after a task makes room for a fresh one."""
RECYCLE_AFTER = 100
"""So many tasks, and a worker makes room for a fresh one whatever it holds."""

_TRIES = 2
"""How often a task is given out that a worker has died of."""
_FAREWELL_S = 10.0


@dataclass(slots=True)
class _Worker:
    """One process. task: what it works on; tasks: how many it has had."""

    process: BaseProcess
    pipe: "Pipe"
    task: Task | None = None
    tasks: int = 0
    is_ready: bool = False


@dataclass(slots=True)
class LocalWorkers:
    """Works tasks off in `jobs` processes. step: see `worker.STEP`."""

    jobs: int = 1
    step: str = STEP
    _workers: list[_Worker] = field(default_factory=list)

    def outcomes(self, tasks: Iterable[Task], listener: Listener) -> Iterator[Outcome]:
        """Every task's outcome as it comes.

        A task whose worker dies is given to another one, once; then it has failed.

        Raises:
            BackendError: workers do not start.
        """
        waiting = deque(tasks)
        deaths: Counter[str] = Counter()
        try:
            while waiting or any(worker.task for worker in self._workers):
                self._hand_out(waiting, listener)
                by_pipe = {worker.pipe: worker for worker in self._workers}
                for pipe in connection.wait(list(by_pipe)):
                    worker = by_pipe[pipe]  # type: ignore[index]
                    try:
                        message = worker.pipe.recv()
                    except (EOFError, OSError):
                        yield from self._bury(worker, waiting, deaths)
                        continue
                    outcome = self._read(worker, message, listener)
                    if outcome is not None:
                        yield outcome
        finally:
            self._stop()

    def _hand_out(self, waiting: deque[Task], listener: Listener) -> None:
        """Give every idle worker a task, and start workers while there are more tasks."""
        while waiting:
            worker = next((each for each in self._workers if each.task is None), None)
            if worker is None:
                if len(self._workers) >= self.jobs:
                    return
                worker = self._start()
            worker.task = waiting.popleft()
            worker.tasks += 1
            listener.started(worker.task.key)
            with suppress(OSError):  # it has died meanwhile: reading from it will tell
                worker.pipe.send(worker.task)

    def _start(self) -> _Worker:
        """A new process; it does not see the Ctrl-C that comes before it can ignore it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        threads = max(1, (os.cpu_count() or 1) // self.jobs) if self.jobs > 1 else 0
        process = context.Process(target=serve, args=(theirs, self.step, threads), daemon=True)
        in_main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
        try:
            process.start()
        finally:
            if before is not None:
                signal.signal(signal.SIGINT, before)
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _read(self, worker: _Worker, message: object, listener: Listener) -> Outcome | None:
        if message == READY:
            worker.is_ready = True
        elif isinstance(message, str):
            raise BackendError(message)
        elif isinstance(message, float | int) and worker.task is not None:
            listener.progressed(worker.task.key, float(message))
        elif isinstance(message, Outcome):
            worker.task = None
            if worker.tasks >= RECYCLE_AFTER or message.memory_mib > RECYCLE_ABOVE_MIB:
                self._retire(worker)
            return message
        return None

    def _bury(
        self, worker: _Worker, waiting: deque[Task], deaths: Counter[str]
    ) -> Iterator[Outcome]:
        """A worker has died: its task goes to another one, or has failed."""
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.join(_FAREWELL_S)
        why = _cause(worker.process.exitcode)
        if not worker.is_ready:
            raise BackendError(f"a worker does not start ({why}); type: nostalgia doctor")
        task = worker.task
        if task is None:
            return
        deaths[task.key] += 1
        if deaths[task.key] < _TRIES:
            waiting.appendleft(task)
            return
        yield Outcome(
            task.key,
            FAILED,
            f"{task.photo.name}: the worker died of it twice ({why}); try it by itself:"
            " nostalgia animate, or --max-side 1600 for a large scan",
            BackendError.exit_code,
        )

    def _retire(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        with suppress(OSError):
            worker.pipe.send(None)
        worker.process.join(_FAREWELL_S)
        worker.process.kill()
        worker.pipe.close()

    def _stop(self) -> None:
        """End all workers: idle ones are asked, busy ones leave by an exception, or are killed."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_FAREWELL_S)
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()


def _cause(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        return f"{name}, too little memory?" if name == "SIGKILL" else name
    return f"exit code {exit_code}"
