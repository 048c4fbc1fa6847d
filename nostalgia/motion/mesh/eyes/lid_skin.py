"""Skin for an eyelid that the photo does not show: a weighted membrane with the photo's grain."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nostalgia.faces.topology import FACE_OVAL
from nostalgia.motion.mesh.eyes.corner import old_lashes, skin_beside
from nostalgia.motion.mesh.eyes.frame import U_GRID, U_STEP, EyeFrame, curve_at, patch
from nostalgia.motion.mesh.eyes.lid_light import (
    as_usual,
    bulge,
    meet,
    not_outshining,
    shadow,
    skin_hued,
    without_strokes,
)
from nostalgia.motion.mesh.eyes.membrane import membrane, skin_model
from nostalgia.motion.steps import step_between
from nostalgia.types import FaceCrop, Float32

CELLS_PER_EYE = 44
BEYOND_OUTER, BEYOND_INNER = 0.24, 0.18
WING = 0.22
CORNERS = (-0.08, 0.02)  # beyond the landmarks of the corners, eye widths
MEMBRANE_HOLD = 0.15
COVER_WIDTH_PX = 160.0
SOCKET_WEIGHT = 0.25
BELOW_LID = 0.07
TOP_FADE = 0.6
STROKE_LIFT = 1.5
RELIEF_BLUR, RELIEF_LIGHTEST, RELIEF_DARKEST, RELIEF_BELIEVED = 0.025, 0.12, 0.08, 2.5
GRAIN_REACH, GRAIN_REACH_PX, GRAIN_LIMIT = 0.06, 1.8, 3.0  # coarsest; strongest, of the usual
MEETINGS = ((0.20, 0.6), (0.07, 0.15))  # reach in eye widths, and how loosely it holds
STROKE = (0.65, 0.9)  # light over that without strokes, of lashes and of bare skin
STROKE_EDGE = 0.045  # of a stroke, in its shade, eye widths
BEYOND_LID = (0.72, 1.12)  # outwards from the inner corner, eye widths
BESIDE, BARE = (0.02, 0.10), (0.85, 1.0)  # beyond the corners, eye widths; light over the lid's


@dataclass(frozen=True, slots=True)
class LidSkin:
    """Skin over the patch of one eye.

    colour: float32 (h, w, 3), 0..255, smooth. grain: float32 (h, w, 3), added to the colour.
    cover: float32 (h, w) 0..1, share of this skin in the pixels of a shut eye. relief:
    float32 (h, w), light of the photo's own lid over `colour`, less 1: its wrinkles and sheen,
    which move with it; 0 where the photo shows no bare lid.
    """

    colour: Float32
    grain: Float32
    cover: Float32
    relief: Float32


def corner_reach(frame: EyeFrame, wing: float) -> tuple[float, float]:
    """Reach of the new skin beyond the image-left and image-right corner, eye widths."""
    outer = BEYOND_OUTER + wing
    return (outer, BEYOND_INNER) if frame.outer_is_left else (BEYOND_INNER, outer)


def hole_edges(frame: EyeFrame, wing: float = 0.0) -> tuple[Float32, Float32]:
    """Top and bottom of the area that a shut lid replaces: two float32 (221,), v on `U_GRID`.

    wing: additional reach beyond the outer corner, eye widths.
    """
    left, right = corner_reach(frame, wing)
    taper = np.sqrt(
        step_between(-left, 0.22 - left, U_GRID) * step_between(1 + right, 0.78 + right, U_GRID)
    )
    room = np.clip(frame.upper - frame.brow - 0.05, 0.08, 0.37)
    top = _smooth(frame.upper - taper * room, 0.09)
    top = np.minimum(np.maximum(top, frame.brow + 0.04), frame.upper - 0.07 * taper)
    bottom = np.maximum(_smooth(frame.lower + taper * BELOW_LID, 0.08), frame.lower + 0.04 * taper)
    return top.astype(np.float32), bottom.astype(np.float32)


def _smooth(curve: Float32, sigma: float) -> Float32:
    """Blur a curve on `U_GRID` by `sigma` eye widths."""
    blurred = cv2.GaussianBlur(curve[None].astype(np.float32), (0, 0), sigma / U_STEP)
    return np.asarray(blurred[0], np.float32)


def _expected_skin(
    frame: EyeFrame, colours: Float32, u: Float32, v: Float32
) -> tuple[Float32, Float32, Float32]:
    """Colours of the skin above and below the eye, and the likelihood of every pixel being skin.

    Two models, because a socket in shadow and the cheek under it are both skin. All on the coarse
    grid: float32 (h, w, 3), (h, w, 3) and (h, w) 0..1.
    """
    upper, lower, brow = (curve_at(curve, u) for curve in (frame.upper, frame.lower, frame.brow))
    across = (u > -0.15) & (u < 1.15)
    above = across & (v > brow + 0.04) & (v < upper - 0.16)
    below = across & (v > lower + 0.10) & (v < lower + 0.42)
    model_below, spread_below = skin_model(u, colours, below)
    model_above, spread_above = model_below, spread_below
    if above.sum() >= 8:
        model_above, spread_above = skin_model(u, colours, above)
    along = np.clip(u, -0.15, 1.15)[..., None] - 0.5
    skin_above = np.maximum(model_above[0] + along * model_above[1], 3.0)
    skin_below = np.maximum(model_below[0] + along * model_below[1], 3.0)
    side = step_between(-0.5, 1.5, (v - upper) / np.maximum(lower - upper, 0.05))[..., None]
    expected = (1 - side) * skin_above + side * skin_below
    off = (colours - expected) / ((1 - side) * spread_above + side * spread_below)
    off = np.where(off < 0, -1.3 * off, 0.4 * off).max(2)
    trust = np.exp(-0.5 * np.maximum(off - 1.5, 0) ** 2 / 1.2**2)
    return skin_above, skin_below, np.asarray(trust, np.float32)


def _smooth_skin(
    frame: EyeFrame, photo: Float32, face: Float32, glasses: bool
) -> tuple[Float32, Float32, Float32]:
    """Return a membrane over the patch, float32 (h, w, 3), through the pixels that look like skin.

    And two float32 (h, w): the factor by which it is lighter than what the open eye shows of its
    lid, and the share of `old_lashes`.

    face: float32 (h, w), 1 inside the outline of the face. glasses: lids are seen through them,
    and cheeks are not: neither light nor hue is that of other people's.
    """
    h, w = frame.u.shape
    scale = min(1.0, CELLS_PER_EYE / frame.width_px)
    size = (max(int(round(w * scale)), 4), max(int(round(h * scale)), 4))
    colours, u, v, face = (
        np.asarray(cv2.resize(a, size, interpolation=cv2.INTER_AREA), np.float32)
        for a in (photo, frame.u, frame.v, face)
    )
    skin_above, skin_below, trust = _expected_skin(frame, colours, u, v)
    bare = without_strokes(colours.mean(2), frame.width_px * scale)
    bald = step_between(*STROKE, colours.mean(2) / np.maximum(bare, 1))
    edge = 2 * int(round(STROKE_EDGE * frame.width_px * scale)) + 1
    clear = np.asarray(cv2.erode(bald, np.ones((edge, edge))), np.float32)
    trust *= clear
    likely = trust
    top, bottom = (curve_at(curve, u) for curve in hole_edges(frame))
    left, right = corner_reach(frame, 0.0)
    outside = np.maximum(step_between(0.02, -0.02, v - top), step_between(-0.02, 0.02, v - bottom))
    beyond = np.maximum(
        step_between(0.04 - left, -left, u), step_between(0.96 + right, 1 + right, u)
    )
    outside = np.maximum(outside, beyond)
    light, light_above, light_below = (c.mean(2) for c in (colours, skin_above, skin_below))
    lit = step_between(0.92, 1.0, light / light_above)
    lit = lit * step_between(1.2, 1.1, light / np.maximum(light_above, light_below))
    bare_lid = 0.3 * lit * (v < curve_at(frame.upper, u) - 0.04)
    trust = np.maximum(trust * outside, bare_lid * (1 - outside))
    smooth = membrane(colours, trust, MEMBRANE_HOLD)
    socket = (v < curve_at(frame.upper, u) - 0.15) | (v > curve_at(frame.lower, u) + 0.05)
    ring = (outside > 0.5) & (v > top - 0.14) & (v < bottom + 0.12)
    ring &= (u > -left - 0.08) & (u < 1.08 + right)
    near = np.maximum(ring, SOCKET_WEIGHT * (socket & (v > top) & (np.abs(u - 0.5) < 0.6)))
    near = near * clear * ((face > 0.9) & (v > curve_at(frame.brow, u) + 0.03))
    lit_share = shadow(bare, smooth.mean(2), near, 0.18 * frame.width_px * scale)
    smooth *= lit_share[..., None]
    smooth *= bulge(frame, light, light_below * lit_share**2, smooth.mean(2), u, v)[..., None]
    shaded = not_outshining(frame, light, smooth.mean(2), u, v)
    smooth *= shaded[..., None]
    own = (v > curve_at(frame.brow, u) + 0.04) & (v < curve_at(frame.lower, u) + 0.42)
    own &= (v < curve_at(frame.upper, u) - 0.05) | (v > curve_at(frame.lower, u) + 0.06)
    own &= (u > -0.2) & (u < 1.2) & (face > 0.9)
    under = own & (v > curve_at(frame.lower, u))
    cheek = None if glasses else likely * under
    smooth = skin_hued(smooth, colours, likely * own, 1 - outside, cheek)
    beside = np.maximum(step_between(*BESIDE, -u), step_between(*BESIDE, u - 1))
    beside *= step_between(*BARE, light / np.maximum(smooth.mean(2), 1))
    rim = np.maximum(outside * np.maximum(trust, 0.5), beside)
    rim *= (face > 0.9) & (v > curve_at(frame.brow, u) + 0.03)
    gone = np.zeros_like(light)
    if not glasses:
        gone = old_lashes(frame, light, u, v, face, frame.width_px * scale)
    rim *= 1 - gone
    for reach, fade in MEETINGS:
        smooth += meet(colours - smooth, rim, reach * frame.width_px * scale, fade)
    lighter = np.ones_like(light)
    if not glasses:
        lighter = as_usual(frame, light, smooth.mean(2), shaded, u, v)
    smooth *= lighter[..., None]
    outward = 1 - u if frame.outer_is_left else u
    beyond = step_between(*BEYOND_LID, outward)
    around = outside * ((face > 0.9) & (v > curve_at(frame.brow, u) + 0.03))
    smooth = skin_beside(colours, smooth, gone, beyond, around, frame.width_px * scale)
    return (
        np.asarray(cv2.resize(smooth, (w, h), interpolation=cv2.INTER_CUBIC), np.float32),
        np.asarray(cv2.resize(lighter, (w, h), interpolation=cv2.INTER_LINEAR), np.float32),
        np.asarray(cv2.resize(gone, (w, h), interpolation=cv2.INTER_LINEAR), np.float32),
    )


def _cover(
    frame: EyeFrame, photo: Float32, colour: Float32, face: Float32, gone: Float32
) -> Float32:
    """Share of the new skin, float32 (h, w), 0..1: the eye, a soft rim, and dark outlines."""
    upper = frame.along(frame.upper)
    left, right = corner_reach(frame, 0.0)
    top, bottom = (frame.along(curve) for curve in hole_edges(frame))
    soft = np.maximum(TOP_FADE * (upper - top), 0.02)
    ends = step_between(-left, -0.3 * left, frame.u) * step_between(
        1 + right, 1 + 0.3 * right, frame.u
    )
    cover = ends * step_between(0, 1, (frame.v - top) / soft)
    cover *= step_between(0, 0.07, bottom - frame.v + 0.01)
    thin = _dark_outlines(frame, photo, colour)
    left, right = corner_reach(frame, WING)
    top, bottom = (frame.along(curve) for curve in hole_edges(frame, WING))
    ends = step_between(-left, 0.12 - left, frame.u) * step_between(
        1 + right, 0.88 + right, frame.u
    )
    rim = ends * step_between(0, 0.05, frame.v - top) * step_between(0, 0.03, bottom - frame.v)
    cover = np.maximum(cover, thin * rim) * _above_corners(frame)
    eyeball = step_between(-0.05, 0.0, frame.u) * step_between(1.05, 1.0, frame.u)
    eyeball *= step_between(0, 0.05, frame.v - upper + 0.06)
    return np.asarray(np.maximum(cover * np.maximum(face, eyeball), gone), np.float32)


def _above_corners(frame: EyeFrame) -> Float32:
    """0 beside and below the eye's corners, where nothing moves, 1 elsewhere: float32 (h, w)."""
    beyond = np.maximum(step_between(*CORNERS, -frame.u), step_between(*CORNERS, frame.u - 1))
    return 1 - beyond * step_between(0.01, 0.06, frame.v - frame.along(frame.lower))


def _dark_outlines(frame: EyeFrame, photo: Float32, colour: Float32) -> Float32:
    """Share of skin that lightens thin dark strokes (liner, wing, crease): (h, w), 0..1.

    Strokes are what a morphological closing fills; broad shadows stay.
    """
    light = cv2.GaussianBlur(photo, (0, 0), max(0.015 * frame.width_px, 0.5)).mean(2)
    reach = 2 * max(int(round(0.12 * frame.width_px)), 1) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    depth = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, kernel)
    depth = cv2.GaussianBlur(depth, (0, 0), max(0.02 * frame.width_px, 0.5))
    lift = np.clip(STROKE_LIFT * depth / np.maximum(colour.mean(2) - light, 1.0), 0, 1)
    return np.asarray(lift * step_between(0.02, 0.10, depth / (light + 10)), np.float32)


def lid_skin(source: FaceCrop, frame: EyeFrame, glasses: bool) -> LidSkin:
    """Return the skin for one eye of `source`. glasses: True if it is seen through a pair."""
    photo = patch(source, frame).astype(np.float32)
    face = _inside_face(source, frame)
    colour, lighter, gone = _smooth_skin(frame, photo, face, glasses)
    seen = colour / lighter[..., None]
    cover, relief = _cover_and_relief(frame, photo, colour, seen, face, gone)
    return LidSkin(colour, _grain(source, frame, colour), cover, relief)


def _cover_and_relief(
    frame: EyeFrame,
    photo: Float32,
    colour: Float32,
    seen: Float32,
    face: Float32,
    gone: Float32,
) -> tuple[Float32, Float32]:
    """`_cover` and `_relief`, computed on a smaller picture if the eye is huge.

    seen: float32 (h, w, 3), skin as light as what the open eye shows of its lid. gone: float32
    (h, w), share of `old_lashes`.
    """
    scale = min(1.0, COVER_WIDTH_PX / frame.width_px)
    if scale == 1:
        return _cover(frame, photo, colour, face, gone), _relief(frame, photo, seen)
    h, w = face.shape
    size = (max(int(round(w * scale)), 4), max(int(round(h * scale)), 4))
    u, v, photo, colour, seen, face, gone = (
        np.asarray(cv2.resize(a, size, interpolation=cv2.INTER_AREA), np.float32)
        for a in (frame.u, frame.v, photo, colour, seen, face, gone)
    )
    small = replace(frame, u=u, v=v, width_px=frame.width_px * scale)
    cover, relief = _cover(small, photo, colour, face, gone), _relief(small, photo, seen)
    return _enlarged(cover, (w, h)), _enlarged(relief, (w, h))


def _enlarged(field: Float32, size_wh: tuple[int, int]) -> Float32:
    return np.asarray(cv2.resize(field, size_wh), np.float32)


def _relief(frame: EyeFrame, photo: Float32, colour: Float32) -> Float32:
    """Light of the photo's lid over that of `colour`, less 1, float32 (h, w), without grain.

    It fades to 0 where the difference is too large for skin: brows, lashes, frames, white.
    """
    s = frame.v - frame.along(frame.upper)
    calm = cv2.GaussianBlur(photo, (0, 0), max(RELIEF_BLUR * frame.width_px, 0.7)).mean(2)
    differs = (calm + 4) / (colour.mean(2) + 4) - 1
    limit = np.where(differs > 0, RELIEF_LIGHTEST, RELIEF_DARKEST)
    excess = differs / limit
    believed = step_between(-0.02, -0.06, s) / (1 + (excess / RELIEF_BELIEVED) ** 4)
    return np.asarray(limit * np.tanh(excess) * believed, np.float32)


def _inside_face(source: FaceCrop, frame: EyeFrame) -> Float32:
    """Mask of the face: float32 (h, w), 1 inside its outline, 0 outside, soft between."""
    outline = source.landmarks[list(FACE_OVAL), :2] - np.array(frame.corner_xy, np.float32)
    mask = np.zeros(frame.u.shape, np.float32)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1.0, shift=4)
    soft = max(0.04 * frame.width_px, 0.6)
    blurred = np.asarray(cv2.GaussianBlur(mask, (0, 0), soft), np.float32)
    return step_between(0.05, 0.5, blurred)


def _grain(source: FaceCrop, frame: EyeFrame, colour: Float32) -> Float32:
    """Grain of the skin below the eye, shifted up over the eye by whole pixels: (h, w, 3).

    Cracks, scratches, wrinkles and lashes are stronger than the grain and do not come along.
    """
    down = np.array([-frame.axis_u[1], frame.axis_u[0]]) * frame.width_px
    reach = frame.openness + 0.34
    shift = (int(round(float(down[0] * reach))), int(round(float(down[1] * reach))))
    skin = patch(source, frame, shift).astype(np.float32)
    sigma = max(GRAIN_REACH * frame.width_px, GRAIN_REACH_PX)
    smooth = _wide_blur(skin, sigma)
    darker = (colour.mean(2) + 8) / (_wide_blur(smooth.mean(2), 3 * sigma) + 8)
    fine = (skin - smooth) * np.clip(darker, 0.3, 1.1)[..., None]
    light = fine.mean(2)
    strength = np.sqrt(_wide_blur(light**2, 1.5 * sigma))
    centre = np.abs(light[(np.abs(frame.u - 0.5) < 0.5) & (np.abs(frame.v) < 0.3)])
    usual = 0.3 + GRAIN_LIMIT * (float(np.median(centre)) if centre.size else 0.0)
    damp = 1 / np.sqrt((1 + (strength / usual) ** 4) * (1 + (light / (1.5 * usual)) ** 4))
    return np.asarray(fine * damp[..., None], np.float32)


def _wide_blur(image: Float32, sigma: float) -> Float32:
    """Gaussian blur, of a smaller picture if it is so wide that this makes no visible difference.

    `enhancement.grain` reduces by whole steps and enlarges linearly, which gives other pixels.
    """
    if sigma <= 6:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
    h, w = image.shape[:2]
    size = (max(int(round(w * 3 / sigma)), 2), max(int(round(h * 3 / sigma)), 2))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), 2.9)
    return np.asarray(cv2.resize(blurred, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)
