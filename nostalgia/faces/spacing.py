"""How the faces of a group stand to each other: who is whose neighbour, and who stands close."""

from collections.abc import Sequence

import numpy as np

from nostalgia.types import Face, Float64

CLOSE = 0.6
"""Gap between two faces, in face heights, below which their heads' motion regions meet: hair and
ears take a quarter of a face height on either side."""

_NEIGHBOUR_REACH = 2.0
"""Face heights from face to face at which a neighbour's performance still catches the eye."""


def face_gaps(faces: Sequence[Face]) -> Float64:
    """Empty space between every two faces' boxes: float64 (N, N), mean face heights of the two.

    0 where boxes meet or overlap, infinite on the diagonal: nobody is his own neighbour.
    """
    boxes = np.array([face.box_xyxy for face in faces], np.float64).reshape(-1, 4)
    heights = np.array([face.height_px for face in faces], np.float64)
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    apart = np.maximum(low - high.swapaxes(0, 1), low.swapaxes(0, 1) - high)
    gaps = np.hypot(*np.moveaxis(np.maximum(apart, 0.0), -1, 0))
    gaps /= np.maximum((heights[:, None] + heights[None]) / 2, 1e-6)
    np.fill_diagonal(gaps, np.inf)
    return np.asarray(gaps, np.float64)


def nearness(gaps: Float64) -> Float64:
    """How much two faces are seen together: 1 side by side, towards 0 far apart; (N, N)."""
    return np.asarray(np.exp(-((gaps / _NEIGHBOUR_REACH) ** 2)), np.float64)


def close_faces(gaps: Float64) -> tuple[bool, ...]:
    """For each face, whether another one stands so close that their heads could collide."""
    return tuple(bool(row.min(initial=np.inf) < CLOSE) for row in gaps)
