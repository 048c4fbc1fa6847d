"""A performance played more than once: each round begins and ends neutral."""

import numpy as np

from nostalgia.drivers.tracks.easing import ease_out
from nostalgia.drivers.tracks.track import change_curves
from nostalgia.types import MotionTrack


def play_loops(track: MotionTrack, rounds: int) -> MotionTrack:
    """The track played `rounds` times; the frame where two rounds meet is there once."""
    if rounds <= 1:
        return track
    return change_curves(
        ease_out(track),
        lambda values, _: np.concatenate([values, *[values[1:]] * (rounds - 1)]),
    )
