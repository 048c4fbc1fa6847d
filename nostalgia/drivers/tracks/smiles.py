"""Smiles: the amount is the driver's, the shape that of faces at large, the strength the photo's.

A recorded performer's whole mouth seems to rise in a smile, with nose and chin, and mouth and brows
to shift when the head turns: the network that read the face places it a little wrong. So only the
amount of the smile is read from a track, apart from any rigid motion of the lower face, and
performed anew; brows move evenly.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from nostalgia.faces import topology
from nostalgia.faces.expression import MOUTH_OPEN, FaceExpression
from nostalgia.faces.head import load_face_shape
from nostalgia.geometry import smoothstep
from nostalgia.types import Float32, Float64, MotionTrack

SERIOUS, BEAMING = -0.04, 0.12
"""Smiles of the photo, face heights, at which its mouth counts as serious, and as beaming."""

LIPS_TOUCH = 0.025
"""Gap of the lips, face heights, up to which they move as one; from `MOUTH_OPEN` on teeth show."""

SERIOUS_STRENGTH, BEAMING_STRENGTH, OPEN_STRENGTH = 1.5, 0.7, 0.9
"""Factors on a driver's smile for the three kinds of mouth, see `smile_for`."""

_SHAPE = {
    # Lips, from the corner to the middle: outer upper, inner, outer lower edge.
    291: (20, 29, -15), 409: (18, 23, -12), 270: (14, 13, -9), 269: (10, 6, -6),
    267: (6, 3, -4), 0: (0, 2, -3),
    308: (18, 27, -15), 415: (16, 21, -13), 310: (13, 14, -10), 311: (10, 8, -7),
    312: (5, 5, -5), 13: (0, 4, -4),
    375: (17, 26, -15), 321: (14, 20, -12), 405: (10, 16, -8), 314: (5, 13, -4), 17: (0, 12, -3),
    # Below the lips, chin and jaw.
    18: (0, 4, -1), 313: (3, 5, -1), 421: (2, 2, -1), 200: (0, 1, 0), 199: (0, 0, 0),
    152: (0, 0, 0), 377: (0, 0, 0), 400: (0, 0, 0), 378: (0, 0, -1), 379: (1, 0, -2),
    418: (4, 5, -4), 424: (6, 8, -7), 430: (5, 6, -7), 365: (2, 0, -3), 397: (2, 1, -3),
    288: (2, 1, -3), 361: (1, 0, -2), 323: (0, 0, 0), 454: (0, 0, 0), 356: (0, 0, 0),
    # Beside the mouth and the nose.
    287: (14, 23, -11), 432: (10, 18, -9), 436: (11, 17, -7), 434: (8, 9, -6), 416: (9, 6, -5),
    322: (10, 14, -7), 391: (6, 8, -3), 393: (2, 4, -1), 2: (0, 1, 0), 327: (5, 4, 0),
    294: (4, 3, 0), 279: (3, 2, 0), 360: (2, 1, 0), 420: (1, 1, 0), 1: (0, 0, 0), 195: (0, 0, 0),
    # Cheeks and lower lids.
    426: (9, 11, -3), 423: (6, 8, -1), 425: (9, 10, 0), 411: (10, 9, -3), 427: (10, 12, -4),
    433: (7, 6, -4), 376: (6, 7, -2), 352: (3, 6, -2), 401: (3, 3, -3), 280: (8, 10, 0),
    330: (4, 9, 0), 347: (1, 9, 0), 346: (0, 8, 0), 345: (0, 3, 0), 449: (0, 7, 0),
    450: (0, 7, 0), 451: (0, 5, 0), 253: (0, 5, 0), 374: (0, 4, 0),
    # Upper lids, bridge of the nose and brows stay.
    263: (0, 0, 0), 386: (0, 0, 0), 362: (0, 0, 0), 168: (0, 0, 0), 300: (0, 0, 0),
    282: (0, 0, 0), 285: (0, 0, 0), 9: (0, 0, 0),
}  # fmt: skip
"""Shift of the image-right half of a smiling face: outwards, up, towards the camera, by landmark.

In proportion only. From 2263 press photos with closed lips, within the pictures of each person, by
regression on the corners' lift and widening beside gap, brows and pose; less the chin's lift, which
a shut jaw cannot have made. By eye the corners go a fifth less aside and a tenth higher, and the
middle of the lips rises less than half as much: mouths that hang at the corners looked pressed,
not glad, and shut ones rose as one piece. The lower lip grows thinner.
"""

_MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)
_NEARNESS = 4.0
_LIP_WEIGHT, _SKIN_WEIGHT = 1.0, 0.3
_DEPTH_WEIGHT = 0.5
_HELD_FROM, _HELD_CORNERS, _HELD_RIM = 0.5, 0.4, 0.6
_SINKING, _BEND = 0.3, 0.006
_LIDS, _CHEEK = -0.05, 0.10


@dataclass(frozen=True, slots=True)
class SmileFit:
    """How a driver's smile suits one mouth.

    strength: factor on the driver's smile. held: 0..1, share to which the inside of the mouth and
    the edges of the lips along it stay, because teeth do not stretch.
    """

    strength: float
    held: float


def smile_for(state: FaceExpression) -> SmileFit:
    """Strength of a driver's smile that suits the mouth of a photo.

    - A serious mouth, lips shut: the whole smile enlarged, because corners that hang need more.
    - A smiling mouth, lips shut: half of that, so that it deepens; a grimace lies beyond.
    - An open mouth: corners and cheeks move, teeth and the lips' inner edges stay.

    Between them all is continuous.
    """
    ways = [
        (state.smile - SERIOUS) / (BEAMING - SERIOUS),
        (state.mouth_opening - LIPS_TOUCH) / (MOUTH_OPEN - LIPS_TOUCH),
    ]
    beaming, held = (float(share) for share in smoothstep(np.array(ways, np.float64)))
    shut = SERIOUS_STRENGTH + (BEAMING_STRENGTH - SERIOUS_STRENGTH) * beaming
    parted = min(shut, OPEN_STRENGTH)
    return SmileFit(shut + (parted - shut) * held, held)


def fit_smile(track: MotionTrack, state: FaceExpression) -> MotionTrack:
    """The track of a driver of the bank as a face of that expression performs it.

    Below the eyes only the smile remains: the bank's performers keep their lips shut, and what gap
    was read is noise. Brows keep what they do on both sides alike: that the recorded ones drift
    aside or apart comes from turns of the performer's head.
    """
    fit = smile_for(state)
    amount = fit.strength * smile_amounts(track.expression)
    smile = amount.astype(np.float32)[:, None, None] * smile_shape(fit.held)
    mirrored = track.expression[:, load_face_shape().mirror] * _MIRROR
    brows = (track.expression + mirrored) / 2 * (1 - smile_weights())[:, None]
    return replace(
        track,
        expression=np.asarray(brows + smile, np.float32),
        mouth_opening=np.zeros_like(track.mouth_opening),
    )


def smile_amounts(expression: Float32) -> Float64:
    """Lift and widening of the mouth's corners over time, float64 (T,), face heights.

    Least squares over lips and cheeks, float32 (T, 478, 3), of the shape of a smile together with
    the six rigid motions, which are errors of the head's pose. Corners that sink below the first
    frame's count for less than a third, because most of that is error too.
    """
    weights = _fit_weights()
    used = np.flatnonzero(weights[:, 0])
    points = load_face_shape().mean[used].astype(np.float64)
    turns = [np.cross(axis, points - points.mean(axis=0)) for axis in np.eye(3)]
    shifts = [np.broadcast_to(axis, points.shape) for axis in np.eye(3)]
    parts = np.stack([smile_shape(0.0)[used], *turns, *shifts]) * weights[used]
    found = expression[:, used].astype(np.float64) * weights[used]
    solve = np.linalg.pinv(parts.reshape(len(parts), -1).T)[0]
    amount = found.reshape(len(found), -1) @ solve
    bend = np.hypot(amount, _BEND) - _BEND
    return np.asarray(((1 + _SINKING) * amount + (1 - _SINKING) * bend) / 2, np.float64)


def smile_weights() -> Float32:
    """Weight of each landmark (478,) in a smile: 0 at the brows, rising to 1 on the cheeks."""
    heights = load_face_shape().mean[:, 1]
    eyes = float(heights[list(topology.INNER_EYE_CORNERS + topology.OUTER_EYE_CORNERS)].mean())
    return smoothstep(np.asarray((heights - eyes - _LIDS) / (_CHEEK - _LIDS), np.float32))


@lru_cache(maxsize=1)
def _whole_shape() -> Float64:
    """Shape of a smile with shut lips, float64 (478, 3), lift and widening of the corners 1."""
    mean = load_face_shape().mean.astype(np.float64)
    anchors = list(_SHAPE)
    shifts = np.array(list(_SHAPE.values()), np.float64) * [1, -1, 1]
    side = np.sign(np.round(mean[:, 0], 3))
    at = np.column_stack([np.abs(mean[:, 0]), mean[:, 1]])
    away = np.linalg.norm(at[:, None] - at[None, anchors], axis=-1)
    near = 1 / np.maximum(away, 1e-3) ** _NEARNESS
    shape = (near / near.sum(axis=1, keepdims=True)) @ shifts
    shape[:, 0] *= side
    upper, lower = list(topology.INNER_UPPER_LIP), list(topology.INNER_LOWER_LIP)
    shape[lower] = shape[upper]
    left, right = topology.MOUTH_CORNERS
    size = shape[right, 0] - shape[left, 0] - shape[[left, right], 1].mean()
    return np.asarray(shape / size, np.float64)


def smile_shape(held: float) -> Float32:
    """Shape of a smile, float32 (478, 3), in the canonical head frame.

    Corners' lift and widening together are 1 where the lips are shut.

    held: 0..1, see `SmileFit`.
    """
    shape = _whole_shape() * smile_weights()[:, None]
    aside = np.abs(load_face_shape().mean[:, 0])
    aside = np.clip(aside / aside[topology.MOUTH_CORNERS[1]], 0, 1)
    hold = np.zeros(len(shape))
    rim = list(topology.OUTER_LIPS)
    hold[rim] = _HELD_RIM * (1 - aside[rim] ** 2)
    inner = list(topology.INNER_UPPER_LIP + topology.INNER_LOWER_LIP)
    beyond = smoothstep(np.asarray((aside[inner] - _HELD_FROM) / (1 - _HELD_FROM), np.float32))
    hold[inner] = 1 - (1 - _HELD_CORNERS) * beyond
    return np.asarray(shape * (1 - held * hold)[:, None], np.float32)


def _fit_weights() -> Float64:
    """Weight of each landmark and axis, float64 (478, 3), in reading the amount of a smile."""
    weights = _SKIN_WEIGHT * smile_weights().astype(np.float64)
    weights[list(topology.LIPS)] = _LIP_WEIGHT
    return np.asarray(np.sqrt(weights)[:, None] * np.array([1.0, 1.0, _DEPTH_WEIGHT]), np.float64)
