"""Workers on other computers, by Ray (the extra ``ray``): same journal, same clips.

Photos travel to the workers and clips travel back as bytes, so that the computers need no folder in
common. What they need is this version of nostalgia with the same weights, and a driving clip of
one's own under the same path. Ray gives the tasks of a computer that dies to another one.
"""

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nostalgia.album.batch.tasks import DONE, FAILED, Listener, Outcome, Task
from nostalgia.album.batch.worker import STEP, attempt, load_step
from nostalgia.errors import BackendError, EncodingError, NostalgiaError
from nostalgia.files import whole_file
from nostalgia.version import __version__

_TRIES_AGAIN = 3
"""How often Ray gives a task out again whose worker or computer has died."""
_AHEAD = 2
"""How many tasks per processor are on their way at once: so many photos are held in memory."""
_INSTALL = "Ray is not installed; type: pip install 'photo-nostalgia[ray]'"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What comes back from a worker: the outcome, and the files where there are any."""

    outcome: Outcome
    clip: bytes = b""
    poster: bytes = b""


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """Works tasks off on a Ray cluster.

    address: of a running one, or "auto"; "" starts one on this computer alone, with `jobs`
    processors. step: see `worker.STEP`.
    """

    address: str = ""
    jobs: int = 1
    step: str = STEP

    def outcomes(self, tasks: Iterable[Task], listener: Listener) -> Iterator[Outcome]:
        """Every task's outcome as it comes.

        Raises:
            BackendError: Ray is not installed, or there is no cluster at the address.
        """
        ray = _ray()
        began = self._join(ray)
        make = ray.remote(num_cpus=1, max_retries=_TRIES_AGAIN)(make_remotely)
        waiting, running = deque(tasks), dict[Any, Task]()
        try:
            while waiting or running:
                room = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
                while waiting and len(running) < room:
                    task = waiting.popleft()
                    listener.started(task.key)
                    try:
                        photo = task.photo.read_bytes()
                    except OSError as exc:
                        yield Outcome(task.key, FAILED, f"{task.photo.name}: {exc}", 3)
                        continue
                    running[make.remote(self.step, task, photo, __version__)] = task
                for done in ray.wait(list(running), num_returns=1, timeout=1.0)[0]:
                    yield _unpacked(ray, done, running.pop(done))
        finally:
            for left in running:
                ray.cancel(left, force=True)
            if began:
                ray.shutdown()

    def _join(self, ray: Any) -> bool:
        """Connect to the cluster; whether that was left to us."""
        if ray.is_initialized():
            return False
        place = {"address": self.address} if self.address else {"num_cpus": self.jobs}
        try:
            ray.init(**place, include_dashboard=None, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as exc:
            raise BackendError(
                f"there is no Ray cluster at {self.address or 'this computer'} ({exc}); start one"
                " with: ray start --head"
            ) from exc
        return True


def make_remotely(step_name: str, task: Task, photo: bytes, version: str) -> Parcel:
    """Make a clip on another computer, in a folder that is gone afterwards."""
    if version != __version__:
        said = f"a computer of the cluster has nostalgia {__version__}, not {version}"
        outcome = Outcome(task.key, FAILED, said, BackendError.exit_code, passing=True)
        return Parcel(outcome)
    with tempfile.TemporaryDirectory(prefix="nostalgia-") as name:
        folder = Path(name)
        here = replace(
            task,
            photo=folder / "photo" / task.photo.name,
            clip=folder / f"clip{task.clip.suffix}",
            poster=folder / "poster.jpg",
        )
        here.photo.parent.mkdir()
        here.photo.write_bytes(photo)
        try:
            step = load_step(step_name)
        except ImportError as exc:
            said = f"nostalgia does not load on a computer of the cluster ({exc})"
            outcome = Outcome(task.key, FAILED, said, BackendError.exit_code, passing=True)
            return Parcel(outcome)
        outcome = attempt(step, here, lambda share: None)
        if outcome.state != DONE:
            return Parcel(outcome)
        return Parcel(outcome, here.clip.read_bytes(), here.poster.read_bytes())


def _unpacked(ray: Any, done: Any, task: Task) -> Outcome:
    """What became of a task, its files put where they belong."""
    try:
        parcel: Parcel = ray.get(done)
    except ray.exceptions.RayError as exc:
        said = f"{task.photo.name}: its worker died again and again ({type(exc).__name__})"
        return Outcome(task.key, FAILED, said, NostalgiaError.exit_code)
    if parcel.outcome.state != DONE:
        return parcel.outcome
    try:
        for path, content in ((task.clip, parcel.clip), (task.poster, parcel.poster)):
            with whole_file(path, "clip") as partial:
                partial.write_bytes(content)
    except EncodingError as exc:
        return Outcome(task.key, FAILED, str(exc), exc.exit_code, passing=True)
    return parcel.outcome


def _ray() -> Any:
    try:
        import ray
    except ImportError as exc:
        raise BackendError(_INSTALL) from exc
    return ray
