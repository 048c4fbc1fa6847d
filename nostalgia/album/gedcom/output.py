"""The user's tree with the new clips added, as a new file; the user's own is never changed.

Each clip becomes a media object linked to its person, with a note on how it was made and a source
for the photograph. Everything else is preserved byte for byte, also text that is damaged or wrongly
declared: new lines are added in the encoding that the file is in, and nothing is converted.

The tree names everybody, the living and the private too: it belongs beside the album, not in it.
What is added to it says no more than the album does.
"""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from nostalgia.album.gedcom.gedzip import copy_gedzip, free_folder
from nostalgia.album.gedcom.new_tree import new_tree
from nostalgia.album.gedcom.records import ClipRecords
from nostalgia.album.gedcom.text import read_tree_text
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.trees.limits import check_tree_size
from nostalgia.errors import UsageError
from nostalgia.files import open_regular_file, printable_name, whole_file, write_whole

_GEDCOM, _GEDZIP = ".ged", ".gdz"


def tree_with_clips(tree_path: Path, into: Path) -> Path:
    """Path of the tree that `write_tree_with_clips` writes."""
    suffix = _GEDZIP if tree_path.suffix.lower() == _GEDZIP else _GEDCOM
    return into / f"{tree_path.stem}.nostalgia{suffix}"


def write_tree_with_clips(
    tree_path: Path, entries: Sequence[AlbumEntry], folder: Path, into: Path | None = None
) -> Path:
    """Write ``family.nostalgia.ged`` (``.gdz`` for a GEDZIP), replacing an earlier one.

    GEDCOM keeps its version. For other forms of trees (Gramps, CSV) the result is a GEDCOM 7 file
    with only the people who have a clip.

    Args:
        tree_path: the user's tree.
        entries: those of the batch; only those with a clip and a person are used.
        folder: the album's, the start of the clips' paths.
        into: folder for the new tree, None for `folder`. Keep the two apart if the album is to be
            given away: a tree names living people.

    Returns:
        The path of the new tree.

    Raises:
        InputError: the tree cannot be read.
        EncodingError: the new tree cannot be written.
        UsageError: the result would overwrite the tree itself, or a clip is outside `folder`.
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
        with open_regular_file(tree_path, "GEDCOM file") as file:
            check_tree_size(tree_path, file)
            content = _grown(file.read(), done, start)
    else:
        content = new_tree(done, start)
    write_whole(target, content, "tree")
    return target


def _grown(content: bytes, entries: Sequence[AlbumEntry], start: str) -> bytes:
    text = read_tree_text(content)
    if not text.lines:
        return content
    clips = ClipRecords(text, start)
    for entry in entries:
        clips.add(entry)
    return text.with_lines(clips.additions()).content()
