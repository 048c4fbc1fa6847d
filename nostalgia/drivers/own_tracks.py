"""Motion from a user's own clip: its ends levelled so that it loops, and what happens in it."""

from dataclasses import replace

import numpy as np

from nostalgia.types import Float32, Float64, MotionTrack

LEVEL_IN_S = 0.5
LEVEL_OUT_S = 1.0

SHUT = 0.3
"""Eyes opened less than this are shut: the bottom of a blink."""

_CORNERS = (61, 291)


def level_ends(track: MotionTrack) -> MotionTrack:
    """The track, led out of neutral in its first half second and back in its last second.

    Drivers of a bank loop, so that they end as they begin: as the photo. People in a clip do not.
    The curve is that of minimum jerk; a short track gives at most a fifth and two fifths of itself.
    """
    frames = np.arange(len(track), dtype=np.float64)
    into = max(min(LEVEL_IN_S * track.fps, 0.2 * len(track)), 1.0)
    out = max(min(LEVEL_OUT_S * track.fps, 0.4 * len(track)), 1.0)
    share = _minimum_jerk(frames / into) * _minimum_jerk(frames[::-1] / out)

    def led(values: Float32, neutral: float = 0.0) -> Float32:
        ease = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(neutral + ease * (values - neutral), np.float32)

    return replace(
        track,
        rotation_deg=led(track.rotation_deg),
        translation=led(track.translation),
        scale=led(track.scale, 1.0),
        expression=led(track.expression),
        eye_opening=led(track.eye_opening, 1.0),
        mouth_opening=led(track.mouth_opening),
        gaze=led(track.gaze),
    )


def blink_count(track: MotionTrack) -> int:
    """How often both eyes shut."""
    shut = (track.eye_opening.max(1) < SHUT).astype(np.int8)
    return int((np.diff(shut, prepend=0) == 1).sum())


def gestures_of(track: MotionTrack) -> tuple[str, ...]:
    """What happens in a track, in the words that the bank uses."""
    yaw, pitch, roll = np.ptp(track.rotation_deg, axis=0)
    first, second = (track.expression[:, corner] for corner in _CORNERS)
    smile = (second - first)[:, 0] - (first + second)[:, 1] / 2
    found = {
        "blink": blink_count(track) > 0,
        "look around": yaw >= 8 or np.ptp(track.gaze[:, 0]) >= 0.1,
        "nod": pitch >= 6,
        "tilt": roll >= 6,
        "smile": np.percentile(smile, 98) >= 0.05,
        "open mouth": np.percentile(track.mouth_opening, 98) >= 0.03,
    }
    return tuple(gesture for gesture, there in found.items() if there)


def _minimum_jerk(u: Float64) -> Float64:
    u = np.clip(u, 0.0, 1.0)
    return np.asarray(u**3 * (10 - 15 * u + 6 * u**2), np.float64)
