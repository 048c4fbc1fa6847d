"""A family without a tree file and workers without networks, for the tests of the batch.

The content of a photo says how the worker behaves: ``crash``, ``broken``, ``nobody``, ``full``,
``bug``, ``deaf``, ``swap``. Worker processes import this module.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from nostalgia.album.batch import runner
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.tasks import Outcome, Task
from nostalgia.album.batch.worker import attempt
from nostalgia.album.batch.workers import LocalWorkers
from nostalgia.album.state import State
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import CheckpointError, EncodingError, InputError
from nostalgia.files import checkpoints_folder
from nostalgia.progress import CancelToken, ProgressCallback

STEP, SESSION_STEP = "made_batch:make_clip", "made_batch:ClipMaker"
WATCHED_STEP = "made_batch:WatchedClipMaker"
LOG, DEAF, OPENED = "log.txt", "deaf.txt", "opened.jsonl"


def family(folder: Path, form: str = "csv", **more: dict[str, object]) -> FamilyTree:
    """A dead person for every photo of a folder. more: photo's stem -> fields of its link."""
    photos = sorted(folder.glob("*.jpg"))
    persons = tuple(
        Person(f"I{p.stem}", f"Name of {p.stem}", living=False, reason="dead") for p in photos
    )
    links = tuple(
        PhotoLink(f"I{photo.stem}", photo.name, photo, **more.get(photo.stem, {}))
        for photo in photos
    )
    return FamilyTree(folder, form, "", persons, links)


def make_photos(folder: Path, count: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    photos = [folder / f"p{number:04}.jpg" for number in range(count)]
    for number, photo in enumerate(photos):
        photo.write_bytes(f"photo {number}".encode())
    return photos


def make_clip(task: Task, progress) -> Outcome:
    """Write the hash of photo and options in place of a clip, and a line into the log."""
    content = task.photo.read_bytes()
    log = (task.clip.parents[2] if task.clip.parent.name == "clips" else task.clip.parent) / LOG
    if content.startswith(b"crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if content.startswith(b"broken"):
        raise InputError(f"{task.photo.name}: the picture is damaged")
    if content.startswith(b"full"):
        raise EncodingError(f"{task.clip.name}: no space left on device")
    if content.startswith(b"bug"):
        raise ZeroDivisionError("by zero")
    if content.startswith(b"nobody"):
        return Outcome(task.key, State.NO_FACE, "no face was found")
    if content.startswith(b"deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (log.parent / DEAF).write_text(str(os.getpid()))
        time.sleep(60)
    progress(0.5)
    time.sleep(float(os.environ.get("MADE_CLIP_S", "0")))
    partial = task.clip.with_name(f".{task.clip.name}.partial-{os.getpid()}.mp4")
    clip = hashlib.sha256(content + repr(task.options).encode()).hexdigest().encode() * 100
    partial.write_bytes(clip[:50])
    partial.write_bytes(clip)
    partial.replace(task.clip)
    task.poster.unlink(missing_ok=True)
    task.poster.write_bytes(b"poster")
    if task.still is not None:
        task.still.write_bytes(b"still of " + content)
    append(log, task.key)
    sha256 = hashlib.sha256(clip).hexdigest()
    read = hashlib.sha256(content).hexdigest()
    if content.startswith(b"swap"):
        read = hashlib.sha256(b"the photo that was there for a moment").hexdigest()
    return Outcome(
        task.key,
        State.DONE,
        photo_sha256=read,
        clip_sha256=sha256,
        width=4,
        height=2,
        duration_s=1.0,
    )


def append(log: Path, line: str) -> None:
    """Add a line in one write, so that several processes can do it at the same time."""
    number = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(number, f"{line}\n".encode())
    os.close(number)


class ClipMaker:
    """A session: `make_clip`, with the id of the session in place of the driver's name."""

    def __init__(self) -> None:
        self.name = f"{os.getpid()} {time.monotonic_ns()}"

    def __call__(self, task: Task, progress) -> Outcome:
        return replace(make_clip(task, progress), driver=self.name)


class BrokenClipMaker:
    """A session that finds no weights."""

    def __init__(self) -> None:
        raise CheckpointError("no weights here")


class WatchedClipMaker:
    """The real session; records the weight files that it opens up to the end of each task."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.weights = checkpoints_folder()
        sys.addaudithook(self._hear)
        from nostalgia.album.batch import job

        self.maker = job.ClipMaker()

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if event == "open" and isinstance(args[0], str) and Path(args[0]).parent == self.weights:
            self.opened.append(Path(args[0]).name)

    def __call__(self, task: Task, progress) -> Outcome:
        outcome = self.maker(task, progress)
        append(task.clip.with_name(OPENED), json.dumps(self.opened))
        self.opened.clear()
        return outcome


class Inline:
    """Makes clips in this process: for tests that are not about workers."""

    def outcomes(self, tasks, listener):
        for task in tasks:
            listener.started(task.key)
            yield attempt(make_clip, task, lambda share: None)


def run(
    folder: Path,
    output: Path,
    jobs: int = 0,
    tree: FamilyTree | None = None,
    grace_s: float = 5.0,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
    **more,
):
    """A run over `folder` in worker processes; 0 jobs: in this process."""
    request = BatchRequest(folder, output, jobs=max(jobs, 1), **more)
    executor = LocalWorkers(jobs, STEP, grace_s=grace_s) if jobs else Inline()
    with patch.object(runner, "read_input", lambda request: tree or family(folder)):
        return runner.run_batch(request, progress, executor, cancel)


def made(output: Path) -> list[str]:
    """Keys of the clips that were made, in order; a key comes twice if its clip was made twice."""
    log = output / LOG
    return log.read_text().split() if log.exists() else []


def start(
    photos: Path, output: Path, jobs: int, clip_s: float = 0.02, grace_s: float = 5.0
) -> subprocess.Popen[bytes]:
    """A run in a process of its own, whose workers take `clip_s` seconds for each clip."""
    words = [str(photos), str(output), str(jobs), str(grace_s)]
    return subprocess.Popen(
        [sys.executable, __file__, *words],
        env={**os.environ, "MADE_CLIP_S": str(clip_s), "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def comes_true(condition: Callable[[], bool], within_s: float = 60.0) -> bool:
    """True as soon as the condition is true, False if that takes too long."""
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


if __name__ == "__main__":
    photos, results, processes, grace = sys.argv[1:]
    run(Path(photos), Path(results), jobs=int(processes), grace_s=float(grace))
