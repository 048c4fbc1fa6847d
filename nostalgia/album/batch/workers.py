"""Worker processes on this computer: each keeps its networks, and any of them may crash.

Not `concurrent.futures`: there the crash of one worker breaks the whole pool and hides whose task
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

from nostalgia.album.batch.tasks import Listener, Outcome, Task
from nostalgia.album.batch.worker import READY, STEP, serve
from nostalgia.album.state import State
from nostalgia.errors import BackendError, option

if TYPE_CHECKING:
    Pipe = connection.Connection[object, object]

RECYCLE_ABOVE_MIB = 2500.0
"""A worker that holds more memory than this after a task is replaced by a fresh one."""
RECYCLE_AFTER = 100
"""A worker is replaced by a fresh one after this number of tasks, whatever its memory."""

_MAX_CRASHES = 2
"""A task fails after crashing this number of workers."""
_JOIN_S = 10.0
_CHECK_INTERVAL_S = 0.3


@dataclass(slots=True)
class _Worker:
    """One process. task: its current task, None if idle. tasks: number given to it so far."""

    process: BaseProcess
    pipe: "Pipe"
    task: Task | None = None
    tasks: int = 0
    is_ready: bool = False


@dataclass(slots=True)
class LocalWorkers:
    """Runs tasks in processes on this computer.

    jobs: number of processes. step: see `worker.STEP`. recycle_after: see `RECYCLE_AFTER`. grace_s:
    seconds that a worker has to clean up after this process has ended.
    """

    jobs: int = 1
    step: str = STEP
    recycle_after: int = RECYCLE_AFTER
    grace_s: float = 5.0
    _workers: list[_Worker] = field(default_factory=list)

    def outcomes(self, tasks: Iterable[Task], listener: Listener) -> Iterator[Outcome]:
        """Yield the outcome of each task as it finishes.

        A task whose worker crashes is given to one other worker; if that crashes too, it fails.

        Raises:
            BackendError: workers do not start.
        """
        waiting = deque(tasks)
        crashes: Counter[str] = Counter()
        try:
            while waiting or any(worker.task for worker in self._workers):
                self._assign(waiting, listener)
                by_pipe = {worker.pipe: worker for worker in self._workers}
                listener.check()
                for pipe in connection.wait(list(by_pipe), _CHECK_INTERVAL_S):
                    worker = by_pipe[pipe]  # type: ignore[index]
                    try:
                        message = worker.pipe.recv()
                    except (EOFError, OSError):
                        yield from self._remove_crashed(worker, waiting, crashes)
                        continue
                    outcome = self._read(worker, message, listener)
                    if outcome is not None:
                        yield outcome
        finally:
            self._stop()

    def _assign(self, waiting: deque[Task], listener: Listener) -> None:
        """Give every idle worker a task, and start more workers as long as tasks are left."""
        while waiting:
            worker = next((each for each in self._workers if each.task is None), None)
            if worker is None:
                if len(self._workers) >= self.jobs:
                    return
                worker = self._start()
            worker.task = waiting.popleft()
            worker.tasks += 1
            listener.started(worker.task.key)
            with suppress(OSError):  # it has crashed in the meantime, as reading from it will show
                worker.pipe.send(worker.task)

    def _start(self) -> _Worker:
        """Start a process; a Ctrl-C before it can ignore that does not reach it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        threads = max(1, (os.cpu_count() or 1) // self.jobs) if self.jobs > 1 else 0
        arguments = (theirs, self.step, threads, self.grace_s)
        process = context.Process(target=serve, args=arguments, daemon=True)
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
            if worker.tasks >= self.recycle_after or message.memory_mib > RECYCLE_ABOVE_MIB:
                self._retire(worker)
            return message
        return None

    def _remove_crashed(
        self, worker: _Worker, waiting: deque[Task], crashes: Counter[str]
    ) -> Iterator[Outcome]:
        """Remove a crashed worker: its task waits for another one, or fails."""
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.join(_JOIN_S)
        cause = _cause(worker.process.exitcode)
        if not worker.is_ready:
            raise BackendError(
                f"a worker failed to start ({cause}); run `nostalgia doctor`. A script that runs a"
                ' batch needs `if __name__ == "__main__":` around it'
            )
        task = worker.task
        if task is None:
            return
        crashes[task.key] += 1
        if crashes[task.key] < _MAX_CRASHES:
            waiting.appendleft(task)
            return
        yield Outcome(
            task.key,
            State.FAILED,
            f"{task.photo.name}: the worker crashed twice on this photo ({cause}); run it on its"
            f" own with `nostalgia animate`, a large scan with a smaller {option('max_side')}",
            BackendError.exit_code,
        )

    def _retire(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        with suppress(OSError):
            worker.pipe.send(None)
        worker.process.join(_JOIN_S)
        worker.process.kill()
        worker.pipe.close()

    def _stop(self) -> None:
        """End all workers: an exception stops the busy ones, and any still running are killed."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_JOIN_S)
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()


def _cause(exit_code: int | None) -> str:
    """How a process ended, such as "SIGSEGV"."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        return f"{name}, perhaps out of memory" if name == "SIGKILL" else name
    return f"exit code {exit_code}"
