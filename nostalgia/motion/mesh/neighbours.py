"""Where a head's motion ends beside the other faces of the photo."""

from collections.abc import Sequence

import numpy as np

from nostalgia.faces.topology import FACE_OVAL
from nostalgia.motion.grid import MotionGrid
from nostalgia.motion.steps import smootherstep
from nostalgia.types import CHIN, FOREHEAD, FaceCrop, Float32

_ROOM, _STEP, _FALL = 1.1, 0.3, 0.4


def neighbour_mask(source: FaceCrop, grid: MotionGrid, neighbours: Sequence[Float32]) -> Float32:
    """Mask (G, G): 0 on the other faces of the photo, rising to 1 beside them.

    With little room between two faces the step is steep, so that this face turns as a whole; the
    limit that keeps it from folding is computed afterwards.
    """
    mask = np.ones((grid.nodes, grid.nodes), np.float32)
    own = _beyond(source.landmarks, grid, source.landmarks)
    for landmarks in neighbours:
        other = _beyond(landmarks, grid, source.landmarks)
        shared = other / np.maximum(other + own, _STEP)
        mask = mask * smootherstep(np.maximum(other / _FALL, shared))
    return mask


def _beyond(landmarks: Float32, grid: MotionGrid, own: Float32) -> Float32:
    """Distance of every node from a face, in heights of the `own` face: (G, G), 0 inside.

    The face is approximated by an ellipse slightly larger than its outline, with the same tilt.
    """
    oval = landmarks[list(FACE_OVAL), :2]
    axis = landmarks[CHIN, :2] - landmarks[FOREHEAD, :2]
    down = axis / max(float(np.linalg.norm(axis)), 1e-3)
    across = np.array([down[1], -down[0]], np.float32)
    turned = oval @ np.stack([across, down], axis=1)
    low, high = turned.min(axis=0), turned.max(axis=0)
    half = np.maximum((high - low) / 2 * _ROOM, 1.0)
    centre_u, centre_v = (low + high) / 2
    x, y = np.meshgrid(grid.x_px, grid.x_px)
    u = (x * across[0] + y * across[1] - centre_u) / half[0]
    v = (x * down[0] + y * down[1] - centre_v) / half[1]
    outside = np.maximum(np.hypot(u, v) - 1, 0) * float(half.mean())
    unit = max(float(np.linalg.norm(own[CHIN] - own[FOREHEAD])), 1.0)
    return np.asarray(outside / unit, np.float32)
