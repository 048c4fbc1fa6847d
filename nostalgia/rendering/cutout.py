"""A person on a layer of their own: only the layer moves, over a plate of what is behind."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.imaging import read_at
from nostalgia.rendering.field import CELL_PX, CellField, CropPlace
from nostalgia.rendering.planes import Picture, Plane
from nostalgia.types import Float32, PixelBox, UInt8

ALONE = 255
"""Cover at which the layer hides the plate."""

_ROOM_PX = 2
_PARTS = 64
"""Steps of a level in which the haze is kept."""
_BETWEEN = 0.1
"""Cover lost between a pixel with haze and one without, where a moved pixel shows both."""
_ROW = 1024
"""Pixels of the outline are read in rows of so many: OpenCV limits the sides of a map."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """What of a crop moves, and what is behind it.

    cover: uint8 (S, S), crop pixels; 255 = the layer alone is seen, 0 = the plate alone. It moves
    with the layer's pixels. behind: RGB uint8 (S, S, 3), the plate; the photo where the cover is 0.
    """

    cover: UInt8
    behind: UInt8


@dataclass(frozen=True, slots=True, eq=False)
class _CutoutPlane:
    """A cutout in the samples of one plane, from `corner_xy` on.

    A pixel I of the photo is seen as a I + (1 - a) B + H: the layer, the plate B, and the haze H,
    which moves with the layer: wisps of hair, and what else the plate lacks where the cover a is
    partial. At rest the sum is I, exactly. Source: Porter & Duff, "Compositing Digital Images",
    1984, section 4 (over), for the first two.

    cover: uint8 (h, w), 255 a. behind: uint8 (h, w, C), B. haze: int16 (h, w, C), 64 H.
    least_hazy: 0..1, a below which H is 0.
    """

    corner_xy: tuple[int, int]
    cover: UInt8
    behind: UInt8
    haze: NDArray[np.int16]
    least_hazy: float

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
        (x, y), channels = self.corner_xy, moved.shape[2]
        mine = (slice(patch[1] - y, patch[3] - y), slice(patch[0] - x, patch[2] - x))
        cover = np.asarray(read_at(self.cover[mine], places), np.uint8)
        left_behind = self._left_behind(box)
        edge = np.flatnonzero((cover != ALONE) & ((cover > 0) | left_behind))
        seen = np.ascontiguousarray(below).reshape(-1, channels)
        plate = seen[edge].astype(np.float32)
        lost = np.flatnonzero(left_behind.ravel()[edge])
        rows, columns = np.divmod(edge[lost], cover.shape[1])
        plate[lost] = self.behind[rows + (box[1] - y), columns + (box[0] - x)]
        share = cover.ravel()[edge].astype(np.float32)[:, None] * np.float32(1 / ALONE)
        mixed = plate + share * (moved.reshape(-1, channels)[edge] - plate)
        hazy = np.flatnonzero(share > self.least_hazy)
        haze = _read_row(self.haze[mine], places.reshape(-1, 2)[edge[hazy]])
        mixed[hazy] += haze * np.float32(1 / _PARTS)
        cv2.copyTo(moved, (cover == ALONE).astype(np.uint8), below)
        below[np.divmod(edge, cover.shape[1])] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)

    def _left_behind(self, box: PixelBox) -> NDArray[np.bool_]:
        """Samples of a box, bool (h, w), that this person covers at rest."""
        (x0, y0, x1, y1), (x, y, right, bottom) = box, self.box_xyxy
        part = np.zeros((y1 - y0, x1 - x0), np.bool_)
        left, top, end_x, end_y = max(x0, x), max(y0, y), min(x1, right), min(y1, bottom)
        if left < end_x and top < end_y:
            there = self.cover[top - y : end_y - y, left - x : end_x - x] > 0
            part[top - y0 : end_y - y0, left - x0 : end_x - x0] = there
        return part


def _read_row(picture: NDArray[np.int16], places: Float32) -> NDArray[np.int16]:
    """Sample int16 (H, W, C) at places (N, 2): int16 (N, C)."""
    count, channels = len(places), picture.shape[2]
    padded = np.zeros((-(-count // _ROW) * _ROW, 2), np.float32)
    padded[:count] = places
    if not count:
        return np.zeros((0, channels), np.int16)
    read = read_at(picture, padded.reshape(-1, _ROW, 2))
    return np.asarray(read, np.int16).reshape(-1, channels)[:count]


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
        self.box_xyxy = picture.aligned(_covered(cutout.cover, place))
        cover, behind = (_cut(each, place, self.box_xyxy) for each in (cutout.cover, cutout.behind))
        self._cover = cover
        self._near: NDArray[np.bool_] | None = None
        photo, plate = picture.cut(self.box_xyxy), picture_of(behind)
        self.planes = tuple(
            _plane(cover, seen, there, self.box_xyxy)
            for seen, there in zip(photo.planes, plate.planes, strict=True)
        )

    def near(self, field: CellField) -> NDArray[np.bool_]:
        """The cells of a field that the layer may cover or leave: bool (h, w)."""
        if self._near is None:
            self._near = _cells(self._cover, self.box_xyxy, field)
        size = 2 * (field.reach_px // CELL_PX + 2) + 1
        grown = cv2.dilate(self._near.astype(np.uint8), np.ones((size, size), np.uint8))
        return np.asarray(grown, np.bool_)


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


def _plane(cover: UInt8, seen: Plane, there: Plane, box_xyxy: PixelBox) -> _CutoutPlane:
    """The cutout in one plane. seen, there: the plane of the photo and of the plate."""
    step = seen.step_px
    if step == 2:
        parts = [cover[i::2, j::2].astype(np.uint16) for i in (0, 1) for j in (0, 1)]
        cover = np.asarray((sum(parts) + 2) // 4, np.uint8)
    behind = np.where(cover[..., None] > 0, there.samples, seen.samples)
    lacks = seen.samples.astype(np.float32) - behind
    part = (ALONE - cover.astype(np.float32))[..., None] * np.float32(_PARTS / ALONE)
    haze = np.rint(lacks * part).astype(np.int16)
    hazy = cover[(haze != 0).any(-1)]
    least = (float(hazy.min()) - 1) / ALONE - _BETWEEN if len(hazy) else 1.0
    return _CutoutPlane((box_xyxy[0] // step, box_xyxy[1] // step), cover, behind, haze, least)


def _cells(cover: UInt8, box_xyxy: PixelBox, field: CellField) -> NDArray[np.bool_]:
    """The cells of a field in which there is any cover."""
    rows, columns = field.cells.shape[:2]
    x, y, _, _ = field.box_of(0, 0)
    x0, y0, x1, y1 = box_xyxy
    whole = np.zeros((rows * CELL_PX, columns * CELL_PX), np.bool_)
    left, top = max(x0 - x, 0), max(y0 - y, 0)
    right, bottom = min(x1 - x, whole.shape[1]), min(y1 - y, whole.shape[0])
    if left < right and top < bottom:
        part = cover[top + y - y0 : bottom + y - y0, left + x - x0 : right + x - x0] > 0
        whole[top:bottom, left:right] = part
    return np.asarray(whole.reshape(rows, CELL_PX, columns, CELL_PX).any(axis=(1, 3)))
