"""The files of a batch's folder, which may have come from somebody else and hold links.

A link in the place of a file or folder of ours would let us write, delete or read elsewhere.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from nostalgia.album.batch.choices_file import CHOICES_FILE
from nostalgia.album.batch.request import (
    CLIPS,
    JOURNAL_FILE,
    LEFT_OUT_FOLDER,
    POSTERS,
    STILLS,
    UNPACKED,
    WHOLE_PHOTOS,
)
from nostalgia.album.pages.saved_album import ALBUM
from nostalgia.errors import InputError, option
from nostalgia.files import CLIP_FORMATS, printable_name

LOCK_FILE = ".journal.lock"
CLIP_SUFFIXES = tuple(f".{name}" for name in CLIP_FORMATS)

_JOURNAL_FILES = (f"{JOURNAL_FILE}{end}" for end in ("", "-journal", "-wal", "-shm"))
_FILES = (LOCK_FILE, CHOICES_FILE, *_JOURNAL_FILES)
_PICTURE_FOLDERS = (CLIPS, POSTERS, WHOLE_PHOTOS, STILLS)
_FOLDERS = (
    UNPACKED,
    *(
        place
        for above in (ALBUM, LEFT_OUT_FOLDER)
        for place in (above, *(f"{above}/{folder}" for folder in _PICTURE_FOLDERS))
    ),
)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\0]')
_SUPER_JOURNAL_MARK = bytes.fromhex("d9d505f920a163d7")


def refuse_links(folder: Path) -> None:
    """Check that nothing in a batch's folder leads out of it.

    Raises:
        InputError: the journal, the choices or a folder of clips is a link or a pipe, or the
            journal's log names another file.
    """
    odd = [place for place in _FILES if os.path.lexists(folder / place)]
    odd = [place for place in odd if not is_plain_file(folder / place)]
    for place in (*odd, *_FOLDERS):
        if place in odd or is_link(folder / place):
            raise InputError(
                f"{printable_name(folder)}: {place} in it is a link or a pipe, which could lead to"
                f" files of others; delete it, or choose another {option('output')} folder"
            )
    log = folder / f"{JOURNAL_FILE}-journal"
    if log.is_file() and log.read_bytes()[-len(_SUPER_JOURNAL_MARK) :] == _SUPER_JOURNAL_MARK:
        raise InputError(  # SQLite would delete the file that it names
            f"{printable_name(folder)}: {log.name} in it was not written by nostalgia; move it and"
            f" {JOURNAL_FILE} away, and the batch starts afresh"
        )


def is_link(path: Path) -> bool:
    """True for a symbolic link or a junction, whether or not it leads to anything."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return False
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
    is_junction = junction is not None and getattr(found, "st_reparse_tag", 0) == junction
    return stat.S_ISLNK(found.st_mode) or is_junction


def is_plain_file(path: Path) -> bool:
    """True for a file that is no link."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def is_stem(name: str) -> bool:
    """True for what can be a clip's name without suffix: one part of a path, not hidden."""
    return _FORBIDDEN.search(name) is None and not name.startswith(".")


def plain_files_below(folder: Path) -> Iterator[Path]:
    """All files below a folder; links are files here, whatever they lead to."""
    for above, folders, names in os.walk(folder):
        links = [name for name in folders if is_link(Path(above, name))]
        folders[:] = [name for name in folders if name not in links]
        yield from (Path(above, name) for name in (*names, *links))
