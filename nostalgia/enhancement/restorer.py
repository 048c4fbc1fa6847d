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
from nostalgia.geometry import scalar_step
from nostalgia.types import Float32, Float64, UInt8
from nostalgia.weights.network import shipped_network

_TONE_LEVELS = (1.5, 4.0)  # changes of tone that are none, and that are laid out whole
_FADING_UNDONE = 0.65
"""Share of a picture's fading that is taken out of a face: more would part it from its
surroundings."""
_PATCH_CHANGES = (0.8, 1.3)  # the same of the patches, as standard deviation: 2 of small pictures
_PATCH_SIDES = (40.0, 132.0)
"""Sides of the crop in the photo (pixels) between which the patches' answer grows to the whole: all
of it makes old portraits of 64 pixels a little less like the person, half of it does not."""
_ALL_TONES = np.arange(256, dtype=np.float32)
_BEYOND_TONES = 20.0  # levels beyond the face's tones to which the line is followed


@dataclass(frozen=True, slots=True)
class Residual:
    """What the network would add to the working picture's luma, in levels.

    tones: float32 (256,), change of each luma's tone. sure, detail: float32 (h, w), 0 beyond the
    crop. sure: what was taken out as strong grain and in one look with it, and the patches' answer;
    detail: all the rest.
    """

    tones: Float32
    sure: Float32
    detail: Float32


class RestorerNetwork:
    """Face restorer of checkpoints/face_restorer.onnx and face_patches.onnx; keeps no state.

    The first network sees any face alike, and is good with tones and grain. The second one knows
    each place of a face by itself, and is better with all else, but only in a crop of 128 pixels.
    """

    def __init__(
        self,
        predict: Callable[[Float32, Float32], Float32],
        patches: Callable[[Float32, Float32], Float32],
    ) -> None:
        """Restore with any networks.

        predict: maps luma 0..1, float32 (1, 1, S, S), and place, float32 (1, 4), to the residual,
        float32 (1, 1, S, S). place: x, y and extent of the crop on the template, here 0, 0, 1, and
        by how much the photo's pixels were enlarged to make it.
        patches: the same for S = LEAST_SIDE_PX; instead of the place only the enlargement, (1,).
        """
        self._predict, self._patches = predict, patches

    @classmethod
    def load(cls) -> "RestorerNetwork":
        """Load the networks that ship.

        Raises:
            CheckpointError: a file is missing or damaged.
        """
        network, patches = shipped_network("face-restorer"), shipped_network("face-patches")
        return cls(
            lambda luma, place: network.run(luma, place)[0],
            lambda luma, enlarged: patches.run(luma, enlarged)[0],
        )

    def residual(self, face: WorkingFace, enlarged: float) -> Residual:
        """Return what restores a face.

        Args:
            face: the working picture.
            enlarged: working pixels per pixel of the photo.
        """
        unit = unit_template(face.landmarks)
        own_side_px = own_side(unit, enlarged)
        luma = face.luma
        faded = fading(face.around)
        undone = np.float32(_FADING_UNDONE)
        tone = undone * faded.of(luma)
        crop = warp_to(levels_of(luma + tone), unit, LEAST_SIDE_PX)
        line = _tone_line(crop, self._found(crop, own_side_px))
        tone += line.of(luma + tone)
        tones = _ALL_TONES + undone * faded.of(_ALL_TONES)
        tones += line.of(tones) - _ALL_TONES
        # Detail is looked for in all of the contrast, and laid out in what the face gets of it.
        veil = 1 - _FADING_UNDONE
        clear = luma + tone + np.float32(veil) * faded.of(luma)
        contrast = (1 + _FADING_UNDONE * faded.slope) * (1 + line.slope)
        kept = np.float32(contrast / (contrast + veil * faded.slope))
        change = np.zeros_like(luma)
        # Grain is seen in the photo's own resolution, all else in the small crop.
        side_px = seen_side(own_side_px)
        crop = warp_to(levels_of(clear), unit, side_px)
        seen, grainy = calmed(crop)
        if side_px > LEAST_SIDE_PX or grainy > 0:
            found = self._found(seen, own_side_px) + seen.astype(np.float32) - crop
            change = _without_tones(found, crop, unit, luma)
        crop = warp_to(levels_of(clear + change), unit, LEAST_SIDE_PX)
        found = self._patches(_planes(crop), _enlargement(crop, own_side_px))[0, 0]
        found = np.asarray(found * 255, np.float32)
        wanted = np.float32(_wanted(found, own_side_px))
        known = kept * wanted * _without_tones(found, crop, unit, luma)
        change *= kept
        share = np.float32(grainy)
        return Residual(tones, share * change + known, (1 - share) * change)

    def _found(self, crop: UInt8, own_side_px: float) -> Float32:
        """The first network's residual of a crop, levels, float32 of its shape."""
        place = np.array([[0, 0, 1, *_enlargement(crop, own_side_px)]], np.float32)
        return np.asarray(self._predict(_planes(crop), place)[0, 0] * 255, np.float32)


def _planes(crop: UInt8) -> Float32:
    return np.asarray(crop[None, None] / np.float32(255), np.float32)


def _enlargement(crop: UInt8, own_side_px: float) -> Float32:
    """By how much the photo was enlarged to make a crop, at least 1: float32 (1,)."""
    return np.array([max(1.0, crop.shape[0] / own_side_px)], np.float32)


def _wanted(residual: Float32, own_side_px: float) -> float:
    """How much of the patches' residual is laid out, 0..1: what is hardly a change is none.

    The more the photo was reduced for them, the less of its faults they can have seen.
    """
    rim = residual.shape[0] // 8
    reduced = max(1.0, own_side_px / residual.shape[0])
    change = float(residual[rim:-rim, rim:-rim].std()) / reduced
    return scalar_step(*_PATCH_CHANGES, change) * scalar_step(*_PATCH_SIDES, own_side_px)


def _without_tones(residual: Float32, crop: UInt8, unit: Float64, luma: Float32) -> Float32:
    """A crop's residual less its change of tones, laid out on the luma."""
    less = residual - _tone_line(crop, residual).of(crop.astype(np.float32))
    return laid_out(np.asarray(less, np.float32), unit, (luma.shape[1], luma.shape[0]))


def _tone_line(crop: UInt8, residual: Float32) -> ToneLine:
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
