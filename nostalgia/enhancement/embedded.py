"""The embedded enhancer: signal processing only, nothing learned, nothing invented.

Order: repair specks and scratches, correct the tone, split clean picture and grain, sharpen the one
and keep most of the other. The result is a shift of the photo's own pixels, computed at up to
WORKING_FACE_PX pixels of face height and added at full size through soft masks: outside the masks
every pixel is the photo's, chroma is unchanged, and a huge scan keeps its finest grain.
"""

from dataclasses import replace
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
from nostalgia.enhancement.tone import age, tone_curve
from nostalgia.enhancement.working_face import WorkingFace, add_shift, working_face
from nostalgia.faces.regions import FaceRegions, reach_xyxy
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32

SMALLEST_FACE_PX = 16.0  # below, there is nothing to restore
GRAIN_TAKEN = 0.5  # share of the skin's grain that strength 1 removes
SHARPEST = 2.0  # factor of the sharpening step at strength 1
CLARITY = 0.45  # share of local contrast that strength 1 adds to eyes, brows and lips
ENERGY_GAIN = 0.5  # fine-scale energy that strength 1 may add; it grows with the cube


class EmbeddedEnhancer:
    """Corrects tone, repairs specks and scratches, reduces noise and sharpens, in a soft mask."""

    name = "embedded"

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return the enhancer; it has no weights."""
        return cls()

    def enhance(self, source: FaceCrop, strength: float) -> FaceCrop:
        """Return the crop with a clearer face; see `FaceEnhancer.enhance`."""
        if strength <= 0 or source.face_height_px < SMALLEST_FACE_PX:
            return source
        strength = min(float(strength), 1.0)
        box = reach_xyxy(source.landmarks, source.face_height_px, source.size_px)
        if box[2] - box[0] < 8 or box[3] - box[1] < 8:
            return source
        shift = face_shift(working_face(source, box), strength)
        return replace(source, pixels=add_shift(source.pixels, shift, box))


def face_shift(face: WorkingFace, strength: float) -> Float32:
    """Levels to add to each working pixel: float32 (h, w, 1), (h, w, 3) if damage was repaired."""
    regions, unit = face.regions, face.face_height_px
    damage = find_damage(face.luma, regions, unit)
    luma, repair = face.luma, None
    if damage.any():
        filled = fill_damage(face.pixels, damage)
        weight = min(2 * strength, 1.0) * regions.detail[..., None]
        repair = (filled.astype(np.float32) - face.pixels) * weight
        luma = cv2.cvtColor(filled, cv2.COLOR_RGB2GRAY).astype(np.float32)
    faded = age(face.pixels, regions.tone, measure_grain(luma, regions.skin))
    tone = tone_curve(luma, regions.skin, face.around, strength * faded).shift(luma)
    detail = _detail_shift(luma + tone, luma, regions, unit, strength)
    shift = (tone * regions.tone + detail * regions.detail)[..., None]
    return np.asarray(shift if repair is None else shift + repair, np.float32)


def _detail_shift(
    luma: Float32, original: Float32, regions: FaceRegions, unit: float, strength: float
) -> Float32:
    """Change (levels) by noise reduction and sharpening; `original` limits the fine energy."""
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
