"""Reel of an album: its clips joined in one MP4, each behind a title card.

Frames go straight from the decoder of one clip into the encoder, so a reel of a thousand clips
needs no more memory than a reel of two. (MoviePy starts one ffmpeg process per clip before it joins
the first: 24 processes for 24 clips, 900 for 900.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nostalgia.album.pages.captions import date_and_place, picture_title
from nostalgia.album.pages.chapters import Shown, chapters
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.wording import CLIP_NOTE, and_list, life_dates
from nostalgia.album.reel.frames import reel_frames
from nostalgia.album.reel.options import ReelOptions
from nostalgia.album.reel.title_card import CardLine, title_card
from nostalgia.album.reel.typeface import undrawable
from nostalgia.clips.provenance import (
    SYNTHETIC,
    TRAINED,
    Provenance,
    metadata_tags,
    read_provenance,
    xmp_packet,
)
from nostalgia.clips.writer import ClipWriter
from nostalgia.errors import EncodingError, InputError, UsageError, option
from nostalgia.files import printable_name, require_place
from nostalgia.progress import CancelToken, ProgressCallback, Run
from nostalgia.types import UInt8
from nostalgia.version import __version__

_LARGEST_PX = 4096
_JOINING = "joining"


@dataclass(frozen=True, slots=True)
class Reel:
    """A finished reel.

    clips: number of clips in it. warnings: messages, with options to be named by `errors.worded`.
    """

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
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Reel:
    """Join the clips of an album, sorted by person in the order of its page.

    Args:
        folder: the album's, which contains the clips.
        entries: in any order; those without a clip are skipped.
        output: the MP4 to write.
        title: text of the first card.
        options: None for the defaults.
        progress: called with a `Progress`.
        cancel: stops the work; no file is left.

    Raises:
        InputError: no entry has a clip, or a clip is missing or cannot be read.
        UsageError: an option is out of range.
        EncodingError: the reel cannot be written.
    """
    options = options or ReelOptions()
    check_reel_options(options)
    require_place(output, overwrite=options.overwrite)
    chosen = [clip for person in chapters(entries) for clip in person.clips]
    clips = [folder / clip.entry.clip for clip in chosen]
    _check_clips(folder, clips)
    provenance = _joined([_provenance_of(clip) for clip in dict.fromkeys(clips)], title)
    run = Run({_JOINING: 1.0}, progress, cancel)
    with (
        run.stage(_JOINING),
        ClipWriter(
            output,
            options.width,
            options.height,
            options.fps,
            chosen_format="mp4",
            tags=metadata_tags(provenance),
            xmp=xmp_packet(provenance),
            overwrite=options.overwrite,
        ) as writer,
    ):
        cards = [partial(_card, _card_lines(clip), options) for clip in chosen]
        for frame in reel_frames(_cover(title, options), cards, clips, options, run):
            writer.write(frame)
    return Reel(
        output, len(clips), writer.frames_written / options.fps, _warnings(title, chosen, options)
    )


def check_reel_options(options: ReelOptions) -> None:
    """Check that all options are in range.

    Raises:
        UsageError: one is not.
    """
    for side in (options.width, options.height):
        if side % 2 or not 16 <= side <= _LARGEST_PX:
            raise UsageError(
                f"width and height of a reel must be even numbers from 16 to {_LARGEST_PX},"
                f" not {side}"
            )
    if not 1 <= options.fps <= 120:
        raise UsageError(f"{option('fps')} must be 1 to 120, not {options.fps:g}")
    if not (0 <= options.fade_s <= 10 and 0 <= options.card_s <= 60):
        raise UsageError(
            "a card can be shown for 0 to 60 seconds, and a fade can last 0 to 10 seconds"
        )


def _check_clips(folder: Path, clips: Sequence[Path]) -> None:
    if not clips:
        raise InputError(f"{printable_name(folder)}: contains no finished clip for a reel")
    for clip in clips:
        if not clip.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"{printable_name(clip)}: lies outside the album; a reel shows only clips inside it"
            )
        if not clip.is_file():
            raise InputError(
                f"{printable_name(clip)}: no longer exists; run `nostalgia batch` again"
            )


def _cover(title: str, options: ReelOptions) -> UInt8:
    lines = (CardLine(title, 0.1, faint=False), CardLine(CLIP_NOTE, 0.03))
    return _card(lines, options)


def _card(lines: Sequence[CardLine], options: ReelOptions) -> UInt8:
    return title_card(lines, options.width, options.height, options.font)


def _card_lines(clip: Shown) -> tuple[CardLine, ...]:
    entry, title = clip.entry, picture_title(clip.entry)
    source = f"Source: {entry.source}" if entry.source else f"Photograph: {entry.photo}"
    several = len(clip.people) > 1
    heading = and_list(clip.people) if several else entry.name
    lines = (
        (heading or title or "A photograph", 0.085),
        ("" if several else life_dates(entry.born, entry.died), 0.042),
        (title if heading else "", 0.036),
        (date_and_place(entry), 0.032),
        (entry.caption, 0.032),
        (source, 0.028),
    )
    return tuple(CardLine(text, size, faint=i > 0) for i, (text, size) in enumerate(lines))


def _provenance_of(clip: Path) -> Provenance | None:
    try:
        return read_provenance(clip)
    except EncodingError as exc:
        raise InputError(f"{exc.message}; run `nostalgia batch` again") from exc


def _joined(clips: Sequence[Provenance | None], title: str) -> Provenance:
    """Provenance of a reel: all that its clips declare, each value once."""
    known = [provenance for provenance in clips if provenance is not None]

    def all_of(field: str) -> str:
        values = [str(getattr(provenance, field)) for provenance in known]
        return ", ".join(dict.fromkeys(value for value in values if value))

    kinds = {provenance.digital_source_type for provenance in known}
    return Provenance(
        title=title,
        source_sha256=all_of("source_sha256"),
        motion=all_of("motion"),
        driver=", ".join(dict.fromkeys(all_of("driver").split(", "))),
        version=__version__,
        enhancement=all_of("enhancement"),
        label=all_of("label"),
        digital_source_type=SYNTHETIC if kinds <= {SYNTHETIC} else TRAINED,
    )


def _warnings(title: str, clips: Sequence[Shown], options: ReelOptions) -> tuple[str, ...]:
    texts = [title, *(line.text for clip in clips for line in _card_lines(clip))]
    missing = dict.fromkeys(char for text in texts for char in undrawable(text, options.font))
    if not missing:
        return ()
    some = printable_name("".join(list(missing)[:20]))
    return (
        f"no installed font draws {some} correctly; choose one with {option('font', 'FILE.ttf')}",
    )
