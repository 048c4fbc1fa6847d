"""Tuning of a performance: more or less smile, blinking, turning and gaze; and excerpts of it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nostalgia.drivers.tracks.smiles import smile_weights
from nostalgia.drivers.tracks.track import change_curves
from nostalgia.types import Float32, Float64, MotionTrack

_LIVELY = {"rotation_deg": 8.0, "eye_opening": 1.0, "expression": 0.04, "gaze": 0.15}
"""Size of a lively movement, by curve, in the curve's own unit."""


def tune_track(
    track: MotionTrack,
    smile: float = 1.0,
    blink: float = 1.0,
    turn: float = 1.0,
    gaze: float = 1.0,
) -> MotionTrack:
    """Multiply some kinds of motion by a factor; the same track where all factors are 1.

    Args:
        track: any track.
        smile: 0..2, expression of mouth and cheeks, together with the gap of the lips, which would
            otherwise open in a mouth at rest. Brows are unchanged. 0 = the mouth of the photo.
        blink: 0..2, closure of the lids. 0 = no blinks; above 1 half-closed eyes close further, at
            most to shut. Widened eyes are unchanged.
        turn: 0..2, rotation, shift and size of the head.
        gaze: 0..2, shift of the irises.
    """
    if smile == blink == turn == gaze == 1.0:
        return track
    gain = 1.0 + (smile - 1.0) * smile_weights()[:, None]
    lids = track.eye_opening
    closed = np.maximum(1.0 - (1.0 - lids) * blink, 0.0)
    return replace(
        track,
        rotation_deg=_times(track.rotation_deg, turn),
        translation=_times(track.translation, turn),
        scale=np.asarray(1.0 + (track.scale - 1.0) * turn, np.float32),
        expression=np.asarray(track.expression * gain, np.float32),
        mouth_opening=_times(track.mouth_opening, smile),
        eye_opening=np.asarray(np.where(lids < 1.0, closed, lids), np.float32),
        gaze=_times(track.gaze, gaze),
    )


def excerpt(track: MotionTrack, seconds: float, start: int | None = None) -> MotionTrack:
    """Cut some seconds out of a track: the liveliest, or those from the frame `start` on.

    The excerpt neither begins nor ends neutral; it is meant for a preview.
    """
    count = min(max(2, round(seconds * track.fps)), len(track))
    first = liveliest_start([track], seconds) if start is None else start
    first = min(max(first, 0), len(track) - count)
    span = slice(first, first + count)
    return change_curves(track, lambda values, _: values[span])


def liveliest_start(tracks: Sequence[MotionTrack], seconds: float) -> int:
    """First frame of the liveliest `seconds` of tracks of one length and frame rate."""
    activity = np.sum([_activity(track) for track in tracks], axis=0)
    count = min(max(2, round(seconds * tracks[0].fps)), len(tracks[0]))
    gathered = np.r_[0.0, np.cumsum(activity)]
    windows = gathered[count - 1 :] - gathered[: len(gathered) - count + 1]
    return int(windows.argmax())


def _activity(track: MotionTrack) -> Float64:
    """Amount of motion from each frame to the next: float64 (T - 1,)."""
    total = np.zeros(len(track) - 1, np.float64)
    for name, unit in _LIVELY.items():
        values = np.asarray(getattr(track, name), np.float64)
        steps = np.abs(np.diff(values, axis=0)).reshape(len(values) - 1, -1)
        total += steps.max(axis=1) / unit
    return total


def _times(values: Float32, factor: float) -> Float32:
    return np.asarray(values * np.float32(factor), np.float32)
