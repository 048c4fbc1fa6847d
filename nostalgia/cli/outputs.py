"""Where results go: one clip per photo, no two in one place, nothing overwritten unasked."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nostalgia.errors import EncodingError, OutputExistsError, UsageError
from nostalgia.files import clip_path_for, partial_path, printable_name

CLIP_SUFFIXES = ("mp4", "gif", "webp")


def clip_paths(photos: Sequence[str], output: str | None, clip_format: str | None) -> list[Path]:
    """The clip of each photo, in their order; makes the output folder where one is needed.

    Photos whose clips would meet under one name (oma.jpg and oma.png) keep their own suffix in it.

    Raises:
        UsageError: standard input or several photos without a place for the clips, or an output
            whose suffix is that of something else.
        EncodingError: the folder cannot be made.
    """
    if "-" in photos and (output is None or len(photos) > 1):
        raise UsageError("a photo from standard input comes alone and needs -o FILE")
    folder = _output_folder(output, several=len(photos) > 1)
    if output is not None and folder is None:
        _require_clip_suffix(Path(output), clip_format)
        return [Path(output)]
    if "-" in photos:
        raise UsageError("a photo from standard input needs -o FILE, not a folder")
    if any(not Path(photo).name for photo in photos):
        raise UsageError("a photo must be a file: nostalgia takes no folder and no empty name")
    kind = clip_format or CLIP_SUFFIXES[0]
    plain = [_in_folder(clip_path_for(Path(photo), kind), folder) for photo in photos]
    meetings = Counter(plain)
    clips: list[Path] = []
    for photo, clip in zip(map(Path, photos), plain, strict=True):
        if meetings[clip] > 1:
            clip = _in_folder(clip_path_for(_suffix_in_stem(photo), kind), folder)
        clips.append(_not_among(clips, clip))
    return clips


def _output_folder(output: str | None, *, several: bool) -> Path | None:
    if output is None:
        return None
    folder = Path(output)
    if not (several or folder.is_dir() or output.endswith("/")):
        return None
    if folder.suffix.lstrip(".").lower() in CLIP_SUFFIXES and not folder.is_dir():
        raise UsageError(f"several photos need a folder after -o, not {printable_name(output)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise EncodingError(f"the folder {printable_name(output)} cannot be made: {exc}") from exc
    return folder


def _require_clip_suffix(clip: Path, clip_format: str | None) -> None:
    suffix = clip.suffix.lstrip(".").lower()
    if suffix and suffix not in CLIP_SUFFIXES and clip_format is None:
        raise UsageError(
            f"{printable_name(clip)}: a clip ends in .mp4, .gif or .webp; or say --format"
        )


def _in_folder(clip: Path, folder: Path | None) -> Path:
    return clip if folder is None else folder / clip.name


def _suffix_in_stem(photo: Path) -> Path:
    return photo.with_name(f"{photo.name}.photo")


def _not_among(taken: Sequence[Path], clip: Path) -> Path:
    stem, _, rest = clip.name.rpartition(".nostalgia.")
    candidate, number = clip, 1
    while candidate in taken:
        number += 1
        candidate = clip.with_name(f"{stem}-{number}.nostalgia.{rest}")
    return candidate


def refuse_to_overwrite(path: Path, overwrite: bool) -> None:
    """Check that a result may be written.

    Raises:
        OutputExistsError: it is there already.
    """
    if path.exists() and not overwrite:
        raise OutputExistsError(
            f"{printable_name(path)} is there already; replace it with --overwrite"
        )


def write_json(path: Path, values: Any) -> None:
    """Write JSON under a temporary name, then rename it.

    Raises:
        EncodingError: the file cannot be written.
    """
    write_bytes(path, (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file under a temporary name, then rename it.

    Raises:
        EncodingError: the file cannot be written.
    """
    partial = partial_path(path)
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as exc:
        partial.unlink(missing_ok=True)
        raise EncodingError(f"{printable_name(path)} cannot be written: {exc}") from exc
