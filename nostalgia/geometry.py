"""Boxes, rotations, similarity fits, 2x3 matrices and easing curves; knows nothing about faces.

Camera frame: x to the image's right, y down, z towards the camera. Matrices are named
target_from_origin, so that the names of a product chain.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

from nostalgia.types import BoxXYXY, Float32, Float64, HeadPose, PixelBox

Values = TypeVar("Values", Float32, Float64)
Edges = Sequence[float] | Float32 | Float64
"""Edges x0, y0, x1, y1 of a box: BoxXYXY, or a row of an array."""


def bounding_box(points: Float32 | Float64) -> BoxXYXY:
    """Bounding box of points (N, 2 or more), x then y, in their unit."""
    x0, y0 = points[:, :2].min(0)
    x1, y1 = points[:, :2].max(0)
    return BoxXYXY((float(x0), float(y0), float(x1), float(y1)))


def intersection_area(one: Edges, other: Edges) -> float:
    """Area that two boxes share, in the square of their unit; 0 if they do not meet."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return float(max(width, 0.0) * max(height, 0.0))


def box_area(box: Edges) -> float:
    """Area of a box, in the square of its unit."""
    return float((box[2] - box[0]) * (box[3] - box[1]))


def common_box(one: PixelBox, other: PixelBox) -> PixelBox:
    """What two boxes have in common; of no width or height if that is nothing."""
    x0, y0 = max(one[0], other[0]), max(one[1], other[1])
    return x0, y0, max(min(one[2], other[2]), x0), max(min(one[3], other[3]), y0)


def boxes_meet(one: Edges, other: Edges) -> bool:
    """True if two boxes share any area."""
    across = one[0] < other[2] and other[0] < one[2]
    return bool(across and one[1] < other[3] and other[1] < one[3])


def overlap_of_smaller(one: Edges, other: Edges) -> float:
    """Shared area of two boxes over the area of the smaller one, 0..1."""
    return intersection_area(one, other) / max(min(box_area(one), box_area(other)), 1e-6)


def intersection_over_union(one: Edges, other: Edges) -> float:
    """Shared area of two boxes over the area that they cover together, 0..1."""
    shared = intersection_area(one, other)
    return shared / max(box_area(one) + box_area(other) - shared, 1e-6)


def turned_box(
    box_xyxy: Sequence[float], turn: int, size_wh: tuple[float, float]
) -> tuple[float, float, float, float]:
    """A box x0, y0, x1, y1 in a picture of this width and height, after the picture's turn.

    turn: degrees clockwise, a multiple of 90.
    """
    x0, y0, x1, y1 = box_xyxy
    width, height = size_wh
    for _ in range(turn // 90 % 4):
        x0, y0, x1, y1 = height - y1, x0, height - y0, x1
        width, height = height, width
    return x0, y0, x1, y1


@lru_cache(maxsize=64)
def identity_deformation(rows: int, columns: int) -> Float32:
    """Deformation that moves nothing: float32 (rows, columns, 2), x then y, -1..1, read-only."""
    line_x, line_y = (np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in (columns, rows))
    identity = np.stack(np.meshgrid(line_x, line_y), axis=-1)
    identity.flags.writeable = False
    return identity


def smoothstep(share: Values) -> Values:
    """Cubic from 0 to 1 that starts and ends at rest, 3u^2 - 2u^3.

    share: share of the way, any shape; clipped to 0..1.
    """
    # np.clip takes three times as long on small arrays.
    u: Values = np.minimum(np.maximum(share, 0), 1)
    return u * u * (3 - 2 * u)


def scalar_step(low: float, high: float, x: float) -> float:
    """`smoothstep` of one number, from 0 at `low` to 1 at `high`."""
    return float(smoothstep(np.asarray((x - low) / (high - low), np.float64)))


def rotation_from_pose(pose: HeadPose) -> Float64:
    """Rotation float64 (3, 3) from the camera-facing head to `pose`: roll @ yaw @ pitch.

    scipy's `Rotation` is not used: its last digits differ, and importing it takes half a second.
    """
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
    (cy, cp, cr), (sy, sp, sr) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(tilt @ turn @ nod, np.float64)


def pose_from_rotation(rotation: Float64) -> HeadPose:
    """Inverse of `rotation_from_pose`; exact for |yaw| < 90 degrees."""
    yaw = np.degrees(np.arcsin(np.clip(-rotation[2, 0], -1, 1)))
    pitch = np.degrees(np.arctan2(rotation[2, 1], rotation[2, 2]))
    roll = np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0]))
    return HeadPose(float(yaw), float(pitch), float(roll))


def minimum_jerk(share: Float64) -> Float64:
    """Smoothest path from 0 to 1: Flash and Hogan, J. Neurosci. 5 (1985), equation 2.

    share: elapsed share of the time, any shape; clipped to 0..1.
    """
    u = np.clip(share, 0.0, 1.0)
    return np.asarray(u**3 * (10 - 15 * u + 6 * u**2), np.float64)


def fit_similarity(
    origin: Float32 | Float64, target: Float32 | Float64, weights: Float64 | None = None
) -> tuple[float, Float64, Float64]:
    """Fit scale s, rotation R (D, D), shift t (D,) of least sum w |s R origin + t - target|^2.

    origin, target: (N, D) with D = 2 or 3, same units. Least squares after Umeyama, "Least-Squares
    Estimation of Transformation Parameters Between Two Point Patterns", 1991, eqs. 40-42.
    """
    w = np.full(len(origin), 1.0) if weights is None else np.asarray(weights, np.float64)
    w = w / w.sum()
    mean_o, mean_t = w @ origin, w @ target
    o, t = np.asarray(origin - mean_o, np.float64), np.asarray(target - mean_t, np.float64)
    u, s, vt = np.linalg.svd((t * w[:, None]).T @ o)
    sign = np.ones(origin.shape[1])
    sign[-1] = np.sign(np.linalg.det(u @ vt)) or 1.0
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / max((w[:, None] * o**2).sum(), 1e-12))
    return scale, rotation, np.asarray(mean_t - scale * rotation @ mean_o, np.float64)


def beside_and_along(
    x: Float32 | Float64, y: Float32 | Float64, ends: Float32 | Float64
) -> tuple[Float64, Float64]:
    """Places beside and along an axis, from its middle, in its lengths (at least 1 pixel).

    x, y: of the same shape, pixels. ends: (2, 2), where the axis begins and ends.
    """
    axis = ends[1] - ends[0]
    length = max(float(np.linalg.norm(axis)), 1.0)
    right, down = axis / length
    x, y = (line - middle for line, middle in zip((x, y), ends.mean(axis=0), strict=True))
    along, beside = (x * right + y * down) / length, (x * down - y * right) / length
    return np.asarray(beside, np.float64), np.asarray(along, np.float64)


def invert_affine(matrix: Float64) -> Float64:
    """Inverse (2, 3) of an affine matrix (2, 3)."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.hstack([linear, -linear @ matrix[:, 2:]])


def apply_affine(matrix: Float64, points: Float32 | Float64) -> Float64:
    """Apply a (2, 3) matrix to points (N, 2)."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float64)
