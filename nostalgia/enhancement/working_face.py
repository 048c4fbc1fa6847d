"""The part of a crop around the face at the scale at which enhancers work, and its way back.

Every enhancer returns a shift of the photo's own pixels, computed at up to WORKING_FACE_PX pixels
of face height and added at full size: outside its masks every pixel is the photo's, and a huge scan
keeps its finest grain.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.faces.regions import FaceRegions, face_regions
from nostalgia.types import FaceCrop, Float32, PixelBox, UInt8

WORKING_FACE_PX = 320.0
STRIP_ROWS = 256
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as cv2.COLOR_RGB2GRAY


@dataclass(frozen=True, slots=True)
class WorkingFace:
    """The part of a crop around the face, at working scale.

    pixels: RGB uint8 (h, w, 3). luma: float32 (h, w), 0..255. around: float32 (n,), a sample of the
    whole crop's luma. landmarks: float32 (478, 2), working pixels. face_height_px: working pixels.
    scale: working pixels per pixel of the crop, at most 1.
    """

    pixels: UInt8
    luma: Float32
    around: Float32
    regions: FaceRegions
    landmarks: Float32
    face_height_px: float
    scale: float


def working_face(source: FaceCrop, box: PixelBox) -> WorkingFace:
    """Cut the box (crop pixels, right and bottom exclusive) out of a crop, at working scale."""
    x0, y0, x1, y1 = box
    pixels = np.ascontiguousarray(source.pixels[y0:y1, x0:x1])
    scale = min(1.0, WORKING_FACE_PX / source.face_height_px)
    if scale < 1:
        size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = pixels.shape[:2]
    landmarks = source.landmarks[:, :2] - np.array([x0, y0], np.float32)
    landmarks *= np.array([width / (x1 - x0), height / (y1 - y0)], np.float32)
    unit = source.face_height_px * scale
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside = source.inside_xyxy
    step = max(1, source.size_px // 256)
    sample = source.pixels[inside[1] : inside[3] : step, inside[0] : inside[2] : step]
    around = sample.astype(np.float32).reshape(-1, 3) @ LUMA
    regions = face_regions(landmarks, unit, width, height)
    return WorkingFace(pixels, luma, around, regions, landmarks, unit, scale)


def add_shift(pixels: UInt8, shift: Float32, box: PixelBox) -> UInt8:
    """Add a shift, enlarged to the box, to the crop's pixels; by strips, to save memory.

    pixels: RGB uint8 (S, S, 3), not modified. shift: float32 (h, w, 1 or 3), levels.
    """
    x0, y0, x1, y1 = box
    changed = pixels.copy()
    scale_x, scale_y = shift.shape[1] / (x1 - x0), shift.shape[0] / (y1 - y0)
    for top in range(y0, y1, STRIP_ROWS):
        bottom = min(top + STRIP_ROWS, y1)
        part = shift[top - y0 : bottom - y0]
        if shift.shape[:2] != (y1 - y0, x1 - x0):
            start_y = (top - y0 + 0.5) * scale_y - 0.5
            matrix = np.array([[scale_x, 0, 0.5 * scale_x - 0.5], [0, scale_y, start_y]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            enlarged = cv2.warpAffine(shift, matrix, (x1 - x0, bottom - top), flags=flags)
            part = np.asarray(enlarged, np.float32).reshape(bottom - top, x1 - x0, -1)
        strip = changed[top:bottom, x0:x1]
        strip[...] = np.clip(np.rint(strip + part), 0, 255).astype(np.uint8)
    return changed
