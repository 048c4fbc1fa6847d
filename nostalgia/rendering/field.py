"""The shift of a face's pixels, refined from the motion's coarse grid to the picture's pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.geometry import identity_deformation
from nostalgia.types import Float32, PixelBox

CELL_PX = 4
"""Side of a cell, pixels: the shift is a cubic spline at its middle, and linear between middles."""


@dataclass(frozen=True, slots=True)
class CropPlace:
    """Where a face's crop lies in the picture that is rendered.

    corner_xy: pixel of the picture where the crop begins; negative where it leaves the picture.
    size_px: its side. region_xyxy: the part of it that may change, crop pixels, inside the picture.
    inside_xyxy: the part that pixels may come from, crop pixels; None = all that is in the picture.
    """

    corner_xy: tuple[int, int]
    size_px: int
    region_xyxy: PixelBox
    inside_xyxy: PixelBox | None = None

    @property
    def box_xyxy(self) -> PixelBox:
        """The region in pixels of the picture."""
        return self._in_picture(self.region_xyxy)

    @property
    def source_xyxy(self) -> PixelBox | None:
        """What pixels may come from, in pixels of the picture; None = anywhere."""
        return None if self.inside_xyxy is None else self._in_picture(self.inside_xyxy)

    @property
    def crop_xyxy(self) -> PixelBox:
        """The whole crop in pixels of the picture, which it may leave."""
        return self._in_picture((0, 0, self.size_px, self.size_px))

    def _in_picture(self, box_xyxy: PixelBox) -> PixelBox:
        (x, y), (x0, y0, x1, y1) = self.corner_xy, box_xyxy
        return x0 + x, y0 + y, x1 + x, y1 + y


class FieldRefiner:
    """Refines shifts on one grid to the cells of one region; all weights are computed once.

    The grid's nodes are the coefficients of a uniform cubic B-spline, which is smooth and keeps
    linear fields linear. Cells of CELL_PX x CELL_PX pixels are counted from the crop's corner, so
    that a face moves alike wherever it lies in the picture.

    Args:
        place: the face's crop.
        nodes: of the grid, along each side.
        align_px: cells begin at multiples of it in the picture: 2 for half-size chroma.
    """

    def __init__(self, place: CropPlace, nodes: int, align_px: int) -> None:
        x, y = place.corner_xy
        self._anchor = (x - x % align_px, y - y % align_px)
        step = (place.size_px - 1) / (nodes - 1)
        self._columns, self._rows = (
            _spline(start - first, stop - first, corner - first, step, nodes)
            for start, stop, corner, first in zip(
                place.box_xyxy[:2], place.box_xyxy[2:], place.corner_xy, self._anchor, strict=True
            )
        )

    def refined(self, shift: Float32) -> "CellField":
        """The shift at the middles of the cells; shift: float32 (G, G, 2), pixels, x then y."""
        rows, columns = self._rows, self._columns
        # Pairs of x and y as complex numbers: one array is gathered instead of two.
        pairs = np.ascontiguousarray(shift).view(np.complex64)[..., 0]
        part = sum(w[:, None] * np.take(pairs, at, 0) for at, w in zip(*rows.terms, strict=True))
        cells = sum(w * np.take(part, at, 1) for at, w in zip(*columns.terms, strict=True))
        fine = np.asarray(cells, np.complex64)[..., None].view(np.float32)
        reach_px = int(np.ceil(np.abs(fine).max(initial=0.0)))
        return CellField(fine, self._anchor, (columns.first, rows.first), reach_px)


@dataclass(frozen=True, slots=True, eq=False)
class CellField:
    """Shifts at the middles of cells.

    cells: float32 (h, w, 2), pixels, x then y. anchor_xy: pixel of the picture from which cells are
    counted. first_xy: column and row of the first cell. reach_px: largest shift, rounded up.
    """

    cells: Float32
    anchor_xy: tuple[int, int]
    first_xy: tuple[int, int]
    reach_px: int

    def moving(self, least_px: float) -> NDArray[np.bool_]:
        """Cells whose pixels may be shifted by more than `least_px`: bool (h, w)."""
        shifted = np.abs(self.cells) > least_px
        moves = np.asarray(shifted[..., 0] | shifted[..., 1], np.uint8)
        around = np.ones((3, 3), np.uint8)
        return np.asarray(cv2.dilate(moves, around), np.bool_)

    def cells_of(self, box_xyxy: PixelBox) -> tuple[slice, slice]:
        """Rows and columns, in this field, of the cells of a box of the picture."""
        columns, rows = (
            slice(max(start // CELL_PX, 0), max(-(-stop // CELL_PX), 0))
            for start, stop in self._counted(box_xyxy)
        )
        return rows, columns

    def box_of(self, column: int, row: int) -> PixelBox:
        """Pixels of the picture in a cell of this field."""
        x, y = (
            anchor + (first + number) * CELL_PX
            for anchor, first, number in zip(
                self.anchor_xy, self.first_xy, (column, row), strict=True
            )
        )
        return x, y, x + CELL_PX, y + CELL_PX

    def places(self, box_xyxy: PixelBox, step_px: int, origin_xy: tuple[int, int]) -> Float32:
        """Samples of the source that a box shows: float32 (h, w, 2), x then y.

        Args:
            box_xyxy: pixels of the picture, edges at multiples of the step.
            step_px: a sample lies in the middle of so many pixels, squared.
            origin_xy: sample from which the result is counted.
        """
        (x0, x1), (y0, y1) = self._counted(box_xyxy)
        columns = np.arange(x0 // CELL_PX - 1, -(-x1 // CELL_PX) + 1)
        rows = np.arange(y0 // CELL_PX - 1, -(-y1 // CELL_PX) + 1)
        cells = self.cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        scale = CELL_PX // step_px
        places = cells * np.float32(1 / step_px)
        first_x, first_y, _, _ = self.box_of(0, 0)
        middle_x, middle_y = (
            (first - origin * step_px + (CELL_PX - step_px) / 2) / step_px
            for first, origin in zip((first_x, first_y), origin_xy, strict=True)
        )
        places[..., 0] += (columns * scale + middle_x)[None]
        places[..., 1] += (rows * scale + middle_y)[:, None]
        fine = cv2.resize(places, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        row, column = ((edge % CELL_PX) // step_px + scale for edge in (y0, x0))
        height, width = (y1 - y0) // step_px, (x1 - x0) // step_px
        return np.asarray(fine, np.float32)[row : row + height, column : column + width]

    def _counted(self, box_xyxy: PixelBox) -> tuple[tuple[int, int], tuple[int, int]]:
        """Start and stop in x and in y, counted from the first cell of this field."""
        x, y, _, _ = self.box_of(0, 0)
        x0, y0, x1, y1 = box_xyxy
        return (x0 - x, x1 - x), (y0 - y, y1 - y)


def shift_px(deformation: Float32, size_px: int) -> Float32:
    """Shift of each node in crop pixels, float32 (G, G, 2); exactly 0 for the identity."""
    rows, columns = deformation.shape[:2]
    return np.asarray(
        (deformation - identity_deformation(rows, columns)) * np.float32((size_px - 1) / 2)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Spline:
    """A uniform cubic B-spline along one axis, read at the middles of cells from `first` on.

    terms: nodes and their weights, (4, n) each.
    """

    first: int
    terms: tuple[NDArray[np.int64], Float32]


def _spline(start_px: int, stop_px: int, corner_px: int, step_px: float, nodes: int) -> _Spline:
    """The spline at all cells of a stretch and one more at either end; step_px: between nodes."""
    first = start_px // CELL_PX - 1
    cells = np.arange(first, -(-stop_px // CELL_PX) + 1)
    at = (cells * CELL_PX + (CELL_PX - 1) / 2 - corner_px) / step_px
    whole = np.floor(at).astype(np.int64)
    t = at - whole
    weights = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 3 * t * (1 + t - t**2) + 1, t**3]
    places = np.clip(whole + np.arange(-1, 3)[:, None], 0, nodes - 1)
    return _Spline(first, (places, (np.stack(weights) / 6).astype(np.float32)))
