"""Read a tree of any form: the file's name suggests the form, its first bytes decide."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO

from nostalgia.album.trees.archives import (
    GEDZIP_TREE,
    GZIP_SIGNATURE,
    ArchiveContents,
    opened_gedzip,
    opened_gramps_package,
)
from nostalgia.album.trees.folder import read_folder
from nostalgia.album.trees.limits import check_tree_size
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree
from nostalgia.album.trees.privacy import without_private
from nostalgia.errors import InputError, option
from nostalgia.files import open_regular_file, printable_name

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
_ZIP_SIGNATURE = b"PK"
_XML_SIGNATURES = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<")


def read_tree(
    path: Path, media_folders: Sequence[Path] = (), *, today: date | None = None
) -> FamilyTree:
    """Read a family tree, a table of photos, or a folder of photos.

    Args:
        path: GEDCOM, GEDZIP, Gramps XML or package, CSV, or a folder.
        media_folders: other folders to search for pictures. Nothing outside these and the tree's
            own folder is ever opened.
        today: the day for which the living guard decides; None for the current one.

    Raises:
        InputError: the file is not a tree, or is too damaged to read.
    """
    path = Path(path)
    today = today or date.today()
    if path.is_dir():
        return without_private(read_folder(path))
    for folder in media_folders:
        if not folder.is_dir():
            raise InputError(f"{printable_name(folder)}: no such folder; check {option('media')}")
    with open_regular_file(path, "tree, a table or a folder of photos") as file:
        finder = MediaFinder(path.parent, tuple(media_folders))
        return without_private(_read(path, file, finder, today))


def _read(path: Path, file: IO[bytes], finder: MediaFinder, today: date) -> FamilyTree:
    from nostalgia.album.trees.gedcom import read_gedcom
    from nostalgia.album.trees.gramps import read_gramps
    from nostalgia.album.trees.table import read_table

    suffix, start = path.suffix.lower(), file.read(4)
    if not start:
        raise InputError(f"{printable_name(path)}: is empty; export the tree again")
    if suffix == ".gpkg":
        with opened_gramps_package(path) as (contents, packed):
            tree = read_gramps(path, packed, _with_archive(finder, contents), today)
            return _checked(tree, contents)
    if suffix == ".gdz" or (start.startswith(_ZIP_SIGNATURE) and suffix not in TABLE_SUFFIXES):
        with opened_gedzip(path) as (contents, packed):
            tree = read_gedcom(path, packed, _with_archive(finder, contents), today, "gedzip")
            return _checked(tree, contents)
    check_tree_size(path, file)
    if suffix in TABLE_SUFFIXES:
        return read_table(path, file, finder, today)
    if suffix == ".gramps" or start.startswith((GZIP_SIGNATURE, *_XML_SIGNATURES)):
        return read_gramps(path, file, finder, today)
    return read_gedcom(path, file, finder, today)


def _with_archive(finder: MediaFinder, contents: ArchiveContents) -> MediaFinder:
    names = set(contents.names) - {GEDZIP_TREE}
    return MediaFinder(finder.tree_folder, finder.media_folders, archive=names)


def _checked(tree: FamilyTree, contents: ArchiveContents) -> FamilyTree:
    """The tree with the problems of its archive noted."""
    links = tuple(
        replace(link, problem="unreadable") if link.archive_name in contents.too_large else link
        for link in tree.links
    )
    return replace(tree, links=links, warnings=tree.warnings + contents.warnings)
