"""Moved crops back into the photo; outside their motion masks a frame is the photo."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.types import FaceCrop, Float32, UInt8


@dataclass(frozen=True, slots=True)
class Layer:
    """The rendered region of one face.

    source: the crop it belongs to (for its place in the photo and the size of the face).
    pixels: RGB uint8 (h, w, 3). region_xyxy: where they lie, in crop pixels. blend_mask:
    float32 (h, w) 0..1, alpha; None where the pixels pass into the photo by themselves.
    """

    source: FaceCrop
    pixels: UInt8
    region_xyxy: tuple[int, int, int, int]
    blend_mask: Float32 | None = None


def composite(photo_pixels: UInt8, layers: Sequence[Layer]) -> UInt8:
    """Lay faces over a photo, the smallest first, so that the nearest head covers the others.

    Args:
        photo_pixels: RGB uint8 (H, W, 3), the photo or a frame that has some faces already.
        layers: rendered faces, in any order.

    Returns:
        RGB uint8 (H, W, 3), a new array.
    """
    frame = photo_pixels.copy()
    for layer in sorted(layers, key=lambda item: item.source.face_height_px):
        _lay(frame, layer)
    return frame


def _lay(frame: UInt8, layer: Layer) -> None:
    matrix = layer.source.photo_from_crop
    x = round(float(matrix[0, 2])) + layer.region_xyxy[0]
    y = round(float(matrix[1, 2])) + layer.region_xyxy[1]
    height, width = layer.pixels.shape[:2]
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width, frame.shape[1]), min(y + height, frame.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    inner = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
    below = frame[y0:y1, x0:x1]
    if layer.blend_mask is None:
        below[...] = layer.pixels[inner]
        return
    alpha = np.ascontiguousarray(layer.blend_mask[inner], np.float32)
    mixed = cv2.blendLinear(
        np.ascontiguousarray(layer.pixels[inner]), np.ascontiguousarray(below), alpha, 1 - alpha
    )
    below[...] = np.where((alpha > 0)[..., None], mixed, below)
