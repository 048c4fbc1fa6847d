"""Looking round: the iris slides inside the opening, the white beside it gives way."""

import numpy as np

from nostalgia.motion.mesh.eyes.frame import EyeFrame, smoothstep
from nostalgia.types import Float32

FARTHEST = (0.14, 0.08)


def gaze_shift(
    frame: EyeFrame, upper: Float32, lower: Float32, gaze_xy: tuple[float, float]
) -> tuple[Float32, Float32]:
    """Where the eyeball's pixels come from: two float32 (h, w), the shift of u and v to sample at.

    upper, lower: float32 (h, w), the lids' v. gaze_xy: the iris's shift in eye widths of the crop's
    x and y; clipped to what the opening can show. Whole at the iris, nothing at the corners, and
    never sampling outside the opening, so that no lid is smeared over the eyeball.
    """
    ax, ay = (float(c) for c in frame.axis_u)
    gu = float(np.clip(gaze_xy[0] * ax + gaze_xy[1] * ay, -FARTHEST[0], FARTHEST[0]))
    gv = float(np.clip(-gaze_xy[0] * ay + gaze_xy[1] * ax, -FARTHEST[1], FARTHEST[1]))
    centre = float(np.clip(frame.iris_uv[0], 0.25, 0.75))
    radius = min(max(frame.iris_radius, 0.12), 0.3)
    left, right = max(centre + gu - radius, 0.08), min(centre + gu + radius, 0.92)
    share = smoothstep(0.0, left, frame.u) * smoothstep(1.0, right, frame.u)
    inside = smoothstep(0.0, 0.05, frame.v - upper) * smoothstep(0.0, 0.04, lower - frame.v)
    to_v = np.clip(frame.v - gv * share, upper + 0.03, np.maximum(lower - 0.03, upper + 0.03))
    shift_u, shift_v = -gu * share * inside, (to_v - frame.v) * inside
    return np.asarray(shift_u, np.float32), np.asarray(shift_v, np.float32)
