"""Noise, grain and sharpness of a face: neither more nor less texture than the coat below it."""

import cv2
import numpy as np

from nostalgia.faces.regions import FaceRegions
from nostalgia.geometry import smoothstep
from nostalgia.types import Float32, UInt8

GRAIN_SIGMA_PX = 1.5  # of the blur that grain does not survive
CLUMP_SIGMA_PX = 2.5  # the same of clumps of grain
GRAIN_KEPT = 0.6  # of the grain around a face, that strength 1 leaves on its skin
MOST_GRAIN = 5.0  # levels; more hides the face that was restored
GRAINY = (5.0, 10.0)  # levels of texture on skin: below, it may be skin; above, it is a veil
SCREENED = (16.0, 22.0)  # above, it is the screen of a print, which clothes and backdrop have too
FINE_SIGMA_PX = 0.8  # scale at which texture is compared, as an eye compares it at full size


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

    What restoration takes out at the scale of grain is laid back in part, until the skin has
    GRAIN_KEPT of the grain around the face, at most MOST_GRAIN. Surroundings without grain ask for
    none.

    Args:
        luma: float32 (h, w), 0..255, of the photo.
        detail: float32 (h, w), what restoration adds to it.
        regions: of the face.
    """
    lost = cv2.GaussianBlur(detail, (0, 0), CLUMP_SIGMA_PX) - detail
    if not (regions.skin > 0.5).any():
        return np.zeros_like(luma)
    around = _grain_around(luma, regions)
    wanted = min(GRAIN_KEPT * min(around, measure_grain(luma, regions.skin)), MOST_GRAIN)
    left = measure_grain(luma + detail, regions.skin)
    taken = max(measure_grain(lost, regions.skin), 0.3)
    share = np.sqrt(max(wanted**2 - left**2, 0.0)) / taken
    weight = min(float(share), GRAIN_KEPT) * (1 - 0.6 * regions.features)
    return np.asarray(weight * np.clip(lost, -3 * taken, 3 * taken), np.float32)


def _grain_around(luma: Float32, regions: FaceRegions) -> float:
    """Grain (levels) of the flattest parts of the picture beside the face."""
    fine = luma - cv2.GaussianBlur(luma, (0, 0), GRAIN_SIGMA_PX)
    local = cv2.blur(fine * fine, (7, 7))
    judged = local[(regions.detail < 0.05) & (luma > 12) & (luma < 243)]
    return float(np.sqrt(np.percentile(judged, 33))) if judged.size >= 50 else 0.0


def calmed(crop: UInt8) -> UInt8:
    """Return an aligned crop with strong grain flattened; weak grain and screens as they are.

    Buades, Coll, Morel, "A Non-Local Algorithm for Image Denoising", 2005. For strong grain it is
    better than the restorer's network, which then sees a face like those that it knows.

    crop: uint8 (S, S), the face in its middle.
    """
    luma = crop.astype(np.float32)
    middle = np.zeros_like(luma)
    rim = len(crop) // 4
    middle[rim:-rim, rim:-rim] = 1
    levels = measure_grain(luma, middle)
    tests = np.array([levels - GRAINY[0], SCREENED[1] - levels])
    widths = np.array([GRAINY[1] - GRAINY[0], SCREENED[1] - SCREENED[0]])
    share = float(smoothstep(tests / widths).prod())
    if share == 0:
        return crop
    flat = cv2.fastNlMeansDenoising(crop, None, 1.5 * levels, 5, 15).astype(np.float32)
    return np.asarray(np.rint(luma + share * (flat - luma)), np.uint8)


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
