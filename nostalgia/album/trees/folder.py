"""A folder of photos read as a tree: its people are the names in the photos' XMP."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nostalgia.album.trees.face_regions import face_regions
from nostalgia.album.trees.identifiers import folded_name, id_of_name
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import InputError
from nostalgia.files import PHOTO_SUFFIXES, printable_name

_CLIP_MARK = ".nostalgia."
_MAX_PHOTOS = 200_000
_REASON = "a folder records no births or deaths: unknown means living"


def read_folder(folder: Path, globs: Sequence[str] = ("**/*",)) -> FamilyTree:
    """The photos in a folder: a link for each face region, and one for each photo without any.

    Links of photos and faces without a name have no person. Hidden files and nostalgia's own clips
    are left out.

    Args:
        folder: folder of the photos.
        globs: patterns below the folder; one with a suffix takes files of any kind.

    Raises:
        InputError: the folder does not exist, or a pattern leads out of it.
    """
    if not folder.is_dir():
        raise InputError(f"{printable_name(folder)}: no such folder; check the name")
    finder = MediaFinder(folder)
    persons: dict[str, Person] = {}
    links: list[PhotoLink] = []
    photos = _photos(folder, globs)
    for photo in photos:
        links += _links(photo.relative_to(folder).as_posix(), finder, persons)
    return FamilyTree(
        path=folder,
        form="folder",
        version="",
        persons=tuple(persons.values()),
        links=tuple(links),
        media_objects=len(photos),
        warnings=tuple(finder.warnings),
    )


def _photos(folder: Path, globs: Sequence[str]) -> list[Path]:
    found: dict[Path, None] = {}
    for pattern in globs:
        any_kind = bool(Path(pattern).suffix) and not pattern.endswith(".*")
        for path in _matches(folder, pattern):
            if (any_kind or path.suffix.lower() in PHOTO_SUFFIXES) and _is_input(path, folder):
                found[path] = None
            if len(found) > _MAX_PHOTOS:
                raise InputError(
                    f"{printable_name(folder)}: more than {_MAX_PHOTOS} photos; name a smaller"
                    " folder"
                )
    return sorted(found, key=lambda photo: os.fsencode(photo))


def _is_input(path: Path, folder: Path) -> bool:
    """True unless `path` is a folder, is hidden, or is a clip that nostalgia wrote."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and _CLIP_MARK not in path.name and not path.is_dir()


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
