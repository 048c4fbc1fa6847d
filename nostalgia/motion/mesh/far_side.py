"""The outline of a turned face on its far side, which turns as one line.

What is seen at that outline is not a line on the skin: a turn to the camera rolls new skin into
view all along it. So it moves alike from brow to jaw, as far as the cheek far behind it, whereas
the skin at it lies at very different depths: behind beside the eye, in front beside the nose. Moved
by those, the cheek would cave in between an eye and a mouth that stand out.
"""

import cv2
import numpy as np

from nostalgia.imaging import read_at
from nostalgia.motion.steps import smootherstep
from nostalgia.types import Float32, Float64

_STEP = 0.02
"""Distance of the places along the outline, face heights."""

_TURNED = (0.12, 0.32)
"""Sine of the yaw from which a side counts as the far one, and from which it does so wholly."""

_SIDE = (0.2, 0.7)
"""How far the outline must face sideways to turn as one, and to do so wholly: forehead and chin do
not."""

_INWARDS, _OUTWARDS = 0.14, 0.5
"""Face heights over which the change of depth fades out."""


def outline_of(points: Float32) -> Float32:
    """The points (N, 3) on the convex outline of a face in the picture: float32 (M, 3)."""
    corners = cv2.convexHull(np.ascontiguousarray(points[:, :2]), returnPoints=False)
    return np.asarray(points[corners[:, 0]], np.float32)


def turned_aside(turn: Float64) -> tuple[Float64, np.float64]:
    """Direction (2,) of the head's right in the picture, and how far its nose points that way.

    turn: float64 (2 or 3, 3), canonical head frame to picture. The second is the sine of the yaw.
    """
    across = turn[:2, 0] / max(float(np.linalg.norm(turn[:2, 0])), 1e-6)
    return across, np.float64(across @ turn[:2, 2])


def evened_far_side(
    depth: Float32, outline: Float32, x: Float32, y: Float32, turn: Float64
) -> Float32:
    """Give the far side of the outline depths that lie on a line, and what is near follows.

    Args:
        depth: float32 (h, w), of each node, face heights, larger towards the camera.
        outline: float32 (M, 2 or more), corners of the convex outline, face heights.
        x: float32 (w,), places of the columns, face heights, rising evenly.
        y: float32 (h,), those of the rows.
        turn: float64 (3, 3), rotation of the head.

    Returns:
        float32 (h, w); `depth` itself where the face looks into the camera.
    """
    across, aside = turned_aside(turn)
    share = float(smootherstep((np.abs(aside) - _TURNED[0]) / (_TURNED[1] - _TURNED[0])))
    if share == 0:
        return depth
    places, outwards = _along(outline[:, :2].astype(np.float64))
    facing = outwards @ across * np.sign(aside)
    weight = smootherstep((facing - _SIDE[0]) / (_SIDE[1] - _SIDE[0])) * share
    height = places @ np.array([-across[1], across[0]])
    step = np.array([x[1] - x[0], y[1] - y[0]])
    at = ((places - [x[0], y[0]]) / step).astype(np.float32)
    found = read_at(depth, at[None])[0].astype(np.float64)
    line = np.polyval(np.polyfit(height, found, 1, w=np.sqrt(weight)), height)
    change = (weight * (line - found)).astype(np.float32)
    return np.asarray(depth + _spread(change, places, outline, x, y), np.float32)


def _along(corners: Float64) -> tuple[Float64, Float64]:
    """Places along a closed outline (M, 2), and the directions outwards there: two (N, 2)."""
    edges = np.roll(corners, -1, axis=0) - corners
    length = np.linalg.norm(edges, axis=1)
    count = np.maximum(np.ceil(length / _STEP).astype(int), 1)
    owner = np.repeat(np.arange(len(corners)), count)
    share = (np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)) / count[owner]
    places = corners[owner] + share[:, None] * edges[owner]
    outwards = np.stack([edges[:, 1], -edges[:, 0]], axis=1)[owner]
    outwards *= np.sign((outwards * (places - corners.mean(axis=0))).sum(axis=1))[:, None]
    return places, outwards / np.maximum(np.linalg.norm(outwards, axis=1), 1e-9)[:, None]


def _spread(change: Float32, places: Float64, outline: Float32, x: Float32, y: Float32) -> Float32:
    """The change at the nearest place of the outline, fading out on both sides: (h, w)."""
    spread = np.zeros((len(y), len(x)), np.float32)
    low, high = places.min(axis=0) - _OUTWARDS, places.max(axis=0) + _OUTWARDS
    columns = slice(*np.searchsorted(x, [low[0], high[0]]))
    rows = slice(*np.searchsorted(y, [low[1], high[1]]))
    nodes = np.stack(np.meshgrid(x[columns], y[rows]), axis=-1)
    if not nodes.size:
        return spread
    points = places.astype(np.float32)
    # The squared distance, less the node's own square, which is the same for all places.
    nearest = ((points**2).sum(axis=-1) - 2 * nodes @ points.T).argmin(axis=-1)
    away = np.linalg.norm(nodes - points[nearest], axis=-1)
    corner, step = np.array([x[columns][0], y[rows][0]]), x[1] - x[0]
    inside = np.zeros(away.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.rint((outline[:, :2] - corner) / step).astype(np.int32), (1,))
    reach = np.where(inside > 0, _INWARDS, _OUTWARDS)
    spread[rows, columns] = change[nearest] * smootherstep(1 - away / reach)
    return spread
