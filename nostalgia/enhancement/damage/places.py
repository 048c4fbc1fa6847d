"""Where a face has, or wears, what passes for damage: eyes, lips, glasses and jewellery."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.faces.glasses import glasses_probability
from nostalgia.faces.regions import FaceRegions, hulls
from nostalgia.faces.topology import FACE_OVAL, LEFT_EYE, RIGHT_EYE
from nostalgia.types import CHIN, FOREHEAD, Float32

LEAST_GLASSES = 0.3
"""Probability of glasses from which rims are expected: of 24 portraits without any, none has more,
scratched or not."""

_NEAR = 0.1
"""Face heights round the features in which lids and lips have edges."""
_RIMS = 0.22
"""Face heights round the eyes in which the rims of glasses lie."""
_BESIDE, _FROM, _UNTIL = 0.65, -0.05, 1.2
"""Reach of earrings, necklaces and collars beside the middle of a face, and where they begin and
end below it, in face heights."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Places:
    """Masks of a picture, bool (h, w).

    features: openings of the eyes, lips and nostrils. rims: round the eyes of who wears glasses.
    near: both, and what is round the features. worn: beside and below the faces, where jewellery
    and collars are.
    """

    features: Mask
    rims: Mask
    near: Mask
    worn: Mask

    @classmethod
    def none(cls, height: int, width: int) -> Self:
        """Without a face."""
        return cls(*(np.zeros((height, width), np.bool_) for _ in range(4)))

    @classmethod
    def of_face(cls, luma: Float32, landmarks: Float32, regions: FaceRegions, unit: float) -> Self:
        """Those of one face, at most about 300 pixels high.

        luma: float32 (h, w), 0..255. landmarks: float32 (478, 2 or more). unit: face height.
        """
        near = _grown(regions.features > 0.3, _NEAR * unit)
        rims = np.zeros_like(near)
        if _wears_glasses(luma, landmarks):
            rims = _grown(_inside((LEFT_EYE, RIGHT_EYE), landmarks, luma.shape), _RIMS * unit)
        return cls(regions.core > 0.5, rims, near | rims, worn_by(landmarks, luma.shape))

    @property
    def masks(self) -> tuple[Mask, ...]:
        """All of them, in their order."""
        return self.features, self.rims, self.near, self.worn

    def resized(self, size_wh: tuple[int, int]) -> "Places":
        """The same at another size."""
        return Places(*(resized(mask, size_wh) for mask in self.masks))


def resized(mask: Mask, size_wh: tuple[int, int]) -> Mask:
    """A mask at another size, by its nearest pixels."""
    other = cv2.resize(mask.astype(np.uint8), size_wh, interpolation=cv2.INTER_NEAREST)
    return np.asarray(other > 0, np.bool_)


def worn_by(landmarks: Float32, shape: tuple[int, ...]) -> Mask:
    """Where a face may wear jewellery and collars, in a picture of this shape: bool (h, w)."""
    top, bottom = (landmarks[place, :2].astype(np.float64) for place in (FOREHEAD, CHIN))
    down = bottom - top
    aside = np.array([down[1], -down[0]]) * _BESIDE
    first, last = ((top + bottom) / 2 + reach * down for reach in (_FROM, _UNTIL))
    corners = np.stack([first - aside, first + aside, last + aside, last - aside])
    drawn = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(drawn, np.rint(corners).astype(np.int32), (1,))
    return np.asarray(drawn > 0, np.bool_) & ~_inside((FACE_OVAL,), landmarks, shape)


def _wears_glasses(luma: Float32, landmarks: Float32) -> bool:
    grey = np.clip(luma, 0, 255).astype(np.uint8)
    pixels = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
    return glasses_probability(pixels, landmarks) >= LEAST_GLASSES


def _grown(mask: Mask, reach_px: float) -> Mask:
    side = 2 * round(reach_px) + 1
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8))
    return np.asarray(grown > 0, np.bool_)


def _inside(
    outlines: tuple[tuple[int, ...], ...], landmarks: Float32, shape: tuple[int, ...]
) -> Mask:
    return np.asarray(hulls(outlines, landmarks, shape[1], shape[0]) > 0, np.bool_)
