"""The grid of nodes on which motion is computed, and the inverse of a displacement field."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.geometry import identity_deformation
from nostalgia.imaging import read_at
from nostalgia.types import Float32

CELLS_PER_FACE_HEIGHT = 160 / 3.5
"""A square of 3.5 face heights has 160 cells; a smaller crop has fewer cells of the same size."""

_MIN_NODES, _MAX_NODES = 17, 240
_MOST_ITERATIONS, _CLOSE_ENOUGH = 6, 0.002


@dataclass(frozen=True, slots=True)
class MotionGrid:
    """Nodes over a crop: node (row, column) lies on crop pixel (row, column) * step_px.

    nodes: number along each side; the outermost lie on the centres of the border pixels.
    """

    nodes: int
    step_px: float

    @property
    def x_px(self) -> Float32:
        """Positions of the nodes along one side: float32 (G,), crop pixels."""
        return np.arange(self.nodes, dtype=np.float32) * np.float32(self.step_px)

    def identity(self) -> Float32:
        """Deformation that moves nothing: float32 (G, G, 2), x then y, [-1, 1]."""
        return identity_deformation(self.nodes, self.nodes).copy()


def grid_over(size_px: int, face_height_px: float) -> MotionGrid:
    """Return a grid over a crop of size_px with cells of about 1/46 of a face height."""
    cells = (size_px - 1) / face_height_px * CELLS_PER_FACE_HEIGHT
    nodes = int(np.clip(round(cells) + 1, _MIN_NODES, _MAX_NODES))
    return MotionGrid(nodes, (size_px - 1) / (nodes - 1))


def used_span(used: NDArray[np.bool_]) -> slice:
    """Return the span from the first to the last place in use, one more at either end.

    Never empty: three places where none is in use.
    """
    places = np.flatnonzero(used)
    if not len(places):
        return slice(0, 3)
    return slice(max(int(places[0]) - 1, 0), min(int(places[-1]) + 2, len(used)))


def invert_displacement(forward: Float32) -> Float32:
    """Backward displacement b with b(y) = -forward(y + b(y)), by fixed-point iteration.

    The iteration contracts where the forward map does not fold. `remap` rounds positions to 1/32
    of a cell, which leaves an error below 1/100 of a cell.

    Args:
        forward: float32 (h, w, 2), x then y, in cells; 0 on the border.

    Returns:
        float32 (h, w, 2), in cells; exactly 0 where the forward map around is 0.
    """
    nodes = _places(*forward.shape[:2])
    backward = -forward
    for _ in range(_MOST_ITERATIONS):
        found = read_at(forward, nodes + backward, border=cv2.BORDER_CONSTANT)
        change = float(np.abs(found + backward).max())
        backward = -np.asarray(found, np.float32)
        if change < _CLOSE_ENOUGH:
            break
    return backward


@lru_cache(maxsize=32)
def _places(rows: int, columns: int) -> Float32:
    """Position of each node, float32 (rows, columns, 2), x then y, in cells; not to be changed."""
    places = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1)
    return np.asarray(places, np.float32)


def jacobian_determinant(displacement: Float32) -> Float32:
    """Local change of area of z + displacement(z): float32 (h, w); below 0 the map folds."""
    dx_dy, dx_dx = np.gradient(displacement[..., 0])
    dy_dy, dy_dx = np.gradient(displacement[..., 1])
    return np.asarray((1 + dx_dx) * (1 + dy_dy) - dx_dy * dy_dx, np.float32)
