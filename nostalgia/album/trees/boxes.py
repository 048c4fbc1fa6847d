"""The part of a picture that a tree marks, parsed from the file."""

import math
from collections.abc import Sequence

from nostalgia.types import BoxXYWH

TO_THE_EDGE_PX = 1e6
"""Stands for "up to the edge": GEDCOM 7 allows a CROP without WIDTH or HEIGHT."""


def pixel_box(left: str, top: str, width: str, height: str) -> BoxXYWH | None:
    """A box in pixels from strings that may be empty; None if it marks nothing."""
    start = [_number(side or "0") for side in (left, top)]
    size = [_number(side) if side else TO_THE_EDGE_PX for side in (width, height)]
    return _box(*start, *size)


def box_from_corners(corners: Sequence[str]) -> BoxXYWH | None:
    """A box from x, y, x, y of two opposite corners, in any unit; None if it marks nothing."""
    numbers = [_number(corner) for corner in corners]
    xs, ys = sorted(numbers[0::2]), sorted(numbers[1::2])
    return _box(xs[0], ys[0], xs[1] - xs[0], ys[1] - ys[0])


def share_from_corners(corners: Sequence[str], whole: float = 1.0) -> BoxXYWH | None:
    """A box in shares of the picture from two corners in units of 1 / `whole`; None if empty."""
    box = box_from_corners(corners)
    if box is None:
        return None
    left, top, width, height = box
    return within_picture(left / whole, top / whole, width / whole, height / whole)


def within_picture(left: float, top: float, width: float, height: float) -> BoxXYWH | None:
    """The part of a box, in shares 0..1, that lies in the picture; None if no part does."""
    x0, x1 = (min(max(x, 0.0), 1.0) for x in (left, left + width))
    y0, y1 = (min(max(y, 0.0), 1.0) for y in (top, top + height))
    return _box(x0, y0, x1 - x0, y1 - y0)


def _box(left: float, top: float, width: float, height: float) -> BoxXYWH | None:
    if not all(math.isfinite(side) for side in (left, top, width, height)):
        return None
    if width <= 0 or height <= 0 or left + width <= 0 or top + height <= 0:
        return None
    return BoxXYWH((left, top, width, height))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
