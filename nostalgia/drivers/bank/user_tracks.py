"""What happens in the motion of a user's own clip, for the list of drivers."""

import numpy as np

from nostalgia.faces.topology import MOUTH_CORNERS
from nostalgia.types import MotionTrack

SHUT = 0.3
"""Eyes opened less than this are shut: the bottom of a blink."""


def blink_count(track: MotionTrack) -> int:
    """How often both eyes shut."""
    shut = (track.eye_opening.max(1) < SHUT).astype(np.int8)
    return int((np.diff(shut, prepend=0) == 1).sum())


def gestures_of(track: MotionTrack) -> tuple[str, ...]:
    """What happens in a track, in the words that the bank uses."""
    yaw, pitch, roll = np.ptp(track.rotation_deg, axis=0)
    first, second = (track.expression[:, corner] for corner in MOUTH_CORNERS)
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
