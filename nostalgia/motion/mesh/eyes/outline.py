"""Lids where the picture shows them: drawn and averted eyes extend beyond their landmarks."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.motion.mesh.eyes.frame import (
    LEFT_EYE,
    RIGHT_EYE,
    EyeFrame,
    EyePoints,
    eye_frame,
    patch,
)
from nostalgia.motion.mesh.eyes.membrane import skin_model
from nostalgia.types import FaceCrop, Float32

_CELLS_PER_EYE = 44
_BRIGHTER, _BLUER, _LIKE_SKIN = 1.12, 0.045, 0.12
_LEAST_LIGHT, _LEAST_SHARE_OF_SKIN = 30.0, 0.6
_SIDEWAYS, _UP, _DOWN = 0.38, 0.12, 0.12
_ENOUGH, _ENOUGH_BESIDE = 0.22, 0.10
_LEAST_WITHIN = 0.2  # of a part of the eyeball, inside the landmarks
_SMOOTH = 0.06
_RIM = (0.03, 0.006)  # of white between its outline and what is clearly white, along and across
_TALLEST = 0.7  # height over width of an eye; what is taller is a fold, or the cheek

_Mask = NDArray[np.bool_]


def outlines(source: FaceCrop) -> tuple[FaceCrop, FaceCrop]:
    """Return the sources of the image-left and the image-right eye, each `outlined`.

    Eyes are drawn or averted together, so if one is outlined, less is enough for the other.
    """
    eyes = ((LEFT_EYE, True), (RIGHT_EYE, False))
    left, right = (outlined(source, *eye) for eye in eyes)
    if (left is source) != (right is source):
        left, right = (outlined(source, *eye, _ENOUGH_BESIDE) for eye in eyes)
    return left, right


def outlined(
    source: FaceCrop, points: EyePoints, outer_is_left: bool, enough: float = _ENOUGH
) -> FaceCrop:
    """Return the source with the lid landmarks of one eye moved outwards to the end of its white.

    The same object unless white or iris clearly extends beyond the landmarks (by `enough` of the
    area between them): a lid that ended there would leave part of the eye staring.
    """
    frame = eye_frame(source, points, outer_is_left)
    u, v, upper, lower, seen = _seen_eyeball(source, frame)
    inside = (v > upper) & (v < lower)
    if (seen & ~inside).sum() < enough * max(int(inside.sum()), 1):
        return source
    columns, top, bottom = _contour(u, v, seen)
    left, right = float(columns[0]), float(columns[-1])
    if float((bottom - top).max()) > _TALLEST * (right - left):
        return source
    landmarks = source.landmarks.copy()
    axis_v = np.array([-frame.axis_u[1], frame.axis_u[0]], np.float32)
    for indices, edge in ((points.upper, top), (points.lower, bottom)):
        along = (landmarks[list(indices), :2] - frame.origin) @ frame.axis_u / frame.width_px
        share = (along - along[0]) / max(float(along[-1] - along[0]), 1e-3)
        at_u = left + (right - left) * share
        at_v = np.interp(at_u, columns, edge)
        place = at_u[:, None] * frame.axis_u + at_v[:, None] * axis_v
        landmarks[list(indices), :2] = frame.origin + frame.width_px * place
    return replace(source, landmarks=landmarks)


def _seen_eyeball(
    source: FaceCrop, frame: EyeFrame
) -> tuple[Float32, Float32, Float32, Float32, _Mask]:
    """Return u, v, upper, lower and the mask of the eyeball, on a coarse grid: five (h, w).

    White and iris are brighter or bluer than the skin under the eye; a shadow is neither.
    """
    scale = _CELLS_PER_EYE / frame.width_px
    size = tuple(max(int(round(n * scale)), 4) for n in frame.u.shape[::-1])
    fields = (frame.u, frame.v, frame.along(frame.upper), frame.along(frame.lower))
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    u, v, upper, lower, photo = (
        np.asarray(cv2.resize(a, size, interpolation=smaller), np.float32)
        for a in (*fields, patch(source, frame).astype(np.float32))
    )
    photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), 0.8), np.float32)
    under = (u > -0.1) & (u < 1.1) & (v > lower + 0.10) & (v < lower + 0.42)
    model, _ = skin_model(u, photo, under)
    skin = np.maximum(model[0] + (np.clip(u, -0.15, 1.15)[..., None] - 0.5) * model[1], 3.0)
    light, skin_light = photo.mean(axis=2), np.maximum(skin.mean(axis=2), 5.0)
    blue, skin_blue = (a[..., 2] / (a.sum(axis=2) + 20) for a in (photo, skin))
    not_skin = (light > _BRIGHTER * skin_light) | (blue > skin_blue + _BLUER)
    not_skin &= (light > _LEAST_LIGHT) & (light > _LEAST_SHARE_OF_SKIN * skin_light)
    not_skin &= (np.abs(u - 0.5) < 0.5 + _SIDEWAYS) & _near(frame, v, upper, lower)
    inside = (v > upper) & (v < lower)
    like_skin = np.abs(light - skin_light) < _LIKE_SKIN * skin_light
    like_skin &= np.abs(blue - skin_blue) < _BLUER
    whole = _opened(not_skin | inside) & ~like_skin
    count, names = cv2.connectedComponents(_opened(whole).astype(np.uint8), connectivity=4)
    areas, within = (np.bincount(names[m], minlength=count) for m in (names >= 0, inside))
    parts = np.flatnonzero(within > _LEAST_WITHIN * areas)
    eyeball = np.isin(names, parts[parts > 0])
    return u, v, upper, lower, np.asarray(eyeball, np.bool_)


def _opened(mask: _Mask) -> _Mask:
    """The mask without what is thinner than three cells."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))
    return np.asarray(opened > 0, np.bool_)


def _near(frame: EyeFrame, v: Float32, upper: Float32, lower: Float32) -> _Mask:
    """Mask (h, w) of the reach above and below the landmarks; the ends reach like the middle."""
    highest = np.minimum(upper - _UP, frame.upper.min() - 0.65 * _UP)
    lowest = np.maximum(lower + _DOWN, frame.lower.max() + 0.5 * _DOWN)
    return np.asarray((v > highest) & (v < lowest), np.bool_)


def _contour(u: Float32, v: Float32, seen: _Mask) -> tuple[Float32, Float32, Float32]:
    """Return columns u from corner to corner, and v of the eyeball's upper and lower edge there.

    Both edges meet at the corners.
    """
    step = 1.0 / _CELLS_PER_EYE
    places = np.floor(u / step).astype(np.int32)
    first, last = int(places[seen].min()), int(places[seen].max())
    rows = []
    for place in range(first, last + 1):
        here = seen & (places == place)
        if here.any():
            low, high = float(v[here].min()) - 0.5 * step, float(v[here].max()) + 0.5 * step
            rows.append(((place + 0.5) * step, low, high))
    columns, top, bottom = np.array(rows, np.float32).T
    columns = columns.copy()
    # Smoothing alone would leave a strip of the white outside a round edge.
    near = np.ones((1, 2 * round(_SMOOTH / step) + 1), np.uint8)
    for edge, outermost in ((top, cv2.erode), (bottom, cv2.dilate)):
        edge[:] = cv2.GaussianBlur(outermost(edge[None].copy(), near), (0, 0), _SMOOTH / step)[0]
    top, bottom = top - _RIM[1], bottom + _RIM[1]
    columns[0], columns[-1] = columns[0] - _RIM[0], columns[-1] + _RIM[0]
    for end in (0, -1):
        top[end] = bottom[end] = 0.5 * (top[end] + bottom[end])
    return columns, top, bottom
