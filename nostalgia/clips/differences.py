"""Differences between the frames of a clip and a still, with the effect of compression smoothed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.clips.reference_frame import ReferenceFrame
from nostalgia.types import Float32, UInt8

WORK_SIDE_PX = 640
"""Longest side at which frames are compared."""

SMOOTHING_PX = 5
_SLIP_PX = 1.0
"""Possible misalignment between a clip scaled elsewhere and the photo scaled here."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences of all frames from the still.

    largest: uint8 (h, w), grey levels. when: uint16 (h, w), the frame in which it occurs.
    frames: their number. likeness: best correlation of a frame's brightness with the still's,
    -1..1.
    """

    largest: UInt8
    when: NDArray[np.uint16]
    frames: int
    likeness: float


def nearest_still(stills: Iterator[ReferenceFrame], frame: UInt8) -> ReferenceFrame:
    """The still from which a frame, RGB uint8 (H, W, 3), differs least."""

    def difference(still: ReferenceFrame) -> float:
        size_wh = _work_wh(still.pixels)
        return float(
            _difference(_smoothed(frame, size_wh), _smoothed(still.pixels, size_wh)).mean()
        )

    return min(stills, key=difference)


def measure_differences(still: UInt8, frames: Iterable[UInt8]) -> Differences:
    """Compare frames with a still, all RGB uint8 (H, W, 3); the frames may be reduced."""
    size_wh = _work_wh(still)
    rest = _smoothed(still, size_wh)
    largest = np.zeros(rest.shape[:2], np.uint8)
    when = np.zeros(rest.shape[:2], np.uint16)
    count, likeness = 0, -1.0
    for count, frame in enumerate(frames, 1):
        smoothed = _smoothed(frame, size_wh)
        differences = _difference(smoothed, rest)
        larger = differences > largest
        largest[larger] = differences[larger]
        when[larger] = min(count - 1, 0xFFFF)
        likeness = max(likeness, _correlation(smoothed[..., 0], rest[..., 0]))
    return Differences(largest, when, count, likeness)


def scaling_slack(still: ReferenceFrame, size_wh: tuple[int, int]) -> Float32:
    """Differences at edges due to scaling in another program: (h, w), grey levels."""
    if not still.is_scaled:
        return np.zeros(size_wh[::-1], np.float32)
    smoothed = _smoothed(still.pixels, size_wh)
    slopes = [cv2.Scharr(smoothed, cv2.CV_32F, *axis, scale=1 / 32) for axis in ((1, 0), (0, 1))]
    steepest = np.hypot(*slopes).max(axis=-1)
    return np.asarray(_SLIP_PX * cv2.dilate(steepest, np.ones((3, 3), np.uint8)), np.float32)


def _work_wh(still: UInt8) -> tuple[int, int]:
    height, width = still.shape[:2]
    scale = min(1.0, WORK_SIDE_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _smoothed(frame: UInt8, size_wh: tuple[int, int]) -> UInt8:
    """Brightness and two colours, resized by area averages and smoothed: uint8 (h, w, 3)."""
    if (frame.shape[1], frame.shape[0]) != size_wh:
        frame = np.asarray(cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    colours = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    return np.asarray(cv2.blur(colours, (SMOOTHING_PX, SMOOTHING_PX)), np.uint8)


def _difference(one: UInt8, other: UInt8) -> UInt8:
    """Difference in brightness, or half the difference in a colour if that is larger: (h, w).

    All three formats store colours at a quarter of the pixels or as 256 values: on a bright orange
    suit they were wrong by 14 levels in a GIF and a WebP, and the brightness by 7.
    """
    apart = cv2.absdiff(one, other)
    return np.asarray(np.maximum(apart[..., 0], apart[..., 1:].max(axis=-1) // 2), np.uint8)


def _correlation(one: UInt8, other: UInt8) -> float:
    """Correlation of two pictures, -1..1; a flat one correlates only with its equal."""
    if np.array_equal(one, other):
        return 1.0
    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED)[0, 0])
