"""A performance tuned by hand: more or less of a smile, of blinks, of turning, of looking about."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nostalgia.drivers.tracks.track import change_curves
from nostalgia.faces.expression import FaceExpression
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import INNER_EYE_CORNERS, OUTER_EYE_CORNERS
from nostalgia.types import Float32, Float64, MotionTrack

_CHEEK = 0.10
"""Face heights below the eyes' corners from which on skin belongs to the smile altogether."""

_SERIOUS, _BEAMING = 0.03, 0.12
"""Smiles, in face heights, from which on a driver's smile is held back, and held back most."""

_PARTED_LIPS_ROOM = 0.6

_LIVELY = {"rotation_deg": 8.0, "eye_opening": 1.0, "expression": 0.04, "gaze": 0.15}
"""How much of each is a lively movement."""


def tune_track(
    track: MotionTrack,
    smile: float = 1.0,
    blink: float = 1.0,
    turn: float = 1.0,
    gaze: float = 1.0,
) -> MotionTrack:
    """The track with some kinds of motion multiplied; the same track where all are 1.

    Args:
        track: any track.
        smile: 0..2, the expression of mouth and cheeks, and with it how far the lips part, or they
            would part without moving. Brows keep theirs. 0 = the mouth of the photo.
        blink: 0..2, how far lids close. 0 = never; above 1 half-closed eyes close further, but none
            more than shut. Eyes opened wide stay as they are.
        turn: 0..2, the head: its rotation, shift and size.
        gaze: 0..2, the eyes.
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


def smile_room(state: FaceExpression) -> float:
    """How much (0.5..1) of a driver's smile a face can take that has an expression of its own.

    A big smile on top of a smile is a grimace, and lips that are parted must not be pulled about.
    """
    room = 1.0 - 0.5 * min(max((state.smile - _SERIOUS) / (_BEAMING - _SERIOUS), 0.0), 1.0)
    return min(room, _PARTED_LIPS_ROOM) if state.mouth_open else room


def smile_weights() -> Float32:
    """How much each landmark (478,) belongs to mouth and cheeks: 0 above the eyes, 1 below."""
    heights = load_face_shape().mean[:, 1]
    eyes = float(heights[list(INNER_EYE_CORNERS + OUTER_EYE_CORNERS)].mean())
    share = np.clip((heights - eyes) / _CHEEK, 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def excerpt(track: MotionTrack, seconds: float, start: int | None = None) -> MotionTrack:
    """Some seconds out of a track: the liveliest, or those from the frame `start` on.

    The excerpt neither begins nor ends neutral; it is for a quick look.
    """
    count = min(max(2, round(seconds * track.fps)), len(track))
    first = liveliest_start([track], seconds) if start is None else start
    first = min(max(first, 0), len(track) - count)
    span = slice(first, first + count)
    return change_curves(track, lambda values, _: values[span])


def liveliest_start(tracks: Sequence[MotionTrack], seconds: float) -> int:
    """The frame at which the liveliest `seconds` of tracks of one length and rate begin."""
    activity = np.sum([_activity(track) for track in tracks], axis=0)
    count = min(max(2, round(seconds * tracks[0].fps)), len(tracks[0]))
    gathered = np.r_[0.0, np.cumsum(activity)]
    windows = gathered[count - 1 :] - gathered[: len(gathered) - count + 1]
    return int(windows.argmax())


def _activity(track: MotionTrack) -> Float64:
    """How much changes from each frame to the next: float64 (T - 1,)."""
    total = np.zeros(len(track) - 1, np.float64)
    for name, unit in _LIVELY.items():
        values = np.asarray(getattr(track, name), np.float64)
        steps = np.abs(np.diff(values, axis=0)).reshape(len(values) - 1, -1)
        total += steps.max(axis=1) / unit
    return total


def _times(values: Float32, factor: float) -> Float32:
    return np.asarray(values * np.float32(factor), np.float32)
