"""The files of one clip, checked before the work begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nostalgia.clips.ffmpeg import Sound, probe_sound
from nostalgia.clips.writer import clip_format, refuse_sound
from nostalgia.errors import InputError, Remedy, UsageError, option
from nostalgia.files import (
    CLIP_FORMATS,
    CLIP_MARK,
    PREVIEW_MARK,
    clip_path_for,
    open_regular_file,
    printable_name,
    replaces_itself,
    require_place,
)

POSTER_SUFFIXES = (".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """Files of one clip. format: "mp4", "gif" or "webp". sound: added to the clip.

    overwrite: replace an existing poster. overwrite_clip: replace an existing clip.
    """

    clip_path: Path
    format: str
    poster: Path | None
    sound: Sound | None
    overwrite: bool
    overwrite_clip: bool


def plan_output(
    photo: Path | None,
    output: Path | str | None,
    *,
    chosen_format: str | None = None,
    poster: Path | str | None = None,
    audio: Path | str | None = None,
    overwrite: bool = False,
    preview: bool = False,
) -> OutputPlan:
    """Choose the paths of the clip and its poster, and check that they may be written.

    Args:
        photo: the file of the photo; None for standard input and pictures without a file.
        output: the clip; None for ``old_photo.nostalgia.mp4`` beside the photo.
        chosen_format: format of the clip; None for that of the output's suffix.
        poster: a JPEG of the first frame.
        audio: a sound file for the clip.
        overwrite: replace existing files.
        preview: name the clip beside the photo ``old_photo.preview.mp4``; a clip of such a name
            replaces an earlier one.

    Raises:
        UsageError: two files are the same, or there is no place for the clip.
        InputError: the sound cannot be read, or the folder of the photo does not exist.
        OutputExistsError: a file already exists.
        EncodingError: nothing can be written there.
    """
    poster, audio = (None if each is None else Path(each) for each in (poster, audio))
    if output is not None:
        clip_path = Path(output)
    elif photo is not None:
        if not photo.parent.is_dir():
            raise InputError(f"{printable_name(photo)}: no such file; check the name")
        mark = PREVIEW_MARK if preview else CLIP_MARK
        clip_path = clip_path_for(photo, chosen_format or "mp4", mark)
    else:
        raise UsageError(
            f"a photo that is not a file needs a place for its clip: set {option('output')}"
        )
    overwrite_clip = overwrite or replaces_itself(clip_path, preview=preview)
    if poster is not None and poster.suffix.lower() not in POSTER_SUFFIXES:
        raise UsageError(f"a poster is a JPEG: {printable_name(poster)} should end in .jpg")
    kind = _kind_of(clip_path, chosen_format)
    sound = None
    if audio is not None:
        refuse_sound(kind)
        sound = probe_sound(audio, InputError)
    originals = [path for path in (photo, audio) if path is not None]
    if photo is not None and photo.parent == clip_path.parent and not photo.parent.exists():
        open_regular_file(photo, "photo").close()  # it is the photo that does not exist
    require_result(clip_path, originals, overwrite=overwrite_clip)
    if poster is not None:
        require_result(poster, [*originals, clip_path], overwrite=overwrite)
    return OutputPlan(clip_path, kind, poster, sound, overwrite, overwrite_clip)


def _kind_of(clip: Path, chosen_format: str | None) -> str:
    """Format of a clip; its name may lack a suffix, but not have that of something else."""
    suffix = clip.suffix.lstrip(".").lower()
    if suffix and suffix not in CLIP_FORMATS and chosen_format is None:
        raise UsageError(
            f"{printable_name(clip)}: the name of a clip ends in .mp4, .gif or .webp",
            Remedy(f"rename it, or set {option('format')}"),
        )
    return clip_format(clip, chosen_format)


def require_result(result: Path, others: Sequence[Path], *, overwrite: bool) -> None:
    """Check, before the work begins, that a result may be written.

    Args:
        result: the file.
        others: inputs and other results of the same run.
        overwrite: replace an existing file.

    Raises:
        UsageError: it is one of the others.
        OutputExistsError: it already exists.
        EncodingError: it is a folder or a device, or its folder does not exist.
    """
    if any(_same_file(result, other) for other in others):
        raise UsageError(
            f"{printable_name(result)} is named twice, as input and output or as two results;"
            " give it another name"
        )
    require_place(result, overwrite=overwrite)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return one.absolute() == other.absolute()
