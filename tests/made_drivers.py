"""Tracks and banks made for tests."""

import hashlib
import json
from dataclasses import replace

import numpy as np

from nostalgia.drivers.tracks.track import save_track
from nostalgia.types import HeadPose, MotionTrack

FPS = 25.0


def bump(count: int, at: float, width: float) -> np.ndarray:
    """A smooth hill (count,) of height 1 about the frame `at`, 0 beyond `width` frames."""
    u = np.clip(1 - np.abs(np.arange(count) - at) / width, 0, 1)
    return u**3 * (10 - 15 * u + 6 * u**2)


def blink(count: int, at: int) -> np.ndarray:
    """Closure (count,) of lids that close in three frames, are shut at `at` and open in eight."""
    frames = np.arange(count)
    return np.where(frames <= at, bump(count, at, 3), bump(count, at, 8))


def made_track(phase: int = 0, count: int = 150) -> MotionTrack:
    """Six seconds of a person who sways, turns, smiles and blinks twice, neutral at both ends."""
    sway = 2 * np.pi * 3 * np.arange(count) / (count - 1)
    yaw = 9 * bump(count, 60 + phase, 40) - 6 * bump(count, 105 - phase // 2, 25)
    yaw += 0.4 * np.sin(sway)
    roll = 0.1 * yaw + 0.5 * (1 - np.cos(sway))
    shut = blink(count, 30 + phase) + blink(count, 95 + phase)
    expression = np.zeros((count, 478, 3))
    expression[:, 291, 0] = 0.04 * bump(count, 75 + phase, 35)
    expression[:, 61, 0] = -expression[:, 291, 0]
    return MotionTrack(
        fps=FPS,
        rotation_deg=np.stack([yaw, 0.3 * yaw, roll], 1).astype(np.float32),
        translation=np.zeros((count, 3), np.float32),
        scale=np.ones(count, np.float32),
        expression=expression.astype(np.float32),
        eye_opening=np.repeat(1 - shut[:, None], 2, 1).astype(np.float32),
        mouth_opening=np.zeros(count, np.float32),
        gaze=np.zeros((count, 2), np.float32),
        start_pose=HeadPose(3.0, -1.0, 0.5),
    )


def drifting_track() -> MotionTrack:
    """A person who begins in mid-turn with a smile and ends turned aside with half-shut eyes."""
    track = made_track()
    ramp = np.linspace(0, 20, 150, dtype=np.float32)
    track.rotation_deg[:, 0] += ramp
    track.expression[:, 291, 0] += 0.03
    track.eye_opening[-5:] = 0.4
    track.gaze[:, 0] = ramp / 100
    return track


def noised(track: MotionTrack, **sigma: float) -> MotionTrack:
    """The track with white noise of these standard deviations, its ends unchanged."""
    rng = np.random.default_rng(7)
    fields = {}
    for name, size in sigma.items():
        values = getattr(track, name)
        noise = rng.normal(0, size, values.shape).astype(np.float32)
        noise[[0, -1]] = 0
        fields[name] = values + noise
    return replace(track, **fields)


def line_of(folder, name: str, track: MotionTrack) -> dict:
    """Save a track and return its entry for bank.json."""
    path = folder / f"{name}.npz"
    save_track(path, track)
    low, high, pose = track.rotation_deg.min(0), track.rotation_deg.max(0), track.start_pose
    axes = ("yaw", "pitch", "roll")
    return {
        "name": name,
        "title": "Turns and smiles",
        "gestures": ["blink", "smile"],
        "start_pose_deg": {axis: getattr(pose, axis) for axis in axes},
        "pose_range_deg": {axis: [float(low[i]), float(high[i])] for i, axis in enumerate(axes)},
        "fps": track.fps,
        "duration_s": track.duration_s,
        "licence": "Apache-2.0",
        "made": "for a test",
        "track": path.name,
        "track_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def write_list(folder, lines: list, **others) -> None:
    """Write bank.json with these entries."""
    values = {"default": lines[0]["name"] if lines else "", "drivers": lines, **others}
    (folder / "bank.json").write_text(json.dumps(values))
