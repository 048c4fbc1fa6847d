"""The head as a surface that turns about the neck, and the mask that anchors everything else."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.faces.head import NECK_PIVOT
from nostalgia.geometry import rotation_from_pose
from nostalgia.motion.grid import MotionGrid, used_span
from nostalgia.motion.mesh.far_side import evened_far_side, outline_of
from nostalgia.motion.mesh.hanging import face_over, hung_from_head
from nostalgia.motion.mesh.neighbours import neighbour_mask
from nostalgia.motion.mesh.surface import surface_over
from nostalgia.motion.steps import smootherstep, step_between
from nostalgia.types import FaceCrop, Float32, Float64

_RINGS = ((1.35, 0.45), (1.8, 0.85), (2.6, 1.0))
"""Size over the face's outline, and share of the way that the depth has fallen to the neck's."""

_DEPTH_BLUR = 0.035
_CROWN_FROM, _CROWN_TO = -0.3, -0.46
"""Heights over the middle of the face, between which the forehead goes over into the crown."""
_CROWN_LOWER, _BESIDE_FACE = 0.45, (0.3, 0.6)
"""How much lower that begins beside the face, and where beside begins, face heights."""
_CROWN_DEPTH, _CROWN_LEAN = 0.06, 0.25
_CROWN_MIDDLE, _CROWN_RIM = -0.2, 0.4
"""Depth of the axis that a crown is round about, and how far its outline lies behind its front."""
_CROWN_TOP, _CROWN_HALF = -0.9, (0.45, 1.1)
"""Height up to which a crown's width is measured, and the least and the largest half of it."""
_STEEPEST, _STEEPEST_LAYERED, _SLOPE_REACH = 1.7, 2.2, 0.2
"""Slope of the surface at most; more for a person on a layer, because nothing behind is folded."""
_HIDDEN_NEAR, _HIDDEN_BEHIND = 0.04, 0.1

_HEAD_SIDE, _HEAD_UP, _HEAD_DOWN = 0.62, 0.72, 0.62
_FALL_OFF = 1.1
_HUNG = (0.65, 2.2)
"""Radii, of an ellipse round the face, between which neck and shoulders hold a person back."""
_BORDER, _LEAST_BORDER, _MOST_BORDER = 0.75, 0.35, 0.8
_EDGE = 0.4
_BACK_OF_HEAD = 0.35
_NECK, _SHOULDERS = 0.35, (-0.35, 0.3)
"""Half the neck's width, and the heights between which shoulders begin, face heights."""
_LEAST_SHARE, _SEEN_ROUND = 0.3, 0.08
_ANCHOR_REACH = 0.12
_CAMERA = 7.0
"""Distance of the camera in face heights: the near half of a turning head grows slightly."""


@dataclass(frozen=True, slots=True)
class HeadSurface:
    """The head's part of the grid, in face heights.

    rows, columns: the window (h, w) of the grid outside which nothing moves.
    from_pivot: float32 (h, w, 3), nodes relative to the neck's pivot in the camera frame.
    from_axis: float32 (h, w, 2), nodes relative to the camera's axis through the face's centre.
    mask: float32 (h, w, 2), 0..1, share of the motion at a node in x and in y; 0 on the border.
    shown: bool (h, w), nodes whose motion is seen, which must not fold. pivot_depth: depth of the
    pivot relative to the face's centre.
    """

    rows: slice
    columns: slice
    from_pivot: Float32
    from_axis: Float32
    mask: Float32
    shown: NDArray[np.bool_]
    pivot_depth: float


def prepare_head(source: FaceCrop, grid: MotionGrid, neighbours: Sequence[Float32]) -> HeadSurface:
    """Give every node a depth and a mask value; neighbours are landmarks in crop pixels."""
    turn = rotation_from_pose(source.pose)
    unit = source.face_height_px
    centre = source.landmarks.mean(axis=0)
    x, y = (
        np.asarray(axis, np.float32)
        for axis in np.meshgrid((grid.x_px - centre[0]) / unit, (grid.x_px - centre[1]) / unit)
    )
    pivot = turn @ NECK_PIVOT
    person = _person_at(source, grid)
    steepest = _STEEPEST if person is None else _STEEPEST_LAYERED
    points = (source.landmarks - centre) / np.float32(unit)
    depth = _depth(points, pivot, x, y, unit / grid.step_px, steepest, turn)
    if person is not None:
        depth = _with_crown(depth, person, x, y, turn)
        crown = (person > _LEAST_SHARE) & (_upright(x, y, turn)[1] < _CROWN_FROM)
        depth = hung_from_head(depth, face_over(source, grid), crown, grid.step_px / unit)
    blur = _DEPTH_BLUR * unit / grid.step_px
    depth = np.asarray(cv2.GaussianBlur(depth, (0, 0), blur), np.float32)
    alone = _head_mask(x, y, turn) if person is None else _layer_mask(x, y, turn)
    alone = alone * neighbour_mask(source, grid, neighbours)
    mask = alone[..., None] * _border_mask(source, grid, _anchors(source, grid, person))
    moves = mask.max(axis=-1) > 0
    rows, columns = used_span(moves.any(axis=1)), used_span(moves.any(axis=0))
    nodes = np.stack([x, y, depth], axis=-1)[rows, columns]
    return HeadSurface(
        rows=rows,
        columns=columns,
        from_pivot=(nodes - pivot).astype(np.float32),
        from_axis=nodes[..., :2].astype(np.float32),
        mask=mask[rows, columns].astype(np.float32),
        shown=_shown(person, mask, unit / grid.step_px)[rows, columns],
        pivot_depth=float(pivot[2]),
    )


def displace_head(
    surface: HeadSurface, rotation: Float64, translation: Float64, scale: float
) -> Float32:
    """Forward displacement of the surface's nodes, float32 (h, w, 2), x then y, face heights.

    The head turns by `rotation` (3, 3) about the neck, grows by `scale` and moves by `translation`
    (3,), face heights, before a camera with a perspective so weak that the photo's own need not be
    known. Exactly 0 for the identity.
    """
    change = np.column_stack([scale * rotation - np.eye(3), translation]).astype(np.float32)
    moved = np.asarray(cv2.transform(surface.from_pivot, change), np.float32)
    distance = np.float32(_CAMERA - surface.pivot_depth) - surface.from_pivot[..., 2]
    # The node is seen at from_axis, so it lies at from_axis * distance / camera.
    x, y, away = cv2.split(moved)
    nearer = away / (distance - away)
    axis_x, axis_y = cv2.split(surface.from_axis)
    seen = cv2.merge([x + (axis_x + x) * nearer, y + (axis_y + y) * nearer])
    return np.asarray(seen * surface.mask, np.float32)


def visible_points(points: Float32) -> NDArray[np.bool_]:
    """True for each point (N, 3), in face heights, that lies behind none of the others: bool (N,).

    On a turned head the far cheek lies behind the nose and the near cheek.
    """
    gap = points[:, None] - points[None]
    near = (gap[..., :2] ** 2).sum(axis=-1) < _HIDDEN_NEAR**2
    return np.asarray(~(near & (gap[..., 2] < -_HIDDEN_BEHIND)).any(axis=1))


def _depth(
    points: Float32,
    pivot: Float64,
    x: Float32,
    y: Float32,
    nodes_per_unit: float,
    steepest: float,
    turn: Float64,
) -> Float32:
    """Depth of every node: of the mesh inside, falling in rings to that of the neck outside."""
    seen = points[visible_points(points)]
    outline = outline_of(points)
    middle = outline.mean(axis=0)
    rings = [seen]
    for times, fallen in _RINGS:
        ring = middle + (outline - middle) * times
        ring[:, :2] += (pivot[:2] - [0.0, NECK_PIVOT[1]]) * fallen
        ring[:, 2] = outline[:, 2] + (pivot[2] - outline[:, 2]) * fallen
        rings.append(ring)
    surface = surface_over(np.vstack(rings), x[0], y[:, 0], outside=float(pivot[2]))
    surface = _limit_slope(surface, nodes_per_unit, steepest)
    return evened_far_side(surface, outline, x[0], y[:, 0], turn)


def _with_crown(depth: Float32, person: Float32, x: Float32, y: Float32, turn: Float64) -> Float32:
    """Depth (G, G) with hair and hat as one shallow dome, so that a brim stays straight in a turn.

    The dome leans back evenly and faces the camera; the wider it is, the flatter. It is nowhere
    behind the neck's depth.
    """
    u, v = _upright(x, y, turn)
    u = u - turn[0, 2] * _CROWN_MIDDLE
    wide = u * ((person > _LEAST_SHARE) & (v < _CROWN_FROM) & (v > _CROWN_TOP))
    left, right = np.clip([-wide.min(), wide.max()], *_CROWN_HALF)
    half = np.where(u < 0, np.float32(left), np.float32(right))
    front = _CROWN_DEPTH + _CROWN_LEAN * (v - _CROWN_TO) + turn[2, 1] * v
    dome = np.maximum(front - _CROWN_RIM * (u / half) ** 2, depth.min())
    start = _CROWN_FROM + _CROWN_LOWER * step_between(*_BESIDE_FACE, np.abs(u))
    share = smootherstep((start - v) / (start - _CROWN_TO))
    return np.asarray(depth + share * (dome - depth), np.float32)


def _upright(x: Float32, y: Float32, turn: Float64) -> tuple[Float32, Float32]:
    """Nodes x and y, (G, G), turned back by the roll of the head."""
    roll = np.arctan2(turn[1, 0], turn[0, 0])
    return x * np.cos(roll) + y * np.sin(roll), y * np.cos(roll) - x * np.sin(roll)


def _limit_slope(depth: Float32, nodes_per_unit: float, steepest: float) -> Float32:
    """Lowest surface over `depth` that is nowhere steeper than `steepest`.

    A warp cannot show what the face hides when it turns: a steep temple would fold. The front
    keeps its depth; cheeks and ears behind it come forward a little.
    """
    radius = int(np.ceil(_SLOPE_REACH * nodes_per_unit))
    line = np.arange(-radius, radius + 1, dtype=np.float32) / np.float32(nodes_per_unit)
    cone = -np.float32(steepest) * np.hypot(line[None, :], line[:, None])
    room = np.pad(depth, radius, mode="edge")
    height, width = depth.shape
    limited = depth.copy()
    for (row, column), lower in np.ndenumerate(cone):
        np.maximum(limited, room[row : row + height, column : column + width] + lower, out=limited)
    return limited


def _head_mask(x: Float32, y: Float32, turn: Float64) -> Float32:
    """Mask (G, G): 1 inside an ellipse round face, skull and hair, then a C2 step down to 0."""
    u, v = _upright(x, y, turn)
    behind = -turn[0, 2] * _BACK_OF_HEAD
    side = np.where(u < 0, _HEAD_SIDE + max(-behind, 0.0), _HEAD_SIDE + max(behind, 0.0))
    radius = np.hypot(u / side, v / np.where(v < 0, _HEAD_UP, _HEAD_DOWN))
    return smootherstep((1 + _FALL_OFF - radius) / _FALL_OFF)


def _layer_mask(x: Float32, y: Float32, turn: Float64) -> Float32:
    """Mask (G, G) of a person on a layer of their own: hair and hat are part of the head.

    Only neck and shoulders hold the head back, so it falls downwards: straight below the chin as in
    `_head_mask`, beside it sooner, where shoulders are.
    """
    u, v = _upright(x, y, turn)
    beside = np.maximum(np.abs(u) - _NECK, 0) / _HEAD_SIDE * step_between(*_SHOULDERS, v)
    radius = np.hypot(beside, np.maximum(v, 0) / _HEAD_DOWN)
    return smootherstep((_HUNG[1] - radius) / (_HUNG[1] - _HUNG[0]))


def _person_at(source: FaceCrop, grid: MotionGrid) -> Float32 | None:
    """Share of the person at each node: float32 (G, G), 0..1; None if it is not known."""
    if source.person is None:
        return None
    size_wh = (grid.nodes, grid.nodes)
    small = cv2.resize(source.person, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def _shown(person: Float32 | None, mask: Float32, nodes_per_unit: float) -> NDArray[np.bool_]:
    """Nodes, bool (G, G), whose motion is seen: all of them, or the person's and those around."""
    if person is None:
        return np.ones(mask.shape[:2], np.bool_)
    size = 2 * max(round(_SEEN_ROUND * nodes_per_unit), 1) + 1
    grown = cv2.dilate((person > _LEAST_SHARE).astype(np.uint8), np.ones((size, size), np.uint8))
    return np.asarray(grown, np.bool_)


def _anchors(
    source: FaceCrop, grid: MotionGrid, person: Float32 | None
) -> tuple[Float32, Float32, Float32, Float32]:
    """Where the photo's borders cut off what moves: left, top, right, bottom, float32 (G,), 0..1.

    Everywhere, if it is not known where the person is.
    """
    if person is None:
        whole = np.ones(grid.nodes, np.float32)
        return whole, whole, whole, whole
    x0, y0, x1, y1 = (edge / grid.step_px for edge in source.inside_xyxy)
    last = grid.nodes - 1
    left, top = min(round(x0), last), min(round(y0), last)
    right, bottom = min(round(x1) - 1, last), min(round(y1) - 1, last)
    reach = max(round(_ANCHOR_REACH * source.face_height_px / grid.step_px), 1)
    return tuple(
        _spread(line > _LEAST_SHARE, reach)
        for line in (person[:, left], person[top], person[:, right], person[bottom])
    )  # type: ignore[return-value]


def _spread(marked: NDArray[np.bool_], reach: int) -> Float32:
    """Marked places of a line and those near them: float32 (G,), falling to 0 over `reach`."""
    line = marked[None].astype(np.float32)
    grown = cv2.dilate(line, np.ones((1, 2 * reach + 1), np.uint8))
    return np.asarray(cv2.blur(grown, (2 * reach + 1, 1))[0], np.float32)


def _border_mask(
    source: FaceCrop,
    grid: MotionGrid,
    anchors: tuple[Float32, Float32, Float32, Float32],
) -> Float32:
    """Mask (G, G, 2): 0 at the crop's edge; at the photo's border only the motion across it is 0.

    Pixels may slide along the photo's border: a head cut off by the frame still turns, without
    pixels from beyond the border.
    """
    x0, y0, x1, y1 = source.inside_xyxy
    last, unit = source.size_px - 1, source.face_height_px
    line = grid.x_px
    centre_x, centre_y, _ = source.landmarks.mean(axis=0)
    left, right = _inside(line, x0, x1 - 1, centre_x, unit)
    top, bottom = _inside(line, y0, y1 - 1, centre_y, unit)
    at_left, at_top, at_right, at_bottom = anchors
    across = _held(left, at_left) * _held(right, at_right)
    down = _held(top, at_top).T * _held(bottom, at_bottom).T
    edge_x = _edge(line, x0 == 0, x1 > last, last, unit)
    edge_y = _edge(line, y0 == 0, y1 > last, last, unit)
    both = edge_x[None, :] * edge_y[:, None]
    return np.stack([both * across, both * down], axis=-1)


def _held(mask: Float32, anchor: Float32) -> Float32:
    """A mask (G,) across a border, as far as it is anchored along it: (along, across)."""
    return np.asarray(1 - (1 - mask[None, :]) * anchor[:, None], np.float32)


def _inside(
    line: Float32, low: float, high: float, centre: float, unit: float
) -> tuple[Float32, Float32]:
    """Masks (G,): 0 at the low and at the high border; with little room the steps begin nearer."""
    low_step, high_step = (
        smootherstep(way / np.clip(_BORDER * room, _LEAST_BORDER * unit, _MOST_BORDER * unit))
        for way, room in ((line - low, centre - low), (high - line, high - centre))
    )
    return low_step, high_step


def _edge(line: Float32, first: bool, final: bool, last: int, unit: float) -> Float32:
    """Mask (G,): falls to 0 at the ends of the crop that are not the photo's border."""
    fall = np.ones_like(line)
    if first:
        fall = fall * smootherstep(line / (_EDGE * unit))
    if final:
        fall = fall * smootherstep((last - line) / (_EDGE * unit))
    return fall
