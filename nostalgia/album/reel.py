"""The reel of an album: its clips one after the other in one MP4, each behind its title card.

Frames go straight from the decoder of one clip into the encoder, so a reel of a thousand clips
takes no more memory than one of two. (moviepy starts one ffmpeg per clip before it joins the first:
24 processes for 24 clips, 900 for 900.)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

import nostalgia
from nostalgia.album.chapters import chapters
from nostalgia.album.title_card import GROUND, CardLine, title_card
from nostalgia.album.typeface import undrawable
from nostalgia.album.wording import CLIP_NOTE, life_dates
from nostalgia.driving_clip import read_frames
from nostalgia.encoding import ClipWriter, require_place
from nostalgia.errors import DriverError, EncodingError, InputError, UsageError
from nostalgia.family import AlbumEntry
from nostalgia.naming import printable_name
from nostalgia.options import ReelOptions
from nostalgia.provenance import (
    SYNTHETIC,
    TRAINED,
    Provenance,
    metadata_tags,
    read_provenance,
    xmp_packet,
)
from nostalgia.types import UInt8

_LARGEST_PX = 4096
_COVER_S = 2.0
"""How much longer the first card is shown: it has more to read."""
_FILLED = 0.95
"""Share of the reel's height or width that a clip fills."""
ReelProgress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Reel:
    """A finished reel. clips: how many are in it. warnings: what is not as it should be."""

    path: Path
    clips: int
    duration_s: float
    warnings: tuple[str, ...] = ()


def write_reel(
    folder: Path,
    entries: Sequence[AlbumEntry],
    output: Path,
    title: str,
    options: ReelOptions | None = None,
    progress: ReelProgress | None = None,
) -> Reel:
    """Join the clips of an album, sorted by person as its page is.

    Args:
        folder: the album's; the entries' clips lie in it.
        entries: those with a clip are taken.
        output: the MP4 to write.
        title: stands on the first card.
        options: None = the defaults.
        progress: told the share that is done.

    Raises:
        InputError: there is no clip, or one is missing or cannot be read.
        UsageError: an option is out of its range.
        EncodingError: the reel cannot be written.
    """
    options = options or ReelOptions()
    check_reel_options(options)
    require_place(output, overwrite=options.overwrite)
    chosen = [entry for person in chapters(entries) for entry in person.entries]
    clips = [folder / entry.clip for entry in chosen]
    _check_clips(folder, clips)
    provenance = _joined([_told_by(clip) for clip in dict.fromkeys(clips)], title)
    with ClipWriter(
        output,
        options.width,
        options.height,
        options.fps,
        chosen_format="mp4",
        tags=metadata_tags(provenance),
        xmp=xmp_packet(provenance),
        overwrite=options.overwrite,
    ) as writer:
        for frame in _shown(_cover(title, options), chosen, clips, options, progress):
            writer.write(frame)
    return Reel(
        output, len(clips), writer.frames_written / options.fps, _warnings(title, chosen, options)
    )


def check_reel_options(options: ReelOptions) -> None:
    """Refuse what makes no reel.

    Raises:
        UsageError: an option is out of its range.
    """
    for side in (options.width, options.height):
        if side % 2 or not 16 <= side <= _LARGEST_PX:
            raise UsageError(f"the sides of a reel are even and 16 to {_LARGEST_PX}, not {side}")
    if not 1 <= options.fps <= 120:
        raise UsageError(f"--fps is 1 to 120, not {options.fps:g}")
    if not (0 <= options.fade_s <= 10 and 0 <= options.card_s <= 60):
        raise UsageError("a card is shown for 0 to 60 seconds, a fade takes 0 to 10")


def _check_clips(folder: Path, clips: Sequence[Path]) -> None:
    if not clips:
        raise InputError(f"{printable_name(folder)}: there is no finished clip for a reel in it")
    for clip in clips:
        if not clip.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"{printable_name(clip)}: lies outside the album; it is not shown")
        if not clip.is_file():
            raise InputError(
                f"{printable_name(clip)}: is not there any more; run nostalgia batch again"
            )


def _shown(
    cover: UInt8,
    entries: Sequence[AlbumEntry],
    clips: Sequence[Path],
    options: ReelOptions,
    progress: ReelProgress | None,
) -> Iterator[UInt8]:
    """All frames of the reel.

    Cards stand still, so a fade needs one frame of the past and none of the future.
    """
    ground = np.full((options.height, options.width, 3), GROUND, np.uint8)
    fade = round(options.fade_s * options.fps)
    last = ground
    yield from _card_frames(last, cover, fade, round((options.card_s + _COVER_S) * options.fps))
    last = cover
    for number, (entry, clip) in enumerate(zip(entries, clips, strict=True)):
        card = title_card(_card_lines(entry), options.width, options.height, options.font)
        yield from _card_frames(last, card, fade, round(options.card_s * options.fps))
        last = card
        for place, frame in enumerate(_clip_frames(clip, options.fps)):
            last = _fitted(frame, ground)
            yield _mixed(card, last, place + 1, fade + 1)
        if progress is not None:
            progress("joining", (number + 1) / len(clips))
    yield from _card_frames(last, ground, fade, 0)


def _card_frames(before: UInt8, card: UInt8, fade: int, still: int) -> Iterator[UInt8]:
    for step in range(1, fade + 1):
        yield _mixed(before, card, step, fade + 1)
    for _ in range(max(still, 1)):
        yield card


def _mixed(before: UInt8, after: UInt8, step: int, steps: int) -> UInt8:
    """Two pictures, RGB uint8 (H, W, 3): the second at the share step / steps, whole from 1 on."""
    if step >= steps:
        return after
    weight = round(256 * step / steps)
    mixed = before.astype(np.uint16) * (256 - weight) + after.astype(np.uint16) * weight + 128
    return np.asarray(mixed >> 8, np.uint8)


def _clip_frames(clip: Path, fps: float) -> Iterator[UInt8]:
    """The frames of a clip at that rate: RGB uint8 (H, W, 3)."""
    try:
        if clip.suffix.lower() in (".gif", ".webp"):
            yield from _picture_frames(clip, fps)
        else:
            yield from read_frames(clip, fps)
    except (DriverError, OSError, ValueError) as exc:
        raise InputError(
            f"{printable_name(clip)}: cannot be read any more ({exc}); run nostalgia batch again"
        ) from exc


def _picture_frames(clip: Path, fps: float) -> Iterator[UInt8]:
    """Those of a GIF or WebP, which say for how many milliseconds each is shown."""
    shown_s, written = 0.0, 0
    with Image.open(clip, formats=["GIF", "WEBP"]) as image:
        for picture in ImageSequence.Iterator(image):
            pixels = np.asarray(picture.convert("RGB"))
            shown_s += float(picture.info.get("duration", 0) or 1000 / fps) / 1000
            while written < round(shown_s * fps):
                written += 1
                yield pixels


def _fitted(frame: UInt8, ground: UInt8) -> UInt8:
    """A frame in the middle of the ground, as large as it fits with a margin."""
    height, width = frame.shape[:2]
    full_height, full_width = ground.shape[:2]
    scale = _FILLED * min(full_width / width, full_height / height)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    if (wide, high) != (width, height):
        resized = Image.fromarray(frame).resize((wide, high), Image.Resampling.BICUBIC)
        frame = np.asarray(resized)
    left, top = (full_width - wide) // 2, (full_height - high) // 2
    placed = ground.copy()
    placed[top : top + high, left : left + wide] = frame
    return placed


def _cover(title: str, options: ReelOptions) -> UInt8:
    lines = (CardLine(title, 0.1, faint=False), CardLine(CLIP_NOTE, 0.03))
    return title_card(lines, options.width, options.height, options.font)


def _card_lines(entry: AlbumEntry) -> tuple[CardLine, ...]:
    source = f"Source: {entry.source}" if entry.source else f"Photograph: {entry.photo}"
    below = (
        CardLine(life_dates(entry.born, entry.died), 0.042),
        CardLine(entry.title if entry.name else "", 0.036),
        CardLine(entry.caption, 0.032),
        CardLine(source, 0.028),
    )
    return (CardLine(entry.name or entry.title or entry.photo, 0.085, faint=False), *below)


def _told_by(clip: Path) -> Provenance | None:
    try:
        return read_provenance(clip)
    except EncodingError as exc:
        raise InputError(f"{exc}; run nostalgia batch again") from exc


def _joined(clips: Sequence[Provenance | None], title: str) -> Provenance:
    """What a reel says of itself: all that its clips say of themselves, each once."""
    made_of = [provenance for provenance in clips if provenance is not None]

    def all_of(field: str) -> str:
        told = [str(getattr(provenance, field)) for provenance in made_of]
        return ", ".join(dict.fromkeys(word for word in told if word))

    kinds = {provenance.digital_source_type for provenance in made_of}
    return Provenance(
        title=title,
        source_sha256=all_of("source_sha256"),
        motion=all_of("motion"),
        driver=", ".join(dict.fromkeys(all_of("driver").split(", "))),
        version=nostalgia.__version__,
        enhancement=all_of("enhancement"),
        label=all_of("label"),
        digital_source_type=SYNTHETIC if kinds <= {SYNTHETIC} else TRAINED,
    )


def _warnings(title: str, entries: Sequence[AlbumEntry], options: ReelOptions) -> tuple[str, ...]:
    texts = [title, *(line.text for entry in entries for line in _card_lines(entry))]
    lacking = dict.fromkeys(char for text in texts for char in undrawable(text, options.font))
    if not lacking:
        return ()
    some = printable_name("".join(list(lacking)[:20]))
    return (
        f"no font of this computer draws {some} as it should be: name one with --font FILE.ttf",
    )
