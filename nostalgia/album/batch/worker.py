"""A worker process: takes tasks from a pipe, one at a time, and says what became of them."""

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

from nostalgia.album.batch.tasks import FAILED, Outcome, Step, Task, told
from nostalgia.errors import BackendError, EncodingError, NostalgiaError

READY = "ready"
STEP = "nostalgia.album.batch.job:make_clip"
"""Module and function of what is done with a task."""

_TELL_EVERY_S = 0.3
_LAST_S = 5.0
"""How long a worker may take to clear away after itself when its parent has gone."""
_MIB = 1024 * 1024


def serve(pipe: "connection.Connection[object, object]", step_name: str, threads: int) -> None:
    """Work tasks off until the pipe says None; the main function of the process.

    Ctrl-C is left to the parent, which ends its workers by SIGTERM: that leaves by an exception, so
    that a half-written clip is cleared away. A worker ends when its parent does.

    threads: how many OpenCV may use, 0 = as it likes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        step = load_step(step_name)
        _share_cores(threads)
    except ImportError as exc:
        pipe.send(f"the installation does not load ({exc}); type: nostalgia doctor")
        return
    pipe.send(READY)
    while (task := pipe.recv()) is not None:
        last = [0.0]

        def tell(share: float, last: list[float] = last) -> None:
            now = time.monotonic()
            if now - last[0] >= _TELL_EVERY_S:
                last[0] = now
                pipe.send(share)

        pipe.send(attempt(step, cast("Task", task), tell))


def load_step(name: str) -> Step:
    """The function that makes a clip, from "module:function".

    Raises:
        ImportError: it cannot be imported.
    """
    module, _, function = name.partition(":")
    return cast("Step", getattr(import_module(module), function))


def attempt(step: Step, task: Task, tell: Callable[[float], None]) -> Outcome:
    """Make one clip; whatever goes wrong is the item's fate and not the batch's."""
    start = time.perf_counter()
    try:
        outcome = step(task, tell)
    except NostalgiaError as exc:
        passing = isinstance(exc, EncodingError | BackendError)
        outcome = Outcome(task.key, FAILED, told(exc, task.photo), exc.exit_code, passing)
    except (MemoryError, OSError) as exc:
        reason = told(exc, task.photo) or "too little memory"
        code = EncodingError.exit_code
        outcome = Outcome(task.key, FAILED, reason, code, passing=isinstance(exc, OSError))
    except Exception as exc:  # noqa: BLE001  # the batch item: one bad photo stops no batch
        reason = f"this is a bug in nostalgia ({type(exc).__name__}: {exc}); please report it"
        outcome = Outcome(task.key, FAILED, reason, NostalgiaError.exit_code)
    seconds = outcome.seconds or time.perf_counter() - start
    return replace(outcome, seconds=seconds, memory_mib=resident_mib())


def resident_mib() -> float:
    """Memory that this process holds now, in MiB; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def _share_cores(threads: int) -> None:
    if threads and "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(threads)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _end_with_parent() -> None:
    """Leave when the parent is gone, however it went: nobody would take the result."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_LAST_S)
        # Deaf, and must not put a clip into an album that the next run works on.
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
