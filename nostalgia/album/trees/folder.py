"""A folder of photos, taken as a tree: who is on them is known where the photos say it in XMP."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nostalgia.album.trees.face_regions import face_regions
from nostalgia.album.trees.identifiers import id_of_name
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.album.trees.names import folded_name
from nostalgia.errors import InputError
from nostalgia.files import printable_name

PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .tif .tiff .webp .bmp .gif .heic .heif .avif".split()
)
_OWN_MARK = ".nostalgia."
_MOST_PHOTOS = 200_000
_WHY = "a folder says nothing of births and deaths: unknown means living"


def read_folder(folder: Path, globs: Sequence[str] = ("**/*",)) -> FamilyTree:
    """The photos in a folder; a link for each face region, and one for a photo without any.

    globs: patterns below the folder; those that name a suffix take files of any kind. Hidden files
    and what nostalgia itself wrote are left out. Persons are the names in the photos' XMP, with
    nothing known of their lives; links of photos and faces without a name have no person.

    Raises:
        InputError: the folder is not there, or a pattern leads out of it.
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
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise InputError(f"{printable_name(pattern)}: leads out of the folder; name that one")
        for photo in _matches(folder, pattern):
            hidden = any(part.startswith(".") for part in photo.relative_to(folder).parts)
            taken = any_kind or photo.suffix.lower() in PHOTO_SUFFIXES
            if taken and not hidden and _OWN_MARK not in photo.name and not photo.is_dir():
                found[photo] = None
            if len(found) > _MOST_PHOTOS:
                raise InputError(
                    f"{printable_name(folder)}: more than {_MOST_PHOTOS} photos; name a smaller"
                    " folder"
                )
    return sorted(found, key=lambda photo: os.fsencode(photo))


def _matches(folder: Path, pattern: str) -> Iterator[Path]:
    try:
        yield from folder.glob(pattern)
    except (ValueError, re.error) as exc:
        raise InputError(
            f"{printable_name(pattern)}: is no pattern for files ({exc}); try: **/*.jpg"
        ) from exc


def _links(said: str, finder: MediaFinder, persons: dict[str, Person]) -> Iterator[PhotoLink]:
    found = finder.exactly(said)
    regions = face_regions(found.path) if found.path else ()
    for region in regions:
        person_id = id_of_name(folded_name(region.name)) if region.name else ""
        if person_id:
            persons.setdefault(person_id, Person(person_id, region.name, why=_WHY))
        yield PhotoLink(
            person_id, said, found.path, crop_share=region.share, region_name=region.name
        )
    if not regions:
        yield PhotoLink("", said, found.path, problem=found.problem)
