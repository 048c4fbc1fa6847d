"""Paths of results: one file per photo, no two in one place, no file overwritten unasked."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nostalgia.errors import EncodingError, InputError, UsageError
from nostalgia.files import (
    CLIP_FORMATS,
    CLIP_MARK,
    ENHANCED_MARK,
    PREVIEW_MARK,
    clip_path_for,
    json_text,
    make_folder,
    printable_name,
    still_suffix,
    write_whole,
)

STANDARD_INPUT = "-"
STANDARD_OUTPUT = "-"
_STILL_FORMATS = ("jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff")


def clip_paths(
    photos: Sequence[str], output: str | None, clip_format: str | None, *, preview: bool = False
) -> list[Path]:
    """The clip of each photo, in their order; makes the output folder if one is needed.

    Photos whose clips would have the same name (oma.jpg and oma.png) keep their own suffix in it.
    An output without a suffix is a folder, for one photo as for several.

    Raises:
        UsageError: standard input or several photos without a place for the clips.
        InputError: a photo is the folder "." or "/".
        EncodingError: the folder cannot be made.
    """
    kind, mark = clip_format or CLIP_FORMATS[0], PREVIEW_MARK if preview else CLIP_MARK
    return _paths(photos, output, lambda photo: kind, mark, CLIP_FORMATS)


def still_paths(photos: Sequence[str], output: str | None) -> list[Path]:
    """The restored picture of each photo; as `clip_paths`."""
    return _paths(photos, output, still_suffix, ENHANCED_MARK, _STILL_FORMATS)


def _paths(
    photos: Sequence[str],
    output: str | None,
    kind_of: Callable[[Path], str],
    mark: str,
    formats: Sequence[str],
) -> list[Path]:
    if STANDARD_INPUT in photos and (output is None or len(photos) > 1):
        raise UsageError("a photo from standard input must be the only one and needs -o FILE")
    folder = _output_folder(output, formats, several=len(photos) > 1)
    if output is not None and folder is None:
        return [Path(output)]
    if STANDARD_INPUT in photos:
        raise UsageError("a photo from standard input needs -o FILE, not a folder")
    for name in photos:
        if not Path(name).name:
            refuse_folder(name)
            raise UsageError("a photo must be a file, not an empty name")
    kinds = [kind_of(Path(photo)) for photo in photos]
    plain = [
        _in_folder(clip_path_for(Path(photo), kind, mark), folder)
        for photo, kind in zip(photos, kinds, strict=True)
    ]
    meetings = Counter(plain)
    clips: list[Path] = []
    for photo, clip, kind in zip(map(Path, photos), plain, kinds, strict=True):
        if meetings[clip] > 1:
            clip = _in_folder(clip_path_for(_suffix_in_stem(photo), kind, mark), folder)
        clips.append(_not_among(clips, clip, mark))
    return clips


def _output_folder(output: str | None, formats: Sequence[str], *, several: bool) -> Path | None:
    if output is None:
        return None
    folder = Path(output)
    is_new_name = not folder.suffix and not folder.exists()
    if not (several or folder.is_dir() or output.endswith("/") or is_new_name):
        return None
    if folder.suffix.lstrip(".").lower() in formats and not folder.is_dir():
        name = printable_name(output)
        if several:
            raise UsageError(f"several photos need a folder after -o, not {name}")
        raise UsageError(f"{name}: a folder with the name of a file; choose another name")
    try:
        make_folder(folder)
    except OSError as exc:
        raise EncodingError(
            f"the folder {printable_name(output)} cannot be created ({exc.strerror or exc})"
        ) from exc
    return folder


def refuse_folder(photo: str, option: str = "") -> None:
    """Name the command for a whole folder, with an option if one is needed.

    Raises:
        InputError: the photo is a folder.
    """
    if photo not in ("", STANDARD_INPUT) and Path(photo).is_dir():
        name = printable_name(photo)
        command = " ".join(["nostalgia batch", name, *([option] if option else [])])
        raise InputError(f"{name} is a folder; for all photos in it run: {command}")


def _in_folder(clip: Path, folder: Path | None) -> Path:
    return clip if folder is None else folder / clip.name


def _suffix_in_stem(photo: Path) -> Path:
    return photo.with_name(f"{photo.name}.photo")


def _not_among(taken: Sequence[Path], clip: Path, mark: str) -> Path:
    stem, _, rest = clip.name.rpartition(f".{mark}.")
    candidate, number = clip, 1
    while candidate in taken:
        number += 1
        candidate = clip.with_name(f"{stem}-{number}.{mark}.{rest}")
    return candidate


def write_json(path: Path, values: Any) -> None:
    """Write JSON that appears whole or not at all.

    Raises:
        EncodingError: the file cannot be written.
    """
    write_whole(path, f"{json_text(values, 2)}\n".encode(), "report")
