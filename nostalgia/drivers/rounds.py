"""A performance played more than once: each round begins and ends neutral."""

from dataclasses import replace

import numpy as np

from nostalgia.types import Float32, Float64, MotionTrack

LEAD_BACK_S = 1.0
"""How long a performance that does not end as it began takes to come back."""

_NEUTRAL_DEG, _NEUTRAL_SHARE = 0.3, 0.03


def ends_neutral(track: MotionTrack) -> bool:
    """Whether the last frame looks like the first: turned and changed too little to be seen."""
    turned = float(np.abs(track.rotation_deg[-1] - track.rotation_deg[0]).max())
    changed = (
        np.abs(track.translation[-1]).max(),
        abs(track.scale[-1] - 1.0),
        np.abs(track.expression[-1]).max(),
        np.abs(track.eye_opening[-1] - 1.0).max() / 4,
        abs(track.mouth_opening[-1]),
        np.abs(track.gaze[-1]).max() / 2,
    )
    return turned < _NEUTRAL_DEG and float(max(changed)) < _NEUTRAL_SHARE


def lead_back(track: MotionTrack) -> MotionTrack:
    """The track eased to neutral in its last second; the same track where it ends there anyway."""
    if ends_neutral(track):
        return track
    count = len(track)
    span = max(min(LEAD_BACK_S * track.fps, count / 2), 1.0)
    u = np.clip((count - 1 - np.arange(count)) / span, 0.0, 1.0)
    # Minimum jerk (Flash and Hogan 1985).
    share: Float64 = np.asarray(u**3 * (10 - 15 * u + 6 * u**2), np.float64)

    def eased(values: Float32, neutral: float = 0.0) -> Float32:
        tail = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(neutral + (values - neutral) * tail, np.float32)

    return replace(
        track,
        rotation_deg=eased(track.rotation_deg),
        translation=eased(track.translation),
        scale=eased(track.scale, 1.0),
        expression=eased(track.expression),
        eye_opening=eased(track.eye_opening, 1.0),
        mouth_opening=eased(track.mouth_opening),
        gaze=eased(track.gaze),
    )


def play_rounds(track: MotionTrack, rounds: int) -> MotionTrack:
    """The track played `rounds` times; the frame where two rounds meet is there once."""
    if rounds <= 1:
        return track
    back = lead_back(track)

    def repeated(values: Float32) -> Float32:
        return np.concatenate([values, *[values[1:]] * (rounds - 1)])

    return replace(
        back,
        rotation_deg=repeated(back.rotation_deg),
        translation=repeated(back.translation),
        scale=repeated(back.scale),
        expression=repeated(back.expression),
        eye_opening=repeated(back.eye_opening),
        mouth_opening=repeated(back.mouth_opening),
        gaze=repeated(back.gaze),
    )
