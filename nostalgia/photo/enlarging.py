"""Photos, faces and samples at twice or four times their size, by a plain filter.

The filter is a cubic one (Keys, "Cubic convolution interpolation for digital image processing",
1981, with OpenCV's a = -0.75): it invents nothing, and rings less than Lanczos at the hard edges of
scratches and stamps.
"""

from dataclasses import replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Face

FILTER = "bicubic"
"""Name of the filter."""

AnyArray = TypeVar("AnyArray", bound=NDArray[Any])


def enlarged_pixels(pixels: AnyArray, scale: int) -> AnyArray:
    """A picture, uint8 or uint16 (H, W, C), at `scale` times its size; itself at 1."""
    if scale == 1:
        return pixels
    size_wh = (pixels.shape[1] * scale, pixels.shape[0] * scale)
    larger = cv2.resize(pixels, size_wh, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger).reshape(*size_wh[::-1], -1)  # type: ignore[return-value]


def enlarged_face(face: Face, scale: int) -> Face:
    """A face in the pixels of its enlarged photo; it keeps its number."""
    if scale == 1:
        return face
    points = face.landmarks * np.float32(scale)
    points[:, :2] += np.float32((scale - 1) / 2)  # whole numbers are the middles of pixels
    x0, y0, x1, y1 = (edge * scale for edge in face.box_xyxy)
    return replace(face, box_xyxy=(x0, y0, x1, y1), landmarks=points)
