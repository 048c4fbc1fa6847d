"""The square round a face that networks trained on VoxCeleb expect.

The square of the original code's `crop-video.py`: the box of all frames, as long on each side as
its longer side and a tenth of it more at either end. `cut_square` resizes it, so that no aspect is
ever stretched.
"""

import numpy as np

from nostalgia.types import Float32, PixelBox, UInt8

GROWN = 0.1
_LEAST_SIDE_PX = 8


def face_square(landmarks: Float32) -> PixelBox:
    """The square round a face, or round all places where it is seen in a clip.

    Args:
        landmarks: float32 (478, 3) or (T, 478, 3), pixels.

    Returns:
        x0, y0, x1, y1 in whole pixels; may leave the picture.
    """
    points = landmarks.reshape(-1, landmarks.shape[-1])[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(round(float((high - low).max()) * (1 + 2 * GROWN)), _LEAST_SIDE_PX)
    x0, y0 = (round(float(v)) for v in (low + high - side) / 2)
    return x0, y0, x0 + side, y0 + side


def cut_square(pixels: UInt8, square_xyxy: PixelBox, side_px: int) -> UInt8:
    """The square of a picture, resized: RGB uint8 (side_px, side_px, 3).

    Where it leaves the picture the border pixels are repeated.
    """
    import cv2

    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = square_xyxy
    columns = np.clip(np.arange(x0, x1), 0, width - 1)
    rows = np.clip(np.arange(y0, y1), 0, height - 1)
    inside = x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height
    part = pixels[y0:y1, x0:x1] if inside else pixels[np.ix_(rows, columns)]
    way = cv2.INTER_AREA if x1 - x0 > side_px else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (side_px, side_px), interpolation=way), np.uint8)
