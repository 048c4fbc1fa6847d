"""Motion tracks led out of neutral and back: people in a clip do not end as they began."""

import numpy as np

from nostalgia.drivers.tracks.track import NEUTRAL, change_curves
from nostalgia.geometry import minimum_jerk
from nostalgia.types import Float32, Float64, MotionTrack

LEAD_BACK_S = 1.0
"""How long a performance that does not end neutral takes to come back, seconds."""

LEVEL_IN_S = 0.5
LEVEL_OUT_S = 1.0


def ease_track(track: MotionTrack, share: Float64) -> MotionTrack:
    """The track with only a share of its motion: float64 (T,), 0 = neutral, 1 = all of it."""

    def eased(values: Float32, neutral: float) -> Float32:
        tail = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(neutral + tail * (values - neutral), np.float32)

    return change_curves(track, eased)


def ends_neutral(track: MotionTrack) -> bool:
    """Whether nothing is moved in the last frame."""
    if track.signals is not None and track.signals[-1].any():
        return False
    return all(np.all(getattr(track, name)[-1] == neutral) for name, neutral in NEUTRAL.items())


def ease_out(track: MotionTrack, seconds: float = LEAD_BACK_S) -> MotionTrack:
    """The track eased to neutral in its last seconds, at most half of it.

    A track that ends neutral is returned as it is, so that no blink near its end is halved.
    """
    if ends_neutral(track):
        return track
    span = max(min(seconds * track.fps, len(track) / 2), 1.0)
    return ease_track(track, minimum_jerk(np.arange(len(track))[::-1] / span))


def level_ends(track: MotionTrack) -> MotionTrack:
    """The track, led out of neutral in its first half second and back in its last second.

    Drivers of a bank loop, so that they end as they begin: as the photo. A short track gives at
    most a fifth and two fifths of itself.
    """
    frames = np.arange(len(track), dtype=np.float64)
    into = max(min(LEVEL_IN_S * track.fps, 0.2 * len(track)), 1.0)
    out = max(min(LEVEL_OUT_S * track.fps, 0.4 * len(track)), 1.0)
    return ease_track(track, minimum_jerk(frames / into) * minimum_jerk(frames[::-1] / out))
