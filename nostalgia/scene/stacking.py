"""Which of two persons stands before the other, and the order in which they are drawn."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.geometry import beside_and_along
from nostalgia.photo.crop import crop_corner
from nostalgia.types import CHIN, FOREHEAD, FaceCrop, Float64

_GRID = 128
"""Places at which a crop is looked at, along each side."""

_HEAD_SIDE, _HEAD_TOP, _CHIN = 0.8, 1.0, 0.5
"""Half axes of an ellipse round a head, and where it ends below the middle, face heights."""

_BAND = 0.2
"""Width of the band round a head in which other persons are looked for, face heights."""

_SHOULDERS = 0.55
"""Where bodies begin, face heights below the middle of the face."""

_TOUCHING = 0.02
"""Least share of the band that is somebody's body. In 103 photos 21 smaller heads had between 0.024
and all of it; 20 of them were in front, one leant out from behind a sleeve. The next had 0.011."""


def drawing_order(sources: Sequence[FaceCrop]) -> tuple[int, ...]:
    """Indices of the faces, the farthest first.

    A larger face is nearer to the camera. But a head that is seen whole before somebody's body is
    in front of that body: a child before its mother, a bride before the groom's shoulder.
    """
    waiting = sorted(range(len(sources)), key=lambda i: sources[i].face_height_px)
    behind = {
        index: [
            other for other in waiting[place + 1 :] if _is_before(sources[index], sources[other])
        ]
        for place, index in enumerate(waiting)
    }
    order: list[int] = []
    while waiting:
        free = (i for i in waiting if not any(other in waiting for other in behind[i]))
        order.append(following := next(free))
        waiting.remove(following)
    return tuple(order)


def _is_before(smaller: FaceCrop, larger: FaceCrop) -> bool:
    """True if the smaller face is seen before the other person's body."""
    if smaller.person is None or larger.person is None:
        return False
    at = _share_of_body(larger, smaller)
    return at >= _TOUCHING and at > _share_of_body(smaller, larger)


def _share_of_body(body: FaceCrop, head: FaceCrop) -> float:
    """Share of the band round a head, above the chin, that is another person's body."""
    theirs = _is_person(body, head)
    if not theirs.any():
        return 0.0
    own, (u, v) = _is_person(head, head), _in_face(head, head)
    seen = own & (np.hypot(u / _HEAD_SIDE, v / _HEAD_TOP) < 1) & (v < _SHOULDERS)
    reach = max(round(_BAND * head.face_height_px * _GRID / head.size_px), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    band = (cv2.dilate(seen.astype(np.uint8), disc) > 0) & ~own & (v < _CHIN) & _inside(head)
    shoulders = theirs & (_in_face(body, head)[1] > _SHOULDERS)
    return float((band & shoulders).sum() / max(int(band.sum()), 1))


def _places(source: FaceCrop) -> NDArray[np.intp]:
    """The crop pixels of the grid, the same along both sides: (_GRID,)."""
    places = ((np.arange(_GRID) + 0.5) * (source.size_px / _GRID)).astype(np.intp)
    return np.asarray(places, np.intp)


def _is_person(of: FaceCrop, over: FaceCrop) -> NDArray[np.bool_]:
    """Where a person is on the grid of another crop; nowhere beyond their own crop."""
    assert of.person is not None
    (x, y), (over_x, over_y) = crop_corner(of), crop_corner(over)
    places, size = _places(over), of.size_px
    columns, rows = places + (over_x - x), places + (over_y - y)
    near = [(line >= 0) & (line < size) for line in (rows, columns)]
    at = np.ix_(np.clip(rows, 0, size - 1), np.clip(columns, 0, size - 1))
    return np.asarray((of.person[at] > 127) & near[0][:, None] & near[1], np.bool_)


def _inside(source: FaceCrop) -> NDArray[np.bool_]:
    """Where the photo is on the grid of a crop."""
    places, (x0, y0, x1, y1) = _places(source), source.inside_xyxy
    rows, columns = (places >= y0) & (places < y1), (places >= x0) & (places < x1)
    return np.asarray(rows[:, None] & columns, np.bool_)


def _in_face(of: FaceCrop, over: FaceCrop) -> tuple[Float64, Float64]:
    """Places of a crop's grid beside and below the middle of a face, in its face heights."""
    shift = np.subtract(crop_corner(of), crop_corner(over))
    places = _places(over).astype(np.float64)
    ends = of.landmarks[[FOREHEAD, CHIN], :2] + shift
    return beside_and_along(*np.meshgrid(places, places), ends)
