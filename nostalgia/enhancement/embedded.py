"""The enhancer that ships inside: signal processing only, nothing learned, nothing invented.

Order: mend specks and scratches, level the tone, split clean picture and grain, sharpen the one and
keep most of the other. All of it becomes a shift of the photo's own pixels, computed at up to
WORKING_FACE_PX pixels of face height and added at full size through soft masks: beyond the masks
every pixel is the photo's, chroma stays what it was, and a huge scan keeps its finest grain.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from nostalgia.enhancement.damage import fill_damage, find_damage
from nostalgia.enhancement.grain import (
    clarity,
    fine_energy,
    match_energy,
    measure_grain,
    remove_noise,
    sharpening,
)
from nostalgia.enhancement.regions import FaceRegions, face_regions, reach_xyxy
from nostalgia.enhancement.tone import age, tone_curve
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32, UInt8

WORKING_FACE_PX = 1200.0
SMALLEST_FACE_PX = 16.0  # below, there is nothing to make clearer
STRIP_ROWS = 256
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as cv2.COLOR_RGB2GRAY
GRAIN_TAKEN = 0.5  # share of the skin's grain that strength 1 takes away
SHARPEST = 2.0  # factor of the sharpening step at strength 1
CLARITY = 0.45  # share of local contrast that strength 1 adds to eyes, brows and lips
ENERGY_GAIN = 0.5  # fine-scale energy that strength 1 may add; it grows with the cube


@dataclass(frozen=True, slots=True)
class WorkingFace:
    """The part of a crop round the face, at working scale.

    pixels: RGB uint8 (h, w, 3). luma: float32 (h, w), 0..255. around: float32
    (n,), a sample of the whole crop's luma. face_height_px: working pixels.
    """

    pixels: UInt8
    luma: Float32
    around: Float32
    regions: FaceRegions
    face_height_px: float


class EmbeddedEnhancer:
    """Levels tone, mends specks and scratches, quiets noise and sharpens, inside a soft mask."""

    name = "embedded"

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """There is nothing to read: nothing here is learned."""
        return cls()

    def enhance(self, source: FaceCrop, strength: float) -> FaceCrop:
        """Return the crop with a clearer face; see `FaceEnhancer.enhance`."""
        if strength <= 0 or source.face_height_px < SMALLEST_FACE_PX:
            return source
        strength = min(float(strength), 1.0)
        box = reach_xyxy(source.landmarks, source.face_height_px, source.size_px)
        if box[2] - box[0] < 8 or box[3] - box[1] < 8:
            return source
        shift = face_shift(_working_face(source, box), strength)
        return replace(source, pixels=_add_shift(source.pixels, shift, box))


def face_shift(face: WorkingFace, strength: float) -> Float32:
    """Levels to add to each working pixel: float32 (h, w, 1), or (h, w, 3) if damage was mended."""
    regions, unit = face.regions, face.face_height_px
    damage = find_damage(face.luma, regions, unit)
    luma, mended = face.luma, None
    if damage.any():
        filled = fill_damage(face.pixels, damage)
        weight = min(2 * strength, 1.0) * regions.detail[..., None]
        mended = (filled.astype(np.float32) - face.pixels) * weight
        luma = cv2.cvtColor(filled, cv2.COLOR_RGB2GRAY).astype(np.float32)
    faded = age(face.pixels, regions.tone, measure_grain(luma, regions.skin))
    tone = tone_curve(luma, regions.skin, face.around, strength * faded).shift(luma)
    detail = _detail_shift(luma + tone, luma, regions, unit, strength)
    shift = (tone * regions.tone + detail * regions.detail)[..., None]
    return np.asarray(shift if mended is None else shift + mended, np.float32)


def _detail_shift(
    luma: Float32, original: Float32, regions: FaceRegions, unit: float, strength: float
) -> Float32:
    """What noise reduction, sharpening and grain change (levels); `original` sets the energy."""
    grain_levels = measure_grain(luma, regions.skin)
    radius = int(np.clip(round(0.01 * unit), 1, 4))
    clean = remove_noise(luma, grain_levels, radius)
    step = sharpening(clean, grain_levels, max(0.8, 0.0035 * unit))
    step *= 0.55 + 0.45 * regions.features
    taken = GRAIN_TAKEN * strength * (1 - 0.7 * regions.features)
    contrast = (
        strength * (0.5 + 0.5 * strength) * (0.4 + 0.6 * regions.features) * clarity(clean, unit)
    )
    energy = fine_energy(original, regions.detail) * (1 + ENERGY_GAIN * strength**3)
    result = luma - taken * (luma - clean)
    for addition, most in ((contrast, CLARITY), (step, SHARPEST * strength)):
        result += match_energy(result, addition, regions.detail, energy, most) * addition
    return np.asarray(result - luma, np.float32)


def _working_face(source: FaceCrop, box: tuple[int, int, int, int]) -> WorkingFace:
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
    return WorkingFace(pixels, luma, around, face_regions(landmarks, unit, width, height), unit)


def _add_shift(pixels: UInt8, shift: Float32, box: tuple[int, int, int, int]) -> UInt8:
    """The crop with the shift, enlarged to the box, added to it; strip by strip to spare memory."""
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
