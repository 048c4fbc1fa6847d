"""Tracks eased to neutral, so that they end as they begin, and played several times."""

import numpy as np

from nostalgia.drivers.tracks.track import NEUTRAL, change_curves
from nostalgia.geometry import minimum_jerk
from nostalgia.types import Float32, Float64, MotionTrack

EASE_OUT_S = 1.0
"""Time, in seconds, in which a track that does not end neutral returns to neutral."""

MATCH_IN_S = 0.5
MATCH_OUT_S = 1.0
"""Eased beginning and end of a track whose endpoints are matched, seconds."""


def ease_track(track: MotionTrack, share: Float64) -> MotionTrack:
    """Multiply the motion of each frame by its share: float64 (T,), 0 = neutral, 1 = unchanged."""

    def eased(values: Float32, neutral: float) -> Float32:
        tail = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(neutral + tail * (values - neutral), np.float32)

    return change_curves(track, eased)


def ends_neutral(track: MotionTrack) -> bool:
    """True if every curve is exactly neutral in the last frame."""
    if track.signals is not None and track.signals[-1].any():
        return False
    return all(np.all(getattr(track, name)[-1] == neutral) for name, neutral in NEUTRAL.items())


def ease_out(track: MotionTrack, seconds: float = EASE_OUT_S) -> MotionTrack:
    """Ease a track to neutral in its last seconds, at most in its second half.

    A track that ends neutral is returned unchanged, so that a blink near its end stays whole.
    """
    if ends_neutral(track):
        return track
    span = max(min(seconds * track.fps, len(track) / 2), 1.0)
    return ease_track(track, minimum_jerk(np.arange(len(track))[::-1] / span))


def match_endpoints(track: MotionTrack) -> MotionTrack:
    """Make a track loop: its first half second and its last second are eased to neutral.

    Of a short track at most the first fifth and the last two fifths are eased.
    """
    frames = np.arange(len(track), dtype=np.float64)
    into = max(min(MATCH_IN_S * track.fps, 0.2 * len(track)), 1.0)
    out = max(min(MATCH_OUT_S * track.fps, 0.4 * len(track)), 1.0)
    return ease_track(track, minimum_jerk(frames / into) * minimum_jerk(frames[::-1] / out))


def play_loops(track: MotionTrack, loops: int) -> MotionTrack:
    """Play a track `loops` times, eased to neutral; the frame where two loops meet is shared."""
    if loops <= 1:
        return track
    return change_curves(
        ease_out(track),
        lambda values, _: np.concatenate([values, *[values[1:]] * (loops - 1)]),
    )
