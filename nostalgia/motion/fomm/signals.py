"""Keypoints of driving frames as curves over time, and the filter that steadies them."""

from math import pi

import numpy as np
import torch

from nostalgia.motion.fomm.keypoints import Keypoints
from nostalgia.types import Float32, Float64

_PER_KEYPOINT = 6
_LEAST_CUTOFF = 0.04
"""Cut-off of a keypoint at rest at full smoothing, cycles per frame: 1 Hz at 25 frames a second."""

_EAGERNESS = 12.0
"""Rise of the cut-off with speed (beta of the filter), cycles per unit of [-1, 1]."""

_SPEED_CUTOFF = 0.04


def signals_from_keypoints(keypoints: Keypoints) -> Float32:
    """Pack keypoints into float32 (T, 6 K): x, y and the jacobian, row by row, of each."""
    count = len(keypoints)
    jacobian = keypoints.jacobian.reshape(count, -1, 4)
    signals = torch.cat([keypoints.value, jacobian], dim=2).reshape(count, -1)
    return np.asarray(signals.cpu().numpy(), np.float32)


def keypoints_from_signals(signals: Float32) -> Keypoints:
    """Unpack keypoints; the inverse of `signals_from_keypoints`."""
    values = torch.from_numpy(np.ascontiguousarray(signals)).view(len(signals), -1, _PER_KEYPOINT)
    return Keypoints(values[..., :2], values[..., 2:].reshape(*values.shape[:2], 2, 2))


def steady(signals: Float32, smoothing: float) -> Float32:
    """Remove trembling from signals: slow changes are smoothed, fast ones pass.

    The one-euro filter (Casiez, Roussel, Vogel, "1 Euro Filter", CHI 2012, equations 1-4), run
    forwards and backwards and averaged, so that nothing lags.

    Args:
        signals: float32 (T, C), one row per frame.
        smoothing: 0..1; 0 returns the signals unchanged.
    """
    if smoothing <= 0 or len(signals) < 3:
        return signals
    rows = signals.astype(np.float64)
    cutoff = _LEAST_CUTOFF / smoothing
    both = (_one_euro(rows, cutoff) + _one_euro(rows[::-1], cutoff)[::-1]) / 2
    return both.astype(np.float32)


def _one_euro(rows: Float64, least_cutoff: float) -> Float64:
    filtered = rows.copy()
    speed = np.zeros_like(rows[0])
    slow = _share(np.full_like(speed, _SPEED_CUTOFF))
    for frame in range(1, len(rows)):
        speed += slow * (rows[frame] - rows[frame - 1] - speed)
        share = _share(least_cutoff + _EAGERNESS * np.abs(speed))
        filtered[frame] = filtered[frame - 1] + share * (rows[frame] - filtered[frame - 1])
    return filtered


def _share(cutoff: Float64) -> Float64:
    """Smoothing factor, the weight of a new frame; cutoff in cycles per frame."""
    turn = 2 * pi * cutoff
    return np.asarray(turn / (turn + 1), np.float64)
