"""The frame of a user's own clip that stands for the photo, and the clip begun there."""

from dataclasses import replace

import numpy as np

from nostalgia.drivers.tracks.easing import ease_track
from nostalgia.geometry import minimum_jerk, pose_from_rotation, rotation_from_pose
from nostalgia.types import HeadPose, MotionTrack

_CLEARLY_DEG = 5.0
"""How much better, in degrees, a frame must suit a photo than the clip's first."""

_ROLL_COUNTS, _SHUT_COSTS_DEG, _OPEN, _MOUTH_COSTS_DEG = 0.3, 30.0, 0.65, 200.0
_EASE_IN_S = 0.5


def best_start(track: MotionTrack, pose: HeadPose, mouth_opening: float | None = None) -> int:
    """The frame of a clip that stands for the photo: its pose, open eyes, a mouth no wider.

    A clip may begin in a turn, in a blink or in the middle of a word; the photo did not. Frame 0
    is left only for one that suits clearly better, so that a clip whose first frame is the photo
    is played from there whatever the networks' noise.

    Args:
        track: of a recorded clip.
        pose: the head's in the photo.
        mouth_opening: gap of the photo's inner lips, face heights; None = do not mind the mouth.
    """
    start = rotation_from_pose(track.start_pose)
    found = [
        pose_from_rotation(rotation_from_pose(HeadPose(*map(float, angles))) @ start)
        for angles in track.rotation_deg
    ]
    apart = np.array([[p.yaw - pose.yaw, p.pitch - pose.pitch, p.roll - pose.roll] for p in found])
    eyes = track.eye_opening.min(axis=1)
    usual = max(float(np.percentile(eyes, 75)), 1e-3)
    cost = np.linalg.norm(apart * [1.0, 1.0, _ROLL_COUNTS], axis=1)
    cost += _SHUT_COSTS_DEG * np.maximum(_OPEN - eyes / usual, 0.0)
    if mouth_opening is not None:
        gaps = track.mouth_opening - float(np.percentile(track.mouth_opening, 5))
        cost += _MOUTH_COSTS_DEG * np.maximum(gaps - mouth_opening, 0.0)
    best = int(np.argmin(cost))
    return best if cost[best] < cost[0] - _CLEARLY_DEG else 0


def start_track_at(track: MotionTrack, frame: int) -> MotionTrack:
    """The track relative to another of its frames: the photo is that frame.

    Every frame stays, in the clip's own order, so that its sound stays in step. The clip begins as
    the photo and reaches the performer's motion in half a second, without a jump.
    """
    if frame == 0:
        return track
    turn = rotation_from_pose(HeadPose(*map(float, track.rotation_deg[frame])))
    poses = [
        pose_from_rotation(rotation_from_pose(HeadPose(*map(float, angles))) @ turn.T)
        for angles in track.rotation_deg
    ]
    scale = track.scale[frame]
    span = max(min(_EASE_IN_S * track.fps, 0.2 * len(track)), 1.0)
    moved = replace(
        track,
        rotation_deg=np.array([[p.yaw, p.pitch, p.roll] for p in poses], np.float32),
        translation=(track.translation - track.translation[frame]) / scale,
        scale=track.scale / scale,
        expression=track.expression - track.expression[frame],
        eye_opening=track.eye_opening / np.maximum(track.eye_opening[frame], 0.5),
        mouth_opening=track.mouth_opening - track.mouth_opening[frame],
        gaze=track.gaze - track.gaze[frame],
        start_pose=pose_from_rotation(turn @ rotation_from_pose(track.start_pose)),
    )
    if track.signals is not None and track.signals_start is not None:
        there = track.signals[frame]
        moved = replace(
            moved, signals=track.signals - there, signals_start=track.signals_start + there
        )
    return ease_track(moved, minimum_jerk(np.arange(len(track)) / span))
