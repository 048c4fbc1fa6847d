"""Input of a batch as a tree with its pictures as files, whatever its format."""

import hashlib
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from nostalgia.album.batch.file_hashes import stamp_of
from nostalgia.album.batch.request import UNPACKED, BatchRequest
from nostalgia.album.batch.unpacked import is_proven
from nostalgia.album.trees.archives import extract_pictures, places_of_pictures
from nostalgia.album.trees.doubtful import without_doubtful
from nostalgia.album.trees.face_regions import face_regions, with_named_regions
from nostalgia.album.trees.folder import is_picture_file, read_folder
from nostalgia.album.trees.model import FamilyTree, PhotoLink
from nostalgia.album.trees.privacy import without_private
from nostalgia.album.trees.reader import read_tree
from nostalgia.errors import InputError, UsageError
from nostalgia.files import printable_name


def read_input(request: BatchRequest) -> FamilyTree:
    """Read a folder, a CSV or a tree file.

    Raises:
        InputError: it cannot be read. UsageError: it is a photo.
    """
    name = printable_name(request.source)
    if not request.source.exists():
        raise InputError(f"{name}: no such file or folder")
    if request.source.is_file() and is_picture_file(request.source):
        raise UsageError(f"{name}: is one photo; run `nostalgia animate`, or name its folder")
    if request.source.is_dir():
        return without_private(read_folder(request.source, (request.glob,)))
    tree = read_tree(request.source, request.media)
    return _with_named_faces(replace(tree, links=without_doubtful(tree.links)))


def unpack(tree: FamilyTree, links: Collection[PhotoLink], output: Path) -> FamilyTree:
    """The tree with some of its archived pictures unpacked into files.

    A picture that cannot be unpacked becomes an unreadable one.

    Args:
        tree: with or without an archive of pictures.
        links: those whose pictures are needed as files.
        output: folder of the batch.
    """
    wanted = _archived(links)
    if not wanted:
        return tree
    folder = _folder_of(tree, output)
    for other in (output / UNPACKED).glob("*"):
        if other != folder:  # in an archive that has changed since
            shutil.rmtree(other, ignore_errors=True)
    files = extract_pictures(tree.path, wanted, folder)
    unpacked = (
        _unpacked(link, files) if link.path is None and link.archive_name in wanted else link
        for link in tree.links
    )
    return _with_named_faces(replace(tree, links=tuple(unpacked)))


def unpacked_before(
    tree: FamilyTree,
    links: Collection[PhotoLink],
    output: Path,
    stamps: Mapping[str, tuple[str, str]],
) -> FamilyTree:
    """The tree with those archived pictures as files that an earlier run has unpacked.

    links, output: see `unpack`. stamps: of the journal.
    """
    places = places_of_pictures(_archived(links), _folder_of(tree, output))
    files = {name: path for name, path in places.items() if is_proven(path, stamps)}
    if not files:
        return tree
    found = (
        replace(link, path=files.get(link.archive_name)) if link.path is None else link
        for link in tree.links
    )
    return _with_named_faces(replace(tree, links=tuple(found)))


def _archived(links: Collection[PhotoLink]) -> Collection[str]:
    return {link.archive_name for link in links if link.path is None and link.archive_name}


def _folder_of(tree: FamilyTree, output: Path) -> Path:
    mark = hashlib.sha256(stamp_of(tree.path).encode()).hexdigest()[:12]
    return output / UNPACKED / mark


def _unpacked(link: PhotoLink, files: Mapping[str, Path]) -> PhotoLink:
    path = files.get(link.archive_name)
    if path is None:
        return replace(link, problem="unreadable", archive_name="")
    return replace(link, path=path)


def _with_named_faces(tree: FamilyTree) -> FamilyTree:
    """The tree with the face regions inside its photos that carry its people's names."""
    people = {person.id: person for person in tree.persons}
    regions_of = cache(face_regions)
    links = (
        with_named_regions(link, people[link.person_id], regions_of)
        if link.person_id in people
        else link
        for link in tree.links
    )
    return replace(tree, links=tuple(links))
