"""Coordinate frame of an eye: u from corner to corner (0..1), v downwards, both in eye widths.

Curves of the frame (lash line, lower lid, lower edge of the brow) are functions v(u) on `U_GRID`.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from nostalgia.faces import topology
from nostalgia.types import FaceCrop, Float32, UInt8

U_GRID: Float32 = np.linspace(-0.6, 1.6, 221, dtype=np.float32)
U_STEP = float(U_GRID[1] - U_GRID[0])

BLUNT = 0.06  # blur of the corners of such a curve, eye widths
_LEAST_BLUR_PX, _MOST_BLUR_PX = 1.2, 3.0


class EyePoints(NamedTuple):
    """Indices into the 478 landmarks, each group ordered from image-left to image-right."""

    upper: tuple[int, ...]
    lower: tuple[int, ...]
    brow: tuple[int, ...]
    iris: tuple[int, ...]


LEFT_EYE = EyePoints(
    topology.LEFT_UPPER_LID, topology.LEFT_LOWER_LID, topology.LEFT_BROW[5:], topology.LEFT_IRIS
)
# The groups of `topology` run from the temple inwards, which on this side is leftwards.
RIGHT_EYE = EyePoints(
    topology.RIGHT_UPPER_LID[::-1],
    topology.RIGHT_LOWER_LID[::-1],
    topology.RIGHT_BROW[:4:-1],
    topology.RIGHT_IRIS,
)


@dataclass(frozen=True, slots=True)
class EyeFrame:
    """Position of an eye in the crop, and the map from its pixels to (u, v).

    corner_xy: top-left of the patch in crop pixels. width_px: corner to corner. origin and axis_u:
    float32 (2,), crop pixels and a unit vector. u, v: float32 (h, w), eye widths, per patch pixel.
    upper, lower, brow: float32 (221,), v on `U_GRID`. iris_uv and iris_radius: eye widths.
    outer_is_left: True if the corner towards the temple is the image-left one.
    """

    corner_xy: tuple[int, int]
    width_px: float
    origin: Float32
    axis_u: Float32
    u: Float32
    v: Float32
    upper: Float32
    lower: Float32
    brow: Float32
    iris_uv: tuple[float, float]
    iris_radius: float
    outer_is_left: bool

    @property
    def openness(self) -> float:
        """Height of the eye's opening over its width."""
        middle = (U_GRID > 0.4) & (U_GRID < 0.6)
        return float((self.lower - self.upper)[middle].mean())

    def along(self, curve: Float32, u: Float32 | None = None) -> Float32:
        """Values of a curve at every pixel of the patch, or at other places `u`: float32 (h, w)."""
        columns = ((self.u if u is None else u) - U_GRID[0]) / np.float32(U_STEP)
        row = np.ascontiguousarray(curve[None], np.float32)
        at = cv2.remap(
            row, columns, np.zeros_like(columns), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(at, np.float32)


def _lid_curve(u: Float32, v: Float32) -> Float32:
    """Quartic through the points of a lid, fixed at the corners and level beyond them."""
    inside = np.clip(U_GRID, 0, 1)
    at_points, at_grid = (
        np.stack([x * (1 - x) * x**k for k in range(3)], -1).astype(np.float64) for x in (u, inside)
    )
    ridge = 2e-5 * len(u) * np.eye(3)
    shape = np.linalg.solve(at_points.T @ at_points + ridge, at_points.T @ v)
    return np.asarray(at_grid @ shape, np.float32)


def _through(u: Float32, v: Float32) -> Float32:
    """Curve through the points of a lid, level beyond them; no quartic has blunt ends."""
    curve = np.interp(U_GRID, u, v).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(curve[None], (0, 0), BLUNT / U_STEP)[0], np.float32)


def eye_frame(
    source: FaceCrop, points: EyePoints, outer_is_left: bool, exact: bool = False
) -> EyeFrame:
    """Return the frame of one eye; its patch reaches from above the brow's edge to the cheek.

    exact: True if the landmarks of the lids lie on the lids of the photo, and need no smoothing.
    """
    xy = source.landmarks[:, :2].astype(np.float64)
    origin, end = xy[points.upper[0]], xy[points.upper[-1]]
    width = max(float(np.linalg.norm(end - origin)), 1.0)
    axis_u = (end - origin) / width
    axis_v = np.array([-axis_u[1], axis_u[0]])

    def local(indices: tuple[int, ...]) -> Float32:
        d = xy[list(indices)] - origin
        return np.asarray(np.stack([d @ axis_u, d @ axis_v], -1) / width, np.float32)

    top, bottom, brow, iris = (local(p) for p in points)
    lid_curve = _through if exact else _lid_curve
    upper, lower = lid_curve(*top.T), lid_curve(*bottom.T)
    lower = np.maximum(lower, upper)
    order = np.argsort(brow[:, 0])
    brow_edge = np.interp(U_GRID, brow[order, 0], brow[order, 1]).astype(np.float32)
    reach = (min(float(brow_edge.min()), float(upper.min()) - 0.3) - 0.12, float(lower.max()) + 0.5)
    box = np.array([origin + width * (a * axis_u + b * axis_v) for a in (-0.5, 1.5) for b in reach])
    size = source.size_px
    x0, y0 = (int(n) for n in np.clip(np.floor(box.min(0)), 0, size - 2))
    x1, y1 = (int(n) for n in np.clip(np.ceil(box.max(0)) + 1, (x0 + 2, y0 + 2), size))
    x, y = np.meshgrid(np.arange(x0, x1) - origin[0], np.arange(y0, y1) - origin[1])
    iris_centre = iris[0]
    radius = float(np.linalg.norm(iris[1:] - iris_centre, axis=1).mean())
    return EyeFrame(
        (x0, y0),
        width,
        origin.astype(np.float32),
        axis_u.astype(np.float32),
        np.asarray((x * axis_u[0] + y * axis_u[1]) / width, np.float32),
        np.asarray((x * axis_v[0] + y * axis_v[1]) / width, np.float32),
        upper,
        lower,
        brow_edge,
        (float(iris_centre[0]), float(iris_centre[1])),
        radius,
        outer_is_left,
    )


def curve_at(curve: Float32, u: Float32) -> Float32:
    """Values of a curve on `U_GRID` at `u`: float32, of its shape."""
    return np.interp(u, U_GRID, curve).astype(np.float32)


def cut(frame: EyeFrame, rows: slice, columns: slice) -> EyeFrame:
    """Return the same frame with a smaller patch."""
    corner = (frame.corner_xy[0] + columns.start, frame.corner_xy[1] + rows.start)
    u, v = (np.ascontiguousarray(a[rows, columns]) for a in (frame.u, frame.v))
    return replace(frame, corner_xy=corner, u=u, v=v)


def patch(source: FaceCrop, frame: EyeFrame, shift_xy: tuple[int, int] = (0, 0)) -> UInt8:
    """Return the crop's pixels under the patch, shifted by whole pixels; edges are replicated."""
    h, w = frame.u.shape
    rows = np.clip(np.arange(h) + frame.corner_xy[1] + shift_xy[1], 0, source.size_px - 1)
    columns = np.clip(np.arange(w) + frame.corner_xy[0] + shift_xy[0], 0, source.size_px - 1)
    return np.ascontiguousarray(source.pixels[rows[:, None], columns[None]])


def blur_px(frame: EyeFrame, photo: UInt8) -> float:
    """Defocus of an eye: sigma of its blur in pixels, 0 if the eye is sharp.

    Measured by a second blur: the sharper a slope, the more it loses. This distinguishes a face in
    the blurred back row from one whose edges are merely wide.

    photo: RGB uint8 (h, w, 3), the pixels under the frame's patch.
    """
    light = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)
    near = (np.abs(frame.v - frame.along(frame.upper)) < 0.2) & (frame.u > 0) & (frame.u < 1)
    if near.sum() < 4:
        return 0.0
    before, after = (
        float(np.percentile(np.abs(cv2.Sobel(a, cv2.CV_32F, 0, 1, ksize=3, scale=0.125))[near], 97))
        for a in (light, cv2.GaussianBlur(light, (0, 0), 1.0))
    )
    left = min(after / max(before, 1e-3), 0.97)
    sigma = left / math.sqrt(1 - left * left)
    return min(sigma, _MOST_BLUR_PX) if sigma > _LEAST_BLUR_PX else 0.0
