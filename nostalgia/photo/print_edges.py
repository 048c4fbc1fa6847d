"""The print in a scan that shows more than the print: a scanner's bed, a mount, a white border.

Whatever moves in a print moves behind its edges, as behind a window frame. They are looked for as
plain margins that end at a straight line, first round the scan, then within what is left.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import PixelBox, UInt8

_LOOKED_PX = 512
"""Longest side of the copy in which margins are looked for."""
_MIDDLE = 0.15
"""Share of a side, at both of its ends, that is not looked at: corners are round, torn or worn."""
_ALIKE = 14
"""Levels of any channel by which a margin may differ from its usual colour."""
_PLAIN, _OVER = 0.9, 0.35
"""Share of a line parallel to a side that has the margin's colour: at least in the margin, at most
in the print. Backdrops end with the outline of a person, not all at once."""
_SLANT = 0.03
"""Width over which a margin ends, at most, in pictures: of a print that lies 2 degrees askew."""
_BEYOND = 0.02
"""Width of the print, in pictures, in which the margin's colour must not come back."""
_SOFT_PX, _LEAST_PX = 3, 5
"""Both of these in small pictures, at least, and both together with a pixel of the print."""
_WIDEST = 0.35
"""Widest margin, in pictures."""
_MOST_ASKEW, _ON_LINE_PX = 0.035, 3
"""Largest slope of an edge, and width of what counts as one line, pixels of the copy."""
_LAYERS = 3
"""Margins inside one another: a bed, a mount, a white border."""
_THREAD_PX = 4
"""Widest line along the edge of a scan that hides no margin, pixels of the copy: what is left of a
bed round a white border is often a single pixel wide."""


def print_box(pixels: UInt8) -> PixelBox:
    """Find the print in a scan.

    Args:
        pixels: RGB uint8 (H, W, 3).

    Returns:
        The largest upright box within the print: left, top, right, bottom, exclusive; the whole
        picture where no margins are found.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, _LOOKED_PX / max(height, width))
    size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA).astype(np.int16)
    box = [0, 0, *size_wh]
    for _ in range(_LAYERS):
        x0, y0, x1, y1 = box
        part = small[y0:y1, x0:x1]
        upright = part.transpose(1, 0, 2)
        found = [_margins(each) for each in (part, upright, part[:, ::-1], upright[:, ::-1])]
        if not any(found):
            break
        box = [x0 + found[0], y0 + found[1], x1 - found[2], y1 - found[3]]
    left, top, right, bottom = (
        edge / of * whole
        for edge, of, whole in zip(box, (*size_wh, *size_wh), (width, height) * 2, strict=True)
    )
    return int(np.ceil(left)), int(np.ceil(top)), int(right), int(bottom)


def _margins(part: NDArray[np.int16]) -> int:
    """Width of the margin on the left of a picture and of a thin line before it; 0 if none."""
    for thread in range(_THREAD_PX + 1):
        width = _margin(part[:, thread:])
        if width and (thread == 0 or _is_line(part[:, : thread + 2], thread)):
            return thread + width
    return 0


def _is_line(strip: NDArray[np.int16], thread: int) -> bool:
    """True if the first columns of a strip, int16 (h, w, 3), have another colour than the rest."""
    inner = round(_MIDDLE * len(strip))
    rows = strip[inner : len(strip) - inner]
    usual = np.median(rows[:, thread:].reshape(-1, 3), axis=0)
    return bool(_unlike(rows[:, :thread], usual).mean(axis=0).max() > 1 - _PLAIN)


def _margin(part: NDArray[np.int16]) -> int:
    """Width of the margin on the left of a picture, int16 (h, w, 3); 0 if there is none."""
    height, width = part.shape[:2]
    if min(height, width) < 32:
        return 0
    inner = round(_MIDDLE * height)
    rows = part[inner : height - inner, : round((_WIDEST + _SLANT + _BEYOND) * width) + _LEAST_PX]
    usual = np.median(rows[:, :2].reshape(-1, 3), axis=0)
    if _unlike(rows[:, 0], usual).mean() > 1 - _PLAIN:  # there is none, as in most pictures
        return 0
    unlike = _unlike(rows, usual)
    alike = 1 - unlike.mean(axis=0)
    ended = np.flatnonzero(alike < _PLAIN)
    if not len(ended) or not 1 <= ended[0] <= _WIDEST * width:
        return 0
    over = ended[0] + np.flatnonzero(alike[ended[0] :] <= _OVER)
    if not len(over) or over[0] - ended[0] > max(_SLANT * width, _SOFT_PX):
        return 0
    beyond = alike[over[0] : over[0] + max(round(_BEYOND * width), _SOFT_PX)]
    # A shaded backdrop leaves the margin's colour all at once too, but by and by.
    last, first = rows[:, ended[0] - 1], rows[:, over[0] + 1]
    steps = _unlike(first, last).mean()
    if beyond.max() > _OVER or steps < 1 - _OVER or _on_a_line(unlike.argmax(axis=1)) < 1 - _OVER:
        return 0
    return int(over[0]) + 1


def _unlike(pixels: NDArray[np.int16], colour: NDArray[Any]) -> NDArray[np.bool_]:
    """Which pixels, int16 (..., 3), have another colour."""
    return np.asarray((np.abs(pixels - colour) > _ALIKE).any(axis=-1), np.bool_)


def _on_a_line(places: NDArray[np.intp]) -> float:
    """Largest share of places (n,), one in each row, on one nearly upright line."""
    rows = np.arange(len(places)) - len(places) / 2
    shares = []
    for slope in np.linspace(-_MOST_ASKEW, _MOST_ASKEW, 15):
        along = np.rint(places - slope * rows).astype(int)
        counts = np.bincount(along - along.min(), minlength=_ON_LINE_PX)
        shares.append(np.convolve(counts, np.ones(_ON_LINE_PX)).max() / len(places))
    return float(max(shares))
