"""A surface through scattered points: Delaunay's triangles, each a plane."""

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Float32

_SCALE = np.float32(1024)
"""OpenCV's test of a circle has a fixed tolerance, too coarse for face heights."""

_ROOM = 100.0
"""Room round the points, in their extent: with less, thin triangles at the edge are lost."""

_INSIDE = -1e-9
"""Least barycentric coordinate of a node that counts as inside: one on an edge has two owners."""


def surface_over(points: Float32, x: Float32, y: Float32, outside: float) -> Float32:
    """Height of the surface at the nodes of a grid.

    Args:
        points: float32 (N, 3), x, y and height; no two at the same x and y.
        x: float32 (W,), of the grid's columns, rising.
        y: float32 (H,), of the grid's rows, rising.
        outside: height where there is no triangle.

    Returns:
        float32 (H, W).
    """
    corners = points[_triangles(points[:, :2])].astype(np.float64)
    low, high = corners[..., :2].min(axis=1), corners[..., :2].max(axis=1)
    left, right = np.searchsorted(x, low[:, 0]), np.searchsorted(x, high[:, 0], "right")
    top, bottom = np.searchsorted(y, low[:, 1]), np.searchsorted(y, high[:, 1], "right")
    # All pairs of a triangle and a node in its bounding box, one after the other.
    width = right - left
    size = width * (bottom - top)
    owner = np.repeat(np.arange(len(corners)), size)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    row, column = top[owner] + place // width[owner], left[owner] + place % width[owner]
    a, b, c = np.moveaxis(corners, 1, 0)
    along, across = (b - a)[owner], (c - a)[owner]
    away_x, away_y = x[column] - a[owner, 0], y[row] - a[owner, 1]
    area = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    to_b = (away_x * across[:, 1] - away_y * across[:, 0]) / area
    to_c = (along[:, 0] * away_y - along[:, 1] * away_x) / area
    within = np.minimum(np.minimum(to_b, to_c), 1 - to_b - to_c) >= _INSIDE
    height = a[owner, 2] + to_b * along[:, 2] + to_c * across[:, 2]
    surface = np.full((len(y), len(x)), outside, np.float32)
    surface[row[within], column[within]] = height[within]
    return surface


def _triangles(points: Float32) -> NDArray[np.int64]:
    """Delaunay's triangles of points (N, 2): int64 (T, 3), numbers of the points."""
    scaled = np.ascontiguousarray(points * _SCALE)
    room = _ROOM * float(np.ptp(scaled, axis=0).max())
    x0, y0 = (float(low) - room for low in scaled.min(axis=0))
    plane = cv2.Subdiv2D()
    plane.initDelaunay2f((x0, y0, 2 * room, 2 * room))
    plane.insert(scaled.tolist())
    corners = np.asarray(plane.getTriangleList(), np.float32).reshape(-1, 2)
    # OpenCV gives the corners' places, bit by bit as they were inserted; look up whose they are.
    keys, wanted = (np.ascontiguousarray(each).view(np.int64)[:, 0] for each in (scaled, corners))
    order = np.argsort(keys)
    return order[np.searchsorted(keys, wanted, sorter=order)].reshape(-1, 3)
