"""Blinks and glances: a lid of the face's own skin slides over the eye, and the iris shifts.

Three layers: the photo itself; its lids, moved by a small warp (the only change near opening 1);
and, taking over as the eye shuts, new skin with a line of lashes.
"""

import cv2
import numpy as np

from nostalgia.dense_motion import Fill
from nostalgia.geometry import scalar_step
from nostalgia.motion.mesh.eyes.gaze import SOFT_EDGE, dip, glance
from nostalgia.motion.mesh.eyes.lashes import S_HIGH, S_LOW, U_HIGH, U_LOW
from nostalgia.motion.mesh.eyes.lid_shade import lid_shade, shaded, shadow_below
from nostalgia.motion.mesh.eyes.lids import RELIEF_STEPS, PreparedEye
from nostalgia.motion.steps import step_between
from nostalgia.types import Float32, UInt8

LOWER_RISE = 0.1  # share of the opening that the lower lid rises
APART_FROM = 0.02  # dip of an eyeball that slides under the lower lid, eye widths
LASH_HEIGHT = 0.08  # eye widths above the lash line that move as one
WIDE_FROM, WIDEST, WIDE_SHARE = 1.04, 1.4, 0.4  # openings between which the lid rises, its share
UPWARD_LASHES = (0.25, 0.7)  # closures between which lashes that point upwards vanish
LASH_STRIP, LASH_DARKNESS = (-0.18, -0.10), (0.25, 0.55)
LASHES_GROW_FROM = (0.1, 0.35)  # outwards from the inner corner, eye widths
LASHES_END = (1.3, 1.0)  # likewise, beyond the outer corner
RELIEF = 0.8  # share of the photo's own relief that a stretched lid keeps
SHADOW, SHADOW_REACH = (0.15, 0.32), 0.36  # under an open and a shut lid; heights of the eye
BESIDE_CORNER = (0.98, 1.06)  # outwards from the inner corner, where no eyeball is
SLIT, SLIT_SHADOW = (0.7, 0.95), 0.3  # closures between which a slit darkens, and by how much
NARROW, BRIGHTEST = (0.52, 0.78), 0.75  # closures; a slit's white over the skin's light then
SLIT_SHARE, NARROWEST = 0.2, 3.0  # of a slit that lashes may fill; most that they are narrowed
BOW, FLAT = 0.42, 0.72  # arch of a lid two thirds down, heights of the eye; where it is level


def eye_fill(
    eye: PreparedEye, opening: float, gaze_xy: tuple[float, float] = (0.0, 0.0)
) -> Fill | None:
    """Draw the eye at `opening` (1 = as in the photo, 0 = shut), its iris moved by `gaze_xy`.

    Above 1 the upper lid rises a little, as far as stretched pixels look real. gaze_xy: eye widths.

    Returns:
        Finished pixels, with occlusion 0 where they differ from the photo; None if none does.
    """
    closure = 1 - min(max(opening, 0.0), 1.0)
    lift = _lift(eye, opening)
    looks = max(abs(gaze_xy[0]), abs(gaze_xy[1])) > 1e-3
    if not eye.readable or (closure <= 0.005 and lift <= 5e-4 and not looks):
        return None
    s = eye.frame.v - eye.upper - _drop(eye, closure)
    moved = _moved_photo(eye, closure, s, gaze_xy if looks else None, lift)
    pixels = np.ascontiguousarray(moved[..., :3])
    share = scalar_step(0.06, 0.4, closure)
    if share > 0:
        pixels = _blend_lid(eye, closure, share, s, pixels, moved[..., 3])
    if eye.blur_px > 0:
        pixels = _out_of_focus(eye, pixels)
    if eye.spectacles is not None:
        pixels = _behind_spectacles(eye.photo, pixels, eye.spectacles)
    occlusion = (~(pixels != eye.photo).any(2)).astype(np.float32)
    return Fill(pixels, occlusion, eye.corner_xy)


def _behind_spectacles(photo: UInt8, pixels: UInt8, spectacles: Float32) -> UInt8:
    """The photo's own pixels where a frame lies before the eye."""
    share = spectacles[..., None]
    return np.asarray(np.rint(pixels + share * (photo.astype(np.float32) - pixels)), np.uint8)


def _out_of_focus(eye: PreparedEye, pixels: UInt8) -> UInt8:
    """Blur the change as much as the photo is blurred: no sharp lid in a soft face."""
    change = pixels.astype(np.float32) - eye.photo
    blurred = cv2.GaussianBlur(change, (0, 0), eye.blur_px, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(np.rint(np.clip(eye.photo + blurred, 0, 255)), np.uint8)


def _lift(eye: PreparedEye, opening: float) -> float:
    """Rise of the upper lid above its place in the photo, eye widths.

    It starts at WIDE_FROM, because a track is never quite steady at 1, and stays small, because a
    startled eye shows white that the photo does not have.
    """
    wide = min(max(opening - WIDE_FROM, 0.0), WIDEST - WIDE_FROM)
    return WIDE_SHARE * wide * eye.openness


def _full(eye: PreparedEye, smooth: Float32) -> Float32:
    """Resize a field to the resolution of the photo."""
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
    """Warp the eye's layers, uint8 (h, w, 4): upper lid down, lower lid up a little, iris shifted.

    An eyeball that turns down slides under the lower lid; squeezed above it, its white would stay
    in sight as a pale strip.

    lift: rise of the upper lid instead, eye widths.
    """
    frame = eye.frame
    drop = frame.v - eye.upper - s
    room = frame.v - s - eye.top
    whole = np.minimum(LASH_HEIGHT, 0.4 * room)
    above = drop * step_between(1, 0, (-whole - s) / np.maximum(room - whole, 0.03)) * (s <= 0)
    rise = LOWER_RISE * closure * (eye.lower - eye.upper)
    edge = eye.lower - rise
    soft = max(SOFT_EDGE, 1.0 / frame.width_px)
    covered = step_between(-soft, 0, frame.v - edge)
    below = rise * step_between(0.22, 0, frame.v - edge) * covered * (s > 0)
    down = dip(eye, closure)
    apart = scalar_step(0.0, APART_FROM, down)
    du, dv = np.zeros_like(s), below * (1 - apart) - above
    if lift > 0:
        dv = dv + _drawn_up(eye, s, lift)
    if gaze_xy is not None or down > 0:
        shift_u, shift_v = glance(eye, gaze_xy or (0.0, 0.0), down, s, covered * (1 - apart))
        du, dv = du + shift_u, dv + shift_v
    moved = _sampled(eye, du, dv)
    if apart == 0:
        return moved
    over = _full(eye, covered * apart * (s > 0))[..., None]
    lid = _sampled(eye, np.zeros_like(s), below)
    return np.asarray(np.rint(moved + over * (lid.astype(np.float32) - moved)), np.uint8)


def _sampled(eye: PreparedEye, du: Float32, dv: Float32) -> UInt8:
    """The eye's layers, uint8 (h, w, 4), sampled at shifts of u and v, float32 (h, w) each."""
    ax, ay = eye.frame.axis_u * eye.frame.width_px
    x = _full(eye, du * ax - dv * ay) + np.arange(eye.photo.shape[1], dtype=np.float32)[None]
    y = _full(eye, du * ay + dv * ax) + np.arange(eye.photo.shape[0], dtype=np.float32)[:, None]
    return np.asarray(
        cv2.remap(eye.layers, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _drop(eye: PreparedEye, closure: float) -> Float32:
    """How far the lash line is below its place in the photo: float32 (h, w), eye widths.

    It still is an arch when it is most of the way down, as a lid that slides over a ball seen from
    the front: its middle lags behind its sides.
    """
    way = eye.closed - eye.upper
    across = np.clip(4 * eye.frame.u * (1 - eye.frame.u), 0, 1)
    arch = (across - FLAT) * across * max(float(eye.openness), 0.0)
    lag = 6.75 * closure**2 * (1 - closure)
    return np.asarray(closure * way - BOW * lag * arch, np.float32)


def _drawn_up(eye: PreparedEye, s: Float32, lift: float) -> Float32:
    """Shift of v to sample at, float32 (h, w), for a lid that rises by `lift`; full at its lashes.

    The white below stretches and the lid above is compressed, neither so far that it folds.
    """
    height = np.maximum(eye.lower - eye.upper, 0.0)
    ends = step_between(0.0, 0.3, eye.frame.u) * step_between(1.0, 0.7, eye.frame.u)
    room = np.maximum(eye.upper - eye.top, 0.05)
    below = step_between(1.0, 0.0, s / np.maximum(0.9 * height, 0.02))
    above = step_between(1.0, 0.0, (-LASH_HEIGHT - s) / np.maximum(room, 2.2 * lift))
    return np.asarray(lift * ends * np.where(s > 0, below, above), np.float32)


def _blend_lid(
    eye: PreparedEye, closure: float, share: float, s: Float32, under: UInt8, relief: UInt8
) -> UInt8:
    """Composite the skin of the lid, its shadow and its lashes over the warped photo.

    relief: uint8 (h, w), see `PreparedEye.layers`.
    """
    frame = eye.frame
    edge = max(0.5 / frame.width_px, 0.5 * eye.lashes.softness)
    lid = step_between(edge, -edge, s)
    meets = scalar_step(0.8, 1.0, closure)
    outward = 1 - frame.u if frame.outer_is_left else frame.u
    skin = np.maximum(lid, step_between(*BESIDE_CORNER, outward))
    alpha = share * eye.cover * (skin + meets * (1 - skin))
    line = share * _lash_cover(eye, closure, s)
    ends = step_between(0, 0.12, frame.u) * step_between(1, 0.88, frame.u)
    shadow = share * _shadow_on_eyeball(eye, closure, s) * (1 - lid) * ends
    weights = (
        (1 - shadow) * (1 - alpha) * (1 - line),
        alpha * (1 - line),
        lid_shade(eye, s, lid),
        line,
    )
    photo_share, skin_share, light, lash_share = (_full(eye, w) for w in weights)
    if closure > NARROW[0]:
        inside = step_between(-0.05, 0.05, frame.u) * step_between(1.05, 0.95, frame.u)
        inside *= (1 - lid) * step_between(0.08, 0.0, frame.v - eye.lower)
        photo_share = photo_share * (1 - _full(eye, inside) * _glare(eye, closure, under))
    if closure < UPWARD_LASHES[1]:
        kept = skin_share * _full(eye, _upward_lashes(eye, closure, s)) * _darkness(eye, under)
        photo_share, skin_share = photo_share + kept, skin_share - kept
    light += RELIEF * (relief.astype(np.float32) - 128) / np.float32(RELIEF_STEPS)
    out = photo_share[..., None] * under
    out += skin_share[..., None] * shaded(eye.skin.colour, light, eye.tint)
    out += (skin_share + 0.6 * lash_share)[..., None] * eye.skin.grain
    out = shaded(out, _full(eye, share * shadow_below(eye, closure, s)), eye.tint)
    out += lash_share[..., None] * eye.lashes.colour
    return np.asarray(cv2.convertScaleAbs(np.maximum(out, 0)), np.uint8)


def _shadow_on_eyeball(eye: PreparedEye, closure: float, s: Float32) -> Float32:
    """Share of its light, float32 (h, w), that the eyeball loses to the lid and lashes above it.

    Under an open lid the photo has its own shadow; the farther the lid hangs, the less light comes
    into the slit below it.
    """
    height = np.maximum(eye.lower - eye.upper, 0.02)
    deepest = SHADOW[0] + (SHADOW[1] - SHADOW[0]) * closure
    deepest += SLIT_SHADOW * scalar_step(*SLIT, closure)
    eyeball = step_between(0.07, 0.0, eye.frame.v - eye.lower)
    return np.asarray(deepest * step_between(SHADOW_REACH, 0, s / height) * eyeball, np.float32)


def _glare(eye: PreparedEye, closure: float, pixels: UInt8) -> Float32:
    """Share of its light, float32 (h, w), that the white in a narrow slit has too much.

    It lies in the shadow of lid and lashes; as bright as in the open eye, it would be a pale dash
    under the lash line.
    """
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    brightest = BRIGHTEST * eye.skin_light
    over = np.maximum(light - brightest, 0) / np.maximum(light, 1)
    return np.asarray(scalar_step(*NARROW, closure) * over, np.float32)


def _upward_lashes(eye: PreparedEye, closure: float, s: Float32) -> Float32:
    """Share, float32 (h, w), of the strip whose dark pixels are lashes that travel with the lid.

    None at the inner corner, where hardly any grow and the nose casts a shadow.
    """
    outward = 1 - eye.frame.u if eye.frame.outer_is_left else eye.frame.u
    strip = step_between(*LASH_STRIP, s) * step_between(0.02, -0.01, s)
    strip = strip * step_between(*LASHES_GROW_FROM, outward) * step_between(*LASHES_END, outward)
    return np.asarray((1 - scalar_step(*UPWARD_LASHES, closure)) * strip, np.float32)


def _darkness(eye: PreparedEye, pixels: UInt8) -> Float32:
    """Likelihood, float32 (h, w), that pixels are darker than skin in any shadow."""
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return step_between(LASH_DARKNESS[0], LASH_DARKNESS[1], 1 - light / eye.skin_light)


def _narrower(eye: PreparedEye, closure: float) -> float:
    """Factor, at least 1, by which lashes above a narrow slit are narrower below their line.

    In small and soft pictures they would fill it, and an opening eye would be a black dash.
    """
    slit = (1 - closure) * max(eye.openness, 0.02)
    fits = max(eye.lashes.reach / (SLIT_SHARE * slit + 1e-3), 1.0)
    return 1 + (min(fits, NARROWEST) - 1) * (1 - scalar_step(*SLIT, closure))


def _lash_cover(eye: PreparedEye, closure: float, s: Float32) -> Float32:
    """Coverage of each pixel by lashes that lie at s = 0: float32 (h, w), 0..1."""
    rows, columns = eye.lashes.line.shape
    s = s - np.float32(eye.lashes.offset * (1 - scalar_step(0.2, 0.9, closure)))
    s = np.where(s > 0, _narrower(eye, closure) * s, s)
    at_u = (eye.frame.u - U_LOW) * np.float32((columns - 1) / (U_HIGH - U_LOW))
    at_s = (s - S_LOW) * np.float32((rows - 1) / (S_HIGH - S_LOW))
    hang = scalar_step(0.5, 1.0, closure)
    texture = eye.lashes.line
    if hang > 0:
        texture = np.maximum(texture, hang * eye.lashes.fringe)
    return np.asarray(
        cv2.remap(texture, at_u, at_s.astype(np.float32), cv2.INTER_LINEAR), np.float32
    )
