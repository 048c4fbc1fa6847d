"""Placement of the network's square of 64 cells in the crop: its window and its shift."""

from collections.abc import Sequence

import cv2
import numpy as np

from nostalgia.imaging import read_at
from nostalgia.motion.grid import MotionGrid
from nostalgia.motion.steps import smootherstep
from nostalgia.types import Float32, PixelBox

_FULL, _NOTHING = 0.8, 1.2
"""Shares of half the square's side: full motion within the first, none beyond the second."""

_ROUNDNESS = 4.0
_SPARED_FACE_HEIGHTS = 0.08


def motion_window(
    grid: MotionGrid, square_xyxy: PixelBox, neighbours: Sequence[Float32], face_height_px: float
) -> Float32:
    """Share of the network's motion at each node: float32 (G, G), 0..1, exactly 0 outside.

    It fades at the square's border, so that shoulders and walls stay still, and is 0 on the faces
    of neighbours.

    Args:
        grid: grid of the crop.
        square_xyxy: crop pixels.
        neighbours: landmarks float32 (478, 3), crop pixels.
        face_height_px: that of the face to animate.
    """
    u, v = _relative(grid, square_xyxy)
    across, along = np.abs(u)[None, :], np.abs(v)[:, None]
    distance = (across**_ROUNDNESS + along**_ROUNDNESS) ** (1 / _ROUNDNESS)
    window = 1 - smootherstep((distance - _FULL) / (_NOTHING - _FULL))
    for landmarks in neighbours:
        window *= 1 - _covered(grid, landmarks, face_height_px)
    return np.asarray(window, np.float32)


def place_shift(
    shift: Float32, grid: MotionGrid, square_xyxy: PixelBox, window: Float32
) -> Float32:
    """Return the deformation of the crop for a shift of the square.

    Args:
        shift: float32 (h, w, 2), x then y, [-1, 1] over the square's cells (align_corners=True).
        grid: grid of the crop.
        square_xyxy: crop pixels.
        window: float32 (G, G), from `motion_window`.

    Returns:
        float32 (G, G, 2); exactly the identity where nothing moves.
    """
    height, width = shift.shape[:2]
    x0, y0, x1, y1 = square_xyxy
    columns = ((grid.x_px - x0 + 0.5) / (x1 - x0) * width - 0.5).astype(np.float32)
    rows = ((grid.x_px - y0 + 0.5) / (y1 - y0) * height - 0.5).astype(np.float32)
    spread = read_at(shift, np.stack(np.meshgrid(columns, rows), axis=-1))
    pixels = np.array(
        [(width - 1) / width * (x1 - x0) / 2, (height - 1) / height * (y1 - y0) / 2], np.float32
    )
    nodes = pixels * np.float32(2.0 / ((grid.nodes - 1) * grid.step_px))
    return np.asarray(grid.identity() + spread * nodes * window[..., None], np.float32)


def window_in_square(
    window: Float32, grid: MotionGrid, square_xyxy: PixelBox, side_px: int
) -> Float32:
    """Sample the window at the square's pixels: float32 (side_px, side_px), 0 on the border."""
    x0, y0, x1, y1 = square_xyxy
    columns = (x0 - 0.5 + (np.arange(side_px) + 0.5) * (x1 - x0) / side_px) / grid.step_px
    rows = (y0 - 0.5 + (np.arange(side_px) + 0.5) * (y1 - y0) / side_px) / grid.step_px
    places = np.stack(np.meshgrid(columns, rows), axis=-1).astype(np.float32)
    seen = read_at(window, places, border=cv2.BORDER_CONSTANT)
    to_border = np.minimum(np.arange(side_px), np.arange(side_px)[::-1]) / (side_px / 12)
    fade = smootherstep(to_border.astype(np.float32))
    return np.asarray(seen * np.minimum(fade[None, :], fade[:, None]), np.float32)


def _relative(grid: MotionGrid, square_xyxy: PixelBox) -> tuple[Float32, Float32]:
    """Positions x and y of the nodes, float32 (G,) each; -1 and 1 are the square's borders."""
    x0, y0, x1, y1 = square_xyxy
    u = 2 * (grid.x_px + 0.5 - x0) / (x1 - x0) - 1
    v = 2 * (grid.x_px + 0.5 - y0) / (y1 - y0) - 1
    return u.astype(np.float32), v.astype(np.float32)


def _covered(grid: MotionGrid, landmarks: Float32, face_height_px: float) -> Float32:
    """Mask of a neighbour's face, float32 (G, G): 1 on it, fading to 0 around it."""
    hull = cv2.convexHull((landmarks[:, :2] / grid.step_px).astype(np.float32))
    face = np.zeros((grid.nodes, grid.nodes), np.uint8)
    cv2.fillConvexPoly(face, np.rint(hull).astype(np.int32), 1)
    if not face.any():
        return np.zeros(face.shape, np.float32)
    away = cv2.distanceTransform(1 - face, cv2.DIST_L2, 3) * np.float32(grid.step_px)
    return 1 - smootherstep(np.asarray(away / (_SPARED_FACE_HEIGHTS * face_height_px), np.float32))
