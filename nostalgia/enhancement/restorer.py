"""The learned restorer: what its network would change of a face, laid out on the working picture.

The network sees the luma of an aligned crop and answers with a residual. It is split in two: a
straight line through the tones, which brings back a faded picture's black and white and fades out
far beyond the face, and the detail, which ends with the face. Nothing is resampled but the
residual, so that pixels in which the network finds no fault stay as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.enhancement.aligned_face import (
    LEAST_SIDE_PX,
    laid_out,
    levels_of,
    own_side,
    seen_side,
    unit_template,
    warp_to,
)
from nostalgia.enhancement.grain import calmed
from nostalgia.enhancement.tone import ToneLine, fading
from nostalgia.enhancement.working_face import WorkingFace
from nostalgia.types import Float32, Float64, UInt8
from nostalgia.weights.network import shipped_network

_TONE_LEVELS = (1.5, 4.0)  # changes of tone that are none, and that are laid out whole
_BEYOND_TONES = 20.0  # levels beyond the face's tones to which the line is followed


@dataclass(frozen=True, slots=True)
class Residual:
    """What the network would add to the working picture's luma, in levels.

    tone, grain, detail: float32 (h, w); grain and detail are 0 beyond the crop. grain: what was
    taken out as strong grain and in one look with it; detail: all the rest.
    """

    tone: Float32
    grain: Float32
    detail: Float32


class RestorerNetwork:
    """Face restorer of checkpoints/face_restorer.onnx; keeps no state between calls."""

    def __init__(self, predict: Callable[[Float32, Float32], Float32]) -> None:
        """Restore with any network.

        predict: maps luma 0..1, float32 (1, 1, S, S), and place, float32 (1, 4), to the residual,
        float32 (1, 1, S, S). place: x, y and extent of the crop on the template, here 0, 0, 1, and
        by how much the photo's pixels were enlarged to make it.
        """
        self._predict = predict

    @classmethod
    def load(cls) -> "RestorerNetwork":
        """Load the network that ships.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        network = shipped_network("face-restorer")
        return cls(lambda luma, place: network.run(luma, place)[0])

    def residual(self, face: WorkingFace, enlarged: float) -> Residual:
        """Return what restores a face.

        Args:
            face: the working picture.
            enlarged: working pixels per pixel of the photo.
        """
        unit = unit_template(face.landmarks)
        own_side_px = own_side(unit, enlarged)
        luma = face.luma
        tone = fading(face.around).of(luma)
        crop, found, _ = self._look(levels_of(luma + tone), unit, LEAST_SIDE_PX, own_side_px)
        tone += _tone_line(crop, found).of(luma + tone)
        largest = seen_side(own_side_px)
        grain, detail = np.zeros_like(luma), np.zeros_like(luma)
        # Grain is seen in the photo's own resolution, blur better in the small crop.
        for side_px in dict.fromkeys((largest, LEAST_SIDE_PX)):
            before = levels_of(luma + tone + grain + detail)
            calm = side_px == largest
            crop, found, grainy = self._look(before, unit, side_px, own_side_px, calm=calm)
            found = found - _tone_line(crop, found).of(crop)
            change = laid_out(found, unit, (luma.shape[1], luma.shape[0]))
            grain += grainy * change
            detail += (1 - grainy) * change
        return Residual(tone, grain, detail)

    def _look(
        self, grey: UInt8, unit: Float64, side_px: int, own_side_px: float, *, calm: bool = False
    ) -> tuple[Float32, Float32, float]:
        """The crop of this side and its residual, levels, float32 (side_px, side_px) each.

        calm: take strong grain out before the network looks; the last answer is its share, 0..1.
        """
        cut = warp_to(grey, unit, side_px)
        seen, grainy = calmed(cut) if calm else (cut, 0.0)
        luma = seen.astype(np.float32)[None, None] / np.float32(255)
        place = np.array([[0, 0, 1, max(1.0, side_px / own_side_px)]], np.float32)
        found = self._predict(luma, place)[0, 0] * np.float32(255)
        crop = cut.astype(np.float32)
        return crop, found + seen.astype(np.float32) - crop, grainy


def _tone_line(crop: Float32, residual: Float32) -> ToneLine:
    """The straight line through a residual over the crop's tones; 0 if it changes them hardly."""
    inner = crop.shape[0] // 8
    middle = np.s_[inner:-inner, inner:-inner]
    # The tones of areas: grain and blur would bend the line.
    size = (16, 16)
    tones, wanted = (
        cv2.resize(part[middle], size, interpolation=cv2.INTER_AREA).ravel().astype(np.float64)
        for part in (crop, residual)
    )
    around = tones - tones.mean()
    slope = float(around @ wanted / (around @ around + 1e-6))
    offset = float(wanted.mean() - slope * tones.mean())
    low, high = (float(v) for v in np.percentile(crop, (2, 98)))
    change = max(abs(offset + slope * low), abs(offset + slope * high))
    share = np.clip((change - _TONE_LEVELS[0]) / (_TONE_LEVELS[1] - _TONE_LEVELS[0]), 0, 1)
    return ToneLine(
        float(share) * offset, float(share) * slope, low - _BEYOND_TONES, high + _BEYOND_TONES
    )
