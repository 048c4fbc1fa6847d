"""A person on a layer of their own: only the layer moves, over a plate of what is behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.geometry import common_box
from nostalgia.imaging import read_at
from nostalgia.rendering.field import CELL_PX, CellField, CropPlace
from nostalgia.rendering.planes import Picture, Plane
from nostalgia.types import Float32, PixelBox, UInt8

ALONE = 255
"""Cover at which the layer hides the plate."""

_ROOM_PX = 2
_SLACK = 2
"""Samples by which a shift may leave the photo where it cuts a person off: they are held there."""
_AROUND = np.ones((5, 5), np.uint8)
"""Cells round one from which its pixels may come, where those beside it move otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """What of a crop moves, and what is behind it.

    cover: uint8 (S, S), crop pixels; 255 = the layer alone is seen, 0 = the plate alone. It moves
    with the layer's pixels. behind: RGB uint8 (S, S, 3), the plate; the photo where the cover is 0.
    hidden: uint8 (S, S), share of the plate in what is behind, 0..255; the rest is what the layers
    behind show there, so that a neighbour is not cut off where this person's cover fades out. 0
    where the cover is 0. None = the plate alone, where there is any cover.
    """

    cover: UInt8
    behind: UInt8
    hidden: UInt8 | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _CutoutPlane:
    """A cutout in the samples of one plane, from `corner_xy` on.

    A pixel I of the photo is seen as a I + (1 - a) B + H: the layer, the plate B, and the haze H,
    which moves with the layer: wisps of hair, and what else the plate lacks where the cover a is
    partial. At rest the sum is I, exactly. Source: Porter & Duff, "Compositing Digital Images",
    1984, section 4 (over), for the first two.

    cover: uint8 (h, w), 255 a. behind: uint8 (h, w, C), the plate, which is B where nothing moves
    behind. hidden: uint8 (h, w), its share in B, or None: all of it. moving: a again, uint8, and
    haze: (..., C), H, both larger by _SLACK samples on each side, where the border is repeated.
    haze_read: OpenCV's interpolation of it. Luma's haze is float32, which OpenCV interpolates three
    times as fast as int16; that of chroma int16, read at the nearest sample: cheap and not seen.
    """

    corner_xy: tuple[int, int]
    cover: UInt8
    behind: UInt8
    hidden: UInt8 | None
    moving: UInt8
    haze: NDArray[np.int16] | Float32
    haze_read: int

    @property
    def box_xyxy(self) -> PixelBox:
        (x, y), (height, width) = self.corner_xy, self.cover.shape
        return x, y, x + width, y + height

    def compose(
        self, below: UInt8, box: PixelBox, moved: UInt8, places: Float32, patch: PixelBox
    ) -> None:
        """Lay moved samples over the plate, in place.

        Args:
            below: uint8 (h, w, C), samples of `box`: what lies behind, but with this person in it.
            box: samples of the plane.
            moved: uint8 like `below`, of the layer.
            places: float32 (h, w, 2), samples that they show, counted from the patch's corner.
            patch: samples of the plane around all of these places, inside `box_xyxy`.
        """
        x, y = self.corner_xy
        room = 2 * _SLACK
        mine = (slice(patch[1] - y, patch[3] - y + room), slice(patch[0] - x, patch[2] - x + room))
        (x0, y0, x1, y1), (first_x, first_y, last_x, last_y) = box, self.box_xyxy
        left, top = max(x0, first_x), max(y0, first_y)
        right, bottom = min(x1, last_x), min(y1, last_y)
        plate = np.ascontiguousarray(below)
        if left < right and top < bottom:
            there = (slice(top - y, bottom - y), slice(left - x, right - x))
            part = plate[top - y0 : bottom - y0, left - x0 : right - x0]
            if self.hidden is None:
                cv2.copyTo(self.behind[there], self.cover[there], part)
            else:
                part[...] = _over(self.behind[there], part, self.hidden[there])
        # Nothing comes from beyond the photo, whose border would be repeated in long streaks.
        at, beyond = places + np.float32(_SLACK), cv2.BORDER_CONSTANT
        cover = np.asarray(read_at(self.moving[mine], at, border=beyond), np.uint8)
        haze = read_at(self.haze[mine], at, self.haze_read, beyond)
        mixed = _mixed(moved, plate, cover)
        below[...] = cv2.add(mixed, haze, dtype=cv2.CV_8U).reshape(below.shape)


def _mixed(over: UInt8, under: UInt8, cover: UInt8) -> UInt8:
    """Lay one picture over another: uint8 like them."""
    if not cover.size:
        return under
    share = cover * np.float32(1 / ALONE)
    return np.asarray(cv2.blendLinear(over, under, share, 1 - share), np.uint8)


def _over(plate: UInt8, below: UInt8, hidden: UInt8) -> UInt8:
    """What is behind a person: the plate over what the layers behind show, in their shape."""
    over, under = (np.ascontiguousarray(each) for each in (plate, below))
    return _mixed(over, under, np.ascontiguousarray(hidden)).reshape(below.shape)


class PlacedCutout:
    """A cutout in the planes of the picture that is rendered.

    Args:
        cutout: in crop pixels.
        place: the crop in the picture.
        picture: the one that is rendered, at rest.
        picture_of: makes such a picture of RGB pixels.
    """

    def __init__(
        self,
        cutout: Cutout,
        place: CropPlace,
        picture: Picture,
        picture_of: Callable[[UInt8], Picture],
    ) -> None:
        # At the edge of a print what is held there is the print's, as at that of the picture.
        self.box_xyxy = picture.aligned(_covered(cutout.cover, place))
        if place.source_xyxy is not None:
            self.box_xyxy = common_box(self.box_xyxy, picture.inside(place.source_xyxy))
        cover, behind = (_cut(each, place, self.box_xyxy) for each in (cutout.cover, cutout.behind))
        hidden = None if cutout.hidden is None else _cut(cutout.hidden, place, self.box_xyxy)
        self._cover = cover
        self._known: tuple[UInt8, UInt8] | None = None
        photo, plate = picture.cut(self.box_xyxy), picture_of(behind)
        self.planes = tuple(
            _plane(cover, hidden, seen, there, self.box_xyxy)
            for seen, there in zip(photo.planes, plate.planes, strict=True)
        )

    def near(self, field: CellField) -> NDArray[np.bool_]:
        """The cells of a field that the layer covers, or has left: bool (h, w)."""
        here = cv2.dilate(self._cells(field)[0], _AROUND)
        return np.asarray((here > 0) | (_moved_cells(here, field) > 0))

    def within(self, field: CellField) -> NDArray[np.bool_]:
        """The cells of a field that show nothing but the layer: bool (h, w)."""
        return np.asarray(_moved_cells(cv2.erode(self._cells(field)[1], _AROUND), field) == ALONE)

    def _cells(self, field: CellField) -> tuple[UInt8, UInt8]:
        """Cells of the field with any cover, and those wholly covered: two uint8 (h, w)."""
        if self._known is None:
            self._known = _cells(self._cover, self.box_xyxy, field)
        return self._known


def _moved_cells(cells: NDArray[Any], field: CellField) -> UInt8:
    """Values (h, w) of the cells that a field shows in its cells: uint8 (h, w)."""
    height, width = cells.shape
    places = field.cells * np.float32(1 / CELL_PX)
    places[..., 0] += np.arange(width, dtype=np.float32)
    places[..., 1] += np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(read_at(cells, places, border=cv2.BORDER_CONSTANT), np.uint8)


def _covered(cover: UInt8, place: CropPlace) -> PixelBox:
    """The box of all that is covered, and a little room, in pixels of the picture."""
    rows, columns = (np.flatnonzero(cover.any(axis=axis)) for axis in (1, 0))
    x, y = place.corner_xy
    if not len(rows):
        return x, y, x, y
    size = place.size_px
    left, right = max(int(columns[0]) - _ROOM_PX, 0), min(int(columns[-1]) + 1 + _ROOM_PX, size)
    top, bottom = max(int(rows[0]) - _ROOM_PX, 0), min(int(rows[-1]) + 1 + _ROOM_PX, size)
    return left + x, top + y, right + x, bottom + y


def _cut(crop: UInt8, place: CropPlace, box_xyxy: PixelBox) -> UInt8:
    """A box of the picture from an array over the crop; beyond the crop its border is repeated."""
    (x, y), (x0, y0, x1, y1) = place.corner_xy, box_xyxy
    last = place.size_px - 1
    rows = np.clip(np.arange(y0 - y, y1 - y), 0, last)
    columns = np.clip(np.arange(x0 - x, x1 - x), 0, last)
    return np.ascontiguousarray(crop[np.ix_(rows, columns)])


def _plane(
    cover: UInt8, hidden: UInt8 | None, seen: Plane, there: Plane, box_xyxy: PixelBox
) -> _CutoutPlane:
    """The cutout in one plane. seen, there: the plane of the photo and of the plate."""
    step = seen.step_px
    if step == 2:
        cover = _halved(cover)
        hidden = None if hidden is None else _halved(hidden)
    behind = np.where(cover[..., None] > 0, there.samples, seen.samples)
    at_rest = behind if hidden is None else _over(behind, seen.samples, hidden)
    mixed = _mixed(np.ascontiguousarray(seen.samples), at_rest, cover).reshape(behind.shape)
    haze: NDArray[np.int16] | Float32 = seen.samples.astype(np.int16) - mixed
    haze_read = cv2.INTER_NEAREST
    if step == 1:
        haze, haze_read = haze.astype(np.float32), cv2.INTER_LINEAR
    corner = (box_xyxy[0] // step, box_xyxy[1] // step)
    return _CutoutPlane(corner, cover, behind, hidden, _widened(cover), _widened(haze), haze_read)


def _halved(share: UInt8) -> UInt8:
    """Means of two by two pixels: uint8 (h / 2, w / 2)."""
    parts = [share[i::2, j::2].astype(np.uint16) for i in (0, 1) for j in (0, 1)]
    return np.asarray((sum(parts) + 2) // 4, np.uint8)


def _widened(samples: NDArray[Any]) -> NDArray[Any]:
    """Samples (h, w, ...) with _SLACK more on each side: those at the border, repeated."""
    if not samples.size:
        return samples
    sides = [(_SLACK, _SLACK)] * 2 + [(0, 0)] * (samples.ndim - 2)
    return np.pad(samples, sides, mode="edge")


def _cells(cover: UInt8, box_xyxy: PixelBox, field: CellField) -> tuple[UInt8, UInt8]:
    rows, columns = field.cells.shape[:2]
    x, y, _, _ = field.box_of(0, 0)
    x0, y0, x1, y1 = box_xyxy
    whole = np.zeros((rows * CELL_PX, columns * CELL_PX), np.uint8)
    left, top = max(x0 - x, 0), max(y0 - y, 0)
    right, bottom = min(x1 - x, whole.shape[1]), min(y1 - y, whole.shape[0])
    if left < right and top < bottom:
        part = cover[top + y - y0 : bottom + y - y0, left + x - x0 : right + x - x0]
        whole[top:bottom, left:right] = part
    cells = whole.reshape(rows, CELL_PX, columns, CELL_PX)
    some, all_of_it = cells.max(axis=(1, 3)) > 0, cells.min(axis=(1, 3)) == ALONE
    return some.astype(np.uint8) * ALONE, all_of_it.astype(np.uint8) * ALONE
