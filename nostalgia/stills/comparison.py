"""Faces before and after their restoration, side by side, with a word above each column."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nostalgia.stills.encoding import JPEG_QUALITY
from nostalgia.types import Face, UInt8

LONGEST_CELL_PX, SHORTEST_CELL_PX = 640, 320
MOST_FACES = 24
_GAP_PX, _HEAD_PX, _TEXT_PX = 12, 34, 20.0
_MARGIN = 0.45
"""Room around a face's box, shares of its longer side."""
_BACK, _INK = (28, 28, 28), (236, 236, 236)
_WORDS = ("before", "after")


def comparison(before: UInt8, after: UInt8, faces: Sequence[Face], path: Path) -> bytes:
    """A picture of faces before and after, one row each: a JPEG or a PNG, by the name of the path.

    A face that is smaller than a cell is enlarged with the same filter on both sides. Without
    faces the whole picture is one row; beyond 24 faces the others are left out.

    Args:
        before: RGB uint8 (H, W, 3).
        after: the same size.
        faces: in pixels of both.
        path: its suffix is ".jpg", ".jpeg" or ".png".
    """
    height, width = before.shape[:2]
    boxes = [_square(face, width, height) for face in faces[:MOST_FACES]] or [(0, 0, width, height)]
    rows = [[_cell(pixels[y0:y1, x0:x1]) for pixels in (before, after)] for x0, y0, x1, y1 in boxes]
    numbers = [face.number for face in faces[:MOST_FACES]]
    sheet = _sheet(rows, numbers)
    buffer = io.BytesIO()
    if path.suffix.lower() == ".png":
        sheet.save(buffer, "PNG", compress_level=3)
    else:
        sheet.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def _square(face: Face, width: int, height: int) -> tuple[int, int, int, int]:
    """The part of a picture around a face."""
    x0, y0, x1, y1 = face.box_xyxy
    reach = max(x1 - x0, y1 - y0) * (0.5 + _MARGIN)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    left, top = max(0, int(x - reach)), max(0, int(y - reach))
    right, bottom = min(width, int(x + reach) + 1), min(height, int(y + reach) + 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _cell(pixels: UInt8) -> Image.Image:
    longest = max(pixels.shape[:2])
    scale = min(LONGEST_CELL_PX / longest, max(1.0, SHORTEST_CELL_PX / longest))
    size_wh = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if scale == 1:
        return picture
    return picture.resize((size_wh[0], size_wh[1]), Image.Resampling.BICUBIC)


def _sheet(rows: Sequence[Sequence[Image.Image]], numbers: Sequence[int]) -> Image.Image:
    column = max(cell.width for row in rows for cell in row)
    column = max(column, SHORTEST_CELL_PX)
    heights = [row[0].height for row in rows]
    size = (2 * column + 3 * _GAP_PX, _HEAD_PX + sum(heights) + _GAP_PX * len(rows))
    sheet = Image.new("RGB", size, _BACK)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=_TEXT_PX)
    for side, word in enumerate(_WORDS):
        left = _GAP_PX + side * (column + _GAP_PX)
        draw.text((left, _HEAD_PX / 2), word, fill=_INK, font=font, anchor="lm")
        top = _HEAD_PX
        for row, height in zip(rows, heights, strict=True):
            sheet.paste(row[side], (left + (column - row[side].width) // 2, top))
            top += height + _GAP_PX
    top = _HEAD_PX
    if len(numbers) > 1:
        for number, height in zip(numbers, heights, strict=True):
            draw.text(
                (_GAP_PX + 6, top + 6), f"face {number}", fill=_INK, font=font, stroke_width=2,
                stroke_fill=_BACK,
            )  # fmt: skip
            top += height + _GAP_PX
    return sheet
