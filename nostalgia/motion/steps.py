"""Steps from 0 to 1 that begin and end at rest."""

import numpy as np

from nostalgia.geometry import smoothstep
from nostalgia.types import Float32, Float64


def step_between(low: float, high: float, x: Float32) -> Float32:
    """Smoothstep (C1) from 0 at `low` to 1 at `high`, float32; falling if low > high."""
    return np.asarray(smoothstep((x - low) / (high - low)), np.float32)


def smootherstep(x: Float32 | Float64) -> Float32:
    """C2 step from 0 at 0 to 1 at 1, 6x^5 - 15x^4 + 10x^3, float32.

    `geometry.minimum_jerk` is the same curve in double precision; its order of arithmetic gives
    other last digits.
    """
    t = np.clip(x, 0.0, 1.0).astype(np.float32)
    return np.asarray(t * t * t * (t * (t * 6 - 15) + 10), np.float32)
