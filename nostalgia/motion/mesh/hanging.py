"""Depth of what hangs from a head or is held before it: hair, scarves, plaits, beards, hands."""

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.motion.grid import MotionGrid
from nostalgia.motion.steps import smootherstep
from nostalgia.types import FaceCrop, Float32

_BESIDE_FACE = 0.6
"""Slope at which the surface falls back from the outline of the face."""

_BESIDE_CROWN, _BELOW_CROWN = 0.7, 0.3
"""The same of hair and hat: what hangs from them turns as one piece with them."""

_ROUND_FACE = 0.05
"""Strip round the face, face heights, whose depth stays too, so that the face keeps its own."""

_SOFT, _SOFT_FROM, _SOFT_TO = 0.08, 0.06, 0.26
"""Blur of the surface, and where it begins and is complete, all in face heights from the face."""

_APART = 0.15
"""Width of the strip round the face, face heights, over which nothing hangs from the crown."""


def face_over(source: FaceCrop, grid: MotionGrid) -> NDArray[np.bool_]:
    """Nodes inside the convex outline of the face: bool (G, G)."""
    outline = source.landmarks[:, :2] / np.float32(grid.step_px)
    face = np.zeros((grid.nodes, grid.nodes), np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.rint(outline).astype(np.int32)), (1,))
    away = cv2.distanceTransform(1 - face, cv2.DIST_L2, 5)
    return np.asarray(away <= _ROUND_FACE * source.face_height_px / grid.step_px)


def hung_from_head(
    depth: Float32, face: NDArray[np.bool_], crown: NDArray[np.bool_], step: float
) -> Float32:
    """Raise the surface outside the face so that it falls back gently from face and crown.

    A turn stretches what is steep: a hand beside the cheek would grow, a scarf would wave.

    Args:
        depth: float32 (h, w), depth of each node, face heights, larger towards the camera.
        face: bool (h, w), the face, whose depth stays; a convex area.
        crown: bool (h, w), nodes of hair and hat above the face.
        step: distance of neighbouring nodes, face heights.

    Returns:
        float32 (h, w), nowhere below `depth`.
    """
    if not face.any():
        return depth
    away, labels = cv2.distanceTransformWithLabels(
        1 - face.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    away = np.asarray(away, np.float32) * np.float32(step)
    outline = np.zeros(int(labels.max()) + 1, np.float32)
    outline[labels[face]] = depth[face]
    surface = np.maximum(depth, outline[labels] - np.float32(_BESIDE_FACE) * away)
    soft = np.asarray(cv2.GaussianBlur(surface, (0, 0), _SOFT / step), np.float32)
    surface += smootherstep((away - _SOFT_FROM) / (_SOFT_TO - _SOFT_FROM)) * (soft - surface)
    hung = _hung_from_crown(depth, crown & _beside(face, away), step)
    surface += smootherstep(away / _APART) * np.maximum(hung - surface, 0)
    return np.asarray(np.maximum(surface, depth), np.float32)


def _beside(face: NDArray[np.bool_], away: Float32) -> NDArray[np.bool_]:
    """Nodes to the left and to the right of a face, not above it, and apart from it."""
    beside = away > _APART
    beside[:, np.asarray(face.any(axis=0))] = False
    return beside


def _hung_from_crown(depth: Float32, crown: NDArray[np.bool_], step: float) -> Float32:
    """The surface that falls back gently from the crown alone."""
    hung = np.where(crown, depth, depth.min())
    for axis, slope in ((0, _BELOW_CROWN), (1, _BESIDE_CROWN)):
        hung = _falling(hung, axis, np.float32(slope * step))
    return hung


def _falling(height: Float32, axis: int, slope: np.float32) -> Float32:
    """Lowest surface over `height` that is nowhere steeper along an axis than `slope` per node."""
    rows = np.moveaxis(height, axis, -1)
    fall = np.arange(rows.shape[-1], dtype=np.float32) * slope
    after = np.maximum.accumulate(rows + fall, axis=-1) - fall
    before = np.maximum.accumulate((rows - fall)[..., ::-1], axis=-1)[..., ::-1] + fall
    return np.asarray(np.moveaxis(np.maximum(after, before), -1, axis), np.float32)
