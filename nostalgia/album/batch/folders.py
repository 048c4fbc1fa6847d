"""Folders of an album's clips and posters, and the names of the clips in them."""

import os
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.request import CLIPS, POSTERS, BatchRequest
from nostalgia.album.batch.tasks import Task
from nostalgia.errors import EncodingError, counted
from nostalgia.files import (
    CLIP_FORMATS,
    folded_file_name,
    printable_name,
    shortened,
    stale_partials,
)

_SUFFIXES = tuple(f".{name}" for name in CLIP_FORMATS)
_STEM_LIMIT_BYTES = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*#%@]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def clip_stem(person: str, photo_stem: str, taken: Container[str]) -> str:
    """Name of a clip without suffix: ``Abraham Lincoln, lincoln-1865``; valid on any file system.

    If the name is taken, ``-2`` and so on follows it. taken: stems in the form of
    `folded_file_name`.
    """
    parts = dict.fromkeys(filter(None, (_safe(part) for part in (person, photo_stem))))
    first = shortened(", ".join(parts) or "photo", _STEM_LIMIT_BYTES)
    stem, number = first, 1
    while folded_file_name(stem) in taken:
        number += 1
        stem = f"{first}-{number}"
    return stem


def _safe(text: str) -> str:
    """A part of a file name without anything that is special to Windows, a shell or a web page."""
    plain = unicodedata.normalize("NFC", text)
    plain = "".join("_" if _is_control(char) else char for char in _SPACES.sub(" ", plain))
    plain = _FORBIDDEN.sub("_", plain).strip(" .").lstrip("-")
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain


def _is_control(char: str) -> bool:
    category = unicodedata.category(char)
    return category.startswith("C") or category in ("Zl", "Zp")


def make_folders(request: BatchRequest) -> None:
    """Make the album's folders, and delete the half-written files of killed workers in them.

    Raises:
        EncodingError: they cannot be made.
    """
    for name in (CLIPS, POSTERS):
        folder = request.album / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise EncodingError(f"{printable_name(folder)}: cannot be created ({exc})") from exc
        for path in folder.glob(".*.partial-*"):
            if path in stale_partials(folder / path.name[1:].partition(".partial-")[0]):
                path.unlink(missing_ok=True)


def remove_clip(request: BatchRequest, row: Row) -> None:
    """Remove clip and poster of a picture that must no longer be in the album."""
    for suffix in _SUFFIXES:
        (request.album / CLIPS / (row.stem + suffix)).unlink(missing_ok=True)
    (request.album / POSTERS / f"{row.stem}.jpg").unlink(missing_ok=True)


def remove_other_formats(task: Task) -> None:
    """Remove the task's earlier clips of other formats."""
    for suffix in _SUFFIXES:
        if suffix != task.clip.suffix:
            task.clip.with_name(task.clip.stem + suffix).unlink(missing_ok=True)


def stray_clip_warnings(request: BatchRequest, rows: Iterable[Row]) -> Sequence[str]:
    """A warning if the album's folder holds clips that are not on its page, else none.

    rows: rows of all pictures in the input.
    """
    known = {folded_file_name(row.stem) for row in rows}
    files = (request.album / CLIPS).glob("[!.]*")
    strays = sorted(file.name for file in files if folded_file_name(file.stem) not in known)
    if not strays:
        return ()
    it, its = ("it is", "it and its poster")
    if len(strays) > 1:
        it, its = ("they are", "them and their posters")
    return (
        f"{CLIPS}/ contains {counted(len(strays), 'clip', 'clips')} of earlier runs, such as"
        f" {printable_name(strays[0])}, which {request.source.name} does not contain: {it} not on"
        f" the page. Delete {its} before you give the album away",
    )


def sync_to_disk(task: Task) -> None:
    """Flush clip and poster, and their names in their folders, to the disk.

    Raises:
        EncodingError: the disk does not accept them.
    """
    try:
        for path in (task.clip, task.poster):
            _sync(path, os.O_RDWR)
            if os.name != "nt":  # Windows cannot open folders, and stores names anyway
                _sync(path.parent, os.O_RDONLY)
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(task.clip)}: cannot be written to the disk ({exc.strerror}); finished"
            " clips are safe: run the batch again to resume"
        ) from exc


def _sync(path: Path, flags: int) -> None:
    number = os.open(path, flags)
    try:
        os.fsync(number)
    finally:
        os.close(number)
