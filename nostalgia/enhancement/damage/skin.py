"""Specks, scratches and cracks on bare skin: thin outliers of a texture that is known there.

Bright damage (dust on the negative, cracks in the emulsion) is the common kind. A dark dot may be a
mole and a dark line a wrinkle, so dark damage must be near-black and hardly wider than a pixel.
Rims of glasses and what shines on dark skin are thin and bright too: `pixels` must see damage in
some pixel of what is found.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.enhancement.damage.pixels import damage_odds
from nostalgia.enhancement.damage.places import Mask, Places
from nostalgia.faces.regions import FaceRegions
from nostalgia.types import Float32, Float64, UInt8

BRIGHT_LEVELS = 26.0  # least contrast of bright damage with its surroundings
DARK_LEVELS = 45.0
OUTLYING = 8.0  # least contrast in robust standard deviations of the skin's own texture
LEAST_ODDS = 0.2
"""Odds of `pixels` that some pixel of a damaged part has: 98 of 100 parts that are found on 12
scratched portraits have them, and 24 of 100 on 213 sound faces of an African family."""


def find_on_skin(
    luma: Float32, regions: FaceRegions, places: Places, face_height_px: float
) -> UInt8:
    """Return a mask of damaged pixels and their soft rims: uint8 (h, w), 0 or 1.

    luma: float32 (h, w), 0..255. face_height_px: forehead to chin in the same pixels.
    """
    found = np.zeros(luma.shape, np.uint8)
    skin = regions.skin > 0.5
    if int(skin.sum()) < 200:
        return found
    allowed = (regions.detail > 0.99) & (regions.core < 0.5) & (regions.inner > 0.5)
    allowed &= ~places.rims
    middle, high = np.percentile(luma[skin], (50, 97))
    bright = _contrast(luma, cv2.MORPH_OPEN, face_height_px)
    peak = -_curvature(luma, face_height_px)
    outlying = _outlying(bright[skin], OUTLYING, BRIGHT_LEVELS)
    sharp = _outlying(peak[skin], 0.6 * OUTLYING, 1.0)
    hard = (bright > outlying) & (peak > sharp) & allowed
    weak = (bright > 0.4 * outlying) & allowed
    found |= _lines(weak, hard, regions, face_height_px)
    tears = (bright > 0.5 * outlying) & (regions.core < 0.5)
    torn = _tears(tears, (bright > outlying) & (peak > sharp), regions, face_height_px)
    hard &= (peak > 1.5 * sharp) & (luma - bright > 0.6 * middle)
    weak = (bright > 0.45 * outlying) & (luma > high)
    found |= _specks(weak, hard, regions, 0.04 * face_height_px)
    dark = -_contrast(luma, cv2.MORPH_CLOSE, face_height_px)
    outlying = _outlying(dark[skin], OUTLYING, DARK_LEVELS)
    hard = (dark > outlying) & (-peak > 1.5 * sharp) & (luma + dark > 0.6 * middle)
    hard &= luma < 0.35 * middle
    found |= _specks(dark > 0.45 * outlying, hard, regions, 0.006 * face_height_px)
    rim = 2 * int(np.clip(round(0.009 * face_height_px), 1, 3)) + 1
    kernel = np.ones((rim, rim), np.uint8)
    found = np.asarray(cv2.dilate(found, kernel) * allowed, np.uint8)
    found |= np.asarray(cv2.dilate(torn, kernel) * (regions.core < 0.5), np.uint8)
    return _seen(found, luma) if found.any() else found


def _seen(found: UInt8, luma: Float32) -> UInt8:
    """The parts of what is found that `pixels` takes for damage, too."""
    _, parts = cv2.connectedComponents(found, connectivity=8)
    seen = (damage_odds(luma) > LEAST_ODDS).any(axis=0)
    kept = np.unique(parts[seen])
    return np.asarray((parts > 0) & np.isin(parts, kept), np.uint8)


def _contrast(luma: Float32, operation: int, unit: float) -> Float32:
    """Contrast (levels) of each pixel with structures wider than thin damage."""
    radius = max(2, round(0.012 * unit))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(luma - cv2.morphologyEx(luma, operation, kernel), np.float32)


def _curvature(luma: Float32, unit: float) -> Float32:
    """Laplacian (levels per pixel^2): damage has hard rims, highlights and moles soft ones."""
    smooth = cv2.GaussianBlur(luma, (0, 0), max(0.7, 0.003 * unit))
    return np.asarray(cv2.Laplacian(smooth, cv2.CV_32F), np.float32)


def _outlying(contrast: Float32, deviations: float, least: float) -> float:
    """Contrast beyond which a pixel does not belong to the texture of this skin."""
    usual = float(np.median(contrast))
    spread = float(np.median(np.abs(contrast - usual))) / 0.6745
    return max(usual + deviations * spread, least)


def _lines(weak: Mask, hard: Mask, regions: FaceRegions, unit: float) -> UInt8:
    """Connected parts of `weak` that are long, thin, hard enough and partly on bare skin."""
    if not hard.any():
        return np.zeros(weak.shape, np.uint8)
    labels, area, length = _parts(weak)
    thin = (area / length < max(0.02 * unit, 2.5)) & (length > 5 * area / length)
    share = _share(labels, area, hard)
    kept = ((length > 0.2 * unit) & (share > 0.3)) | ((length > 0.15 * unit) & (share > 0.45))
    kept &= thin & (_share(labels, area, regions.skin > 0.5) > 0.15)
    kept[0] = False
    return np.asarray(kept[labels], np.uint8)


def _tears(weak: Mask, hard: Mask, regions: FaceRegions, unit: float) -> UInt8:
    """Connected parts that cross the face's outline and are longer than any glasses or hair.

    Only these may be repaired through a brow; they end at the outline, where ears begin.
    """
    if not hard.any():
        return np.zeros(weak.shape, np.uint8)
    labels, area, length = _parts(weak)
    kept = (
        (length > 0.7 * unit) & (area / length < 0.06 * unit) & (_share(labels, area, hard) > 0.4)
    )
    share = _share(labels, area, regions.inner > 0.5)
    kept &= (share > 0.15) & (share < 0.85)
    kept[0] = False
    return np.asarray(kept[labels] & (regions.inner > 0.5), np.uint8)


def _specks(weak: Mask, hard: Mask, regions: FaceRegions, longest_px: float) -> UInt8:
    """Connected parts of `weak` that are tiny, hard and entirely on bare skin."""
    if not hard.any():
        return np.zeros(weak.shape, np.uint8)
    labels, area, length = _parts(weak)
    kept = (length <= max(longest_px, 4.0)) & (_share(labels, area, hard) > 0.15)
    kept &= _share(labels, area, regions.skin > 0.5) > 0.95
    kept[0] = False
    return np.asarray(kept[labels], np.uint8)


def _parts(mask: Mask) -> tuple[NDArray[np.int32], Float64, Float64]:
    """Labels (h, w) of the connected parts (0 = none), and area and length of each in pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    length = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    return np.asarray(labels, np.int32), area, np.asarray(length, np.float64)


def _share(labels: NDArray[np.int32], area: Float64, mask: Mask) -> Float64:
    """Share of each label's pixels that lie in the mask, 0..1; area: of each label."""
    inside = np.bincount(labels[mask], minlength=len(area))
    return np.asarray(inside / np.maximum(area, 1), np.float64)
