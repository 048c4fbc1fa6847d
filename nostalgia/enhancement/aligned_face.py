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

LEAST_SIDE_PX, MOST_SIDE_PX, SIDE_STEP_PX = 128, 256, 16
"""Sides of the crops that networks get: the photo's own resolution within these limits."""

_CLOSER, _EYES_Y = 1.15, 0.40
_TEMPLATE_EYES_Y_PX = 240.0
_RIM = 0.08  # of the side, over which a residual fades out towards the crop's border


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


def warp_to(picture: UInt8, unit: Float64, side_px: int) -> UInt8:
    """Cut a crop of this side out of a picture; by areas first where it is reduced.

    picture: uint8 (h, w) or (h, w, 3), reflected beyond its border. unit: see `unit_template`.
    Returns uint8 (side_px, side_px) or (side_px, side_px, 3).
    """
    matrix = side_matrix(unit, side_px)
    height, width = picture.shape[:2]
    reduce = similarity_scale(matrix)
    if reduce < 1:
        size = (round(width * reduce), round(height * reduce))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = chain(matrix, scaled(width / size[0], height / size[1], (0, 0)))
    flags, border = cv2.INTER_CUBIC, cv2.BORDER_REFLECT
    side = (side_px, side_px)
    cut = cv2.warpAffine(picture, matrix, side, flags=flags, borderMode=border)
    return np.asarray(cut, np.uint8)


def levels_of(luma: Float32) -> UInt8:
    """Whole levels of a luma, 0..255."""
    whole = np.rint(luma)
    return np.asarray(np.clip(whole, 0, 255, out=whole), np.uint8)


def own_side(unit: Float64, enlarged: float) -> float:
    """Side of the crop (pixels) in the photo's own resolution.

    unit: see `unit_template`. enlarged: picture pixels per pixel of the photo.
    """
    return 1 / (similarity_scale(unit) * enlarged)


def seen_side(own_side_px: float) -> int:
    """Side at which networks see the crop: the photo's own, within limits."""
    steps = round(own_side_px / SIDE_STEP_PX)
    return int(np.clip(SIDE_STEP_PX * steps, LEAST_SIDE_PX, MOST_SIDE_PX))


def laid_out(residual: Float32, unit: Float64, size_wh: tuple[int, int]) -> Float32:
    """Warp a crop's residual to the picture that it was cut from, fading out at the crop's border.

    residual: float32 (S, S). unit: see `unit_template`. Returns float32 (h, w), 0 beyond the crop.
    """
    side_px = residual.shape[0]
    matrix = side_matrix(unit, side_px)
    residual = residual * _rim(side_px)
    scale = similarity_scale(matrix)
    if scale > 1:  # detail that the picture's pixels cannot hold is removed first
        sigma = 0.5 * float(np.sqrt(scale**2 - 1)) + 0.01
        residual = np.asarray(cv2.GaussianBlur(residual, (0, 0), sigma), np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(residual, matrix, size_wh, flags=flags), np.float32)


def _rim(side_px: int) -> Float32:
    """1 in the crop, smoothly 0 at its border: float32 (side_px, side_px)."""
    along = np.arange(side_px) + 0.5
    line = np.clip(np.minimum(along, side_px - along) / (_RIM * side_px), 0, 1)
    line = line**2 * (3 - 2 * line)
    return np.asarray(line[:, None] * line, np.float32)
