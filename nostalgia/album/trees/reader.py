"""Read a tree, whatever kind of file it is: its name says what is meant, its first bytes decide."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import IO

from nostalgia.album.trees.archives import (
    GEDZIP_TREE,
    Contents,
    gpkg_contents,
    open_packaged_tree,
    open_zipped_tree,
    zip_contents,
)
from nostalgia.album.trees.folder import read_folder
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree
from nostalgia.album.trees.opening import open_plain
from nostalgia.errors import InputError
from nostalgia.files import printable_name

TABLES = (".csv", ".tsv", ".txt")
_ZIP = b"PK"
_GZIP = b"\x1f\x8b"
_XML = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<")


def read_tree(
    path: Path, media_folders: Sequence[Path] = (), *, today: date | None = None
) -> FamilyTree:
    """Read a family tree, a table of photos, or a folder of photos.

    media_folders: where else pictures may lie; together with the tree's own folder they are all
    that is ever looked at. today: the day on which people are living or not.

    Raises:
        InputError: it is nothing that can be read as a tree, or is damaged beyond reading.
    """
    path = Path(path)
    today = today or date.today()
    if path.is_dir():
        return read_folder(path)
    for folder in media_folders:
        if not folder.is_dir():
            raise InputError(f"{printable_name(folder)}: no such folder of pictures; check --media")
    with open_plain(path) as file:
        return _read(path, file, MediaFinder(path.parent, tuple(media_folders)), today)


def _read(path: Path, file: IO[bytes], finder: MediaFinder, today: date) -> FamilyTree:
    from nostalgia.album.trees.gedcom import read_gedcom
    from nostalgia.album.trees.gramps import read_gramps
    from nostalgia.album.trees.table import read_table

    said, suffix = printable_name(path), path.suffix.lower()
    start = file.read(4)
    if not start:
        raise InputError(f"{said}: is empty; export the tree again")
    if suffix in TABLES:
        return read_table(path, file, finder, today)
    if suffix == ".gpkg":
        contents = gpkg_contents(path)
        with open_packaged_tree(path) as tree:
            return _marked(read_gramps(path, tree, _inside(finder, contents), today), contents)
    if suffix == ".gdz" or start.startswith(_ZIP):
        contents = zip_contents(path)
        with open_zipped_tree(path) as tree:
            return _marked(
                read_gedcom(path, tree, _inside(finder, contents), today, "gedzip"), contents
            )
    if suffix == ".gramps" or start.startswith((_GZIP, *_XML)):
        return read_gramps(path, file, finder, today)
    return read_gedcom(path, file, finder, today)


def _inside(finder: MediaFinder, contents: Contents) -> MediaFinder:
    names = set(contents.names) - {GEDZIP_TREE}
    return MediaFinder(finder.tree_folder, finder.media_folders, archive=names)


def _marked(tree: FamilyTree, contents: Contents) -> FamilyTree:
    """The tree with what is odd about its archive."""
    from dataclasses import replace

    links = tuple(
        replace(link, problem="unreadable") if link.archive_name in contents.too_large else link
        for link in tree.links
    )
    return replace(tree, links=links, warnings=tree.warnings + contents.warnings)
