"""Title cards of a reel: a few lines of light text on a dark background, drawn once per clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from nostalgia.album.reel.typeface import Font, font_for, legible
from nostalgia.types import UInt8

BACKGROUND = (24, 20, 17)
_LIGHT, _FAINT, _ACCENT = (240, 231, 218), (188, 173, 155), (232, 171, 130)
_TEXT_WIDTH, _TEXT_HEIGHT = 0.82, 0.92
_LEAST_SCALE = 0.5
_LEAST_PX = 9.0
_MOST_LINES = 4
_RULE_WIDTH, _RULE_GAP = 0.06, 0.035


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line of a card. share: font size as a share of the card's height."""

    text: str
    share: float
    faint: bool = True


def title_card(
    lines: Sequence[CardLine], width: int, height: int, font: str | None = None
) -> UInt8:
    """A card, RGB uint8 (height, width, 3): the first line, a short rule, the other lines.

    Long lines are wrapped between words and, if necessary, set smaller. font: path of a font file,
    None for the best installed one.

    Raises:
        UsageError: `font` is not a font.
    """
    card = Image.new("RGB", (width, height), BACKGROUND)
    draw = ImageDraw.Draw(card)
    gap = height * _RULE_GAP
    blocks = _fitting_blocks(lines, width, height, font)
    rule_px = gap * 2 if len(blocks) > 1 else 0.0
    top = (height - sum(block.height for block in blocks) - rule_px) / 2
    for number, block in enumerate(blocks):
        middle = width / 2
        for row in block.rows:
            place = (middle, top + block.step / 2)
            draw.text(place, row, fill=block.colour, font=block.font, anchor="mm")
            top += block.step
        if number == 0 and rule_px:
            half = width * _RULE_WIDTH / 2
            thick = max(1, round(height / 480))
            draw.line(
                (middle - half, top + gap, middle + half, top + gap), fill=_ACCENT, width=thick
            )
            top += rule_px
    return np.asarray(card)


@dataclass(frozen=True, slots=True)
class _Block:
    rows: tuple[str, ...]
    font: Font
    step: float
    colour: tuple[int, int, int]

    @property
    def height(self) -> float:
        return self.step * len(self.rows)


def _fitting_blocks(
    lines: Sequence[CardLine], width: int, height: int, chosen: str | None
) -> list[_Block]:
    """All lines as large as they fit; the last are dropped if the smallest size is too large."""
    shown = [line for line in lines if line.text.strip()]
    room = height * (_TEXT_HEIGHT - 2 * _RULE_GAP)
    scale = 1.0
    while True:
        smaller = [replace(line, share=line.share * scale) for line in shown]
        blocks = [_block(line, width, height, chosen) for line in smaller]
        if sum(block.height for block in blocks) <= room or len(shown) <= 1:
            return blocks
        scale *= 0.85
        if scale < _LEAST_SCALE:
            shown.pop()


def _block(line: CardLine, width: int, height: int, chosen: str | None) -> _Block:
    text = legible(" ".join(line.text.split()), chosen)
    size = height * line.share
    while True:
        font = font_for(text, max(size, _LEAST_PX), chosen)
        rows = _rows(text, font, width * _TEXT_WIDTH)
        fits = max(map(font.getlength, rows)) <= width * _TEXT_WIDTH
        if (fits and len(rows) <= _MOST_LINES) or size <= _LEAST_PX:
            colour = _FAINT if line.faint else _LIGHT
            return _Block(tuple(rows[:_MOST_LINES]), font, max(size, _LEAST_PX) * 1.45, colour)
        size *= 0.85


def _rows(text: str, font: Font, width: float) -> list[str]:
    """The text in as few rows of at most `width` pixels as possible, of about equal length."""
    rows = _wrapped(text, font, width)
    for narrower in np.arange(0.95, 0.4, -0.05) * width:
        evener = _wrapped(text, font, float(narrower))
        if len(evener) > len(rows) or max(map(font.getlength, evener)) > narrower:
            break
        rows = evener
    return rows


def _wrapped(text: str, font: Font, width: float) -> list[str]:
    """The text wrapped between words; a single word may be wider than `width`."""
    rows = [""]
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and font.getlength(longer) > width:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows
