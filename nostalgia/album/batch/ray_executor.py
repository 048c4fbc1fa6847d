"""Workers on other computers, through Ray (the extra ``ray``): same journal, same clips.

Photos travel to the workers and clips travel back as bytes, so the computers need no folder in
common. They need this version of nostalgia with the same weights, and any driving clip of the
user's under the same path. If a computer fails, Ray gives its tasks to another one.
"""

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from nostalgia.album.batch.tasks import Listener, Outcome, Step, Task
from nostalgia.album.batch.worker import STEP, attempt, load_step
from nostalgia.album.state import State
from nostalgia.errors import BackendError, EncodingError, InputError, NostalgiaError
from nostalgia.files import whole_file
from nostalgia.version import __version__

_MAX_RETRIES = 3
"""Number of times Ray retries a task whose worker or computer has failed."""
_TASKS_PER_CORE = 2
"""Tasks in flight for each processor of the cluster; their photos are held in memory."""
_INSTALL = "Ray is not installed; run: pip install 'photo-nostalgia[ray]'"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Result of a worker: the outcome, and the bytes of the files if there are any."""

    outcome: Outcome
    clip: bytes = b""
    poster: bytes = b""
    still: bytes = b""


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """Runs tasks on a Ray cluster.

    address: that of a running cluster, or "auto"; "" starts one on this computer alone, with `jobs`
    processors. step: see `worker.STEP`.
    """

    address: str = ""
    jobs: int = 1
    step: str = STEP

    def outcomes(self, tasks: Iterable[Task], listener: Listener) -> Iterator[Outcome]:
        """Yield the outcome of each task as it finishes.

        Raises:
            BackendError: Ray is not installed, or no cluster answers at the address.
        """
        ray = _ray()
        started = self._connect(ray)
        make = ray.remote(num_cpus=1, max_retries=_MAX_RETRIES)(make_remotely)
        waiting, running = deque(tasks), dict[Any, Task]()
        try:
            while waiting or running:
                limit = _TASKS_PER_CORE * max(1, int(ray.cluster_resources().get("CPU", 1)))
                while waiting and len(running) < limit:
                    task = waiting.popleft()
                    listener.started(task.key)
                    try:
                        photo = task.photo.read_bytes()
                    except OSError as exc:
                        message = f"{task.photo.name}: cannot be read ({exc.strerror})"
                        yield Outcome(task.key, State.FAILED, message, InputError.exit_code)
                        continue
                    running[make.remote(self.step, task, photo, __version__)] = task
                listener.check()
                for done in ray.wait(list(running), num_returns=1, timeout=1.0)[0]:
                    yield _unpacked(ray, done, running.pop(done))
        finally:
            for left in running:
                ray.cancel(left, force=True)
            if started:
                ray.shutdown()

    def _connect(self, ray: Any) -> bool:
        """Connect to the cluster; False if the caller is connected already."""
        if ray.is_initialized():
            return False
        place = {"address": self.address} if self.address else {"num_cpus": self.jobs}
        try:
            ray.init(**place, include_dashboard=None, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as exc:
            raise BackendError(
                f"no Ray cluster answers at {self.address or 'this computer'} ({exc}); start"
                " the head node of one, or check the address"
            ) from exc
        return True


def make_remotely(step_name: str, task: Task, photo: bytes, version: str) -> Parcel:
    """Make a clip on another computer, in a temporary folder.

    version: that of nostalgia on the computer that the task comes from.
    """
    if version != __version__:
        return _unable(
            task, f"a computer of the cluster has nostalgia {__version__}, not {version}"
        )
    try:
        step = _step_of_this_process(step_name)
    except ImportError as exc:
        return _unable(task, f"nostalgia cannot be loaded on a computer of the cluster ({exc})")
    except NostalgiaError as exc:
        return _unable(task, f"on a computer of the cluster: {exc.message}")
    with tempfile.TemporaryDirectory(prefix="nostalgia-") as name:
        folder = Path(name)
        here = replace(
            task,
            photo=folder / "photo" / task.photo.name,
            clip=folder / f"clip{task.clip.suffix}",
            poster=folder / "poster.jpg",
            still=folder / "still.jpg" if task.still else None,
        )
        here.photo.parent.mkdir()
        here.photo.write_bytes(photo)
        outcome = attempt(step, here, lambda share: None)
        if outcome.state != State.DONE:
            return Parcel(outcome)
        still = here.still.read_bytes() if here.still else b""
        return Parcel(outcome, here.clip.read_bytes(), here.poster.read_bytes(), still)


@lru_cache(maxsize=1)
def _step_of_this_process(name: str) -> Step:
    """The step, loaded once in each of Ray's processes, which are reused from task to task."""
    return load_step(name)


def _unable(task: Task, message: str) -> Parcel:
    """Result from a computer on which nostalgia cannot run."""
    code = BackendError.exit_code
    return Parcel(Outcome(task.key, State.FAILED, message, code, is_transient=True))


def _unpacked(ray: Any, done: Any, task: Task) -> Outcome:
    """Outcome of a task, after writing its files to their places."""
    try:
        parcel: Parcel = ray.get(done)
    except ray.exceptions.RayError as exc:
        message = f"{task.photo.name}: the workers kept crashing on it ({type(exc).__name__})"
        return Outcome(task.key, State.FAILED, message, NostalgiaError.exit_code)
    if parcel.outcome.state != State.DONE:
        return parcel.outcome
    try:
        files = [(task.clip, parcel.clip), (task.poster, parcel.poster)]
        files += [(task.still, parcel.still)] if task.still else []
        for path, content in files:
            with whole_file(path, "clip") as partial:
                partial.write_bytes(content)
    except EncodingError as exc:
        return Outcome(task.key, State.FAILED, exc.message, exc.exit_code, is_transient=True)
    return parcel.outcome


def _ray() -> Any:
    try:
        import ray
    except ImportError as exc:
        raise BackendError(_INSTALL) from exc
    return ray
