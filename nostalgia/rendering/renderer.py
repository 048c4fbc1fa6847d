"""Move full-size source pixels by a dense motion; the same for every backend."""

from functools import cache

import cv2
import numpy as np

from nostalgia.imaging import read_at
from nostalgia.types import (
    DenseMotion,
    FaceCrop,
    Fill,
    Float32,
    Float64,
    Painting,
    PixelBox,
    UInt8,
)

STRIP_PIXELS = 200_000
"""Pixels of a region that are rendered at a time."""

_KERNEL_PX = 4
_SPLINE_NODES = 3
_FINE_STEP_PX = 3.0
_MOST_DOUBLINGS = 3
_GRAIN_TILE_PX, _GRAIN_SIGMA_PX = 256, 0.6


def render_frame(
    source: FaceCrop,
    motion: DenseMotion,
    region_xyxy: PixelBox,
    out: UInt8 | None = None,
    *,
    strip_pixels: int = STRIP_PIXELS,
) -> UInt8:
    """Move the source's pixels.

    The deformation is upsampled as a cubic B-spline, and one bicubic `remap` fetches the pixels
    (as sharp as the photo to 1 %, measured as Laplacian energy, and six times as fast as
    Lanczos). Where nothing moves the pixels are the source's own, bit for bit. Works in strips of
    rows, so memory does not grow with the crop.

    Args:
        source: the crop whose pixels move.
        motion: deformation, fills and painting of this frame.
        region_xyxy: the part of the crop to render.
        out: RGB uint8 of the region's size to write into, such as a part of a frame.
        strip_pixels: pixels to render at a time, which limits the memory.

    Returns:
        RGB uint8 (y1 - y0, x1 - x0, 3): `out`, where given.
    """
    x0, y0, x1, y1 = region_xyxy
    frame = np.empty((y1 - y0, x1 - x0, 3), np.uint8) if out is None else out
    shift = _shift_px(motion.deformation, source.size_px)
    frame[...] = source.pixels[y0:y1, x0:x1]
    painting = motion.painting
    if not motion.fills and painting is None and not shift.any():
        return frame
    field = _FineField(shift, source.size_px)
    rows = max(strip_pixels // (x1 - x0), 1)
    for top in range(y0, y1, rows):
        bottom = min(top + rows, y1)
        left, right = _columns_that_change(shift, motion, source.size_px, (top, bottom))
        strip = (max(left, x0), top, min(right, x1), bottom)
        if strip[0] < strip[2]:
            part = frame[top - y0 : bottom - y0, strip[0] - x0 : strip[2] - x0]
            part[...] = _render_strip(source, motion.fills, field, strip)
            if painting is not None:
                _lay_painting(part, painting, strip[:2])
    return frame


def _render_strip(
    source: FaceCrop, fills: tuple[Fill, ...], field: "_FineField", strip: PixelBox
) -> UInt8:
    x0, y0, x1, y1 = strip
    reach = field.reach_px + _KERNEL_PX
    size = source.size_px
    left, top = max(x0 - reach, 0), max(y0 - reach, 0)
    patch = source.pixels[top : min(y1 + reach, size), left : min(x1 + reach, size)]
    patch = _lay_fills(patch, fills, (left, top))
    places = field.at(strip, origin_xy=(left, top))
    return np.asarray(read_at(patch, places, cv2.INTER_CUBIC), np.uint8)


def _columns_that_change(
    shift: Float32, motion: DenseMotion, size_px: int, rows: tuple[int, int]
) -> tuple[int, int]:
    """First and last column (exclusive) of the crop that may change in a strip of rows."""
    step = (size_px - 1) / (shift.shape[0] - 1)
    first, last = int(rows[0] / step) - _SPLINE_NODES, int(rows[1] / step) + _SPLINE_NODES + 1
    moving = np.flatnonzero(shift[max(first, 0) : last].any(axis=(0, 2)))
    spans = [
        (fill.corner_xy[0], fill.corner_xy[0] + fill.pixels.shape[1])
        for fill in motion.fills
        if fill.corner_xy[1] < rows[1] and fill.corner_xy[1] + fill.pixels.shape[0] > rows[0]
    ]
    if motion.painting is not None:
        x0, y0, x1, y1 = motion.painting.box_xyxy
        if y0 < rows[1] and y1 > rows[0] - 1:
            spans.append((max(int(x0), 0), min(int(x1) + 2, size_px)))
    if len(moving):
        low, high = int(moving[0]) - _SPLINE_NODES, int(moving[-1]) + _SPLINE_NODES
        spans.append((int(low * step), int(high * step) + 1))
    return min((a for a, _ in spans), default=0), max((b for _, b in spans), default=0)


def _lay_fills(patch: UInt8, fills: tuple[Fill, ...], corner_xy: tuple[int, int]) -> UInt8:
    """Lay the fills over a copy of the patch, whose corner is at corner_xy of the crop."""
    height, width = patch.shape[:2]
    covered = patch
    for fill in fills:
        x, y = fill.corner_xy[0] - corner_xy[0], fill.corner_xy[1] - corner_xy[1]
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + fill.pixels.shape[1], width), min(y + fill.pixels.shape[0], height)
        if x0 >= x1 or y0 >= y1:
            continue
        if covered is patch:
            covered = patch.copy()
        inner = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
        below = covered[y0:y1, x0:x1].astype(np.float32)
        cover = 1 - fill.occlusion[inner][..., None]
        mixed = below + cover * (fill.pixels[inner] - below)
        covered[y0:y1, x0:x1] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)
    return covered


def _lay_painting(moved: UInt8, painting: Painting, corner_xy: tuple[int, int]) -> None:
    """Lay the painting over moved pixels, whose corner is at corner_xy of the crop, in place."""
    x0, y0, x1, y1 = painting.box_xyxy
    rows, columns = painting.occlusion.shape
    step_x, step_y = (columns - 1) / (x1 - x0), (rows - 1) / (y1 - y0)
    place = np.array(
        [
            [step_x, 0.0, (corner_xy[0] - x0) * step_x],
            [0.0, step_y, (corner_xy[1] - y0) * step_y],
        ]
    )
    height, width = moved.shape[:2]
    inverse = cv2.WARP_INVERSE_MAP
    cover = 1 - np.asarray(
        cv2.warpAffine(
            painting.occlusion, place, (width, height), flags=cv2.INTER_LINEAR | inverse,
            borderMode=cv2.BORDER_CONSTANT, borderValue=1.0,
        ),
        np.float32,
    )  # fmt: skip
    if not cover.any():
        return
    painted = np.asarray(
        cv2.warpAffine(
            painting.pixels, place, (width, height), flags=cv2.INTER_CUBIC | inverse,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )  # fmt: skip
    if painting.grain_levels > 0:
        grain = _grain_at(corner_xy, (width, height))[..., None]
        painted += np.float32(painting.grain_levels) * grain
    below = moved.astype(np.float32)
    mixed = below + cover[..., None] * (painted - below)
    moved[...] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)


@cache
def _grain_tile() -> Float32:
    """Tileable grain, float32 (256, 256) of standard deviation 1; the same at every call."""
    noise = np.random.default_rng(0).standard_normal((_GRAIN_TILE_PX, _GRAIN_TILE_PX))
    around = np.pad(noise.astype(np.float32), 8, mode="wrap")
    soft = np.asarray(cv2.GaussianBlur(around, (0, 0), _GRAIN_SIGMA_PX), np.float32)[8:-8, 8:-8]
    return np.asarray(soft / soft.std(), np.float32)


def _grain_at(corner_xy: tuple[int, int], size_wh: tuple[int, int]) -> Float32:
    columns = np.arange(corner_xy[0], corner_xy[0] + size_wh[0]) % _GRAIN_TILE_PX
    rows = np.arange(corner_xy[1], corner_xy[1] + size_wh[1]) % _GRAIN_TILE_PX
    return _grain_tile()[np.ix_(rows, columns)]


def _shift_px(deformation: Float32, size_px: int) -> Float32:
    """Shift of each node in crop pixels, float32 (G, G, 2); exactly 0 for the identity."""
    height, width = deformation.shape[:2]
    line_x = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    line_y = np.linspace(-1.0, 1.0, height, dtype=np.float32)
    identity = np.stack(np.meshgrid(line_x, line_y), axis=-1)
    return np.asarray((deformation - identity) * np.float32((size_px - 1) / 2), np.float32)


class _FineField:
    """A field on a coarse grid, refined as a cubic B-spline and read at any region's pixels.

    Doubling by `pyrUp` converges to the spline and keeps linear fields linear, unlike OpenCV's
    bicubic `resize`; between the fine nodes the field is linear.
    """

    def __init__(self, nodes: Float32, size_px: int) -> None:
        step = (size_px - 1) / (nodes.shape[1] - 1)
        self.reach_px = int(np.ceil(np.abs(nodes).max(initial=0.0)))
        doublings = 0
        while step > _FINE_STEP_PX and doublings < _MOST_DOUBLINGS:
            doubled = cv2.pyrUp(nodes).reshape(nodes.shape[0] * 2, nodes.shape[1] * 2, -1)
            nodes = np.asarray(doubled, np.float32)
            step, doublings = step / 2, doublings + 1
        self._nodes, self._step_px = nodes, step

    def at(self, region_xyxy: PixelBox, origin_xy: tuple[int, int] | None = None) -> Float32:
        """Field at the pixels of a region of the crop: float32 (h, w, channels).

        With an origin a shift (x then y) becomes a position: that of the pixel, relative to the
        origin, is added.
        """
        x0, y0, x1, y1 = region_xyxy
        step = self._step_px
        ahead = int(np.ceil(step)) + 1
        part, row_px = self._cut(self._nodes, y0 - ahead, y1, axis=0)
        part, column_px = self._cut(part, x0 - ahead, x1, axis=1)
        if origin_xy is not None:
            part[..., 0] += (column_px - origin_xy[0]).astype(np.float32)[None, :]
            part[..., 1] += (row_px - origin_xy[1]).astype(np.float32)[:, None]
        scaled = cv2.resize(part, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
        planes = np.asarray(scaled, np.float32).reshape(*scaled.shape[:2], -1)
        return planes[ahead : ahead + y1 - y0, ahead : ahead + x1 - x0]

    def _cut(
        self, nodes: Float32, first_px: int, stop_px: int, axis: int
    ) -> tuple[Float32, Float64]:
        """Nodes, and their positions in pixels, for which `resize` starts at first_px.

        resize reads output pixel i at (i + 0.5) / step - 0.5, but pixel p of the crop lies at
        p / step: the nodes are moved by the fraction that is left (linear interpolation).
        """
        step = self._step_px
        start = first_px / step - 0.5 / step + 0.5
        count = int(np.ceil((stop_px - first_px) / step)) + 2
        whole = int(np.floor(start))
        places = np.clip(np.arange(whole, whole + count + 1), 0, nodes.shape[axis] - 1)
        taken = np.take(nodes, places, axis=axis)
        fraction = np.float32(start - whole)
        low = taken[:-1] if axis == 0 else taken[:, :-1]
        high = taken[1:] if axis == 0 else taken[:, 1:]
        return low + (high - low) * fraction, (start + np.arange(count)) * step
