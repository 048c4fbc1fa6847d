"""A family without a tree file and a worker without networks, for the tests of the batch.

What the worker does stands in the photo: ``crash``, ``broken``, ``nobody``, ``full``, ``bug``,
``deaf``, ``swap``.
Everything is in a module of its own because worker processes import it.
"""

import hashlib
import os
import signal
import sys
import time
from pathlib import Path
from unittest.mock import patch

from nostalgia.album.batch import runner as running
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.tasks import DONE, NO_FACE, Outcome, Task
from nostalgia.album.batch.worker import attempt
from nostalgia.album.batch.workers import LocalWorkers
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import EncodingError, InputError

STEP = "made_batch:make_clip"
LOG, DEAF = "log.txt", "deaf.txt"


def family(folder: Path, form: str = "csv", **more: dict[str, object]) -> FamilyTree:
    """A person for every photo of a folder, dead; `more`: photo's stem -> fields of its link."""
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
    """Writes the hash of photo and options in place of a clip, and a line into the log."""
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
        return Outcome(task.key, NO_FACE, "no face was found")
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
    task.poster.write_bytes(b"poster")
    number = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(number, f"{task.key}\n".encode())
    os.close(number)
    sha256 = hashlib.sha256(clip).hexdigest()
    read = hashlib.sha256(content).hexdigest()
    if content.startswith(b"swap"):
        read = hashlib.sha256(b"the photo that was there for a moment").hexdigest()
    return Outcome(
        task.key, DONE, photo_sha256=read, clip_sha256=sha256, width=4, height=2, duration_s=1.0
    )


class Inline:
    """Makes clips in this process: for tests that are not about workers."""

    def outcomes(self, tasks, listener):
        for task in tasks:
            listener.started(task.key)
            yield attempt(make_clip, task, lambda share: None)


def run(folder: Path, output: Path, jobs: int = 0, tree: FamilyTree | None = None, **more):
    """A run over `folder` with made workers, or without any where there are 0 jobs."""
    request = BatchRequest(folder, output, jobs=max(jobs, 1), **more)
    with patch.object(running, "read_input", lambda request: tree or family(folder)):
        return running.run_batch(request, executor=LocalWorkers(jobs, STEP) if jobs else Inline())


def made(output: Path) -> list[str]:
    """The keys of the clips that were made, in order, also of those made twice."""
    log = output / LOG
    return log.read_text().split() if log.exists() else []


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), jobs=int(sys.argv[3]))
