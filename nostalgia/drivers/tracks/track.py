"""Motion tracks as files, mirrored and resampled.

A track file is a NumPy ``.npz`` without pickles, so that a stranger's driver cannot run code. Its
arrays are the fields of `MotionTrack`; expressions are stored as float16 (a thousandth of a face
height is far below a pixel).
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nostalgia.errors import DriverError
from nostalgia.faces.head import load_face_shape
from nostalgia.geometry import minimum_jerk
from nostalgia.types import Float32, Float64, HeadPose, MotionTrack

LANDMARK_COUNT = 478
MAX_TRACK_FRAMES = 20_000
"""Longest track that can be read: 11 minutes at 30 fps."""

_EXPRESSION_STEPS = 8192
"""Steps per face height to which expressions are rounded: noise would not compress."""

_SHAPES: dict[str, tuple[int, ...]] = {
    "rotation_deg": (3,),
    "translation": (3,),
    "scale": (),
    "expression": (LANDMARK_COUNT, 3),
    "eye_opening": (2,),
    "mouth_opening": (),
    "gaze": (2,),
}
NEUTRAL: Mapping[str, float] = MappingProxyType(
    {name: 1.0 if name in ("scale", "eye_opening") else 0.0 for name in _SHAPES}
)
"""Curve of a track -> its neutral value."""

_LIMITS = {"rotation_deg": 180.0, "translation": 10.0, "scale": 10.0, "expression": 1.0}


def save_track(path: Path, track: MotionTrack) -> None:
    """Write a track file; see `track_bytes`."""
    path.write_bytes(track_bytes(track))


def track_bytes(track: MotionTrack) -> bytes:
    """Content of a track file; the same track always gives the same bytes."""
    arrays: dict[str, Any] = {
        name: np.asarray(getattr(track, name), np.float32) for name in _SHAPES
    }
    steps = np.round(arrays["expression"] * _EXPRESSION_STEPS) / _EXPRESSION_STEPS
    arrays["expression"] = steps.astype(np.float16)
    pose = track.start_pose
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        fps=np.float64(track.fps),
        start_pose=np.array([pose.yaw, pose.pitch, pose.roll], np.float32),
        **arrays,
    )
    return stream.getvalue()


def load_track(path: Path) -> MotionTrack:
    """Read a track file and check the shape and range of every array.

    Raises:
        DriverError: the file is missing, damaged, or not a motion track.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: np.asarray(stored[name]) for name in (*_SHAPES, "fps", "start_pose")}
    except FileNotFoundError as exc:
        raise DriverError(f"the motion track {path} is missing") from exc
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as exc:
        raise DriverError(f"{path} is damaged or not a nostalgia motion track") from exc
    return _checked(path, arrays)


def _checked(path: Path, arrays: dict[str, NDArray[np.generic]]) -> MotionTrack:
    """Build a track from the arrays of a file.

    Raises:
        DriverError: an array has another shape or range; the message names it.
    """
    count = arrays["rotation_deg"].shape[0] if arrays["rotation_deg"].ndim else 0
    if not 2 <= count <= MAX_TRACK_FRAMES:
        raise DriverError(f"{path} has {count} frames; a track has 2 to {MAX_TRACK_FRAMES}")
    fields: dict[str, Float32] = {}
    for name, tail in _SHAPES.items():
        array = arrays[name]
        if array.shape != (count, *tail) or not np.issubdtype(array.dtype, np.floating):
            raise DriverError(
                f"{path}: {name} is {array.dtype} {array.shape}, not float ({count}, ...)"
            )
        fields[name] = array.astype(np.float32)
        if not np.isfinite(fields[name]).all() or np.abs(fields[name]).max() > _LIMITS.get(
            name, 20.0
        ):
            raise DriverError(f"{path}: {name} has values beyond what a head can do")
    fps, pose = (
        arrays["fps"].astype(np.float64).ravel(),
        arrays["start_pose"].astype(np.float64).ravel(),
    )
    if fps.size != 1 or not 1.0 <= fps[0] <= 240.0 or pose.size != 3 or not np.isfinite(pose).all():
        raise DriverError(f"{path}: fps or start_pose is damaged")
    return MotionTrack(fps=float(fps[0]), start_pose=HeadPose(*map(float, pose)), **fields)


def change_curves(track: MotionTrack, change: Callable[[Float32, float], Float32]) -> MotionTrack:
    """Replace each curve of a track by `change(values, neutral)`; signals are a curve too.

    values: float32 (T, ...). neutral: their value where nothing moves.
    """
    fields: dict[str, Any] = {
        name: change(getattr(track, name), neutral) for name, neutral in NEUTRAL.items()
    }
    if track.signals is not None:
        fields["signals"] = change(track.signals, 0.0)
    return replace(track, **fields)


def spline_weights(u: Float64) -> tuple[Float64, Float64, Float64, Float64]:
    """Catmull-Rom weights of four neighbouring frames; u: 0..1 from the second to the third.

    The motion backend's spline (`nostalgia.motion.mesh.curves`) is the same curve in Hermite form;
    the two differ in the last bit, so neither can replace the other without changing frames.
    """
    return (
        0.5 * (-u + 2 * u**2 - u**3),
        0.5 * (2 - 5 * u**2 + 3 * u**3),
        0.5 * (u + 4 * u**2 - 3 * u**3),
        0.5 * (-(u**2) + u**3),
    )


def mirror_track(track: MotionTrack) -> MotionTrack:
    """Mirror a performance: image-left and image-right swapped."""
    flip = np.array([-1.0, 1.0, 1.0], np.float32)
    pose = track.start_pose
    return replace(
        track,
        rotation_deg=track.rotation_deg * np.array([-1, 1, -1], np.float32),
        translation=track.translation * flip,
        expression=np.ascontiguousarray(track.expression[:, load_face_shape().mirror] * flip),
        eye_opening=np.ascontiguousarray(track.eye_opening[:, ::-1]),
        gaze=track.gaze * flip[:2],
        start_pose=HeadPose(-pose.yaw, pose.pitch, -pose.roll),
    )


def resample_track(
    track: MotionTrack, fps: float | None = None, duration_s: float | None = None
) -> MotionTrack:
    """Change the frame rate of a track, and loop or shorten it to another length.

    A length within 15 % of a whole number of loops is reached by playing slower or faster. Any
    other length is played at the recorded speed and eased to neutral in its last second by a
    minimum-jerk curve, so that the clip still ends as it begins.
    """
    new_fps = track.fps if fps is None else float(fps)
    count = max(2, round((track.duration_s if duration_s is None else duration_s) * new_fps))
    if new_fps == track.fps and count == len(track):
        return track
    step = track.fps / new_fps
    last = len(track) - 1
    # A track ends on the frame it began with, so a loop is one frame shorter than the track.
    loops = max(1, round((count - 1) * step / last))
    stretch = (count - 1) * step / (loops * last)
    cut_short = not 0.85 <= stretch <= 1.18
    speed = step if cut_short else loops * last / (count - 1)
    positions: Float64 = np.arange(count, dtype=np.float64) * speed
    ease = _ease_out(count, min(new_fps, count / 2) if cut_short else 0.0)
    resampled = change_curves(
        track, lambda values, neutral: _resampled(values, positions, ease, neutral)
    )
    openings = np.maximum(resampled.eye_opening, 0.0)
    return replace(resampled, fps=new_fps, eye_opening=openings)


def _ease_out(count: int, span: float) -> Float64:
    """Shares (count,): 1 until the last `span` frames, then a minimum-jerk curve to 0."""
    if span <= 0:
        return np.ones(count, np.float64)
    return minimum_jerk((count - 1 - np.arange(count)) / max(span, 1.0))


def _resampled(values: Float32, positions: Float64, ease: Float64, neutral: float) -> Float32:
    """Interpolate a looped curve (T, ...) at fractional frame numbers (Catmull-Rom)."""
    last = len(values) - 1
    whole = np.floor(positions + 1e-9)
    u = np.clip(positions - whole, 0.0, 1.0)
    index = np.mod(whole.astype(np.int64), last)
    index = np.where((index == 0) & (whole > 0) & (u < 1e-6), last, index)
    tail = (slice(None),) + (None,) * (values.ndim - 1)
    neighbours = (
        np.where(index == 0, last - 1, index - 1),
        index,
        np.minimum(index + 1, last),
        np.where(index >= last - 1, index + 2 - last, index + 2),
    )
    total = sum(
        weight[tail] * (values[n] - neutral)
        for weight, n in zip(spline_weights(u), neighbours, strict=True)
    )
    return np.asarray(neutral + ease[tail] * total, np.float32)
