"""The frame of a driving clip that matches the photo, and the track relative to that frame."""

import math
from dataclasses import replace

import cv2
import numpy as np

from nostalgia.drivers.tracks.easing import ease_track
from nostalgia.geometry import minimum_jerk, pose_from_rotation, rotation_from_pose
from nostalgia.types import Float32, Float64, HeadPose, MotionTrack

_CLEARLY_DEG = 5.0
"""Advantage in degrees that a frame needs over the first one to replace it."""

_ROLL_WEIGHT, _SHUT_COST_DEG, _OPEN_SHARE, _MOUTH_COST_DEG = 0.3, 30.0, 0.65, 200.0
_EASE_IN_S = 0.5


def best_start(track: MotionTrack, pose: HeadPose, mouth_opening: float | None = None) -> int:
    """Number of the frame that matches the photo: its pose, open eyes, a mouth no wider.

    A clip may begin in a turn, in a blink or in mid-word; the photo does not. Frame 0 is replaced
    only by a clearly better one, so that noise in the landmarks never moves the start of a clip
    whose first frame is the photo.

    Args:
        track: track of a recorded clip.
        pose: head pose in the photo.
        mouth_opening: gap of the photo's inner lips, face heights; None = ignore the mouth.
    """
    start = rotation_from_pose(track.start_pose)
    poses = [
        pose_from_rotation(rotation_from_pose(HeadPose(*map(float, angles))) @ start)
        for angles in track.rotation_deg
    ]
    apart = np.array([[p.yaw - pose.yaw, p.pitch - pose.pitch, p.roll - pose.roll] for p in poses])
    eyes = track.eye_opening.min(axis=1)
    usual = max(float(np.percentile(eyes, 75)), 1e-3)
    cost = np.linalg.norm(apart * [1.0, 1.0, _ROLL_WEIGHT], axis=1)
    cost += _SHUT_COST_DEG * np.maximum(_OPEN_SHARE - eyes / usual, 0.0)
    if mouth_opening is not None:
        gaps = track.mouth_opening - float(np.percentile(track.mouth_opening, 5))
        cost += _MOUTH_COST_DEG * np.maximum(gaps - mouth_opening, 0.0)
    best = int(np.argmin(cost))
    return best if cost[best] < cost[0] - _CLEARLY_DEG else 0


def best_frame(source: Float32, driving: Float32) -> int:
    """Number of the driving frame whose landmarks have the shape most like the source's.

    As `find_best_frame` of the reference code of the First Order Motion Model (Siarohin et al.,
    2019): points less their mean, over the root of the area of their convex hull; the least sum of
    squares wins, the first of equals. Points without such an area (no face found, all on one line,
    not finite) are never chosen; if there are no others, the result is 0.

    Args:
        source: float32 (68, 2), pixels of the photo.
        driving: float32 (N, 68, 2), pixels of the clip; N at least 1.
    """
    target = _normalised(source)
    if target is None:
        return 0
    best, least = 0, math.inf
    for number, frame in enumerate(driving):
        points = _normalised(frame)
        distance = math.inf if points is None else float(((points - target) ** 2).sum())
        if distance < least:
            best, least = number, distance
    return best


def _normalised(points: Float32) -> Float64 | None:
    """Points (N, 2) about their mean with a convex hull of area 1; None if they span none."""
    if not np.isfinite(points).all():
        return None
    centred = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
    corners = cv2.convexHull(centred.astype(np.float32), returnPoints=False)[:, 0]
    x, y = centred[corners].T
    area = abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2
    return centred / np.sqrt(area) if area > 0 else None


def start_track_at(track: MotionTrack, frame: int) -> MotionTrack:
    """Make a track relative to another of its frames, the one that matches the photo.

    All frames stay in the clip's order, so that its sound stays in step. The track begins neutral
    and reaches the performer's motion within half a second, without a jump.
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
