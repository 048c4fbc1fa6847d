"""A small visible mark that states that a clip is animated: light text on a dark pill.

It lies in a corner of the main face's head-and-shoulders square (see `framing.portrait_view`) if it
fits there, so that a portrait cut out of the clip keeps the mark. A closer cut loses it: a mark
that nobody can cut off would have to lie on the face.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nostalgia.geometry import intersection_area
from nostalgia.rendering.framing import BELOW_MIDDLE, SQUARE_SIDE, box_size
from nostalgia.rendering.planes import Picture
from nostalgia.types import BoxXYXY, Fill, Float64, PixelBox, UInt8

LABEL_TEXT = "animated"

_TEXT_SHARE = 1 / 24
"""Height of the text over the square root of the clip's area: readable at 320 pixels."""
_MIN_TEXT_PX = 11
_WIDEST = 0.9
_PADDING_X, _PADDING_Y = 0.55, 0.32
_MARGIN = 0.5
"""Distance from the pill to the edge, heights of the pill."""
_SHADE = 0.62
"""Opacity of the black pill, 0..1."""
_SHARE_OF_SQUARE = 0.6
"""Largest share of the square's width that the mark may take to be placed there."""
_OVERSAMPLING = 4
_TEXT_LIMIT = 60


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A mark, ready to be laid on frames of one size.

    text: its words. fill: what is laid, in pixels of the frame.
    """

    text: str
    fill: Fill

    @property
    def place_xyxy(self) -> PixelBox:
        """Its place in pixels of the frame."""
        (x, y), (height, width) = self.fill.corner_xy, self.fill.occlusion.shape
        return x, y, x + width, y + height

    def at(self, corner_xy: tuple[int, int]) -> "Label":
        """The same mark with its upper left corner somewhere else."""
        return replace(self, fill=replace(self.fill, corner_xy=corner_xy))

    def laid(self, frame: UInt8) -> UInt8:
        """Copy of a frame, RGB uint8 (H, W, 3), with the mark; the frame itself is unchanged."""
        marked = Picture(frame.copy())
        marked.lay(self.fill)
        return marked.pixels


def prepare_label(
    width: int,
    height: int,
    text: str = LABEL_TEXT,
    faces: Sequence[BoxXYXY] = (),
    area_xyxy: PixelBox | None = None,
) -> Label:
    """Draw the mark for frames of this size; the same arguments give the same bytes.

    Args:
        width: width of the frames, pixels.
        height: height of the frames, pixels.
        text: one short line.
        faces: in pixels of the frames; not covered if any other place is free. The mark is placed
            near the first one.
        area_xyxy: the part of the frames that moves (beside a still picture); None for all of it.
    """
    area = area_xyxy or (0, 0, width, height)
    line = _one_line(text)
    pill, words = _drawn(line, *box_size(area))
    x, y = _best_corner((pill.shape[1], pill.shape[0]), faces, area)
    cover = np.maximum(pill * _SHADE, words).astype(np.float32)
    light = np.rint(255 * words / np.maximum(cover, 1e-6)).astype(np.uint8)
    pixels = np.repeat(light[..., None], 3, axis=2)
    return Label(line, Fill(pixels, 1 - cover, (x, y)))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_TEXT_LIMIT] or LABEL_TEXT


def _drawn(text: str, width: int, height: int) -> tuple[Float64, Float64]:
    """Coverage of the pill and of the words in it, (h, w), 0..1, fitted into an area."""
    font_px = max(_MIN_TEXT_PX, round(_TEXT_SHARE * (width * height) ** 0.5))
    while True:
        font = ImageFont.load_default(font_px)
        left, top, right, bottom = font.getbbox(text)
        label_wh = (
            math.ceil(right - left + 2 * _PADDING_X * font_px),
            math.ceil(bottom - top + 2 * _PADDING_Y * font_px),
        )
        if font_px == 1 or (label_wh[0] <= _WIDEST * width and label_wh[1] <= _WIDEST * height):
            break
        font_px -= 1
    pill = Image.new("L", (label_wh[0] * _OVERSAMPLING, label_wh[1] * _OVERSAMPLING))
    edge = (0, 0, pill.width - 1, pill.height - 1)
    ImageDraw.Draw(pill).rounded_rectangle(edge, radius=pill.height // 2, fill=255)
    words = Image.new("L", label_wh)
    place = ((label_wh[0] - right - left) / 2, (label_wh[1] - bottom - top) / 2)
    ImageDraw.Draw(words).text(place, text, font=font, fill=255)
    fits = (slice(height), slice(width))
    return np.asarray(pill.reduce(_OVERSAMPLING))[fits] / 255, np.asarray(words)[fits] / 255


def _best_corner(
    label_wh: tuple[int, int], faces: Sequence[BoxXYXY], area_xyxy: PixelBox
) -> tuple[int, int]:
    """Left and upper edge of the mark in the corner where it covers least of the faces."""
    places = _corners(label_wh, area_xyxy)
    if faces:
        square = _portrait_square(faces[0], area_xyxy)
        if label_wh[0] <= _SHARE_OF_SQUARE * (square[2] - square[0]):
            places = _corners(label_wh, square) + places
    return min(places, key=lambda xy: sum(_covered(xy, label_wh, face) for face in faces))


def _corners(label_wh: tuple[int, int], box_xyxy: PixelBox) -> list[tuple[int, int]]:
    """Left and upper edges in the corners of a box, the lower corners first, inside a margin."""
    x0, y0, x1, y1 = box_xyxy
    width, height = label_wh
    margin_x, margin_y = (
        max(min(round(_MARGIN * height), (length - side) // 2), 0)
        for length, side in ((x1 - x0, width), (y1 - y0, height))
    )
    columns = (x1 - margin_x - width, x0 + margin_x)
    rows = (y1 - margin_y - height, y0 + margin_y)
    return [(x, y) for y in rows for x in columns]


def _portrait_square(face: BoxXYXY, area_xyxy: PixelBox) -> PixelBox:
    """Head and shoulders as far as they are shown; see `framing.portrait_view`."""
    x0, y0, x1, y1 = face
    x, y, height = (x0 + x1) / 2, (y0 + y1) / 2 + BELOW_MIDDLE * (y1 - y0), y1 - y0
    half = SQUARE_SIDE * height / 2
    return (
        max(round(x - half), area_xyxy[0]),
        max(round(y - half), area_xyxy[1]),
        min(round(x + half), area_xyxy[2]),
        min(round(y + half), area_xyxy[3]),
    )


def _covered(place_xy: tuple[int, int], label_wh: tuple[int, int], face: BoxXYXY) -> float:
    """Area of a face's box, square pixels, that a mark at this place would cover."""
    x, y = place_xy
    return intersection_area((x, y, x + label_wh[0], y + label_wh[1]), face)
