"""Restoration by signal processing only: for faces too small for the network to know anybody.

Order: correct the tone, split clean picture and grain, sharpen the one and keep most of the other.
"""

import numpy as np

from nostalgia.enhancement.grain import (
    clarity,
    fine_energy,
    match_energy,
    measure_grain,
    remove_noise,
    sharpening,
)
from nostalgia.enhancement.tone import age, tone_curve
from nostalgia.enhancement.working_face import WorkingFace
from nostalgia.faces.regions import FaceRegions
from nostalgia.types import Float32

GRAIN_TAKEN = 0.5  # share of the skin's grain that strength 1 removes
SHARPEST = 2.0  # factor of the sharpening step at strength 1
CLARITY = 0.45  # share of local contrast that strength 1 adds to eyes, brows and lips
ENERGY_GAIN = 0.5  # fine-scale energy that strength 1 may add; it grows with the cube


def classical_shift(face: WorkingFace, strength: float) -> Float32:
    """Levels to add to each working pixel's luma: float32 (h, w). strength: 0..1."""
    regions, luma = face.regions, face.luma
    faded = age(face.pixels, regions.tone, measure_grain(luma, regions.skin))
    tone = tone_curve(luma, regions.skin, face.around, strength * faded).shift(luma)
    detail = _detail_shift(luma + tone, luma, regions, face.face_height_px, strength)
    return np.asarray(tone * regions.tone + detail * regions.detail, np.float32)


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
