"""Extraction of a motion track from landmarks: head, expression, lids, mouth, gaze.

All curves are filtered without delay (centred kernels), lids the least, because a blink lasts a
quarter of a second.
"""

from collections.abc import Sequence

import numpy as np

from nostalgia.drivers.recording.blinks import eye_openings
from nostalgia.drivers.recording.face_flow import FlowReading
from nostalgia.drivers.recording.filters import running_median, smooth
from nostalgia.drivers.recording.head_motion import Heads, heads_of_network, steady_heads
from nostalgia.faces import topology
from nostalgia.faces.head import NECK_PIVOT, fit_head, load_face_shape
from nostalgia.faces.irises import EyeReading
from nostalgia.geometry import pose_from_rotation, smoothstep
from nostalgia.types import Float32, Float64, MotionTrack

HEAD_SMOOTH_S = 0.060
FACE_SMOOTH_S = 0.070
FLOW_SMOOTH_S = 0.024
GAZE_SMOOTH_S = 0.030
MOUTH_SMOOTH_S = 0.028
MAX_EXPRESSION_PARTS = 10

_IRISES = (topology.LEFT_IRIS, topology.RIGHT_IRIS)
_MOUTH_NOISE = 0.010
_MOST_CLOSED = 0.7
_FAR_EYE_POWER = 6.0


def track_from_landmarks(
    landmarks: Float32,
    fps: float,
    looped: bool = False,
    eyes: Sequence[EyeReading | None] | None = None,
    expression_gain: float = 1.0,
    flows: Sequence[FlowReading | None] | None = None,
) -> MotionTrack:
    """Extract the motion of landmarks relative to their first frame.

    Args:
        landmarks: float32 (T, 478, 3), pixels, x then y then z towards the camera; no gaps.
        fps: frames per second.
        looped: True if the performance ends as it begins; the drift between both ends is then
            removed, so that the first and the last frame are exactly neutral.
        eyes: irises read from the pixels, one per frame, None for frames without a reading.
            Without them gaze and blinks come from the landmarks alone.
        expression_gain: factor on expressions, for a network that shrinks them.
        flows: places of the first frame's landmarks by optical flow, one per frame; without them
            head and expression come from the landmarks alone.
    """
    steady = running_median(landmarks.astype(np.float64), 3)
    fits = [fit_head(frame) for frame in steady.astype(np.float32)]
    network = heads_of_network(landmarks.astype(np.float64), fits)
    network = _smooth_heads(network, HEAD_SMOOTH_S * fps)
    shares = _eye_shares(landmarks)
    irises, contrast = _readings(eyes, network.shapes, shares)
    openings = eye_openings(network.shapes, fps, shares, contrast)
    gaze = _gaze(irises, openings, fps)
    mouth = _mouth_opening(network.shapes, fps)
    if flows is None:
        heads = network
        expression = _expression(network.shapes, mouth, FACE_SMOOTH_S * fps) * expression_gain
    else:
        heads = steady_heads(network, flows, fps, expression_gain)
        heads = _smooth_heads(heads, FLOW_SMOOTH_S * fps)
        expression = _expression(heads.shapes, mouth, FLOW_SMOOTH_S * fps)
    rotation, shift, scale = _relative(heads)
    curves = {
        "rotation_deg": rotation,
        "translation": shift,
        "scale": scale,
        "expression": expression,
        "gaze": gaze,
    }
    if looped:
        curves = {name: _without_drift(values) for name, values in curves.items()}
        openings, mouth = _without_drift(openings) + (1 - openings[0]), _without_drift(mouth)
        openings[[0, -1]], mouth[[0, -1]] = 1.0, 0.0
    return MotionTrack(
        fps=fps,
        eye_opening=np.clip(openings, 0.0, 1.6).astype(np.float32),
        mouth_opening=mouth.astype(np.float32),
        start_pose=pose_from_rotation(heads.rotation[0]),
        **{name: values.astype(np.float32) for name, values in curves.items()},
    )


def _eye_shares(landmarks: Float32) -> Float64:
    """Weight of each eye (2,), sum 1: a turned head shows the far eye badly."""
    widths = [
        float(np.median(np.linalg.norm((landmarks[:, a] - landmarks[:, b])[:, :2], axis=1)))
        for a, b in topology.EYE_CORNERS
    ]
    power = (np.array(widths) / max(max(widths), 1e-6)) ** _FAR_EYE_POWER
    return np.asarray(power / power.sum(), np.float64)


def _smooth_heads(heads: Heads, sigma: float) -> Heads:
    """Smooth the fits over `sigma` frames and express the shapes relative to them."""
    # The nearest rotation to the mean of rotations is its polar factor.
    u, _, vt = np.linalg.svd(smooth(heads.rotation, sigma))
    rotation, scale = u @ vt, np.exp(smooth(np.log(heads.scale), sigma))
    return heads.refitted(rotation, scale, smooth(heads.translation, sigma))


def _relative(heads: Heads) -> tuple[Float64, Float64, Float64]:
    """Angles (T, 3), shift beyond the turn about the neck (T, 3) face heights, scale (T,)."""
    turn = heads.rotation @ heads.rotation[0].T
    poses = [pose_from_rotation(matrix) for matrix in turn]
    scale = heads.scale / heads.scale[0]
    neck = heads.rotation[0] @ NECK_PIVOT
    moved = (heads.translation - heads.translation[0]) / heads.scale[0]
    shift = moved + (scale[:, None, None] * turn - np.eye(3)) @ neck
    shift[:, 2] = 0.0
    return np.array([[p.yaw, p.pitch, p.roll] for p in poses]), shift, scale


def _expression(shapes: Float64, mouth: Float64, sigma: float) -> Float64:
    """Landmark deltas (T, 478, 3) from the first frame, less lids and irises, of low rank."""
    steady = smooth(shapes, sigma)
    deltas = (steady - steady[0]) * _mobile()[:, None]
    frames = deltas.reshape(len(deltas), -1)
    u, s, vt = np.linalg.svd(frames, full_matrices=False)
    kept = min(MAX_EXPRESSION_PARTS, len(s))
    deltas = ((u[:, :kept] * s[:kept]) @ vt[:kept]).reshape(deltas.shape)
    deltas -= deltas[0]
    deltas[:, list(topology.EYES_AND_IRISES)] = 0.0
    _part_lips(deltas, shapes[0], mouth)
    return np.asarray(deltas)


def _part_lips(deltas: Float64, start: Float64, mouth: Float64) -> None:
    """Set the gap of the inner lips to the mouth's opening, in place; shut, they are one line.

    deltas: (T, 478, 3). start: (478, 3), shape of the first frame. mouth: (T,), face heights.
    """
    upper, lower = list(topology.INNER_UPPER_LIP), list(topology.INNER_LOWER_LIP)
    gap = np.linalg.norm(start[lower] - start[upper], axis=1)
    along = np.linspace(-1.0, 1.0, len(upper))
    wider = np.maximum(mouth[:, None] * (1 - along**2) ** 0.5, -_MOST_CLOSED * gap)
    changed = (deltas[:, lower] - deltas[:, upper])[..., 1]
    known = np.clip(np.abs(mouth) / _MOUTH_NOISE, 0, 1)[:, None]
    apart = np.where(mouth[:, None] > 0, np.maximum(changed, wider), wider) * known
    middle = (deltas[:, lower] + deltas[:, upper]) / 2
    half = np.zeros_like(middle)
    half[..., 1] = apart / 2
    deltas[:, upper], deltas[:, lower] = middle - half, middle + half


def _mobile() -> Float64:
    """Weight of each landmark (478,) in expressions, 0..1: 0 on eyes, irises and temples."""
    mean = load_face_shape().mean.astype(np.float64)

    def near(points: tuple[int, ...], inner: float, outer: float) -> Float64:
        gap = np.linalg.norm(mean[:, None, :2] - mean[None, list(points), :2], axis=-1).min(1)
        return np.asarray(1 - smoothstep(np.asarray((gap - inner) / (outer - inner), np.float64)))

    weights = 1 - near(topology.EYES_AND_IRISES, 0.004, 0.05)
    weights *= 1 - near(topology.FOREHEAD_AND_TEMPLES, 0.03, 0.14)
    weights *= 1 - near(topology.NOSE_BRIDGE, 0.02, 0.08)
    weights[list(topology.EYES_AND_IRISES)] = 0.0
    return np.asarray(weights)


def _mouth_opening(shapes: Float64, fps: float) -> Float64:
    """Gap of the inner lips (T,) beyond that of the first frames, face heights.

    Small changes are noise and become 0. Negative where a mouth that is open at first closes.
    """
    upper, lower = topology.INNER_LIP_MIDDLES
    gap = np.linalg.norm(shapes[:, upper] - shapes[:, lower], axis=1)
    gap = smooth(gap, MOUTH_SMOOTH_S * fps)
    beyond = gap - np.median(gap[:3])
    size = np.abs(beyond)
    sure = np.maximum(size - _MOUTH_NOISE, 0) * (1 + _MOUTH_NOISE / np.maximum(size, 0.05))
    return np.asarray(np.sign(beyond) * sure)


def _readings(
    eyes: Sequence[EyeReading | None] | None, shapes: Float64, shares: Float64
) -> tuple[Float64, Float64 | None]:
    """Place of the irises (T, 2) in eye widths, and contrast (T, 2) of each, if it was read."""
    if eyes is not None:
        seen = [number for number, reading in enumerate(eyes) if reading is not None]
        known = [reading for reading in eyes if reading is not None]
        if seen:
            table = [np.r_[shares @ r.iris, r.contrast] for r in known]
            every = np.arange(len(eyes))
            full = np.stack([np.interp(every, seen, column) for column in np.array(table).T], 1)
            return full[:, :2], full[:, 2:]
    shifts = []
    for iris, (a, b) in zip(_IRISES, topology.EYE_CORNERS, strict=True):
        middle = (shapes[:, a] + shapes[:, b]) / 2
        width = np.median(np.linalg.norm(shapes[:, a] - shapes[:, b], axis=1))
        shifts.append((shapes[:, list(iris)].mean(1) - middle)[:, :2] / width)
    return np.asarray(np.tensordot(shares, shifts, 1)), None


def _gaze(irises: Float64, openings: Float64, fps: float) -> Float64:
    """Shift of the irises (T, 2) in eye widths; interpolated during blinks."""
    gaze = irises
    seen = np.flatnonzero(openings.min(1) > 0.6)
    if len(seen) >= 2:
        every = np.arange(len(gaze))
        gaze = np.stack([np.interp(every, seen, gaze[seen, axis]) for axis in (0, 1)], 1)
    gaze = running_median(gaze, 3)
    gaze = smooth(gaze, GAZE_SMOOTH_S * fps)
    return np.asarray(gaze - gaze[0])


def _without_drift(values: Float64) -> Float64:
    """Subtract the linear drift of a curve (T, ...), so that it ends as it begins."""
    line = np.linspace(0.0, 1.0, len(values)).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values - line * (values[-1] - values[0]))
