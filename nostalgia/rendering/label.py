"""A small visible mark that states that a clip is animated: white words with a soft shade.

It lies in a corner of the clip, the lower left one if nobody is there. A closer cut loses it: a
mark that nobody can cut off would have to lie on the face.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from nostalgia.dense_motion import Fill
from nostalgia.geometry import intersection_area, turned_box
from nostalgia.rendering.framing import box_size
from nostalgia.rendering.planes import Picture
from nostalgia.types import BoxXYXY, Float64, PixelBox, UInt8

LABEL_TEXT = "animated"

_MIN_TEXT_PX = 11
_WIDEST = 0.9
_MARGIN = 0.1
"""Distance from the mark to the edge, heights of the mark."""
_OVERSAMPLING = 4
_HEAD_ASIDE, _HEAD_ABOVE = 0.75, 0.6
_BODY_ASIDE, _BODY_BELOW = 0.95, 4.5
"""Reach of a head with its hat, and of a body, from the middle, the top and the bottom of a face's
box, in heights of the box."""
_BODIES_PER_HEAD = 100.0
"""It is this much worse to cover a head than a body."""
_TEXT_LIMIT = 60


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """Look of a mark.

    text_of_area, text_of_width, text_of_height: height of the text over the square root of the
    clip's area, or if that is more, over its width, but then at most this share of its height.
    padding_xy: room around the words, heights of the text. opacity: of the shade behind the words,
    0..1. feather: radius of the shade's soft edge, heights of the text.
    """

    text_of_area: float
    text_of_width: float
    text_of_height: float
    padding_xy: tuple[float, float]
    opacity: float
    feather: float


SOFT = LabelStyle(1 / 28, 1 / 31, 1 / 12, (0.62, 0.5), opacity=0.6, feather=0.2)
"""White on white keeps a contrast above 4.5 to 1; a telephone reduces clips to one width, and so
their text to one size."""

PILL = LabelStyle(1 / 24, 0.0, 1.0, (0.55, 0.32), opacity=0.62, feather=0.0)
"""The mark of clips from the first albums, which `verify` must know."""


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
    style: LabelStyle = SOFT,
    turns: Sequence[int] = (),
) -> Label:
    """Draw the mark for frames of this size; the same arguments give the same bytes.

    Args:
        width: width of the frames, pixels.
        height: height of the frames, pixels.
        text: one short line.
        faces: in pixels of the frames; neither their heads nor their bodies are covered if a
            corner is free.
        area_xyxy: the part of the frames that moves (beside a still picture); None for all of it.
        style: its look.
        turns: degrees clockwise, multiples of 90, that would set each of the faces upright; empty
            if all of them stand.
    """
    area = area_xyxy or (0, 0, width, height)
    line = _one_line(text)
    shade, words = _drawn(line, style, *box_size(area))
    people = list(zip(faces, turns or (0,) * len(faces), strict=True))
    x, y = _best_corner((shade.shape[1], shade.shape[0]), people, area)
    cover = np.maximum(shade, words).astype(np.float32)
    light = np.rint(255 * words / np.maximum(cover, 1e-6)).astype(np.uint8)
    pixels = np.repeat(light[..., None], 3, axis=2)
    return Label(line, Fill(pixels, 1 - cover, (x, y)))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_TEXT_LIMIT] or LABEL_TEXT


def _drawn(text: str, style: LabelStyle, width: int, height: int) -> tuple[Float64, Float64]:
    """Opacity of the shade and of the words on it, (h, w), 0..1, fitted into an area."""
    by_width = min(style.text_of_width * width, style.text_of_height * height)
    font_px = round(max(by_width, style.text_of_area * (width * height) ** 0.5))
    font_px = max(_MIN_TEXT_PX, font_px)
    while True:
        font = ImageFont.load_default(font_px)
        left, top, right, bottom = font.getbbox(text)
        label_wh = (
            math.ceil(right - left + 2 * style.padding_xy[0] * font_px),
            math.ceil(bottom - top + 2 * style.padding_xy[1] * font_px),
        )
        if font_px == 1 or (label_wh[0] <= _WIDEST * width and label_wh[1] <= _WIDEST * height):
            break
        font_px -= 1
    words = Image.new("L", label_wh)
    place = ((label_wh[0] - right - left) / 2, (label_wh[1] - bottom - top) / 2)
    ImageDraw.Draw(words).text(place, text, font=font, fill=255)
    shade = _shade(label_wh, style.feather * font_px)
    fits = (slice(height), slice(width))
    return np.asarray(shade)[fits] / 255 * style.opacity, np.asarray(words)[fits] / 255


def _shade(size_wh: tuple[int, int], feather_px: float) -> Image.Image:
    """A rounded bar of this size, grey 0..255, that fades out towards its edges."""
    width, height = (_OVERSAMPLING * side for side in size_wh)
    inset = min(round(2 * _OVERSAMPLING * feather_px), (min(width, height) - 1) // 2)
    bar = Image.new("L", (width, height))
    edge = (inset, inset, width - 1 - inset, height - 1 - inset)
    ImageDraw.Draw(bar).rounded_rectangle(edge, radius=(height - 2 * inset) // 2, fill=255)
    return bar.reduce(_OVERSAMPLING).filter(ImageFilter.GaussianBlur(feather_px))


def _best_corner(
    label_wh: tuple[int, int], people: Sequence[tuple[BoxXYXY, int]], area_xyxy: PixelBox
) -> tuple[int, int]:
    """Left and upper edge of the mark in the first corner where it covers least of the people.

    people: the box of a face, and the turn that would set it upright.
    """

    def covered(place_xy: tuple[int, int]) -> float:
        x, y = place_xy
        mark = (x, y, x + label_wh[0], y + label_wh[1])
        heads = sum(intersection_area(mark, _as_lying(_head, *one)) for one in people)
        bodies = sum(intersection_area(mark, _as_lying(_body, *one)) for one in people)
        return _BODIES_PER_HEAD * heads + bodies

    return min(_corners(label_wh, area_xyxy), key=covered)


def _corners(label_wh: tuple[int, int], box_xyxy: PixelBox) -> list[tuple[int, int]]:
    """Left and upper edges in the corners of a box, the lower left one first, inside a margin."""
    x0, y0, x1, y1 = box_xyxy
    width, height = label_wh
    margin_x, margin_y = (
        max(min(round(_MARGIN * height), (length - side) // 2), 0)
        for length, side in ((x1 - x0, width), (y1 - y0, height))
    )
    columns = (x0 + margin_x, x1 - margin_x - width)
    rows = (y1 - margin_y - height, y0 + margin_y)
    return [(x, y) for y in rows for x in columns]


def _as_lying(part: Callable[[BoxXYXY], BoxXYXY], face: BoxXYXY, turn: int) -> BoxXYXY:
    """A part of a person whose face has this box, and would stand upright after a turn."""
    anywhere = (0.0, 0.0)  # turned there and back round the same point
    upright = part(BoxXYXY(turned_box(face, turn, anywhere)))
    return BoxXYXY(turned_box(upright, -turn, anywhere))


def _head(face: BoxXYXY) -> BoxXYXY:
    """Head with hair and hat."""
    x0, y0, x1, y1 = face
    middle, height = (x0 + x1) / 2, y1 - y0
    aside = _HEAD_ASIDE * height
    return BoxXYXY((middle - aside, y0 - _HEAD_ABOVE * height, middle + aside, y1))


def _body(face: BoxXYXY) -> BoxXYXY:
    """Shoulders, chest and lap below a head."""
    x0, y0, x1, y1 = face
    middle, height = (x0 + x1) / 2, y1 - y0
    aside = _BODY_ASIDE * height
    return BoxXYXY((middle - aside, y1, middle + aside, y1 + _BODY_BELOW * height))
