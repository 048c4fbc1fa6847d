"""Which frame of a driving clip looks most like the source: where relative motion starts best."""

import math

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from nostalgia.types import Float32, Float64


def best_frame(source: Float32, driving: Float32) -> int:
    """The driving frame whose 68 points lie most like the source's, whatever their size and place.

    As `find_best_frame` of the original code: points less their mean, over the root of the area of
    their convex hull; the least sum of squares wins, and the first of equals. Frames without such
    an area (no face found, points on one line, numbers that are none) are never best; without any
    other the first frame is.

    Args:
        source: float32 (68, 2), pixels.
        driving: float32 (N, 68, 2), pixels of the clip; N at least 1.
    """
    wanted = _of_unit_size(source)
    if wanted is None:
        return 0
    best, least = 0, math.inf
    for number, frame in enumerate(driving):
        points = _of_unit_size(frame)
        distance = math.inf if points is None else float(((points - wanted) ** 2).sum())
        if distance < least:
            best, least = number, distance
    return best


def _of_unit_size(points: Float32) -> Float64 | None:
    """The points about their mean with a hull of area 1; None where they span none."""
    if not np.isfinite(points).all():
        return None
    centred = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
    try:
        area = ConvexHull(centred).volume  # in two dimensions Qhull calls the area so
    except QhullError:
        return None
    return centred / np.sqrt(area) if area > 0 else None
