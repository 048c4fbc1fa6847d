"""Expressions: a track's landmark deltas split into a few units, each a smooth field on a face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import INNER_LOWER_LIP, INNER_UPPER_LIP
from nostalgia.geometry import rotation_from_pose
from nostalgia.motion.grid import MotionGrid
from nostalgia.motion.mesh.far_side import turned_aside
from nostalgia.motion.mesh.head import HeadSurface, visible_points
from nostalgia.motion.steps import smootherstep
from nostalgia.types import FaceCrop, Float32, Float64

MAX_UNITS = 10
SHARP, SOFT = 0.035, 0.05
"""Reach of a landmark over the face, face heights. Smiles of the bank have the shape of faces at
large: a lip that grows thinner needs the sharp reach, of the soft one it keeps a third. Landmarks
that are read from a clip jitter."""

_BROWS, _HAIRLINE = -0.36, -0.48
"""Heights in the canonical head frame, face heights, between which raised brows fold the skin up:
hair, hats and the skin at their edge stay. Read from clips, single points there would rise."""

_TURNED_FROM, _TURNED, _LOST_FAR = 0.12, 0.55, 0.5
"""Sine of the yaw from which the far side of a face moves less, and of that at which it does so by
the share of `_LOST_FAR`. By eye, on eight faces turned by 17 to 39 degrees."""

_CORNER = 0.15
"""Distance of the corners of a mouth from the middle, face heights."""

_FADE_FROM, _FADE = 0.06, 0.22
_SUBSPACE_PASSES = 3
_NO_WEIGHT = 1e-8
"""Far landmarks would get denormal numbers, which make products of matrices five times slower."""


@dataclass(frozen=True, slots=True)
class ExpressionUnits:
    """Expression of a track: sum over units of weights[t, k] * deltas[k].

    weights: float64 (T, K). deltas: float32 (K, 478, 3), canonical head frame, face heights.
    """

    weights: Float64
    deltas: Float32


@dataclass(frozen=True, slots=True)
class FaceField:
    """Spread of landmark deltas over the nodes of one face.

    rows, columns: the part of the head's window that the face covers. nodes: float32 (h * w, 2),
    face heights. inside: float32 (h * w), 1, fading to 0 outside the face's outline. at: float32
    (N, 2), the landmarks that the camera sees, face heights. turn: float64 (3, 2), canonical head
    frame to picture. visible: bool (478,). judged: bool (h, w), True where skin must not fold;
    False inside an open mouth, which may shut.
    """

    rows: slice
    columns: slice
    nodes: Float32
    inside: Float32
    at: Float32
    turn: Float64
    visible: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    def fields(self, units: ExpressionUnits, spread: float) -> Float32:
        """Displacement of each unit over the window: float32 (K, h, w, 2), face heights.

        spread: deviation of the Gaussians, face heights.
        """
        deltas = units.deltas * (_below_hairline() * _before_far_side(self.turn))[:, None]
        flat = deltas[:, self.visible] @ self.turn.astype(np.float32)
        shares = spread_over(self.nodes, self.at, spread) * self.inside[:, None]
        height, width = self.rows.stop - self.rows.start, self.columns.stop - self.columns.start
        return np.asarray(shares @ flat, np.float32).reshape(len(flat), height, width, 2)


def spread_over(nodes: Float32, at: Float32, spread: float) -> Float32:
    """Shares, float32 (nodes, points), by which what points have spreads over nodes (N, 2).

    A Gaussian partition of unity, sharpened so that each point keeps what it has.

    spread: deviation of the Gaussians, in the unit of the places.
    """
    own = np.eye(len(at), dtype=np.float32)
    missing = own - _partition(at, at, spread)
    restore = own + missing + missing @ missing
    return np.asarray(_partition(nodes, at, spread) @ restore, np.float32)


def find_units(expression: Float32) -> ExpressionUnits:
    """Split an expression float32 (T, 478, 3) into at most MAX_UNITS units (truncated SVD).

    A subspace iteration from a fixed start, because a clip of a minute has 1500 frames. A frame
    that is exactly neutral gets weights that are exactly 0.
    """
    frames = expression.reshape(len(expression), -1).astype(np.float64)
    count = min(MAX_UNITS, *frames.shape)
    start = np.random.default_rng(0).standard_normal((len(frames), count))
    basis = np.linalg.qr(frames.T @ start).Q
    for _ in range(_SUBSPACE_PASSES):
        basis = np.linalg.qr(frames.T @ (frames @ basis)).Q
    return ExpressionUnits(frames @ basis, basis.T.reshape(count, -1, 3).astype(np.float32))


def prepare_field(source: FaceCrop, grid: MotionGrid, head: HeadSurface) -> FaceField:
    """Find the part of a head that its face covers, and the landmarks that the camera sees."""
    unit = source.face_height_px
    points = source.landmarks / np.float32(unit)
    visible = visible_points(points)
    at = points[visible, :2]
    line = grid.x_px / np.float32(unit)
    x, y = line[head.columns], line[head.rows]
    columns, rows = _window(x, at[:, 0]), _window(y, at[:, 1])
    nodes = np.stack(np.meshgrid(x[columns], y[rows]), axis=-1).reshape(-1, 2)
    outside = np.sqrt(_squared_distances(nodes, at).min(axis=1))
    inside = 1 - smootherstep((outside - _FADE_FROM) / _FADE)
    inside = inside * head.mask[rows, columns].min(axis=-1).ravel()
    return FaceField(
        rows=rows,
        columns=columns,
        nodes=nodes,
        inside=inside,
        at=at,
        turn=rotation_from_pose(source.pose)[:2].T.copy(),
        visible=visible,
        judged=_beside_mouth(points, x[columns], y[rows]),
    )


def _below_hairline() -> Float32:
    """Share of its motion that each landmark (478,) keeps: 0 at the hairline, 1 from the brows."""
    heights = load_face_shape().mean[:, 1]
    return smootherstep((heights - _HAIRLINE) / (_BROWS - _HAIRLINE))


def _before_far_side(turn: Float64) -> Float32:
    """Share of its motion that each landmark (478,) keeps: less on the far side of a turned face.

    Half a mouth seen from the side is short: lifted as high as the other half, it would stand
    steeply, and push out the outline beside it.

    turn: float64 (3, 2), canonical head frame to picture.
    """
    _, aside = turned_aside(turn.T)
    far = smootherstep((np.abs(aside) - _TURNED_FROM) / (_TURNED - _TURNED_FROM))
    beside = load_face_shape().mean[:, 0] * np.float32(np.sign(aside))
    return np.asarray(1 - _LOST_FAR * far * smootherstep(beside / _CORNER), np.float32)


def _beside_mouth(points: Float32, x: Float32, y: Float32) -> NDArray[np.bool_]:
    """Mask, bool (h, w): False on the nodes inside the lips and on those next to them."""
    corner, step = np.array([x[0], y[0]]), max(float(x[-1] - x[0]) / max(len(x) - 1, 1), 1e-6)
    outline = (points[list(INNER_UPPER_LIP + INNER_LOWER_LIP[::-1]), :2] - corner) / step
    mouth = np.zeros((len(y), len(x)), np.uint8)
    cv2.fillPoly(mouth, [np.round(outline).astype(np.int32)], (1,))
    return np.asarray(cv2.dilate(mouth, np.ones((3, 3), np.uint8)) == 0)


def _window(line: Float32, at: Float32) -> slice:
    """Span of the nodes within reach of the face along one side, at least one."""
    reach = _FADE_FROM + _FADE
    first, last = np.searchsorted(line, [at.min() - reach, at.max() + reach])
    first = min(int(first), len(line) - 1)
    return slice(first, max(int(last), first + 1))


def _squared_distances(nodes: Float32, at: Float32) -> Float32:
    return np.asarray(
        (nodes[:, :1] - at[None, :, 0]) ** 2 + (nodes[:, 1:] - at[None, :, 1]) ** 2, np.float32
    )


def _partition(nodes: Float32, at: Float32, spread: float) -> Float32:
    """Gaussian weights, float32 (nodes, points), whose rows sum to 1 at any distance."""
    exponent = _squared_distances(nodes, at) / np.float32(-2 * spread**2)
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    weights[weights < _NO_WEIGHT] = 0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
