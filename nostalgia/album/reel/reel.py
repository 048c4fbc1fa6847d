"""The reel of an album: its clips one after the other in one MP4, each behind its title card.

Frames go straight from the decoder of one clip into the encoder, so a reel of a thousand clips
takes no more memory than one of two. (moviepy starts one ffmpeg per clip before it joins the first:
24 processes for 24 clips, 900 for 900.)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nostalgia.album.pages.chapters import chapters
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.wording import CLIP_NOTE, life_dates
from nostalgia.album.reel.frames import reel_frames
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
from nostalgia.clips.writer import ClipWriter, require_place
from nostalgia.errors import EncodingError, InputError, UsageError
from nostalgia.files import printable_name
from nostalgia.options import ReelOptions
from nostalgia.types import UInt8
from nostalgia.version import __version__

_LARGEST_PX = 4096
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
        cards = [partial(_card, _card_lines(entry), options) for entry in chosen]
        for frame in reel_frames(_cover(title, options), cards, clips, options, progress):
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


def _cover(title: str, options: ReelOptions) -> UInt8:
    lines = (CardLine(title, 0.1, faint=False), CardLine(CLIP_NOTE, 0.03))
    return _card(lines, options)


def _card(lines: Sequence[CardLine], options: ReelOptions) -> UInt8:
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
        version=__version__,
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
