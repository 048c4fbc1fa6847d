"""Exposure and contrast of a face: a curve for luma that widens too narrow a range, and no more.

Only the ends of the face's own range are judged, never its middle: a dark skin that is well exposed
has its highlights where they belong and stays as dark as it is.
"""

from dataclasses import dataclass

import numpy as np

from nostalgia.types import Float32

DEEPEST, BRIGHTEST = 62.0, 178.0  # where the face's 3rd and 97th percentile of luma should reach
MOST_DOWN, MOST_UP = 7.0, 14.0  # levels by which strength 1 may move them


@dataclass(frozen=True, slots=True)
class ToneCurve:
    """Shift of luma (levels, 0..255): `down` at luma `low` and below, `up` at `high` and above."""

    low: float
    high: float
    down: float
    up: float

    def shift(self, luma: Float32) -> Float32:
        """Levels to add to each pixel; fades out towards 0 and 255, so that nothing clips."""
        t = np.clip((luma - self.low) / max(self.high - self.low, 1.0), 0, 1)
        smooth = t * t * (3 - 2 * t)
        ends = np.clip(luma / 40, 0, 1) * np.clip((255 - luma) / 60, 0, 1)
        return np.asarray((self.up * smooth - self.down * (1 - smooth)) * ends, np.float32)


def tone_curve(luma: Float32, skin: Float32, around: Float32, strength: float) -> ToneCurve:
    """The curve for one face.

    Where the picture round the face reaches black and white, its exposure is as it should be and
    the face is as dark or bright as it was; only what the whole picture lacks is given to the face.

    luma: float32 (h, w), 0..255. skin: float32 (h, w), judged where it is above 0.5. around:
    float32 (n,), luma of the picture round the face. strength: 0..1.
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
