"""What is handed to a worker and what comes back: plain values that travel between processes."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nostalgia.options import AnimateOptions
from nostalgia.types import BoxXYWH

DONE, FAILED, NO_FACE, AMBIGUOUS = "done", "failed", "no-face", "ambiguous"
WAITING, RUNNING = "waiting", "running"
BYSTANDERS = "more faces move than the tree names people"
"""In the message of a clip that may show somebody in motion who is alive."""


@dataclass(frozen=True, slots=True)
class Task:
    """One clip to make.

    photo: the picture's file. clip, poster: where the results go; they are replaced. crop_px,
    crop_share: the person's part of the photo, see `PhotoLink`. named: where several people share
    the photo and the tree does not say which face is whose, how many faces may move: as many as it
    names people, 1 where one of them is or may be alive; else 0. of_one: whether the tree names one
    person in the photo, and does not say where.
    """

    key: str
    photo: Path
    clip: Path
    poster: Path
    options: AnimateOptions
    crop_px: BoxXYWH | None = None
    crop_share: BoxXYWH | None = None
    named: int = 0
    of_one: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task.

    state: "done", "failed", "no-face" or "ambiguous". passing: whether the reason is not in the
    photo, so that the next run tries again. photo_sha256: of the bytes that were read, "" where
    nobody looked. memory_mib: of the worker afterwards, 0 = unknown.
    """

    key: str
    state: str
    message: str = ""
    exit_code: int = 0
    passing: bool = False
    seconds: float = 0.0
    photo_sha256: str = ""
    clip_sha256: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    driver: str = ""
    memory_mib: float = 0.0


def told(error: BaseException, photo: Path) -> str:
    """The message of an error without the photo's folder, which is no business of an album's."""
    return str(error).replace(f"{photo.parent}{os.sep}", "")


Step = Callable[[Task, Callable[[float], None]], Outcome]
"""Makes one clip; is told how to report its progress, 0..1."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told what happens. started: before a worker gets a task, by its key, every time.

    progressed: by key, share 0..1 of the task.
    """

    started: Callable[[str], None]
    progressed: Callable[[str, float], None]


class Executor(Protocol):
    """Something that works tasks off, on this computer or on others."""

    def outcomes(self, tasks: Iterable[Task], listener: Listener) -> Iterator[Outcome]:
        """Every task's outcome as it comes; closing the iterator stops all work."""
        ...
