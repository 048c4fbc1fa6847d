"""Repair of a whole picture, or of the person in a crop, at the picture's own size."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.enhancement.damage.filling import fill_damage
from nostalgia.enhancement.damage.finding import SMALLEST_FACE_PX, find_in
from nostalgia.enhancement.damage.places import Places, worn_by
from nostalgia.enhancement.damage.skin import find_on_skin
from nostalgia.faces.regions import face_regions
from nostalgia.faces.topology import FACE_OVAL
from nostalgia.types import Face, FaceCrop, Float32, UInt8

_FACE_SHARE = 0.3
"""Supposed face height in a picture without faces, in its shorter side."""
_SMALLEST_PICTURE_PX = 240
"""Shorter side below which damage and the picture itself look alike."""
_SMALLEST_PART_PX = 32
_LOOKED_SKIN_PX = 320.0
"""Face height of the copy on which bare skin is searched."""
_BESIDE = 0.2
"""Face heights beyond the landmarks that are looked at for eyes, lips and nostrils."""
_BELOW_CHIN = 0.15
"""Face heights below the chin where clothes may begin."""
_REACH = 0.16
"""Face heights round the landmarks that are repaired where nobody knows what else is the person."""

Mask = NDArray[np.bool_]


def repair_picture(pixels: UInt8, faces: Sequence[Face]) -> tuple[UInt8, float]:
    """Return the whole picture with damage filled, and the share of its pixels that changed, 0..1.

    pixels: RGB uint8 (H, W, 3), not modified. faces: in its pixels; eyes, lips and nostrils of all
    of them are left alone, unless a line runs through them.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _SMALLEST_PICTURE_PX:
        return pixels, 0.0
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    marks = _Marks.none(height, width)
    for face in faces:
        marks.add(luma, face.landmarks, face.height_px)
    heights = [face.height_px for face in faces] or [_FACE_SHARE * min(height, width)]
    unit = max(float(np.median(heights)), SMALLEST_FACE_PX)
    damage = marks.on_skin | find_in(luma, np.ones(luma.shape, np.bool_), marks.places, unit)
    repaired = fill_damage(pixels, damage)
    return repaired, float((repaired != pixels).any(-1).mean())


def repair_person(source: FaceCrop) -> UInt8:
    """Return the crop's pixels, RGB uint8 (S, S, 3), with damage of its person filled.

    The person is `source.person`, down to the neck: collars, buttons and chains pass for damage.
    Where that is unknown, the face and a little round it.
    """
    unit = source.face_height_px
    left, top, right, bottom = source.inside_xyxy
    inside = np.s_[top:bottom, left:right]
    # Padding repeats the border in stripes, which would pass for scratches.
    pixels = np.ascontiguousarray(source.pixels[inside])
    if unit < SMALLEST_FACE_PX or min(pixels.shape[:2]) < _SMALLEST_PART_PX:
        return source.pixels
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    landmarks = source.landmarks[:, :2] - np.array([left, top], np.float32)
    marks = _Marks.none(*luma.shape)
    marks.add(luma, landmarks, unit)
    allowed = np.zeros(luma.shape, np.bool_)
    x0, y0, x1, y1 = _around(landmarks, _REACH * unit, luma.shape[1], luma.shape[0])
    allowed[y0:y1, x0:x1] = True
    if source.person is not None:
        neck = landmarks[list(FACE_OVAL), 1].max() + _BELOW_CHIN * unit
        head = np.arange(len(luma))[:, None] < neck
        allowed |= (source.person[inside] > 127) & head
    damage = marks.on_skin | find_in(luma, allowed, marks.places, unit)
    repaired = source.pixels.copy()
    repaired[inside] = fill_damage(pixels, damage)
    return repaired


@dataclass(frozen=True, slots=True)
class _Marks:
    """What is known of the faces of a picture. on_skin: uint8 (h, w), damage."""

    places: Places
    on_skin: UInt8

    @classmethod
    def none(cls, height: int, width: int) -> "_Marks":
        """No face yet."""
        return cls(Places.none(height, width), np.zeros((height, width), np.uint8))

    def add(self, luma: Float32, landmarks: Float32, unit: float) -> None:
        """Add a face of `unit` pixels height."""
        height, width = luma.shape
        x0, y0, x1, y1 = _around(landmarks, _BESIDE * unit, width, height)
        if x1 - x0 < 8 or y1 - y0 < 8:
            return
        box = np.s_[y0:y1, x0:x1]
        own = x1 - x0, y1 - y0
        scale = min(1.0, _LOOKED_SKIN_PX / unit)
        size = max(8, round(own[0] * scale)), max(8, round(own[1] * scale))
        moved = landmarks[:, :2] - np.array([x0, y0], np.float32)
        moved *= np.array([size[0] / own[0], size[1] / own[1]], np.float32)
        regions = face_regions(moved, unit * scale, *size)
        small = np.asarray(cv2.resize(luma[box], size, interpolation=cv2.INTER_AREA), np.float32)
        places = Places.of_face(small, moved, regions, unit * scale)
        known = self.places
        for mine, its in zip(known.masks[:-1], places.masks[:-1], strict=True):
            mine[box] |= _enlarged(its, own) > 0
        np.logical_or(known.worn, worn_by(landmarks, luma.shape), out=known.worn)
        if unit >= SMALLEST_FACE_PX:
            found = find_on_skin(small, regions, places, unit * scale)
            self.on_skin[box] |= _enlarged(found, own)


def _enlarged(mask: Mask | UInt8, size_wh: tuple[int, int]) -> UInt8:
    """A mask at another size: uint8 (h, w), 0 or 1."""
    larger = cv2.resize(mask.astype(np.float32), size_wh, interpolation=cv2.INTER_LINEAR)
    return (larger > 0.5).astype(np.uint8)


def _around(
    landmarks: Float32, reach_px: float, width: int, height: int
) -> tuple[int, int, int, int]:
    """Box round landmarks within the picture."""
    low = np.clip(np.floor(landmarks[:, :2].min(0) - reach_px), 0, [width, height])
    high = np.clip(np.ceil(landmarks[:, :2].max(0) + reach_px), 0, [width, height])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
