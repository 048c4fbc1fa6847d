"""Closing the eyes of a photo: a lid of its own skin slides over an eyeball that stays still.

After embedded.md section 3, Blink. Three layers: the photo itself, its lids moved by a small warp
(all there is near opening 1), and, taking over as the eye shuts, new skin with a line of lashes.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nostalgia.motion.grid import used_span
from nostalgia.motion.mesh.eyes.frame import (
    LEFT_EYE,
    RIGHT_EYE,
    U_GRID,
    EyeFrame,
    EyePoints,
    blur_px,
    cut,
    eye_frame,
    patch,
    scalar_step,
    smoothstep,
)
from nostalgia.motion.mesh.eyes.gaze import gaze_shift
from nostalgia.motion.mesh.eyes.lashes import S_HIGH, S_LOW, U_HIGH, U_LOW, Lashes, lashes
from nostalgia.motion.mesh.eyes.lid_skin import LidSkin, hole_edges, lid_skin
from nostalgia.motion.mesh.eyes.outline import outlined
from nostalgia.types import FaceCrop, Fill, Float32, UInt8

SHUT_OPENNESS = 0.12
SMALLEST_WIDTH_PX = 5.0
LOWER_RISE = 0.1
TRAVEL = 0.97
OUTER_DROOP = 0.05
LASH_HEIGHT = 0.08
FIELD_WIDTH_PX = 110.0
LEAST_BLUR, MOST_BLUR = 0.08, 0.2
WIDE_FROM, WIDEST, WIDE_SHARE = 1.04, 1.4, 0.4


@dataclass(frozen=True, slots=True)
class PreparedEye:
    """All that one eye needs to blink and look round; a value, made once per face.

    photo: RGB uint8 (h, w, 3), the source under the patch at `corner_xy` (crop pixels). skin and
    lashes: what a shut lid shows. frame: the eye's frame at the resolution of the smooth fields,
    which is that of the photo unless the eye is huge; upper, lower, closed, top, cover: float32 of
    that size: v of the lash line, of the lower lid, of the lash line when shut and of the highest
    place that moves; how far the lid covers. openness: height over width in the photo. readable:
    whether the eye is open and large enough to move at all. blur_px: sigma by which what changes
    is blurred, 0 unless the eye is out of focus.
    """

    corner_xy: tuple[int, int]
    photo: UInt8
    skin: LidSkin
    lashes: Lashes
    frame: EyeFrame
    upper: Float32
    lower: Float32
    closed: Float32
    top: Float32
    cover: Float32
    openness: float
    readable: bool
    blur_px: float


def prepare_eyes(source: FaceCrop) -> tuple[PreparedEye, PreparedEye]:
    """Prepare the image-left and the image-right eye of `source`."""
    left, right = _prepare(source, LEFT_EYE, True), _prepare(source, RIGHT_EYE, False)
    if min(left.blur_px, right.blur_px) > 0:
        return left, right
    # One soft eye is one in shadow, or one whose edges are wide; a lens blurs both.
    return replace(left, blur_px=0.0), replace(right, blur_px=0.0)


def _prepare(source: FaceCrop, points: EyePoints, outer_is_left: bool) -> PreparedEye:
    whole = eye_frame(outlined(source, points, outer_is_left), points, outer_is_left)
    skin = lid_skin(source, whole)
    own = lashes(whole, patch(source, whole).astype(np.float32), skin.colour)
    top_curve, _ = hole_edges(whole)
    moves = (skin.cover > 0) | (
        (whole.v > whole.along(top_curve))
        & (whole.v < whole.along(whole.lower) + 0.24)
        & (np.abs(whole.u - 0.5) < 0.68)
    )
    rows, columns = (used_span(moves.any(axis)) for axis in (1, 0))
    frame = cut(whole, rows, columns)
    colour, grain, cover = (a[rows, columns].copy() for a in (skin.colour, skin.grain, skin.cover))
    fields = replace(frame, u=_field(frame, frame.u), v=_field(frame, frame.v))
    return PreparedEye(
        corner_xy=frame.corner_xy,
        photo=patch(source, frame),
        skin=LidSkin(colour, grain, cover),
        lashes=own,
        frame=fields,
        upper=fields.along(whole.upper),
        lower=fields.along(whole.lower),
        closed=fields.along(_closed_line(whole)),
        top=fields.along(top_curve),
        cover=_field(frame, cover),
        openness=whole.openness,
        blur_px=_blur_to_match(whole, patch(source, whole)),
        readable=whole.openness >= SHUT_OPENNESS and whole.width_px >= SMALLEST_WIDTH_PX,
    )


def _blur_to_match(frame: EyeFrame, photo: UInt8) -> float:
    """Sigma of the blur that lids need; a large eye is blurred by less than its lids' softness."""
    sigma = blur_px(frame, photo)
    return min(sigma, MOST_BLUR * frame.width_px) if sigma > LEAST_BLUR * frame.width_px else 0.0


def _field(frame: EyeFrame, full: Float32) -> Float32:
    """A smooth array of the patch at the resolution of the fields."""
    scale = min(1.0, FIELD_WIDTH_PX / frame.width_px)
    h, w = (max(int(round(n * scale)), 2) for n in full.shape)
    return np.asarray(cv2.resize(full, (w, h), interpolation=cv2.INTER_AREA), np.float32)


def _closed_line(frame: EyeFrame) -> Float32:
    """Where the lashes lie when the eye is shut, v on `U_GRID`: near the lower lid, but rounder."""
    outward = 1 - U_GRID if frame.outer_is_left else U_GRID
    middle = (U_GRID > 0.3) & (U_GRID < 0.7)
    inside = np.clip(outward, 0, 1)
    droop = OUTER_DROOP * inside
    bow = 4 * inside * (1 - inside)
    meeting = frame.upper + TRAVEL * (frame.lower - frame.upper)
    depth = float(((meeting - droop)[middle] / bow[middle]).mean())
    return np.asarray(0.5 * meeting + 0.5 * (droop + depth * bow) + 0.5 * droop, np.float32)


def eye_fill(
    eye: PreparedEye, opening: float, gaze_xy: tuple[float, float] = (0.0, 0.0)
) -> Fill | None:
    """The eye at `opening` (1 = as in the photo, 0 = shut), its iris moved by `gaze_xy` eye widths.

    Above 1 the upper lid rises a little, as far as stretched pixels look real. None where nothing
    changes. Where occlusion is 0 the fill holds finished pixels, photo and all.
    """
    closure = 1 - min(max(opening, 0.0), 1.0)
    lift = _lift(eye, opening)
    looks = max(abs(gaze_xy[0]), abs(gaze_xy[1])) > 1e-3
    if not eye.readable or (closure <= 0.005 and lift <= 5e-4 and not looks):
        return None
    s = eye.frame.v - eye.upper - closure * (eye.closed - eye.upper)
    pixels = _moved_photo(eye, closure, s, gaze_xy if looks else None, lift)
    share = scalar_step(0.06, 0.4, closure)
    if share > 0:
        pixels = _lay_lid(eye, closure, share, s, pixels)
    if eye.blur_px > 0:
        pixels = _out_of_focus(eye, pixels)
    occlusion = (~(pixels != eye.photo).any(2)).astype(np.float32)
    return Fill(pixels, occlusion, eye.corner_xy)


def _out_of_focus(eye: PreparedEye, pixels: UInt8) -> UInt8:
    """What changed against the photo, as blurred as the photo: no sharp lid in a soft face."""
    change = pixels.astype(np.float32) - eye.photo
    blurred = cv2.GaussianBlur(change, (0, 0), eye.blur_px, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(np.rint(np.clip(eye.photo + blurred, 0, 255)), np.uint8)


def _lift(eye: PreparedEye, opening: float) -> float:
    """How far the upper lid rises above the photo's own, eye widths.

    A track is never quite steady at 1, and a startled eye shows white that the photo does not hold.
    """
    wide = min(max(opening - WIDE_FROM, 0.0), WIDEST - WIDE_FROM)
    return WIDE_SHARE * wide * eye.openness


def _full(eye: PreparedEye, smooth: Float32) -> Float32:
    """A field at the resolution of the photo."""
    h, w = eye.photo.shape[:2]
    if smooth.shape == (h, w):
        return np.asarray(smooth, np.float32)
    return np.asarray(cv2.resize(smooth.astype(np.float32), (w, h)), np.float32)


def _moved_photo(
    eye: PreparedEye,
    closure: float,
    s: Float32,
    gaze_xy: tuple[float, float] | None,
    lift: float = 0.0,
) -> UInt8:
    """The photo with its upper lid drawn down, its lower lid up a little and its iris shifted.

    lift: how far the upper lid is drawn up instead, eye widths.
    """
    frame = eye.frame
    drop = closure * (eye.closed - eye.upper)
    room = frame.v - s - eye.top
    whole = np.minimum(LASH_HEIGHT, 0.4 * room)
    above = drop * smoothstep(1, 0, (-whole - s) / np.maximum(room - whole, 0.03)) * (s <= 0)
    rise = LOWER_RISE * closure * (eye.lower - eye.upper)
    edge = eye.lower - rise
    below = rise * smoothstep(0.22, 0, frame.v - edge) * (frame.v >= edge) * (s > 0)
    du, dv = np.zeros_like(s), below - above
    if lift > 0:
        dv = dv + _drawn_up(eye, s, lift)
    if gaze_xy is not None:
        shift_u, shift_v = gaze_shift(frame, eye.upper, eye.lower, gaze_xy)
        seen = (s > 0) & (frame.v < edge)
        du, dv = du + shift_u * seen, dv + shift_v * seen
    ax, ay = frame.axis_u * frame.width_px
    x = _full(eye, du * ax - dv * ay) + np.arange(eye.photo.shape[1], dtype=np.float32)[None]
    y = _full(eye, du * ay + dv * ax) + np.arange(eye.photo.shape[0], dtype=np.float32)[:, None]
    return np.asarray(
        cv2.remap(eye.photo, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _drawn_up(eye: PreparedEye, s: Float32, lift: float) -> Float32:
    """Where a lid that rises by `lift` comes from: the shift of v, whole at its lashes.

    The white below stretches, the lid above is pushed together; neither so far that it folds.
    """
    height = np.maximum(eye.lower - eye.upper, 0.0)
    ends = smoothstep(0.0, 0.3, eye.frame.u) * smoothstep(1.0, 0.7, eye.frame.u)
    room = np.maximum(eye.upper - eye.top, 0.05)
    below = smoothstep(1.0, 0.0, s / np.maximum(0.9 * height, 0.02))
    above = smoothstep(1.0, 0.0, (-LASH_HEIGHT - s) / np.maximum(room, 2.2 * lift))
    return np.asarray(lift * ends * np.where(s > 0, below, above), np.float32)


def _lay_lid(eye: PreparedEye, closure: float, share: float, s: Float32, under: UInt8) -> UInt8:
    """Lay the skin of the lid, its shade and its lashes over the moved photo."""
    frame = eye.frame
    edge = max(0.5 / frame.width_px, 0.5 * eye.lashes.softness)
    lid = smoothstep(edge, -edge, s)
    meets = scalar_step(0.8, 1.0, closure)
    alpha = share * eye.cover * (lid + meets * (1 - lid))
    line = share * _lash_cover(eye, closure, s)
    ends = smoothstep(0, 0.12, frame.u) * smoothstep(1, 0.88, frame.u)
    shadow = 0.35 * share * (1 - meets) * smoothstep(0.10, 0, s) * (1 - lid) * ends
    weights = (
        (1 - shadow) * (1 - alpha) * (1 - line),
        alpha * (1 - line) * _lid_light(eye, s, lid),
        alpha * (1 - line) + 0.6 * line,
    )
    photo_share, skin_share, grain_share = (_full(eye, w)[..., None] for w in weights)
    out = photo_share * under
    out += skin_share * eye.skin.colour
    out += grain_share * eye.skin.grain
    out += _full(eye, line)[..., None] * eye.lashes.colour
    return np.asarray(cv2.convertScaleAbs(np.maximum(out, 0)), np.uint8)


def _lid_light(eye: PreparedEye, s: Float32, lid: Float32) -> Float32:
    """Light on a shut lid: brighter where it bulges, darker at its fold and towards the lashes."""
    frame = eye.frame
    height = np.maximum(eye.lower - eye.upper, 0.02)
    across = np.exp(-0.5 * ((frame.u - 0.5) / 0.28) ** 2)
    bulge = across * np.exp(-0.5 * ((s + 0.45 * height) / (0.4 * height + 0.02)) ** 2)
    fold = np.exp(-0.5 * ((frame.v - eye.upper + 0.05) / (0.02 + eye.lashes.softness)) ** 2)
    fold = fold * smoothstep(0, 0.25, frame.u) * smoothstep(1, 0.75, frame.u)
    near = smoothstep(-0.10, 0, s) * lid
    return np.asarray(1 + 0.08 * bulge - 0.06 * near - 0.05 * fold, np.float32)


def _lash_cover(eye: PreparedEye, closure: float, s: Float32) -> Float32:
    """How much of each pixel the lashes hide, 0..1, for lashes that lie at s = 0."""
    rows, columns = eye.lashes.line.shape
    at_u = (eye.frame.u - U_LOW) * np.float32((columns - 1) / (U_HIGH - U_LOW))
    at_s = (s - S_LOW) * np.float32((rows - 1) / (S_HIGH - S_LOW))
    hang = scalar_step(0.5, 1.0, closure)
    texture = eye.lashes.line
    if hang > 0:
        texture = np.maximum(texture, hang * eye.lashes.fringe)
    return np.asarray(cv2.remap(texture, at_u, at_s, cv2.INTER_LINEAR), np.float32)
