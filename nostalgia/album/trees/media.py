"""Find the file that a tree means, and never look outside the folders that the user named.

The named folders are the tree's own and those of ``--media``. What a tree writes may be a path of
another computer, a URL or a trap: a path that leads elsewhere is not even looked at. Then the name
alone is searched for in the named folders, whatever its case and however its accents are written.
"""

import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from nostalgia.files import printable_name

# A colon alone makes no address: "Berlin:Oma.jpg" is a name of a file.
_WEB = re.compile(r"(?!file:)(?:[a-z][a-z0-9+.-]+://|(?:data|mailto|urn|https?|ftp):)", re.I)
_DRIVE = re.compile(r"/?[A-Za-z]:(?=/|$)")
_MOST_FILES = 200_000
_OWN_FOLDER_DEPTH = 3
_P = TypeVar("_P", bound=PurePath)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a picture is: a file, or an entry of the tree's archive, or the problem with it."""

    path: Path | None = None
    archive_name: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A cleaned path: its parts, where an absolute one starts, and whether that is elsewhere.

    start: "" for a relative path, else "/", "C:/" or "//". foreign: of another kind of computer.
    """

    parts: tuple[str, ...]
    start: str = ""
    foreign: bool = False

    @property
    def climbs(self) -> bool:
        """Whether it leaves the folder that it starts in."""
        depth = 0
        for part in self.parts:
            depth += -1 if part == ".." else 1
            if depth < 0:
                return True
        return False


@dataclass
class MediaFinder:
    """Finds pictures for one tree.

    tree_folder: where the tree lies. media_folders: what else the user named. first_folder: where
    the tree says that relative paths start (Gramps' mediapath); used inside the named folders only.
    archive: names of the entries of the tree's own archive.
    """

    tree_folder: Path
    media_folders: Sequence[Path] = ()
    first_folder: str = ""
    archive: Collection[str] = ()
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._roots = [Path(os.path.realpath(f)) for f in (self.tree_folder, *self.media_folders)]
        # Some programs write entries with backslashes.
        self._inside_archive = {
            "/".join(_wanted(name).parts): name for name in self.archive if is_safe_entry(name)
        }
        self._files: dict[str, list[Path]] | None = None
        self._entries: dict[str, list[PurePosixPath]] | None = None
        self._known: dict[str, Found] = {}

    def find(self, said: str) -> Found:
        """The picture that the tree calls `said`: a path, a URI reference, or a Windows path."""
        if said not in self._known:
            self._known[said] = self._find(said.strip())
        return self._known[said]

    def exactly(self, said: str) -> Found:
        """The file at just this place below the tree's folder."""
        way = _Wanted(tuple(said.split("/")))
        return self._file(way) or Found(problem="missing-file")

    def _find(self, said: str) -> Found:
        if _WEB.match(said):
            return Found(problem="web")
        ways = [_wanted(text) for text in _readings(said)]
        ways = [way for way in ways if way.parts]
        for way in ways:
            if found := self._entry(way) or self._file(way):
                return found
        for way in ways:
            if found := self._named(way):
                return found
        led_out = any((way.start or way.climbs) and not way.foreign for way in ways)
        return Found(problem="outside" if led_out else "missing-file")

    def _entry(self, way: _Wanted) -> Found | None:
        """An entry of the archive at exactly this place; entries that climb out are never taken."""
        name = "/".join(way.parts)
        if way.start or way.climbs or name not in self._inside_archive:
            return None
        return Found(archive_name=self._inside_archive[name])

    def _file(self, way: _Wanted) -> Found | None:
        for root in self._roots:
            for folder in (self.first_folder, "") if self.first_folder else ("",):
                place = os.path.normpath(Path(root, folder, way.start, *way.parts))
                if not way.foreign and (found := self._checked(Path(place))):
                    return found
        return None

    def _checked(self, place: Path) -> Found | None:
        """The file at `place` if it lies in a named folder; links are followed to see where to."""
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

    def _named(self, way: _Wanted) -> Found | None:
        """By name alone; of several of one name, that whose folders agree most, else none."""
        if self._entries is None:
            self._entries = _by_name(PurePosixPath(name) for name in self._inside_archive)
        if self._files is None:
            self._files = _by_name(self._walk())
        key = _folded(way.parts[-1])
        entry = _best(self._entries.get(key, []), way)
        if entry is not None:
            return Found(archive_name=self._inside_archive[str(entry)])
        files = self._files.get(key, [])
        path = _best(files, way)
        if path is None and files:
            name = printable_name(files[0].name)
            self._warn(f"{len(files)} files are called {name}, and the tree does not say which")
        return self._checked(path) if path is not None else None

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _walk(self) -> Iterable[Path]:
        """Files below the named folders; of the tree's own folder only its first three levels.

        A tree may lie in a home folder; the folders of ``--media`` were named for the pictures.
        """
        count = 0
        seen: set[str] = set()  # a named folder may lie in another
        for index, root in enumerate(self._roots):
            for folder, below, names in os.walk(root):
                below[:] = sorted(name for name in below if not name.startswith("."))
                if index == 0 and len(Path(folder).relative_to(root).parts) >= _OWN_FOLDER_DEPTH:
                    below.clear()
                for name in () if folder in seen else sorted(names):
                    count += 1
                    if count > _MOST_FILES:
                        self._warn(f"looked at {_MOST_FILES} files only; name a smaller --media")
                        return
                    yield Path(folder, name)
                seen.add(folder)


def _by_name(paths: Iterable[_P]) -> dict[str, list[_P]]:
    found: dict[str, list[_P]] = {}
    for path in paths:
        found.setdefault(_folded(path.name), []).append(path)
    return found


def _best(paths: Sequence[_P], way: _Wanted) -> _P | None:
    """The one path that shares the most folders with what is wanted; None for a draw."""
    wanted = [_folded(part) for part in reversed(way.parts)]
    shared = [_shared([_folded(part) for part in reversed(path.parts)], wanted) for path in paths]
    if not shared or shared.count(max(shared)) > 1:
        return None
    return paths[shared.index(max(shared))]


def _shared(names: Sequence[str], wanted: Sequence[str]) -> int:
    count = 0
    for name, other in zip(names, wanted, strict=False):
        if name != other:
            break
        count += 1
    return count


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_safe_entry(name: str) -> bool:
    """Whether the name of an archive's entry stays below the folder that it is unpacked in."""
    way = _wanted(name)
    return bool(way.parts) and not (way.start or way.climbs or "\0" in name)


def _readings(said: str) -> list[str]:
    """What a tree may mean: the text itself, and the same with its percent escapes undone."""
    if said.lower().startswith("file:"):
        try:
            url = urlsplit(said)
            host, path = url.netloc, url.path
        except ValueError:
            return [said]
        if host.lower() in ("", "localhost"):
            return [unquote(path)]
        return [f"//{host}{unquote(path)}"]
    plain = unquote(said)
    return [said] if plain == said else [said, plain]


def _wanted(text: str) -> _Wanted:
    """Cut a path into its parts; backslashes count as separators, for that is what they are."""
    slashed = text.replace("\\", "/")
    drive = _DRIVE.match(slashed)
    rest = slashed[drive.end() if drive else 0 :]
    if drive:
        start = f"{drive.group().lstrip('/')}/"
    else:
        start = "//" if rest.startswith("//") else "/" if rest.startswith("/") else ""
    parts = rest.split("/")
    return _Wanted(
        parts=tuple(part for part in parts if part not in ("", ".")) if parts[-1] else (),
        start=start,
        foreign=start not in ("", "/") and os.name != "nt",
    )
