"""Exposure and contrast of a face: a luma curve that only widens a range that is too narrow.

Only the ends of the face's own range are judged, never its middle: dark skin that is well exposed
has its highlights where they belong and stays as dark as it is.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.geometry import scalar_step, smoothstep
from nostalgia.types import Float32, UInt8

DEEPEST, BRIGHTEST = 62.0, 178.0  # where the face's 3rd and 97th percentile of luma should reach
MOST_DOWN, MOST_UP = 7.0, 14.0  # levels by which strength 1 may move them

BLACK, WHITE = 14.0, 236.0  # of a print that has not faded
FADED_BLACK = (48.0, 92.0)  # levels of the darkest hundredth: of a good print, of a faded one
LEAST_RANGE = 40.0  # levels; a flatter picture is a drawing or fog, and nobody knows its tones

YOUNG_GRAIN, OLD_GRAIN = 0.8, 1.6  # levels of texture on smooth skin: a camera's, a print's
OLD_HUES, YOUNG_HUES = 1.5, 2.8  # spread of chroma (levels) that lightness does not explain
HUE_SIDE_PX = 96


@dataclass(frozen=True, slots=True)
class ToneLine:
    """Levels to add to a luma 0..255: offset + slope * luma, followed from tone low to high."""

    offset: float
    slope: float
    low: float = 0.0
    high: float = 255.0

    def of(self, luma: Float32) -> Float32:
        """Return the levels to add to each pixel."""
        tones = np.clip(luma, self.low, self.high)
        return np.asarray(self.offset + self.slope * tones, np.float32)


def fading(around: Float32) -> ToneLine:
    """The line that gives a faded picture its black and white back.

    A photo has some black in it. Where the darkest hundredth of a picture is grey, its black has
    faded; its white is only lifted with it.

    around: float32 (n,), luma of the picture.
    """
    black, white = (float(v) for v in np.percentile(around, (1, 99)))
    share = scalar_step(*FADED_BLACK, black)
    if white - black < LEAST_RANGE:
        return ToneLine(0.0, 0.0)
    slope = (max(white, WHITE) - BLACK) / (white - black) - 1
    return ToneLine(share * (BLACK - black - slope * black), share * slope)


@dataclass(frozen=True, slots=True)
class ToneCurve:
    """Shift of luma (levels, 0..255): `down` at luma `low` and below, `up` at `high` and above."""

    low: float
    high: float
    down: float
    up: float

    def shift(self, luma: Float32) -> Float32:
        """Return the levels to add to each pixel; they fade towards 0 and 255 to avoid clipping."""
        smooth = smoothstep((luma - self.low) / max(self.high - self.low, 1.0))
        ends = np.clip(luma / 40, 0, 1) * np.clip((255 - luma) / 60, 0, 1)
        return np.asarray((self.up * smooth - self.down * (1 - smooth)) * ends, np.float32)


def age(pixels: UInt8, mask: Float32, grain_levels: float) -> float:
    """Resemblance to an old print, 0..1: grainy, or of one hue throughout.

    Prints fade. A clean picture in full colour is as flat as its camera and its light made it, so
    there is no contrast to restore.

    pixels: RGB uint8 (h, w, 3). mask: float32 (h, w), judged where it is above 0.5.
    """
    grainy = (grain_levels - YOUNG_GRAIN) / (OLD_GRAIN - YOUNG_GRAIN)
    return float(np.clip(max(grainy, one_hue(pixels, mask)), 0, 1))


def one_hue(pixels: UInt8, mask: Float32) -> float:
    """Monochromacy, 0..1: 1 if the picture is grey or of one tint; arguments as in `age`."""
    spread = (YOUNG_HUES - _hue_spread(pixels, mask)) / (YOUNG_HUES - OLD_HUES)
    return float(np.clip(spread, 0, 1))


def _hue_spread(pixels: UInt8, mask: Float32) -> float:
    """Deviation of chroma (levels of Lab) not explained by lightness; 0 in grey, low in sepia."""
    step = max(1, max(pixels.shape[:2]) // HUE_SIDE_PX)
    size = (max(1, pixels.shape[1] // step), max(1, pixels.shape[0] // step))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if not np.ptp(small, axis=2).any():
        return 0.0
    judged = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0.5
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[judged].astype(np.float64)
    if len(lab) < 50:
        return 0.0
    terms = np.vander(lab[:, 0] / 128 - 1, 4)
    explained = terms @ np.linalg.lstsq(terms, lab[:, 1:], rcond=None)[0]
    return float((lab[:, 1:] - explained).std(axis=0).mean())


def tone_curve(luma: Float32, skin: Float32, around: Float32, strength: float) -> ToneCurve:
    """Return the curve for one face.

    If the picture around the face reaches black and white, it is well exposed, and the face really
    was that dark or bright; the face only gets the range that the whole picture is missing.

    luma: float32 (h, w), 0..255. skin: float32 (h, w), judged where it is above 0.5. around:
    float32 (n,), luma of the picture around the face. strength: 0..1.
    """
    judged = luma[skin > 0.5]
    if judged.size < 50:
        return ToneCurve(0.0, 255.0, 0.0, 0.0)
    low, high = (float(v) for v in np.percentile(judged, (3, 97)))
    black, white = (float(v) for v in np.percentile(around, (2, 98)))
    faded, dim = np.clip((black - 8) / 40, 0, 1), np.clip((240 - white) / 60, 0, 1)
    down = float(min(0.3 * max(low - DEEPEST, 0.0), MOST_DOWN) * faded * strength)
    up = float(min(0.5 * max(BRIGHTEST - high, 0.0), MOST_UP) * dim * strength)
    return ToneCurve(low, max(high, low + 30), down, up)
