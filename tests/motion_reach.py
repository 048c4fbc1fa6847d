"""The pixels of a crop that a motion mask can move."""

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Float32, PixelBox

_SPLINE_SUPPORT = 2
"""Nodes at either side of a place that a cubic B-spline reads."""


def motion_reach(
    mask: Float32, size_px: int, region_xyxy: PixelBox | None = None
) -> NDArray[np.bool_]:
    """True where the motion upsampled from a mask may differ from zero; bool (h, w) of a region.

    mask: float32 (G, G) over a crop of size_px. region_xyxy: crop pixels; None for the whole crop.
    """
    support = np.ones((2 * _SPLINE_SUPPORT + 1,) * 2, np.uint8)
    nodes = cv2.dilate((mask != 0).astype(np.uint8), support).astype(bool)
    places = np.arange(size_px) * (len(mask) - 1) / (size_px - 1)
    low = np.floor(places).astype(int)
    high = np.minimum(low + 1, len(mask) - 1)
    reach = np.any(
        [nodes[np.ix_(rows, columns)] for rows in (low, high) for columns in (low, high)], axis=0
    )
    x0, y0, x1, y1 = region_xyxy or (0, 0, size_px, size_px)
    return reach[y0:y1, x0:x1]
