"""A disk that can lose its power: what it could hold at each moment.

The folder is real; a `FakeDisk` watches the calls that give a file system its order, and knows
which bytes and names have been flushed. A file that was never flushed may be empty after a power
cut, and a name that was not may be missing, or may be there. SQLite flushes by itself, in calls
that nobody here sees: its files count as flushed.
"""

import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

WATCHED = ("fsync", "replace", "rename", "unlink", "mkdir", "rmdir")


class State(NamedTuple):
    """Files that a disk could hold. kind: which of the possibilities. step: number of the call."""

    kind: str
    step: int
    files: dict[str, bytes]


class FakeDisk:
    """Watches a folder while `cut_anywhere` is open; `states` are then what could be left of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.states: list[State] = []
        self.step = 0
        self._numbers = itertools.count()
        self._serials: dict[int, int] = {}
        self._content: dict[int, bytes] = {}
        self._names: dict[str, int] = {}

    @contextmanager
    def cut_anywhere(self) -> Iterator[None]:
        for name, path in self._files().items():
            self._names[name] = self._serial(path)
            self._content[self._names[name]] = path.read_bytes()
        self._record()
        patches = [patch.object(os, name, self._watching(name)) for name in WATCHED]
        for each in patches:
            each.start()
        try:
            yield
        finally:
            for each in patches:
                each.stop()
        self._record()

    def last(self) -> list[State]:
        """The states after the last call."""
        return [state for state in self.states if state.step == self.step]

    def _watching(self, name: str):
        real = getattr(os, name)

        def call(*args, **more):
            self._record()
            gone = self._removed_by(name, args)
            done = real(*args, **more)
            if gone is not None:
                self._serials.pop(gone, None)
            if name == "fsync":
                self._flushed(args[0])
            self.step += 1
            self._record()
            return done

        return call

    def _removed_by(self, name: str, args: tuple) -> int | None:
        """Number of the file that a call removes: another file may get it."""
        place = {"unlink": 0, "replace": 1, "rename": 1}.get(name)
        try:
            return None if place is None else os.lstat(args[place]).st_ino
        except FileNotFoundError:
            return None

    def _flushed(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            for folder in (self.root, *self.root.rglob("*")):
                if folder.is_dir() and folder.stat().st_ino == found.st_ino:
                    self._flush_names(folder)
            return
        for path in self._files().values():
            if path.stat().st_ino == found.st_ino:
                self._content[self._serial(path)] = path.read_bytes()

    def _flush_names(self, folder: Path) -> None:
        start = "" if folder == self.root else f"{folder.relative_to(self.root).as_posix()}/"
        for name in [each for each in self._names if _parent(each) == start]:
            del self._names[name]
        now = self._files()
        self._names |= {
            name: self._serial(path) for name, path in now.items() if _parent(name) == start
        }

    def _files(self) -> dict[str, Path]:
        found = [path for path in self.root.rglob("*") if path.is_file() and not path.is_symlink()]
        return {path.relative_to(self.root).as_posix(): path for path in found}

    def _serial(self, path: Path) -> int:
        """A number of the file that no other file ever gets; those of the system come again."""
        number = path.stat().st_ino
        if number not in self._serials:
            self._serials[number] = next(self._numbers)
        return self._serials[number]

    def _record(self) -> None:
        now = self._files()
        base = {name: path.read_bytes() for name, path in now.items() if "sqlite" in name}
        lost = {name: self._content.get(serial, b"") for name, serial in self._names.items()}
        kept = {name: self._content.get(self._serial(path), b"") for name, path in now.items()}
        whole = {name: path.read_bytes() for name, path in now.items()}
        for kind, files in (("names lost", lost), ("names kept", kept), ("all kept", whole)):
            self.states.append(State(kind, self.step, {**files, **base}))

    def different_states(self) -> list[State]:
        """The states, each once."""
        seen = {tuple(sorted(state.files.items())): state for state in reversed(self.states)}
        return list(reversed(seen.values()))


def _parent(name: str) -> str:
    return name[: name.rfind("/") + 1]


def put(state: State, folder: Path) -> None:
    """Make a folder hold what the disk could hold."""
    for name, content in state.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
