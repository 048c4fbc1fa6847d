"""Tasks for workers and their outcomes: plain values that travel between processes."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nostalgia.album.state import State
from nostalgia.errors import NostalgiaError
from nostalgia.options import AnimateOptions
from nostalgia.types import BoxXYWH

BYSTANDERS = "more moving faces than people named in the tree"
"""Part of the message for a clip that may animate somebody who is alive."""

FORMER_BYSTANDERS = "more faces move than the tree names people"
"""The same in albums of the first version."""


@dataclass(frozen=True, slots=True)
class Task:
    """One clip to make.

    photo: file of the picture. clip, poster: files to write; existing ones are replaced. crop_px,
    crop_share: the person's part of the photo, see `PhotoLink`. face_limit: number of people linked
    to the photo, all of whom may be animated, if the tree does not say which face is whose; with
    more faces the photo is ambiguous, unless all_faces is True. 0 = no limit. whole_photo: file to
    write with all of the photo, if the clip shows a part of it; None if the album may not show it.
    told_name: name of the photo's file to tell instead of its own, which names somebody left out;
    "" if its own may be told. still: file to write with the photo and its restored faces; None for
    none.
    """

    key: str
    photo: Path
    clip: Path
    poster: Path
    options: AnimateOptions
    crop_px: BoxXYWH | None = None
    crop_share: BoxXYWH | None = None
    face_limit: int = 0
    all_faces: bool = False
    whole_photo: Path | None = None
    told_name: str = ""
    still: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a task.

    state: DONE, FAILED, NO_FACE or AMBIGUOUS. message: reason or warnings, with options still to be
    named by `errors.worded`. is_transient: True if the cause is not the photo, so
    that the next run tries again. photo_sha256: of the bytes that were read, "" if unknown.
    width, height: size of the clip in pixels. memory_mib: the worker's resident memory after it,
    0 = unknown.
    """

    key: str
    state: State
    message: str = ""
    exit_code: int = 0
    is_transient: bool = False
    seconds: float = 0.0
    photo_sha256: str = ""
    clip_sha256: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    driver: str = ""
    memory_mib: float = 0.0


def message_without_folder(error: BaseException, photo: Path) -> str:
    """Message of an error without the photo's folder, which must not appear in an album.

    Its options are still to be named by `errors.worded`.
    """
    message = error.message if isinstance(error, NostalgiaError) else str(error)
    return message.replace(f"{photo.parent}{os.sep}", "")


Step = Callable[[Task, Callable[[float], None]], Outcome]
"""Makes one clip; reports its progress, 0..1, through the second argument."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Callbacks of an executor.

    started: called with the task's key each time before a worker gets the task. progressed: called
    with the key and the share of the task that is done, 0..1. check: called every second or more
    often, whatever the workers do; what it raises ends the work.
    """

    started: Callable[[str], None]
    progressed: Callable[[str, float], None]
    check: Callable[[], None] = lambda: None


class Executor(Protocol):
    """Runs tasks, on this computer or on others."""

    def outcomes(self, tasks: Iterable[Task], listener: Listener) -> Iterator[Outcome]:
        """Yield the outcome of each task as it finishes; closing the iterator stops all work."""
        ...
