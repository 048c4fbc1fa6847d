"""Folders of an album's clips and posters, and the names of the clips in them."""

import re
import unicodedata
from collections.abc import Container, Iterable, MutableMapping, Sequence
from pathlib import Path

from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.own_files import CLIP_SUFFIXES
from nostalgia.album.batch.request import CLIPS, POSTERS, STILLS, WHOLE_PHOTOS, BatchRequest
from nostalgia.album.batch.tasks import Task
from nostalgia.errors import EncodingError, counted
from nostalgia.files import (
    flush_file,
    flush_folder,
    folded_file_name,
    make_folder,
    printable_name,
    remove_files,
    remove_partials,
    shortened,
)

_STEM_LIMIT_BYTES = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*#%@]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def clip_stem(
    person: str, photo_stem: str, taken: Container[str], numbers: MutableMapping[str, int]
) -> str:
    """Name of a clip without suffix: ``Abraham Lincoln, lincoln-1865``; valid on any file system.

    If the name is taken, ``-2`` and so on follows it.

    Args:
        person: name of the person, "" if unknown.
        photo_stem: name of the photo's file without suffix.
        taken: stems in the form of `folded_file_name`.
        numbers: name in that form -> the last number that it got, kept from call to call, so that
            thousands of one name take linear time.
    """
    parts = dict.fromkeys(filter(None, (_safe(part) for part in (person, photo_stem))))
    first = shortened(", ".join(parts) or "photo", _STEM_LIMIT_BYTES)
    name = folded_file_name(first)
    number = numbers.get(name, 1)
    stem = first if number == 1 else f"{first}-{number}"
    while folded_file_name(stem) in taken:
        number += 1
        stem = f"{first}-{number}"
    numbers[name] = number
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

    The caller has locked the batch.

    Raises:
        EncodingError: they cannot be made.
    """
    names = (CLIPS, POSTERS, STILLS) if request.stills else (CLIPS, POSTERS)
    for folder in (request.album / name for name in names):
        try:
            make_folder(folder)
        except OSError as exc:
            raise EncodingError(
                f"{printable_name(folder)}: cannot be created ({exc.strerror})"
            ) from exc
        remove_partials(folder)
    for folder in (request.album, request.output):
        remove_partials(folder)


def clip_files(request: BatchRequest, stem: str) -> list[Path]:
    """All files that a clip of that name can have: its formats and its pictures."""
    clips = [request.album / CLIPS / f"{stem}{suffix}" for suffix in CLIP_SUFFIXES]
    stills = [request.album / folder / f"{stem}.jpg" for folder in (POSTERS, WHOLE_PHOTOS, STILLS)]
    return [*clips, *stills]


def remove_clip(request: BatchRequest, row: Row) -> None:
    """Remove the clip of a picture that must no longer be in the album, and its stills.

    Raises:
        EncodingError: it cannot be deleted.
    """
    if not row.stem:
        return
    try:
        remove_files(clip_files(request, row.stem))
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(exc.filename or row.stem)}: cannot be deleted ({exc.strerror}); close"
            " it in other programs, and run the batch again"
        ) from exc


def remove_other_formats(task: Task) -> None:
    """Remove the task's earlier clips of other formats."""
    for suffix in CLIP_SUFFIXES:
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
        for path in (task.clip, task.poster, *([task.still] if task.still else [])):
            flush_file(path)
            flush_folder(path.parent)
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(task.clip)}: cannot be written to the disk ({exc.strerror}); finished"
            " clips are safe: run the batch again to resume"
        ) from exc
