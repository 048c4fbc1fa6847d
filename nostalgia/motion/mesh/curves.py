"""Curves of a track over time, varied slightly by the seed and limited to what a face can show."""

from dataclasses import dataclass

import numpy as np

from nostalgia.motion.mesh.lid_timing import openings_as_recorded, openings_at_ease
from nostalgia.types import Float32, Float64, HeadPose, MotionTrack

YAW_LIMIT, PITCH_LIMIT, ROLL_LIMIT = 20.0, 12.0, 12.0
"""Degrees beyond the photo's own pose that a single picture can show."""

GAZE_LIMIT = (0.22, 0.12)
"""Farthest shift of the irises, x and y, eye widths."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a performance; lengths in face heights.

    turn: factor on the limits of the head's rotation. expression: farthest shift of a landmark.
    mouth: widest gap of the lips.
    """

    turn: float
    translation: float
    scale: float
    expression: float
    mouth: float


BANK_LIMITS = Limits(turn=1.0, translation=0.07, scale=0.06, expression=0.08, mouth=0.045)
"""For drivers of the bank: a stranger's guffaw suits nobody's grandmother."""

RECORDED_LIMITS = Limits(turn=1.4, translation=0.28, scale=0.12, expression=0.14, mouth=0.12)
"""For a track played exactly as recorded: only motion that would tear the face is limited."""

_KNEE = 0.6
_WARP = 0.035
_AMPLITUDE = 0.08
_FULL_BLINK_STRENGTH = 0.3


def limits_for(seed: int | None) -> Limits:
    """Return the limits of a performance with that seed; None = exactly as recorded."""
    return RECORDED_LIMITS if seed is None else BANK_LIMITS


@dataclass(frozen=True, slots=True)
class TrackCurves:
    """All motion over T frames; exactly 0 (eyes: 1) where the track is neutral.

    rotation_deg: float64 (T, 3) yaw, pitch, roll. translation: float64 (T, 3), face heights.
    scale: float64 (T,), minus 1. weights: float64 (T, K) of the expression units.
    eye_opening: float64 (T, 2), 1 = as in the photo, 0 = shut. mouth_opening: float64 (T,), face
    heights. gaze: float64 (T, 2), eye widths.
    """

    rotation_deg: Float64
    translation: Float64
    scale: Float64
    weights: Float64
    eye_opening: Float64
    mouth_opening: Float64
    gaze: Float64

    def __len__(self) -> int:
        return len(self.scale)


def vary_track(
    track: MotionTrack, weights: Float64, strength: float, seed: int | None
) -> TrackCurves:
    """Return the track's curves, multiplied by strength and varied so that no two faces move alike.

    Time runs a few percent ahead and behind (the first and the last frame stay in place), each
    kind of motion gets an amplitude of its own, and blinks close the eyes at any strength.

    Args:
        track: the driver's motion.
        weights: float64 (T, K) of the track's expression units.
        strength: 0..2.
        seed: seed of the variations; None = none, the track exactly as recorded.
    """
    length = len(track)
    limits = limits_for(seed)
    farthest = np.linalg.norm(track.expression, axis=-1).max(axis=-1).astype(np.float64)
    calm = _share_shown(farthest * strength, limits.expression)
    calm = np.minimum(calm, _share_shown(track.mouth_opening * strength, limits.mouth))
    columns = [
        track.rotation_deg,
        track.translation,
        track.scale[:, None] - 1.0,
        track.eye_opening - 1.0,
        track.mouth_opening[:, None] * calm[:, None],
        track.gaze,
        weights * calm[:, None],
    ]
    table = np.hstack([np.asarray(column, np.float64) for column in columns])
    turn = face = look = 1.0
    if seed is not None:
        random = np.random.default_rng(seed)
        table = _resample(table, _warped_time(length, random))
        turn, face, look = 1 + _AMPLITUDE * random.uniform(-1, 1, 3)
    ends = np.cumsum([column.shape[1] for column in columns])[:-1]
    rotation, translation, scale, lids, mouth, gaze, units = np.split(table, ends, axis=1)
    blink = min(1.0, strength / _FULL_BLINK_STRENGTH)
    open_eyes = openings_as_recorded if seed is None else openings_at_ease
    return TrackCurves(
        rotation_deg=rotation * (strength * turn),
        translation=soft_limit(translation * (strength * turn), limits.translation),
        scale=soft_limit(scale[:, 0] * strength, limits.scale),
        weights=units * (strength * face),
        eye_opening=open_eyes(lids, blink, strength, track.fps),
        mouth_opening=np.maximum(mouth[:, 0] * strength * face, 0.0),
        gaze=soft_limit(gaze * (strength * look), np.array(GAZE_LIMIT)),
    )


def limit_rotation(rotation_deg: Float64, pose: HeadPose, reach: Float64) -> Float64:
    """Limit a rotation (T, 3), softly, to what a photo of that pose can show.

    A head that is turned already can show less of its far side: the limit shrinks there. Turned
    back to the camera, its far side would only be stretched, a little later.

    reach: float64 (3,), share of the limits that this face can show, times `Limits.turn`.
    """
    limits = np.array([YAW_LIMIT, PITCH_LIMIT, ROLL_LIMIT]) * reach
    turned = np.array([pose.yaw, pose.pitch, 0.0])
    further = np.clip(1 - (np.abs(turned) - [12, 10, 0]) / [55, 40, 1], 0.35, 1.0)
    back = np.array([np.clip(1 - (abs(pose.yaw) - 22) / 60, 0.5, 1.0), 1.0, 1.0])
    away = np.sign(rotation_deg) == np.sign(turned)
    return soft_limit(rotation_deg, limits * np.where(away, further, back))


def soft_limit(values: Float64, limit: Float64 | float) -> Float64:
    """Keep values up to 0.6 of the limit, and bend larger ones smoothly so as never to pass it."""
    size = np.abs(values)
    knee = np.asarray(limit) * _KNEE
    room = np.maximum(np.asarray(limit) - knee, 1e-9)
    bent = knee + room * np.tanh((size - knee) / room)
    return np.asarray(np.where(size <= knee, values, np.sign(values) * bent), np.float64)


def _share_shown(sizes: Float64 | Float32, limit: float) -> Float64:
    """Share (0..1) of motions of these sizes that remains after the soft limit."""
    size: Float64 = np.maximum(np.asarray(sizes, np.float64), 1e-6)
    return np.asarray(soft_limit(size, limit) / size, np.float64)


def _warped_time(length: int, random: np.random.Generator) -> Float64:
    """Positions to sample, float64 (length,), in frames: the speed varies, the ends stay."""
    u = np.linspace(0.0, 1.0, length)
    warp = u.copy()
    for harmonic in (1, 2, 3):
        warp += (
            random.uniform(-_WARP, _WARP)
            / harmonic
            * np.sin(2 * np.pi * harmonic * u)
            / (2 * np.pi)
        )
    time = warp * (length - 1)
    time[0], time[-1] = 0.0, length - 1
    return np.clip(time, 0.0, length - 1)


def _resample(table: Float64, time: Float64) -> Float64:
    """Sample the rows of a table (T, N) at fractional times: cubic convolution.

    Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981, a = -1/2.
    """
    last = len(table) - 1
    first = time.astype(np.intp)
    t = (time - first)[:, None]
    before, start, end, after = (table[np.clip(first + k, 0, last)] for k in (-1, 0, 1, 2))
    slope_start, slope_end = (end - before) / 2, (after - start) / 2
    bend = 2 * (start - end) + slope_start + slope_end
    return np.asarray(
        start
        + t * (slope_start + t * (3 * (end - start) - 2 * slope_start - slope_end + t * bend)),
        np.float64,
    )
