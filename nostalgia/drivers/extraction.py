"""From followed landmarks to a motion track: what the head, the face, the eyes and the lids did.

Everything is filtered without delay (centred kernels), lids the least, because a blink lasts a
quarter of a second.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from nostalgia import topology
from nostalgia.face_shape import HeadFit, fit_head, load_face_shape
from nostalgia.geometry import pose_from_rotation
from nostalgia.types import Float32, Float64, MotionTrack

NECK_PIVOT = np.array([0.0, 0.55, -0.45])
"""Base of the neck in the head's frame, face heights: turns about it are not translation."""

HEAD_SMOOTH_S = 0.060
FACE_SMOOTH_S = 0.070
GAZE_SMOOTH_S = 0.030
LID_SMOOTH_S = 0.014
MAX_EXPRESSION_PARTS = 6

_LID_PAIRS = (((159, 145), (158, 153), (160, 144)), ((386, 374), (385, 380), (387, 373)))
_CORNERS = ((33, 133), (362, 263))
_IRISES = (topology.LEFT_IRIS, topology.RIGHT_IRIS)
_BLINK_WINDOW_S = 1.2
_LEAST_DIP, _SHUT_MARGIN = 0.15, 0.04
_HIGHEST_SHUT = 0.70
_MOUTH_NOISE = 0.010
_WINK = 0.35


@dataclass(frozen=True, slots=True)
class _Heads:
    """Fits of the mean face: rotation (T, 3, 3), scale (T,) px, translation (T, 3) px."""

    rotation: Float64
    scale: Float64
    translation: Float64


def track_from_landmarks(landmarks: Float32, fps: float, looped: bool = False) -> MotionTrack:
    """The motion of followed landmarks relative to their first frame.

    Args:
        landmarks: float32 (T, 478, 3), pixels, x then y then z towards the camera; no gaps.
        fps: frames per second.
        looped: the performance ends as it began: take out the drift between both ends, so that the
            first and the last frame are exactly neutral.
    """
    steady = median_filter(landmarks.astype(np.float64), size=(3, 1, 1), mode="nearest")
    heads = _smooth_heads([fit_head(frame) for frame in steady.astype(np.float32)], fps)
    turned = (landmarks - heads.translation[:, None]) / heads.scale[:, None, None]
    shapes = np.einsum("tnj,tjk->tnk", turned, heads.rotation)
    eyes = eye_openings(shapes, fps)
    gaze = _gaze(shapes, eyes, fps)
    mouth = _mouth_opening(shapes, fps)
    expression = _expression(shapes, mouth, fps)
    rotation, shift, scale = _relative(heads)
    curves = {
        "rotation_deg": rotation,
        "translation": shift,
        "scale": scale,
        "expression": expression,
        "gaze": gaze,
    }
    if looped:
        curves = {name: _level_ends(values) for name, values in curves.items()}
        eyes, mouth = _level_ends(eyes) + (1 - eyes[0]), _level_ends(mouth)
        eyes[[0, -1]], mouth[[0, -1]] = 1.0, 0.0
    return MotionTrack(
        fps=fps,
        eye_opening=np.clip(eyes, 0.0, 1.6).astype(np.float32),
        mouth_opening=np.maximum(mouth, 0.0).astype(np.float32),
        start_pose=pose_from_rotation(heads.rotation[0]),
        **{name: values.astype(np.float32) for name, values in curves.items()},
    )


def eye_openings(shapes: Float64, fps: float) -> Float64:
    """Opening of both eyes (T, 2), 1 = neutral, 0 = shut; shapes (T, 478, 3) in the head frame.

    Neutral is the opening of the first frame, unless that one is in a blink. A network never says
    0 for a shut eye; where there are blinks, the deepest tell what it says instead.
    """
    openings = []
    for pairs, (inner, outer) in zip(_LID_PAIRS, _CORNERS, strict=True):
        gaps = [np.linalg.norm(shapes[:, a] - shapes[:, b], axis=1) for a, b in pairs]
        width = np.median(np.linalg.norm(shapes[:, inner] - shapes[:, outer], axis=1))
        raw = np.asarray(np.mean(gaps, 0) / width)
        wide = float(np.percentile(raw, 75))
        start = float(np.median(raw[:3]))
        neutral = start if start > 0.75 * wide else wide
        openings.append(_calibrated(raw / max(neutral, 1e-6), fps))
    eyes = np.stack(openings, 1)
    # Both lids move together, except in a wink: their mean has less noise than each.
    both = eyes.mean(1, keepdims=True)
    apart = np.abs(eyes[:, :1] - eyes[:, 1:])
    eyes = np.where(apart > _WINK, eyes, both)
    return np.asarray(gaussian_filter1d(eyes, LID_SMOOTH_S * fps, axis=0, mode="nearest"))


def _calibrated(opening: Float64, fps: float) -> Float64:
    """Stretch an eye's opening so that its blinks reach 0; above neutral nothing changes.

    A blink is a dip against the opening around it, shorter than half a second; narrowed eyes are
    none. Its depth as the network sees it is the median of the deeper half of all dips.
    """
    around = median_filter(opening, size=2 * round(_BLINK_WINDOW_S * fps / 2) + 1, mode="nearest")
    dips = around - opening
    peaks = dips[1:-1][(dips[1:-1] >= dips[:-2]) & (dips[1:-1] > dips[2:])]
    noise = float(np.median(np.abs(np.diff(opening))))
    blinks = np.sort(peaks[peaks > max(_LEAST_DIP, 8 * noise, 0.5 * float(dips.max(initial=0.0)))])
    if len(blinks) == 0:
        return opening
    depth = float(np.median(blinks[len(blinks) // 2 :])) - _SHUT_MARGIN
    shut = float(np.clip(1 - depth, 0.0, _HIGHEST_SHUT))
    stretched = np.maximum((opening - shut) / (1 - shut), 0.0)
    # Only dips are stretched: eyes narrowed by a smile stay as narrow as they were seen.
    share = np.clip(dips / max(0.5 * depth, 1e-6), 0.0, 1.0)
    return np.asarray(opening + share * (np.minimum(stretched, opening) - opening))


def _smooth_heads(fits: list[HeadFit], fps: float) -> _Heads:
    sigma = HEAD_SMOOTH_S * fps

    def smooth(values: list[Float64]) -> Float64:
        return np.asarray(gaussian_filter1d(np.array(values), sigma, axis=0, mode="nearest"))

    rotation = smooth([fit.rotation for fit in fits])
    # The nearest rotation to the mean of rotations is its polar factor.
    u, _, vt = np.linalg.svd(rotation)
    scale = np.exp(smooth([np.log(np.array(fit.scale_px)) for fit in fits]))
    return _Heads(u @ vt, scale, smooth([fit.translation_px for fit in fits]))


def _relative(heads: _Heads) -> tuple[Float64, Float64, Float64]:
    """Angles (T, 3), shift beyond the turn about the neck (T, 3) face heights, scale (T,)."""
    turn = heads.rotation @ heads.rotation[0].T
    poses = [pose_from_rotation(matrix) for matrix in turn]
    scale = heads.scale / heads.scale[0]
    neck = heads.rotation[0] @ NECK_PIVOT
    moved = (heads.translation - heads.translation[0]) / heads.scale[0]
    shift = moved + (scale[:, None, None] * turn - np.eye(3)) @ neck
    shift[:, 2] = 0.0
    return np.array([[p.yaw, p.pitch, p.roll] for p in poses]), shift, scale


def _expression(shapes: Float64, mouth: Float64, fps: float) -> Float64:
    """Landmark deltas (T, 478, 3) from the first frames, without lids and irises, in few parts."""
    sigma = FACE_SMOOTH_S * fps
    smooth = gaussian_filter1d(shapes, sigma, axis=0, mode="nearest")
    deltas = (smooth - smooth[0]) * _mobile()[:, None]
    frames = deltas.reshape(len(deltas), -1)
    u, s, vt = np.linalg.svd(frames, full_matrices=False)
    kept = min(MAX_EXPRESSION_PARTS, len(s))
    deltas = ((u[:, :kept] * s[:kept]) @ vt[:kept]).reshape(deltas.shape)
    deltas -= deltas[0]
    deltas[:, list(topology.EYES_AND_IRISES)] = 0.0
    # While the mouth is closed, both lips' inner edges are one line.
    closed = (1 - np.clip(mouth / _MOUTH_NOISE, 0, 1))[:, None]
    for upper, lower in zip(topology.INNER_UPPER_LIP, topology.INNER_LOWER_LIP, strict=True):
        middle = (deltas[:, upper] + deltas[:, lower]) / 2
        for lip in (upper, lower):
            deltas[:, lip] += closed * (middle - deltas[:, lip])
    return np.asarray(deltas)


def _mobile() -> Float64:
    """How far each landmark (478,) takes part in expressions: 0 on eyes, irises and temples."""
    mean = load_face_shape().mean.astype(np.float64)

    def near(points: tuple[int, ...], inner: float, outer: float) -> Float64:
        gap = np.linalg.norm(mean[:, None, :2] - mean[None, list(points), :2], axis=-1).min(1)
        u = np.clip((gap - inner) / (outer - inner), 0, 1)
        return np.asarray(1 - u * u * (3 - 2 * u))

    weights = 1 - near(topology.EYES_AND_IRISES, 0.004, 0.05)
    weights *= 1 - near((10, 151, 127, 356, 234, 454, 162, 389, 21, 251, 54, 284), 0.03, 0.14)
    weights *= 1 - near((168, 6, 197, 195), 0.02, 0.08)
    weights[list(topology.EYES_AND_IRISES)] = 0.0
    return np.asarray(weights)


def _mouth_opening(shapes: Float64, fps: float) -> Float64:
    """Gap of the inner lips (T,) beyond the first frames', face heights; small gaps are noise."""
    gap = np.linalg.norm(shapes[:, 13] - shapes[:, 14], axis=1)
    gap = gaussian_filter1d(gap, LID_SMOOTH_S * 2 * fps, mode="nearest")
    beyond = gap - np.median(gap[:3])
    return np.asarray(
        np.maximum(beyond - _MOUTH_NOISE, 0) * (1 + _MOUTH_NOISE / np.maximum(beyond, 0.05))
    )


def _gaze(shapes: Float64, eyes: Float64, fps: float) -> Float64:
    """Shift of the irises (T, 2) in eye widths; during blinks the way between before and after."""
    shifts = []
    for iris, (a, b) in zip(_IRISES, _CORNERS, strict=True):
        middle = (shapes[:, a] + shapes[:, b]) / 2
        width = np.median(np.linalg.norm(shapes[:, a] - shapes[:, b], axis=1))
        shifts.append((shapes[:, list(iris)].mean(1) - middle)[:, :2] / width)
    gaze = np.mean(shifts, 0)
    seen = np.flatnonzero(eyes.min(1) > 0.6)
    if len(seen) >= 2:
        every = np.arange(len(gaze))
        gaze = np.stack([np.interp(every, seen, gaze[seen, axis]) for axis in (0, 1)], 1)
    gaze = median_filter(gaze, size=(3, 1), mode="nearest")
    gaze = gaussian_filter1d(gaze, GAZE_SMOOTH_S * fps, axis=0, mode="nearest")
    return np.asarray(gaze - gaze[0])


def _level_ends(values: Float64) -> Float64:
    """Values less the straight line between their first and last frame, plus the first."""
    line = np.linspace(0.0, 1.0, len(values)).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values - line * (values[-1] - values[0]))
