"""Worker process: takes tasks from a pipe, one at a time, and sends back the outcomes."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from multiprocessing import connection, parent_process
from types import FrameType
from typing import cast

from nostalgia.album.batch.tasks import Outcome, Step, Task, message_without_folder
from nostalgia.album.state import State
from nostalgia.errors import BackendError, EncodingError, NostalgiaError

READY = "ready"
STEP = "nostalgia.album.batch.job:ClipMaker"
"""Module and name of what makes a clip: a `Step`, or a class whose instances are steps."""

_REPORT_INTERVAL_S = 0.3
_MIB = 1024 * 1024


def serve(
    pipe: "connection.Connection[object, object]", step_name: str, threads: int, grace_s: float
) -> None:
    """Main function of the process: run tasks until the pipe delivers None.

    Ctrl-C is left to the parent, which ends its workers with SIGTERM; that raises an exception
    here, so that a half-written clip is deleted. A worker ends when its parent does.

    Args:
        pipe: to the parent.
        step_name: see `STEP`; a class is instantiated once, so that its networks are loaded once.
        threads: number that OpenCV may use, 0 = its own default.
        grace_s: seconds that the worker has to clean up after its parent has ended.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit)
    threading.Thread(target=_end_with_parent, args=(grace_s,), daemon=True).start()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        step = load_step(step_name)
        _share_cores(threads)
    except ImportError as exc:
        pipe.send(f"the installation is broken ({exc}); run `nostalgia doctor`")
        return
    except NostalgiaError as exc:
        pipe.send(exc.message)
        return
    pipe.send(READY)
    while (task := pipe.recv()) is not None:
        last = [0.0]

        def report(share: float, last: list[float] = last) -> None:
            now = time.monotonic()
            if now - last[0] >= _REPORT_INTERVAL_S:
                last[0] = now
                pipe.send(share)

        pipe.send(attempt(step, cast("Task", task), report))


def load_step(name: str) -> Step:
    """The step "module:name"; where that is a class, a new instance of it.

    Raises:
        ImportError: it cannot be imported.
        NostalgiaError: the class cannot be instantiated, for example because weights are missing.
    """
    module, _, attribute = name.partition(":")
    step = getattr(import_module(module), attribute)
    return cast("Step", step() if isinstance(step, type) else step)


def attempt(step: Step, task: Task, progress: Callable[[float], None]) -> Outcome:
    """Make one clip; an error becomes the outcome of this task and does not stop the batch."""
    start = time.perf_counter()
    try:
        outcome = step(task, progress)
    except NostalgiaError as exc:
        is_transient = isinstance(exc, EncodingError | BackendError)
        message = message_without_folder(exc, task.photo)
        outcome = Outcome(task.key, State.FAILED, message, exc.exit_code, is_transient)
    except (MemoryError, OSError) as exc:
        message = message_without_folder(exc, task.photo) or "not enough memory"
        code = EncodingError.exit_code
        outcome = Outcome(task.key, State.FAILED, message, code, isinstance(exc, OSError))
    except Exception as exc:  # noqa: BLE001  # one bad photo must not stop the batch
        message = f"this is a bug in nostalgia ({type(exc).__name__}: {exc}); please report it"
        outcome = Outcome(task.key, State.FAILED, message, NostalgiaError.exit_code)
    seconds = outcome.seconds or time.perf_counter() - start
    return replace(outcome, seconds=seconds, memory_mib=resident_mib())


def resident_mib() -> float:
    """Resident memory of this process in MiB; 0 if the system does not report it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def _share_cores(threads: int) -> None:
    if threads and "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(threads)


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _end_with_parent(grace_s: float) -> None:
    """End this process when its parent ends, for whatever reason: nobody would get the result."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_s)
        # It ignores SIGTERM, and must not put a clip into an album that the next run is working on.
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
