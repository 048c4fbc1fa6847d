"""The tones of a restored face, laid out over the head: hair and beard fade with the face.

Whoever gives a faded face its black and white back, and leaves the hair round it grey, makes a mask
of it. Where it is known what belongs to the person, the head gets the face's tones and the
background keeps its own; over neck and shoulders they go over into the photo's.
"""

import cv2
import numpy as np

from nostalgia.enhancement.working_face import STRIP_ROWS
from nostalgia.faces.regions import TONE_REACH, border_ramp
from nostalgia.faces.topology import FACE_OVAL
from nostalgia.geometry import smoothstep
from nostalgia.types import FaceCrop, Float32, UInt8

HEAD = (0.45, 1.15)
"""Face heights beyond the face up to which its tones are the person's, and from which they are the
photo's."""
FACE = (0.02, TONE_REACH)
"""The same where nobody knows who the person is."""

_COARSE_PX = 320
_RIM = 0.02  # of the side; the crop's border stays the photo's
_SOFT = 0.012  # face heights; of the person's outline


def toned(source: FaceCrop, tones: Float32) -> UInt8:
    """Return the crop's pixels, RGB uint8 (S, S, 3), with levels added by their luma.

    tones: float32 (256,), levels to add to pixels of each luma.
    """
    if not tones.any():
        return source.pixels
    size = source.size_px
    share = _share(source)
    rows = np.flatnonzero(share.any(axis=1))
    if not len(rows):
        return source.pixels
    whole = cv2.resize(share, (size, size), interpolation=cv2.INTER_LINEAR)
    changed = source.pixels.copy()
    step = size / len(share)
    top, bottom = max(int((rows[0] - 1) * step), 0), min(int((rows[-1] + 2) * step), size)
    for first in range(top, bottom, STRIP_ROWS):
        strip = changed[first : min(first + STRIP_ROWS, bottom)]
        levels = np.asarray(cv2.LUT(cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY), tones), np.float32)
        added = levels * whole[first : first + len(strip)]
        strip[...] = np.clip(np.rint(strip + added[..., None]), 0, 255).astype(np.uint8)
    return changed


def _share(source: FaceCrop) -> Float32:
    """Share of the tones that each part of the crop gets: float32 (h, h), 0..1, at most coarse."""
    side = min(source.size_px, _COARSE_PX)
    scale = side / source.size_px
    unit = source.face_height_px * scale
    oval = (source.landmarks[list(FACE_OVAL), :2] + 0.5) * np.float32(scale) - 0.5
    beyond = np.ones((side, side), np.uint8)
    cv2.fillConvexPoly(beyond, cv2.convexHull(np.rint(oval).astype(np.int32)), (0,))
    away = cv2.distanceTransform(beyond, cv2.DIST_L2, 5)
    near, far = FACE if source.person is None else HEAD
    share = smoothstep((far * unit - away) / ((far - near) * unit))
    if source.person is not None:
        person = cv2.resize(source.person, (side, side), interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(person, (0, 0), max(_SOFT * unit, 0.5))
        share = share * soft.astype(np.float32) / np.float32(255)
    rim = max(1, round(_RIM * side))
    ramp = border_ramp(side - 2 * rim, side - 2 * rim, max(2.0, 0.05 * unit))
    return np.asarray(share * np.pad(ramp, rim), np.float32)
