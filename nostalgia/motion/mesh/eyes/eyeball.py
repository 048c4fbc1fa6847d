"""What the photo shows of an eyeball."""

import cv2
import numpy as np

from nostalgia.motion.mesh.eyes.frame import EyeFrame, curve_at
from nostalgia.types import Float32, UInt8

_ROWS, _COLUMNS, _ACROSS = 24, 5, 0.06
_LEAST_CONTRAST = 0.2


def white_below_iris(frame: EyeFrame, photo: UInt8) -> float:
    """Height of the white between the iris and the lower lid, eye widths; 0 if there is none.

    Landmarks put an iris of the usual size into every eye; the photo shows where it ends.

    photo: RGB uint8 (h, w, 3), the pixels under the frame's patch.
    """
    centre_u, centre_v = frame.iris_uv
    low = float(curve_at(frame.lower, np.array([centre_u], np.float32))[0])
    if low <= centre_v:
        return 0.0
    v = np.linspace(centre_v, low, _ROWS, dtype=np.float32)
    u = np.linspace(centre_u - _ACROSS, centre_u + _ACROSS, _COLUMNS, dtype=np.float32)
    light = _light_at(frame, photo, *np.meshgrid(u, v)).mean(axis=1)
    brightest = float(light.max())
    dark = light < 0.5 * (float(light.min()) + brightest)
    if float(light.min()) > (1 - _LEAST_CONTRAST) * brightest or not dark.any():
        return 0.0
    return low - float(v[np.flatnonzero(dark)[-1]])


def _light_at(frame: EyeFrame, photo: UInt8, u: Float32, v: Float32) -> Float32:
    """Luma of the photo at places of the frame: float32, of their shape."""
    axis_u, axis_v = frame.axis_u, np.array([-frame.axis_u[1], frame.axis_u[0]], np.float32)
    corner = frame.origin - np.array(frame.corner_xy, np.float32)
    place = frame.width_px * (u[..., None] * axis_u + v[..., None] * axis_v) + corner
    x, y = (np.asarray(place[..., axis], np.float32) for axis in (0, 1))
    grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)
    return np.asarray(
        cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
