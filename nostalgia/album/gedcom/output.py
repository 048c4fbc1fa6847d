"""The user's tree with the new clips in it, as a new file; the user's own is never touched.

Each clip is a media object of its own, linked to its person, with a note on how it was made and a
source that names the photograph. Everything else stays as it is, byte for byte, unless the file's
encoding lacks a letter of the new lines; then the whole is written in UTF-8.
"""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from nostalgia.album.gedcom.gedzip import copy_gedzip, free_folder
from nostalgia.album.gedcom.new_tree import young_tree
from nostalgia.album.gedcom.records import ClipRecords
from nostalgia.album.gedcom.text import TreeText, read_tree_text
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.trees.opening import open_plain
from nostalgia.errors import UsageError
from nostalgia.files import printable_name, whole_file

_GEDCOM, _GEDZIP = ".ged", ".gdz"


def tree_with_clips(tree_path: Path, into: Path) -> Path:
    """Where `write_tree_with_clips` writes the new tree."""
    suffix = _GEDZIP if tree_path.suffix.lower() == _GEDZIP else _GEDCOM
    return into / f"{tree_path.stem}.nostalgia{suffix}"


def write_tree_with_clips(
    tree_path: Path, entries: Sequence[AlbumEntry], folder: Path, into: Path | None = None
) -> Path:
    """Write ``family.nostalgia.ged`` (``.gdz`` for a GEDZIP), in place of an earlier one.

    GEDCOM keeps its version. Of another form of tree (Gramps, CSV), a GEDCOM 7 file is made that
    holds the persons who have a clip, and nobody else.

    Args:
        tree_path: the user's tree.
        entries: of the batch; those with a clip and a person are taken.
        folder: the album's, which the clips' paths start from.
        into: where the new tree goes, None = into `folder`. A tree names living people, an album
            to be given away should not: keep them apart.

    Returns:
        The path of the new tree.

    Raises:
        InputError: the tree cannot be read.
        EncodingError: the new one cannot be written.
        UsageError: it would be the user's own file, or a clip lies outside `folder`.
    """
    into = into or folder
    done = [entry for entry in entries if entry.status == "done" and entry.clip and entry.person_id]
    suffix = tree_path.suffix.lower()
    target = tree_with_clips(tree_path, into)
    if target.exists() and tree_path.exists() and target.samefile(tree_path):
        raise UsageError(f"{printable_name(target)}: is the tree itself; choose another folder")
    if suffix == _GEDZIP:
        with whole_file(target, "tree") as partial:
            start = free_folder(tree_path, [entry.clip for entry in done])
            more = {str(PurePosixPath(start, entry.clip)): folder / entry.clip for entry in done}
            copy_gedzip(tree_path, partial, lambda tree: _grown(tree, done, start), more)
        return target
    start = Path(os.path.relpath(folder, into)).as_posix()
    if suffix == _GEDCOM:
        with open_plain(tree_path) as file:
            content = _grown(file.read(), done, start)
    else:
        content = young_tree(done, start)
    with whole_file(target, "tree") as partial:
        partial.write_bytes(content)
    return target


def _grown(content: bytes, entries: Sequence[AlbumEntry], start: str) -> bytes:
    text = read_tree_text(content)
    if not text.lines:
        return content
    try:
        return _with_clips(text, entries, start).content()
    except UnicodeEncodeError:
        return _with_clips(text.as_utf8(), entries, start).content()


def _with_clips(text: TreeText, entries: Sequence[AlbumEntry], start: str) -> TreeText:
    made = ClipRecords(text, start)
    for entry in entries:
        made.add(entry)
    return text.with_lines(made.additions())
