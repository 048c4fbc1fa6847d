"""Spacing of the faces in a group: gaps between them, neighbours, and faces that stand close."""

from collections.abc import Sequence

import numpy as np

from nostalgia.types import Face, Float64

CLOSE = 0.6
"""Gap between two faces, in face heights, below which the motion regions of their heads meet: hair
and ears take a quarter of a face height on either side."""

_NEIGHBOUR_REACH = 2.0
"""Gap in face heights at which a neighbour's motion still catches the eye."""


def face_gaps(faces: Sequence[Face]) -> Float64:
    """Gap between the boxes of every two faces: float64 (N, N), in the mean face height of the two.

    0 where boxes meet or overlap; infinite on the diagonal: no face is its own neighbour.
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
    """Nearness of every two faces: 1 side by side, towards 0 far apart; float64 (N, N)."""
    return np.asarray(np.exp(-((gaps / _NEIGHBOUR_REACH) ** 2)), np.float64)


def close_faces(gaps: Float64) -> tuple[bool, ...]:
    """For each face, True if another one stands so close that their heads could collide."""
    return tuple(bool(row.min(initial=np.inf) < CLOSE) for row in gaps)
