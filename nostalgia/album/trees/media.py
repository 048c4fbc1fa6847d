"""Find the file that a tree refers to, without ever looking outside the permitted folders.

The permitted folders are the tree's own and the media folders that the user named. A reference may
be a path on another computer, a web address or a trap, so a path that leads elsewhere is not even
tried. Then the permitted folders are searched for the file name; of several files with this name,
the one whose folders agree best with the reference is meant. Where several agree equally, copies
of one file are one, and different files are none: the right picture or none.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nostalgia.album.trees.left_out import LeftOut, is_system_name
from nostalgia.album.trees.name_index import NameIndex, Tail
from nostalgia.album.trees.references import (
    Reference,
    is_web_address,
    parsed,
    readings,
    stem_key,
    usual_key,
)
from nostalgia.errors import InputError
from nostalgia.files import printable_name, sha256_of

_MAX_FILES = 200_000
_OWN_FOLDER_DEPTH = 3
_MOST_COPIES = 32
_COMPARED_BYTES = 4 << 30
_MOST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Location of a picture: a file, an entry of the tree's archive, or the problem with it.

    places: for an "ambiguous" one, the files that it may be, below the permitted folders.
    """

    path: Path | None = None
    archive_name: str = ""
    problem: str = ""
    places: tuple[str, ...] = ()


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
            "/".join(parsed(name).parts): name for name in self.archive if is_safe_entry(name)
        }
        self._walked: list[Path] | None = None
        self._files: NameIndex[Path] | None = None
        self._files_by_stem: NameIndex[Path] | None = None
        self._files_by_suffix: NameIndex[Path] | None = None
        self._entries: NameIndex[PurePosixPath] | None = None
        self._known: dict[str, Found] = {}
        self._decided: dict[tuple[str, Tail], Found | None] = {}
        self._left_to_compare = _COMPARED_BYTES

    def find(self, reference: str) -> Found:
        """The picture of a reference: a path of any system, a URI, or a web address."""
        if reference not in self._known:
            self._known[reference] = self._find(reference.strip())
        return self._known[reference]

    def find_at(self, place: str) -> Found:
        """The file at exactly this path below the tree's folder, with forward slashes."""
        found = self._file(Reference(tuple(place.split("/"))))
        return found or Found(problem="missing-file")

    def _find(self, text: str) -> Found:
        meanings = readings(text)
        for reading in meanings:
            if found := self._entry(reading) or self._file(reading):
                return found
        for reading in meanings:
            if found := self._same_name(reading):
                return found
        for reading in meanings:
            if found := self._other_suffix(reading):
                return found
        if is_web_address(text):
            return Found(problem="web")
        outside = any((path.start or path.climbs) and not path.foreign for path in meanings)
        return Found(problem="outside" if outside else "missing-file")

    def _entry(self, wanted: Reference) -> Found | None:
        """The entry of the archive at exactly this path, unless it leads out of the archive."""
        name = "/".join(wanted.parts)
        if wanted.start or wanted.climbs or name not in self._inside_archive:
            return None
        return Found(archive_name=self._inside_archive[name])

    def _file(self, wanted: Reference) -> Found | None:
        """The file at exactly this path: below the tree's own folder, else below the others."""
        if wanted.foreign:
            return None
        others: dict[Path, Found] = {}
        for root in self._roots:
            for folder in (self.base_folder, "") if self.base_folder else ("",):
                place = Path(os.path.normpath(Path(root, folder, wanted.start, *wanted.parts)))
                if found := self._checked(place):
                    if root == self._roots[0] or wanted.start:
                        return found
                    others[place] = found
        return self._one_of(list(others))

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

    def _same_name(self, wanted: Reference) -> Found | None:
        """The file or entry with this name whose folders agree best."""
        if self._entries is None:
            names = (name for name in self._inside_archive if not _is_system_entry(name))
            self._entries = NameIndex(PurePosixPath(name) for name in names)
        if self._files is None:
            self._files = NameIndex(self._all_files())
        _, entries = self._entries.closest(wanted.parts)
        if len(entries) == 1:
            return Found(archive_name=self._inside_archive[str(entries[0])])
        if entries:
            return _ambiguous([str(entry) for entry in entries])
        found = self._decision(self._files, wanted, "name")
        if found is None and wanted.any_suffix:
            if self._files_by_stem is None:
                self._files_by_stem = NameIndex(self._all_files(), stem_key)
            found = self._decision(self._files_by_stem, wanted, "stem")
        return found

    def _other_suffix(self, wanted: Reference) -> Found | None:
        """The file with this name but another spelling of its suffix, such as jpeg."""
        if self._files_by_suffix is None:
            self._files_by_suffix = NameIndex(self._all_files(), usual_key)
        return self._decision(self._files_by_suffix, wanted, "suffix")

    def _decision(self, index: NameIndex[Path], wanted: Reference, kind: str) -> Found | None:
        """The file of an index that is meant; kind: of the index's keys."""
        tail, paths = index.closest(wanted.parts)
        key = (kind, tail)
        if key not in self._decided:
            self._decided[key] = self._one_of(paths)
        return self._decided[key]

    def _one_of(self, paths: Sequence[Path]) -> Found | None:
        """The only file among several, copies of one counting as one."""
        checked = [found for found in map(self._checked, paths) if found is not None]
        files = [found.path for found in checked if found.path is not None]
        if not files:
            return checked[0] if checked else None
        if len(files) == 1 or self._are_copies(files):
            return Found(path=files[0])
        return _ambiguous([self._place(path) for path in files])

    def _are_copies(self, files: Sequence[Path]) -> bool:
        """True if all files have the same bytes; False if that would take long to find out."""
        if len(files) > _MOST_COPIES:
            return False
        try:
            real = {Path(os.path.realpath(path)) for path in files}
            sizes = {path.stat().st_size for path in real}
            self._left_to_compare -= sum(sizes) * len(real)
            if len(real) == 1:
                return True
            if len(sizes) > 1 or self._left_to_compare < 0:
                return False
            return len({sha256_of(path) for path in real}) == 1
        except (OSError, InputError):
            return False

    def _place(self, path: Path) -> str:
        """Path below the permitted folder that contains it, which is named if there are others."""
        root = max((r for r in self._roots if path.is_relative_to(r)), key=lambda r: len(r.parts))
        below = path.relative_to(root if len(self._roots) == 1 else root.parent)
        return below.as_posix()

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _all_files(self) -> Sequence[Path]:
        if self._walked is None:
            self._walked = list(self._walk())
        return self._walked

    def _walk(self) -> Iterator[Path]:
        """Files below the permitted folders; of the tree's own only the first three levels.

        A tree may be in a home folder; media folders were named for their pictures.
        """
        count = 0
        seen: set[str] = set()  # one permitted folder may contain another
        for index, root in enumerate(self._roots):
            left_out = LeftOut(root)
            for folder, below, names in os.walk(root):
                place = Path(folder)
                below[:] = sorted(n for n in below if not left_out.reason_for_folder(place / n))
                if index == 0 and len(place.relative_to(root).parts) >= _OWN_FOLDER_DEPTH:
                    below.clear()
                for name in () if folder in seen else sorted(names):
                    if left_out.reason_for_file(place / name):
                        continue
                    count += 1
                    if count > _MAX_FILES:
                        self._warn(
                            f"searched only {_MAX_FILES} files; name a smaller folder of pictures"
                        )
                        return
                    yield place / name
                seen.add(folder)


def _ambiguous(places: Sequence[str]) -> Found:
    shown = [printable_name(place) for place in places[:_MOST_PLACES]]
    if len(places) > _MOST_PLACES:
        shown.append(f"{len(places) - _MOST_PLACES} more")
    return Found(problem="ambiguous", places=tuple(shown))


def is_safe_entry(name: str) -> bool:
    """True if an entry of an archive with this name stays below the folder it is unpacked into."""
    path = parsed(name)
    return bool(path.parts) and not (path.start or path.climbs or "\0" in name)


def _is_system_entry(name: str) -> bool:
    *folders, file = name.split("/")
    return file.startswith(".") or any(map(is_system_name, folders))
