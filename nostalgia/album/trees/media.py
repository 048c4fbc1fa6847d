"""Find the file that a tree refers to, without ever looking outside the permitted folders.

The permitted folders are the tree's own and the media folders that the user named. A reference may
be a path on another computer, a URL or a trap, so a path that leads elsewhere is not even tried.
Then the permitted folders are searched for the file name alone, in any case and with its accents
spelled either way.
"""

import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from nostalgia.files import folded_file_name, printable_name

# A colon alone does not make an address: "Berlin:Oma.jpg" is a file name.
_WEB = re.compile(r"(?!file:)(?:[a-z][a-z0-9+.-]+://|(?:data|mailto|urn|https?|ftp):)", re.I)
_DRIVE = re.compile(r"/?[A-Za-z]:(?=/|$)")
_MAX_FILES = 200_000
_OWN_FOLDER_DEPTH = 3
_P = TypeVar("_P", bound=PurePath)


@dataclass(frozen=True, slots=True)
class Found:
    """Location of a picture: a file, an entry of the tree's archive, or the problem with it."""

    path: Path | None = None
    archive_name: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Reference:
    """One reading of a reference, as a clean path.

    parts: its folders and file name. start: "" for a relative path, else "/", "C:/" or "//".
    foreign: True for an absolute path of another operating system.
    """

    parts: tuple[str, ...]
    start: str = ""
    foreign: bool = False

    @property
    def climbs(self) -> bool:
        """True if the path leaves the folder that it starts in."""
        depth = 0
        for part in self.parts:
            depth += -1 if part == ".." else 1
            if depth < 0:
                return True
        return False


@dataclass
class MediaFinder:
    """Finds the pictures of one tree.

    tree_folder: the folder that contains the tree. media_folders: the others that may be searched.
    base_folder: start of relative paths according to the tree (Gramps' mediapath); it counts only
    inside the permitted folders. archive: names of the entries of the tree's own archive.
    warnings: one sentence for each anomaly so far.
    """

    tree_folder: Path
    media_folders: Sequence[Path] = ()
    base_folder: str = ""
    archive: Collection[str] = ()
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._roots = [Path(os.path.realpath(f)) for f in (self.tree_folder, *self.media_folders)]
        # Some programs write the names of entries with backslashes.
        self._inside_archive = {
            "/".join(_parsed(name).parts): name for name in self.archive if is_safe_entry(name)
        }
        self._files: dict[str, list[Path]] | None = None
        self._entries: dict[str, list[PurePosixPath]] | None = None
        self._known: dict[str, Found] = {}

    def find(self, reference: str) -> Found:
        """The picture of a reference: a path, a URI reference, or a Windows path."""
        if reference not in self._known:
            self._known[reference] = self._find(reference.strip())
        return self._known[reference]

    def find_at(self, place: str) -> Found:
        """The file at exactly this path below the tree's folder, with forward slashes."""
        found = self._file(_Reference(tuple(place.split("/"))))
        return found or Found(problem="missing-file")

    def _find(self, text: str) -> Found:
        if _WEB.match(text):
            return Found(problem="web")
        readings = [_parsed(reading) for reading in _readings(text)]
        readings = [reading for reading in readings if reading.parts]
        for reading in readings:
            if found := self._entry(reading) or self._file(reading):
                return found
        for reading in readings:
            if found := self._same_name(reading):
                return found
        outside = any((path.start or path.climbs) and not path.foreign for path in readings)
        return Found(problem="outside" if outside else "missing-file")

    def _entry(self, wanted: _Reference) -> Found | None:
        """The entry of the archive at exactly this path, unless it leads out of the archive."""
        name = "/".join(wanted.parts)
        if wanted.start or wanted.climbs or name not in self._inside_archive:
            return None
        return Found(archive_name=self._inside_archive[name])

    def _file(self, wanted: _Reference) -> Found | None:
        for root in self._roots:
            for folder in (self.base_folder, "") if self.base_folder else ("",):
                place = os.path.normpath(Path(root, folder, wanted.start, *wanted.parts))
                if not wanted.foreign and (found := self._checked(Path(place))):
                    return found
        return None

    def _checked(self, place: Path) -> Found | None:
        """The file at `place` if it is in a permitted folder, also after following links."""
        try:
            if not self._inside(place) or not os.path.lexists(place):
                return None
            if not self._inside(Path(os.path.realpath(place))):
                return Found(problem="outside")
            if place.is_dir() or not place.exists():
                return None
            return Found(path=place) if place.is_file() else Found(problem="unreadable")
        except (OSError, ValueError):
            return None

    def _inside(self, place: Path) -> bool:
        return any(place.is_relative_to(root) for root in self._roots)

    def _same_name(self, wanted: _Reference) -> Found | None:
        """The file with this name; of several, the one whose folders agree best, if it is clear."""
        if self._entries is None:
            self._entries = _by_name(PurePosixPath(name) for name in self._inside_archive)
        if self._files is None:
            self._files = _by_name(self._walk())
        key = folded_file_name(wanted.parts[-1])
        entry = _best(self._entries.get(key, []), wanted)
        if entry is not None:
            return Found(archive_name=self._inside_archive[str(entry)])
        files = self._files.get(key, [])
        path = _best(files, wanted)
        if path is None and files:
            name = printable_name(files[0].name)
            self._warn(
                f"{len(files)} files are called {name}, and the tree does not say which it means"
            )
        return self._checked(path) if path is not None else None

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _walk(self) -> Iterable[Path]:
        """Files below the permitted folders; of the tree's own only the first three levels.

        A tree may be in a home folder; media folders were named for their pictures.
        """
        count = 0
        seen: set[str] = set()  # one permitted folder may contain another
        for index, root in enumerate(self._roots):
            for folder, below, names in os.walk(root):
                below[:] = sorted(name for name in below if not name.startswith("."))
                if index == 0 and len(Path(folder).relative_to(root).parts) >= _OWN_FOLDER_DEPTH:
                    below.clear()
                for name in () if folder in seen else sorted(names):
                    count += 1
                    if count > _MAX_FILES:
                        self._warn(
                            f"searched only {_MAX_FILES} files; name a smaller folder of pictures"
                        )
                        return
                    yield Path(folder, name)
                seen.add(folder)


def _by_name(paths: Iterable[_P]) -> dict[str, list[_P]]:
    found: dict[str, list[_P]] = {}
    for path in paths:
        found.setdefault(folded_file_name(path.name), []).append(path)
    return found


def _best(paths: Sequence[_P], wanted: _Reference) -> _P | None:
    """The one path that shares the most folders with the reference; None if several do."""
    shared = [_shared_folders(path.parts, wanted.parts) for path in paths]
    if not shared or shared.count(max(shared)) > 1:
        return None
    return paths[shared.index(max(shared))]


def _shared_folders(parts: Sequence[str], others: Sequence[str]) -> int:
    """Number of equal parts, counted from the end of both paths."""
    pairs = zip(reversed(parts), reversed(others), strict=False)
    equal = (folded_file_name(part) == folded_file_name(other) for part, other in pairs)
    return sum(1 for _ in takewhile(bool, equal))


def is_safe_entry(name: str) -> bool:
    """True if an entry of an archive with this name stays below the folder it is unpacked into."""
    path = _parsed(name)
    return bool(path.parts) and not (path.start or path.climbs or "\0" in name)


def _readings(text: str) -> list[str]:
    """Possible meanings of a reference: as written, and with its percent escapes decoded."""
    if text.lower().startswith("file:"):
        try:
            url = urlsplit(text)
            host, path = url.netloc, url.path
        except ValueError:
            return [text]
        if host.lower() in ("", "localhost"):
            return [unquote(path)]
        return [f"//{host}{unquote(path)}"]
    plain = unquote(text)
    return [text] if plain == text else [text, plain]


def _parsed(text: str) -> _Reference:
    """Split a path into its parts; backslashes count as separators, as on Windows."""
    slashed = text.replace("\\", "/")
    drive = _DRIVE.match(slashed)
    rest = slashed[drive.end() if drive else 0 :]
    if drive:
        start = f"{drive.group().lstrip('/')}/"
    else:
        start = "//" if rest.startswith("//") else "/" if rest.startswith("/") else ""
    parts = rest.split("/")
    return _Reference(
        parts=tuple(part for part in parts if part not in ("", ".")) if parts[-1] else (),
        start=start,
        foreign=start not in ("", "/") and os.name != "nt",
    )
