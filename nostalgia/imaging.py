"""Reading a picture at other places than its own pixels."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Float32


def read_at(
    picture: NDArray[Any],
    places: Float32,
    interpolation: int = cv2.INTER_LINEAR,
    border: int = cv2.BORDER_REPLICATE,
) -> NDArray[Any]:
    """The picture's values at fractional pixels.

    Args:
        picture: uint8 or float32 (H, W) or (H, W, C).
        places: float32 (h, w, 2), x then y; whole numbers are the centres of pixels.
        interpolation: what OpenCV calls it, such as `cv2.INTER_CUBIC`.
        border: what lies beyond the picture, such as `cv2.BORDER_CONSTANT`.

    Returns:
        The picture's dtype, (h, w) or (h, w, C).
    """
    # An empty array, which the type stubs ask for, makes OpenCV 5 read beyond it and answer NaN for
    # float pictures of three channels.
    no_map: Any = None
    return np.asarray(cv2.remap(picture, places, no_map, interpolation, borderMode=border))
