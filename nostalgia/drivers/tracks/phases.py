"""Time shifts between the faces of one photo, so that no two of them blink or turn together.

Each performance runs a little ahead of the clock or behind it: it leaves the neutral start faster
or more slowly, keeps its lead through the middle of the clip, and is back in step at the neutral
end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nostalgia.drivers.tracks.track import change_curves, spline_weights
from nostalgia.geometry import smoothstep
from nostalgia.types import Float32, Float64, MotionTrack

EARLIEST_S, LATEST_S = -0.45, 0.9
"""Four blinks of a third of a second each fit between the earliest and the latest performance."""

_HURRY = 0.45
"""Share by which a performance may run faster or slower than it was recorded."""

_HOLD = 0.95
"""Share by which it may run slower at the start: a head at rest can rest a little longer."""

_STEEPEST = 1.5
"""Greatest slope of `smoothstep` between 0 and 1."""

_SHIFTS_S = (-0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
_SHUT_SHARE = 0.4
_ANYWHERE = 0.2
"""Weight of a common blink of two faces that are far apart in the photo."""


def spread_phases(
    tracks: Sequence[MotionTrack],
    near: Float64,
    leads: Sequence[float],
    fixed: Sequence[bool] | None = None,
) -> tuple[MotionTrack, ...]:
    """Shift performances in time until neighbours blink and turn as little together as possible.

    Args:
        tracks: one per face, of one length and frame rate, neutral at both ends.
        near: float64 (N, N), 0..1, nearness of two faces in the photo.
        leads: 0..1 per face; decides between equally good shifts.
        fixed: True for tracks that keep their timing; by default only the first does, so that a
            single face is never shifted.
    """
    keeps = fixed if fixed is not None and any(fixed) else [i == 0 for i in range(len(tracks))]
    placed = {index: track for index, track in enumerate(tracks) if keeps[index]}
    for index, track in enumerate(tracks):
        if index not in placed:
            preferred = EARLIEST_S + leads[index] * (LATEST_S - EARLIEST_S)
            placed[index] = shift_time(track, _best_shift(track, placed, near[index], preferred))
    return tuple(placed[index] for index in range(len(tracks)))


def _best_shift(
    track: MotionTrack, placed: Mapping[int, MotionTrack], near: Float64, preferred_s: float
) -> float:
    """Shift in seconds with the fewest common blinks; of equals the one nearest `preferred_s`."""
    shifts = sorted(_SHIFTS_S, key=lambda shift: abs(shift - preferred_s))
    without_face = replace(track, expression=track.expression[:, :0])
    candidates = [shift_time(without_face, shift) for shift in shifts]
    costs = [
        sum((_ANYWHERE + near[i]) * together(one, other) ** 2 for i, other in placed.items())
        for one in candidates
    ]
    return shifts[int(np.argmin(np.round(costs, 3)))]


def together(one: MotionTrack, other: MotionTrack) -> float:
    """Similarity of two performances, 0..2: share of common blinks plus correlation of turns."""
    shut, other_shut = _shut(one), _shut(other)
    both = float(np.minimum(shut, other_shut).sum())
    least = max(min(float(shut.sum()), float(other_shut.sum())), 1e-6)
    turn, other_turn = _turning(one), _turning(other)
    size = float(np.linalg.norm(turn) * np.linalg.norm(other_turn))
    alike = float((turn * other_turn).sum()) / size if size > 1e-6 else 0.0
    return both / least + max(alike, 0.0)


def shift_time(track: MotionTrack, shift_s: float) -> MotionTrack:
    """Delay the middle of a performance by `shift_s` seconds; both ends stay in step.

    A track too short for the whole shift is shifted less, so that its frames keep their order.
    """
    duration_s = (len(track) - 1) / track.fps
    start_s = _STEEPEST * abs(shift_s) / (_HOLD if shift_s > 0 else _HURRY)
    end_s = _STEEPEST * abs(shift_s) / _HURRY
    room = min(1.0, 0.9 * duration_s / max(start_s + end_s, 1e-6))
    if shift_s == 0.0:
        return track
    seconds = np.arange(len(track), dtype=np.float64) / track.fps
    share = smoothstep(seconds / (start_s * room)) * smoothstep(seconds[::-1] / (end_s * room))
    lag = share * shift_s * room * track.fps
    return _read_at(track, np.clip(np.arange(len(track)) - lag, 0.0, len(track) - 1.0))


def _shut(track: MotionTrack) -> Float64:
    """Closure of the eyes (T,), 0..1, beyond the lowered lids of an eye that looks down."""
    closed = 1.0 - np.asarray(track.eye_opening, np.float64).mean(axis=1)
    return np.asarray(np.clip((closed - _SHUT_SHARE) / (1 - _SHUT_SHARE), 0.0, 1.0), np.float64)


def _turning(track: MotionTrack) -> Float64:
    """Angular speed (T - 1, 3)."""
    return np.asarray(np.diff(track.rotation_deg.astype(np.float64), axis=0), np.float64)


def _read_at(track: MotionTrack, positions: Float64) -> MotionTrack:
    """Interpolate a track at fractional frame numbers within it; exact at whole numbers."""
    last = len(track) - 1
    first = np.minimum(positions.astype(np.intp), last - 1)
    weights = spline_weights(positions - first)
    rows = [np.clip(first + step, 0, last) for step in (-1, 0, 1, 2)]

    def read(values: Float32, _: float) -> Float32:
        tail = (slice(None),) + (None,) * (values.ndim - 1)
        return np.asarray(
            sum(weight[tail] * values[row] for weight, row in zip(weights, rows, strict=True)),
            np.float32,
        )

    moved = change_curves(track, read)
    return replace(moved, eye_opening=np.maximum(moved.eye_opening, 0.0))
