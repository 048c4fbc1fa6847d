"""Frames of a reel: static title cards and unchanged clips, with a fade between them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from nostalgia.album.reel.options import ReelOptions
from nostalgia.album.reel.title_card import BACKGROUND
from nostalgia.clips.reader import read_frames
from nostalgia.errors import DriverError, InputError
from nostalgia.files import printable_name
from nostalgia.progress import Run
from nostalgia.types import UInt8

_COVER_EXTRA_S = 2.0
"""Additional seconds for the first card, which has more text."""
_FILLED = 0.95
"""Share of the reel's height or width that a clip fills."""


def reel_frames(
    cover: UInt8,
    cards: Sequence[Callable[[], UInt8]],
    clips: Sequence[Path],
    options: ReelOptions,
    run: Run,
) -> Iterator[UInt8]:
    """All frames of a reel: RGB uint8 (H, W, 3).

    Cards are static, so a fade needs one earlier frame and no later one.

    Args:
        cover: the first card, RGB uint8 (height, width, 3), in the size of the reel.
        cards: functions that draw the card of each clip when it is needed.
        clips: paths of the clips, one per card.
        options: size, frame rate and durations.
        run: reports progress, and may stop the work.

    Raises:
        InputError: a clip cannot be read.
    """
    background = np.full((options.height, options.width, 3), BACKGROUND, np.uint8)
    fade = round(options.fade_s * options.fps)
    last = background
    yield from _card_frames(
        last, cover, fade, round((options.card_s + _COVER_EXTRA_S) * options.fps)
    )
    last = cover
    for number, (draw, clip) in enumerate(zip(cards, clips, strict=True)):
        card = draw()
        yield from _card_frames(last, card, fade, round(options.card_s * options.fps))
        last = card
        for place, frame in enumerate(_clip_frames(clip, options.fps)):
            last = _fitted(frame, background)
            yield _mixed(card, last, place + 1, fade + 1)
        run.advance((number + 1) / len(clips))
    yield from _card_frames(last, background, fade, 0)


def _card_frames(before: UInt8, card: UInt8, fade: int, still: int) -> Iterator[UInt8]:
    for step in range(1, fade + 1):
        yield _mixed(before, card, step, fade + 1)
    for _ in range(max(still, 1)):
        yield card


def _mixed(before: UInt8, after: UInt8, step: int, steps: int) -> UInt8:
    """Blend of two RGB uint8 (H, W, 3) pictures; `after` has the weight step / steps, at most 1."""
    if step >= steps:
        return after
    weight = round(256 * step / steps)
    mixed = before.astype(np.uint16) * (256 - weight) + after.astype(np.uint16) * weight + 128
    return np.asarray(mixed >> 8, np.uint8)


def _clip_frames(clip: Path, fps: float) -> Iterator[UInt8]:
    """Frames of a clip, RGB uint8 (H, W, 3), resampled to `fps`."""
    try:
        if clip.suffix.lower() in (".gif", ".webp"):
            yield from _picture_frames(clip, fps)
        else:
            yield from read_frames(clip, fps)
    except DriverError as exc:
        raise _unreadable(clip, exc.message) from exc
    except (OSError, ValueError) as exc:
        raise _unreadable(clip, str(exc)) from exc


def _unreadable(clip: Path, reason: str) -> InputError:
    return InputError(
        f"{printable_name(clip)}: can no longer be read ({reason}); run `nostalgia batch` again"
    )


def _picture_frames(clip: Path, fps: float) -> Iterator[UInt8]:
    """Frames of a GIF or WebP, which state for how many milliseconds each is shown."""
    shown_s, written = 0.0, 0
    with Image.open(clip, formats=["GIF", "WEBP"]) as image:
        for picture in ImageSequence.Iterator(image):
            pixels = np.asarray(picture.convert("RGB"))
            shown_s += float(picture.info.get("duration", 0) or 1000 / fps) / 1000
            while written < round(shown_s * fps):
                written += 1
                yield pixels


def _fitted(frame: UInt8, background: UInt8) -> UInt8:
    """The frame centred on the background, as large as fits with a margin."""
    height, width = frame.shape[:2]
    full_height, full_width = background.shape[:2]
    scale = _FILLED * min(full_width / width, full_height / height)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    if (wide, high) != (width, height):
        resized = Image.fromarray(frame).resize((wide, high), Image.Resampling.BICUBIC)
        frame = np.asarray(resized)
    left, top = (full_width - wide) // 2, (full_height - high) // 2
    placed = background.copy()
    placed[top : top + high, left : left + wide] = frame
    return placed
