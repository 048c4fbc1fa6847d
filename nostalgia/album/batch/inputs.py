"""The input of a batch as a tree, whatever it is, with its pictures as files."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from nostalgia.album.batch.journal import stamp_of
from nostalgia.album.batch.planning import ANIMATE, PlanItem
from nostalgia.album.batch.request import UNPACKED, BatchRequest
from nostalgia.album.trees.archives import extract_media
from nostalgia.album.trees.face_regions import with_named_regions
from nostalgia.album.trees.folder import read_folder
from nostalgia.album.trees.model import FamilyTree, PhotoLink
from nostalgia.album.trees.reader import read_tree
from nostalgia.errors import InputError, UsageError
from nostalgia.files import PHOTO_SUFFIXES, printable_name


def read_input(request: BatchRequest) -> FamilyTree:
    """Read a folder, a CSV or a tree file.

    Raises:
        InputError: it cannot be read. UsageError: it is a photo.
    """
    if not request.source.exists():
        raise InputError(f"{printable_name(request.source)}: no such file or folder")
    if request.source.suffix.lower() in PHOTO_SUFFIXES and request.source.is_file():
        raise UsageError(
            f"{printable_name(request.source)}: is one photo; type: nostalgia animate, or name its"
            " folder"
        )
    if request.source.is_dir():
        return read_folder(request.source, (request.glob,))
    return _with_names(read_tree(request.source, request.media))


def unpack(tree: FamilyTree, items: Iterable[PlanItem], output: Path) -> FamilyTree:
    """The tree with the pictures that shall move as files, if it brings its pictures along.

    A picture that cannot be unpacked becomes one that cannot be read.
    """
    wanted = {item.link for item in items if item.status == ANIMATE and item.link.path is None}
    if not wanted:
        return tree
    mark = hashlib.sha256(stamp_of(tree.path).encode()).hexdigest()[:12]
    folder = output / UNPACKED / mark
    for other in (output / UNPACKED).glob("*"):
        if other != folder:  # of an archive that has changed since
            shutil.rmtree(other, ignore_errors=True)
    links = (_unpacked(tree, link, folder) if link in wanted else link for link in tree.links)
    return _with_names(replace(tree, links=tuple(links)))


def _unpacked(tree: FamilyTree, link: PhotoLink, folder: Path) -> PhotoLink:
    try:
        return replace(link, path=extract_media(tree, link, folder))
    except InputError:
        return replace(link, problem="unreadable", archive_name="")


def _with_names(tree: FamilyTree) -> FamilyTree:
    """The tree with the faces that bear its people's names inside the photos themselves."""
    people = {person.id: person for person in tree.persons}
    links = (
        with_named_regions(link, people[link.person_id]) if link.person_id in people else link
        for link in tree.links
    )
    return replace(tree, links=tuple(links))
