"""A folder of photos read as a tree: its people are the names in the photos' XMP."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from nostalgia.album.trees.face_regions import face_regions
from nostalgia.album.trees.identifiers import folded_name, id_of_name
from nostalgia.album.trees.left_out import LeftOut
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import InputError, counted
from nostalgia.files import PHOTO_SUFFIXES, open_regular_file, printable_name
from nostalgia.photo.kinds import START_BYTES, kind_of, kind_of_start

_CLIP_MARK = ".nostalgia."
_MAX_FILES = 400_000
_REASON = "a folder records no births or deaths: unknown means living"
_BESIDE_PHOTOS = frozenset(
    ".xmp .ini .db .aae .thm .pp3 .dop .json .lnk .url .md5 .nomedia .part .tmp .sqlite".split()
)
"""Suffixes of files that programs keep beside photos, which nobody takes for photos."""
_MOST_SUFFIXES = 3


def read_folder(folder: Path, globs: Sequence[str] = ("**/*",)) -> FamilyTree:
    """The photos in a folder: a link for each face region, and one for each photo without any.

    Links of photos and faces without a name have no person. Left out are nostalgia's own clips, and
    what `LeftOut` leaves out; the warnings say how many of these there are, and which other files.

    Args:
        folder: folder of the photos.
        globs: patterns below the folder; one with a suffix takes files of any kind.

    Raises:
        InputError: the folder does not exist or has only files that are no photos, or a pattern
            leads out of it.
    """
    if not folder.is_dir():
        raise InputError(f"{printable_name(folder)}: no such folder; check the name")
    finder = MediaFinder(folder)
    left_out, others = LeftOut(folder), Counter[tuple[str, str]]()
    persons: dict[str, Person] = {}
    links: list[PhotoLink] = []
    photos = _photos(finder, globs, left_out, others)
    if others and not photos:
        raise InputError(
            f"{printable_name(folder)}: contains no photo that can be read, only"
            f" {_kinds(others)}; save them as JPEG or PNG, or name another folder"
        )
    for photo in photos:
        links += _links(photo.relative_to(folder).as_posix(), finder, persons)
    return FamilyTree(
        path=folder,
        form="folder",
        version="",
        persons=tuple(persons.values()),
        links=tuple(links),
        media_objects=len(photos),
        warnings=(*finder.warnings, *left_out.warnings(), *_warnings(others)),
    )


def is_picture_file(path: Path) -> bool:
    """True if the suffix or the first bytes are those of a picture, which may yet be damaged.

    Raises:
        InputError: it cannot be opened.
    """
    if path.suffix.lower() in PHOTO_SUFFIXES:
        return True
    with open_regular_file(path, "photo") as file:
        kind = kind_of_start(file.read(START_BYTES))
    # Camera raw files begin like a TIFF; only their suffix tells.
    return kind is not None and not kind.remedy and kind.name == kind_of(path)


def _photos(
    finder: MediaFinder, globs: Sequence[str], left_out: LeftOut, others: Counter[tuple[str, str]]
) -> list[Path]:
    """The photos, sorted. others: counts the other files by kind and suffix."""
    folder = finder.tree_folder
    found: dict[Path, None] = {}
    seen: set[Path] = set()
    for pattern in globs:
        any_kind = bool(Path(pattern).suffix) and not pattern.endswith(".*")
        for path in _matches(folder, pattern):
            if path in seen or _CLIP_MARK in path.name or path.is_dir():
                continue
            if reason := left_out.reason_for_file(path):
                if path.suffix.lower() in PHOTO_SUFFIXES:
                    left_out.count(reason)
                continue
            seen.add(path)
            if len(seen) > _MAX_FILES:
                raise InputError(
                    f"{printable_name(folder)}: more than {_MAX_FILES} files; name a smaller folder"
                )
            if any_kind or path.suffix.lower() in PHOTO_SUFFIXES:
                found[path] = None
            elif finder.find_at(path.relative_to(folder).as_posix()).path is None:
                continue  # a pipe, or a link that leads out of the folder
            elif _is_photo(path):
                found[path] = None
            elif path.suffix.lower() not in _BESIDE_PHOTOS:
                others[kind_of(path), path.suffix.lower()] += 1
    return sorted(found, key=lambda photo: os.fsencode(photo))


def _is_photo(path: Path) -> bool:
    try:
        return is_picture_file(path)
    except InputError:  # no permission
        return False


def _warnings(others: Mapping[tuple[str, str], int]) -> list[str]:
    number = sum(others.values())
    if not number:
        return []
    return [f"{counted(number, 'file was', 'files were')} passed over: {_kinds(others)}"]


def _kinds(others: Mapping[tuple[str, str], int]) -> str:
    """Numbers of files by kind, such as "10 camera raw files (.dng), 2 JPEG XL pictures (.jxl)"."""
    kinds: dict[str, Counter[str]] = {}
    for (kind, suffix), number in others.items():
        kinds.setdefault(kind, Counter())[suffix] += number
    words = []
    for kind, suffixes in sorted(kinds.items(), key=lambda pair: -pair[1].total()):
        named = [printable_name(s, 12) for s, _ in suffixes.most_common(_MOST_SUFFIXES) if s]
        more = [*named, "..."] if len(suffixes) > _MOST_SUFFIXES else named
        phrase = counted(suffixes.total(), kind, f"{kind}s")
        words.append(f"{phrase} ({', '.join(more)})" if more else phrase)
    return ", ".join(words)


def _matches(folder: Path, pattern: str) -> Iterator[Path]:
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise InputError(f"{printable_name(pattern)}: leads out of the folder; name that folder")
    try:
        yield from folder.glob(pattern)
    except (ValueError, re.error) as exc:
        raise InputError(
            f"{printable_name(pattern)}: is not a file pattern ({exc}); try: **/*.jpg"
        ) from exc


def _links(place: str, finder: MediaFinder, persons: dict[str, Person]) -> Iterator[PhotoLink]:
    found = finder.find_at(place)
    regions = face_regions(found.path) if found.path else ()
    for region in regions:
        person_id = id_of_name(folded_name(region.name)) if region.name else ""
        if person_id:
            persons.setdefault(person_id, Person(person_id, region.name, reason=_REASON))
        yield PhotoLink(
            person_id, place, found.path, crop_share=region.share, region_name=region.name
        )
    if not regions:
        yield PhotoLink("", place, found.path, problem=found.problem)
