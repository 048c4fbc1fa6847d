"""A face as restoration networks expect it: upright, and scaled to the template of FFHQ.

Template: mean positions of eyes, nose tip and mouth corners in Flickr-Faces-HQ at 512 pixels
(Karras, Laine, Aila, "A Style-Based Generator Architecture for Generative Adversarial Networks",
2019), the data set on which GFPGAN was trained.
"""

import cv2
import numpy as np

from nostalgia.faces.topology import LEFT_EYE, MOUTH_CORNERS, NOSE_TIP, RIGHT_EYE
from nostalgia.geometry import apply_affine, fit_similarity, invert_affine
from nostalgia.types import Float32, Float64, UInt8

SIDE_PX = 512
EYE_TO_EYE_PX = 125.9

_NOSE = (NOSE_TIP, 4)
_TEMPLATE = np.array(
    [[192.98, 239.95], [318.90, 240.19], [256.63, 314.02], [201.26, 371.41], [313.09, 371.15]]
)


def template_from_crop(landmarks: Float32) -> Float64:
    """Similarity (2, 3) from crop pixels to template pixels, without reflection.

    landmarks: float32 (478, 2 or more), crop pixels.
    """
    groups = (LEFT_EYE, RIGHT_EYE, _NOSE, MOUTH_CORNERS[:1], MOUTH_CORNERS[1:])
    points = np.array([landmarks[list(group), :2].mean(axis=0) for group in groups])
    scale, rotation, shift = fit_similarity(points, _TEMPLATE)
    return np.hstack([scale * rotation, shift[:, None]])


def cut_template(pixels: UInt8, matrix: Float64) -> Float32:
    """Warp the face onto the template: float32 (512, 512, 3) or (512, 512), 0..255.

    A face larger than the template is first reduced by area averaging.

    pixels: uint8 (h, w, 3) or (h, w). matrix: see `template_from_crop`.
    """
    corners = np.array([[0, 0], [SIDE_PX, 0], [0, SIDE_PX], [SIDE_PX, SIDE_PX]], np.float64)
    reach = apply_affine(invert_affine(matrix), corners)
    height, width = pixels.shape[:2]
    x0, y0 = np.clip(np.floor(reach.min(axis=0)) - 4, 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(np.ceil(reach.max(axis=0)) + 4, (x0 + 1, y0 + 1), (width, height)).astype(int)
    part = pixels[y0:y1, x0:x1]
    reduce = max(1.0, 1 / similarity_scale(matrix))
    size = (max(1, round((x1 - x0) / reduce)), max(1, round((y1 - y0) / reduce)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    to_template = chain(matrix, scaled((x1 - x0) / size[0], (y1 - y0) / size[1], (x0, y0)))
    side = (SIDE_PX, SIDE_PX)
    flags, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    warped = cv2.warpAffine(small, to_template, side, flags=flags, borderMode=border)
    return np.asarray(np.clip(warped, 0, 255), np.float32)


def paste_back(shift: Float32, matrix: Float64, size_wh: tuple[int, int]) -> Float32:
    """Warp a shift of the template's pixels back to the picture that it was cut from.

    shift: float32 (512, 512, 3). matrix: template_from_picture (2, 3). size_wh: size of the
    picture. Returns float32 (h, w, 3); 0 beyond the template.
    """
    scale = similarity_scale(matrix)
    if scale > 1:  # a small face: detail that its pixels cannot hold is removed first
        sigma = 0.5 * float(np.sqrt(scale**2 - 1)) + 0.01
        shift = np.asarray(cv2.GaussianBlur(shift, (0, 0), sigma), np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(shift, matrix, size_wh, flags=flags), np.float32)


def similarity_scale(matrix: Float64) -> float:
    """Scale of a similarity (2, 3): target pixels per origin pixel."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def scaled(scale_x: float, scale_y: float, corner_xy: tuple[float, float]) -> Float64:
    """Matrix (2, 3) from a reduced part's pixels (centres at whole numbers) to the picture's."""
    x, y = corner_xy
    return np.array(
        [[scale_x, 0, x + (scale_x - 1) / 2], [0, scale_y, y + (scale_y - 1) / 2]], np.float64
    )


def chain(target_from_middle: Float64, middle_from_origin: Float64) -> Float64:
    """Return the product of two affine matrices (2, 3): target_from_origin."""
    linear = target_from_middle[:, :2] @ middle_from_origin
    linear[:, 2] += target_from_middle[:, 2]
    return np.asarray(linear, np.float64)
