"""A motion track led back to neutral, where its performer did not end as it began."""

from dataclasses import replace
from typing import Any

import numpy as np

from nostalgia.types import MotionTrack

_NEUTRAL = {
    "rotation_deg": 0.0,
    "translation": 0.0,
    "scale": 1.0,
    "expression": 0.0,
    "eye_opening": 1.0,
    "mouth_opening": 0.0,
    "gaze": 0.0,
}
"""Field of a track -> its value where nothing moves."""


def settle_track(track: MotionTrack, seconds: float) -> MotionTrack:
    """The track, eased to neutral by a minimum-jerk curve in its last seconds.

    A track that ends neutral is returned as it is, so that no blink near its end is halved.
    """
    if all(np.all(getattr(track, name)[-1] == neutral) for name, neutral in _NEUTRAL.items()):
        return track
    length = len(track)
    span = max(min(seconds * track.fps, length - 1), 1.0)
    u = np.clip((length - 1 - np.arange(length)) / span, 0.0, 1.0)
    ease = (u**3 * (10 - 15 * u + 6 * u**2)).astype(np.float32)
    fields: dict[str, Any] = {}
    for name, neutral in _NEUTRAL.items():
        values = getattr(track, name)
        shares = ease.reshape(-1, *[1] * (values.ndim - 1))
        fields[name] = np.float32(neutral) + shares * (values - np.float32(neutral))
    return replace(track, **fields)
