"""The crop that the learned restorer sees: a face upright, its eyes and mouth at fixed places.

The same code cuts the crops of the training. They are squares: eyes at 0.36 and 0.64 of the side
from the left and 0.40 from the top, the mouth at 0.70; a face is 0.76 sides high.
"""

import cv2
import numpy as np

from nostalgia.enhancement.face_template import (
    SIDE_PX,
    chain,
    scaled,
    similarity_scale,
    template_from_crop,
)
from nostalgia.types import Float32, Float64, UInt8

_CLOSER, _EYES_Y = 1.15, 0.40
_TEMPLATE_EYES_Y_PX = 240.0


def unit_template(landmarks: Float32) -> Float64:
    """Similarity (2, 3) from picture pixels to the crop, 0..1 from edge to edge.

    The template of `face_template`, cut closer.

    landmarks: float32 (478, 2 or more), picture pixels.
    """
    matrix = template_from_crop(landmarks) * (_CLOSER / SIDE_PX)
    eyes_y = _CLOSER * _TEMPLATE_EYES_Y_PX / SIDE_PX
    shift = np.array([[0, 0, 0.5 - _CLOSER / 2], [0, 0, _EYES_Y - eyes_y]])
    return np.asarray(matrix + shift, np.float64)


def side_matrix(unit: Float64, side_px: int) -> Float64:
    """Similarity (2, 3) from picture pixels to those of a crop of this side, centre to centre."""
    return np.asarray(unit * side_px - np.array([0, 0, 0.5]), np.float64)


def warp_to(grey: UInt8, unit: Float64, side_px: int) -> UInt8:
    """Cut a crop of this side out of a grey picture; by areas first where it is reduced.

    grey: uint8 (h, w), reflected beyond its border. unit: see `unit_template`. Returns uint8
    (side_px, side_px).
    """
    matrix = side_matrix(unit, side_px)
    height, width = grey.shape
    reduce = similarity_scale(matrix)
    if reduce < 1:
        size = (round(width * reduce), round(height * reduce))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = chain(matrix, scaled(width / size[0], height / size[1], (0, 0)))
    flags, border = cv2.INTER_CUBIC, cv2.BORDER_REFLECT
    side = (side_px, side_px)
    return np.asarray(cv2.warpAffine(grey, matrix, side, flags=flags, borderMode=border), np.uint8)
