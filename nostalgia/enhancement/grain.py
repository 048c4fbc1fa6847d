"""Noise, grain and sharpness of a face: neither more nor less texture than the coat below it."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.faces.regions import FaceRegions
from nostalgia.geometry import scalar_step
from nostalgia.types import Float32, UInt8

GRAIN_SIGMA_PX = 1.5  # of the blur that grain does not survive
OCTAVES_PX = (0.8, 1.6)  # sigmas that part grain by its size
GRAIN_KEPT = 0.75  # of the grain around a face, that strength 1 leaves on its skin
SCREEN_KEPT = 0.9  # the same of a print's screen, which a face without would look cut out of
MOST_GRAIN = 2.8  # levels of an octave; more hides the face that was restored
ALIKE_LEVELS, ALIKE_SHARE = 30.0, 0.05  # difference in lightness, and how much must be as light
GRAINY = (5.0, 10.0)  # levels of texture on skin: below, it may be skin; above, it is a veil
SCREENED = (16.0, 22.0)  # above, it is the screen of a print, which clothes and backdrop have too
FINE_SIGMA_PX = 0.8  # scale at which texture is compared, as an eye compares it at full size

Mask = NDArray[np.bool_]


def measure_grain(luma: Float32, skin: Float32) -> float:
    """Standard deviation (levels) of the fine texture on flat skin; at least 0.3.

    The 33rd percentile of the local deviations, because wrinkles and shadows fill the upper ones.
    """
    fine = luma - cv2.GaussianBlur(luma, (0, 0), GRAIN_SIGMA_PX)
    local = cv2.blur(fine * fine, (7, 7))
    judged = local[skin > 0.5]
    if judged.size < 50:
        return 0.3
    return max(float(np.sqrt(np.percentile(judged, 33))), 0.3)


def borrowed_grain(luma: Float32, detail: Float32, regions: FaceRegions) -> Float32:
    """Levels that give a restored face as much of the photo's grain as fits its surroundings.

    Of what restoration takes out, a part is laid back, octave by octave, until the skin has
    GRAIN_KEPT of the grain of surroundings that are as light as it is, at most MOST_GRAIN; of the
    screen of a print, SCREEN_KEPT. Surroundings without grain ask for none.

    Args:
        luma: float32 (h, w), 0..255, of the photo.
        detail: float32 (h, w), what restoration adds to it.
        regions: of the face.
    """
    skin = regions.skin > 0.5
    if not skin.any():
        return np.zeros_like(luma)
    around = _as_light(luma, skin, regions)
    screened = _screened(measure_grain(luma, regions.skin))
    kept = GRAIN_KEPT + screened * (SCREEN_KEPT - GRAIN_KEPT)
    borrowed = np.zeros_like(luma)
    for old, lost in zip(_octaves(luma), _octaves(-detail), strict=True):
        wanted = kept * min(_flat_level(old, around), _flat_level(old, skin))
        wanted = max(min(wanted, MOST_GRAIN), screened * wanted)
        left, taken = _flat_level(old - lost, skin), max(_flat_level(lost, skin), 0.1)
        share = min(float(np.sqrt(max(wanted**2 - left**2, 0.0))) / taken, kept)
        borrowed += share * np.clip(lost, -4 * taken, 4 * taken)
    kept_on_features = 1 - (1 - screened) * 0.6 * regions.features
    return np.asarray(kept_on_features * borrowed, np.float32)


def _octaves(luma: Float32) -> tuple[Float32, ...]:
    """Texture by size, the finest first."""
    layers = [luma, *(cv2.GaussianBlur(luma, (0, 0), sigma) for sigma in OCTAVES_PX)]
    return tuple(np.asarray(fine - soft, np.float32) for fine, soft in pairwise(layers))


def _as_light(luma: Float32, skin: Mask, regions: FaceRegions) -> Mask:
    """The picture beside the face, if possible only what is as light: grain depends on tone."""
    beside = (regions.detail < 0.05) & (luma > 12) & (luma < 243)
    smooth = cv2.blur(luma, (9, 9))
    alike = beside & (np.abs(smooth - float(np.median(luma[skin]))) < ALIKE_LEVELS)
    return alike if int(alike.sum()) > ALIKE_SHARE * int(beside.sum()) else beside


def _flat_level(octave: Float32, where: Mask) -> float:
    """Standard deviation (levels) in the flattest third of an area; 0 of nearly no pixels."""
    judged = cv2.blur(octave * octave, (7, 7))[::2, ::2][where[::2, ::2]]
    return float(np.sqrt(max(np.percentile(judged, 33), 0.0))) if judged.size >= 16 else 0.0


def _screened(levels: float) -> float:
    """Share, 0..1, by which texture of so many levels is the screen of a print."""
    return scalar_step(*SCREENED, levels)


def calmed(crop: UInt8) -> tuple[UInt8, float]:
    """Return an aligned crop with strong grain flattened, and the share of that, 0..1.

    Buades, Coll, Morel, "A Non-Local Algorithm for Image Denoising", 2005. For strong grain it is
    better than the restorer's network, which then sees a face like those that it knows.

    crop: uint8 (S, S), the face in its middle. The share is 0 of weak grain and of a print's
    screen, which stay as they are, and 1 where grain is a veil.
    """
    luma = crop.astype(np.float32)
    middle = np.zeros_like(luma)
    rim = len(crop) // 4
    middle[rim:-rim, rim:-rim] = 1
    levels = measure_grain(luma, middle)
    share = scalar_step(*GRAINY, levels) * (1 - _screened(levels))
    if share == 0:
        return crop, 0.0
    flat = cv2.fastNlMeansDenoising(crop, None, 1.5 * levels, 5, 15).astype(np.float32)
    return np.asarray(np.rint(luma + share * (flat - luma)), np.uint8), share


def remove_noise(luma: Float32, grain_levels: float, radius_px: int) -> Float32:
    """Return the luma with texture of the grain's size flattened and edges kept.

    He, Sun, Tang, "Guided Image Filtering", 2013, eqs. 11-15, with the picture as its own guide.
    """
    side = (2 * radius_px + 1, 2 * radius_px + 1)
    mean = cv2.blur(luma, side)
    variance = np.maximum(cv2.blur(luma * luma, side) - mean * mean, 0)
    slope = variance / (variance + (1.6 * grain_levels) ** 2)
    offset = mean - slope * mean
    return np.asarray(cv2.blur(slope, side) * luma + cv2.blur(offset, side), np.float32)


def sharpening(clean: Float32, grain_levels: float, sigma_px: float) -> Float32:
    """Addition (levels) of a gentle inverse of a Gaussian blur, without noise and halos.

    Two bands of one Van Cittert step (clean minus its blur): values of the grain's size are
    suppressed, large ones limited.
    """
    once = cv2.GaussianBlur(clean, (0, 0), sigma_px)
    twice = cv2.GaussianBlur(once, (0, 0), 2.2 * sigma_px)
    step = (clean - once) + 0.7 * (once - twice)
    quiet = (0.5 * grain_levels) ** 2
    step *= step * step / (step * step + quiet)
    return np.asarray(12 * np.tanh(step / 12), np.float32)


def clarity(clean: Float32, unit: float) -> Float32:
    """Local contrast (levels) at the scale of lids, lips and nostrils, limited to 10."""
    small = np.asarray(cv2.GaussianBlur(clean, (0, 0), max(1.2, 0.01 * unit)), np.float32)
    large = _wide_blur(small, 0.045 * unit)
    return np.asarray(10 * np.tanh((small - large) / 10), np.float32)


def fine_energy(luma: Float32, mask: Float32) -> float:
    """Mean squared Laplacian after a blur of FINE_SIGMA_PX, weighted by the mask."""
    curved = _laplacian(luma)
    return float((curved * curved * mask).sum() / max(float(mask.sum()), 1e-6))


def match_energy(base: Float32, step: Float32, mask: Float32, energy: float, most: float) -> float:
    """Largest factor 0..most for which base + factor * step has at most the given energy."""
    b, s = _laplacian(base), _laplacian(step)
    weight = max(float(mask.sum()), 1e-6)
    c = float((b * b * mask).sum()) / weight - energy
    half = float((b * s * mask).sum()) / weight
    a = float((s * s * mask).sum()) / weight
    if c >= 0 or a <= 1e-9:
        return 0.0 if c >= 0 else most
    root = (-half + np.sqrt(half * half - a * c)) / a
    return float(np.clip(root, 0.0, most))


def _laplacian(luma: Float32) -> Float32:
    return np.asarray(
        cv2.Laplacian(cv2.GaussianBlur(luma, (0, 0), FINE_SIGMA_PX), cv2.CV_32F), np.float32
    )


def _wide_blur(luma: Float32, sigma_px: float) -> Float32:
    """Gaussian blur of a smaller picture, for speed.

    The lids of `motion.mesh` are blurred with other steps and interpolation, hence other pixels.
    """
    step = max(1, int(sigma_px / 4))
    height, width = luma.shape
    size = (max(1, width // step), max(1, height // step))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma_px / step)
    return np.asarray(
        cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )
