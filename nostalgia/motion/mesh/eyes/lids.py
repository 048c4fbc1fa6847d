"""The eyes of one face, prepared to blink and to look round."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nostalgia.faces.doubts import eyes_left_still
from nostalgia.faces.visible_eyes import eye_visibility
from nostalgia.geometry import scalar_step
from nostalgia.motion.grid import used_span
from nostalgia.motion.mesh.eyes.eyeball import white_below_iris
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
)
from nostalgia.motion.mesh.eyes.lashes import Lashes, lashes
from nostalgia.motion.mesh.eyes.lid_skin import LidSkin, hole_edges, lid_skin
from nostalgia.motion.mesh.eyes.outline import outlines
from nostalgia.motion.mesh.eyes.spectacles import LEAST_PROBABILITY, frame_strokes, glasses_on
from nostalgia.motion.steps import step_between
from nostalgia.types import FaceCrop, Float32, UInt8

SHUT_OPENNESS = 0.12  # height over width; below, the eye is shut in the photo
PROFILE_DEG = 30.0  # from here on, the far eye is too foreshortened to be called shut
SMALLEST_WIDTH_PX = 5.0  # below, an eye does not move
TRAVEL = 1.0  # share of the opening that the lash line travels
OUTER_DROOP = 0.05  # eye widths that the shut lash line droops towards the temple
TUCK = 0.015  # eye widths by which a shut lash line may end above the lower lid
DROOPS_UNTIL = (1.14, 0.96)  # beyond the corner the lids of the photo meet for good
FIELD_WIDTH_PX = 110.0  # largest eye width of the smooth fields
RELIEF_STEPS = 500.0  # per unit of relief
ALIKE, PULL, MOST_PULL = 0.05, 0.4, 0.10  # logarithms of the two lids' tones
LIT_SHIFT = 0.18  # farthest shift of a lid's lightest place from its middle, eye widths
HARD_LIGHT, HARDEST = (0.5, 1.3), 1.5  # logarithms of bright over dim skin; factor
SHADED_PX = (14.0, 30.0)  # widths of eyes whose lids show no shade, and all of it
SHADED = (0.2, 0.5)  # light of a lid over the cheek's that light hardly reaches, and that it does
CHEEK = (0.10, 0.35)  # eye widths below the lower lid
LID_ABOVE = 0.15  # part of the ball of a shut lid above the open eye, eye widths
ROUND_EYES, LEAST_GAZE_ROOM = (0.36, 0.46), 0.6
LEAST_BLUR, MOST_BLUR = 0.08, 0.125  # eye widths: less is not matched, more is limited


@dataclass(frozen=True, slots=True)
class PreparedEye:
    """Everything that one eye needs to blink and to look round; computed once per face.

    photo: RGB uint8 (h, w, 3), the source under the patch at `corner_xy` (crop pixels). layers:
    uint8 (h, w, 4), the same and 128 + RELIEF_STEPS * relief of the `LidSkin`, which moves alike.
    skin and lashes: appearance of the shut lid. tint: float32 (3,), its colour over its light.
    skin_light: float32 (h, w), luma of its colour, at least 1. frame: the eye's frame at the
    resolution of the smooth fields, which is that of the photo unless the eye is huge. upper,
    lower, closed, top, cover: float32 of that size: v of the lash line, of the lower lid, of the
    lash line when shut and of the highest point that moves; coverage of the lid, 0..1. openness:
    height over width in the photo. readable: True if the eye is located, seen, open and large
    enough to move at all. blur_px: sigma of the blur of what changes, 0 unless it is out of focus.
    lid_over_cheek: light of the shut lid over that of the skin under the eye. lit_u: u of the lid's
    lightest place. hardness: factor on the light and shade of a lid's own shape, 1 in soft light.
    white_below: height of the white below the iris, mean of both eyes, eye widths. spectacles:
    float32 (h, w) 0..1, the frame that stays before the eye; None without glasses. gaze_room: share
    of the farthest glances that both eyes can show.
    """

    corner_xy: tuple[int, int]
    photo: UInt8
    layers: UInt8
    skin: LidSkin
    tint: Float32
    skin_light: Float32
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
    lid_over_cheek: float
    lit_u: float
    hardness: float
    white_below: float
    spectacles: Float32 | None
    gaze_room: float = 1.0


def prepare_eyes(source: FaceCrop) -> tuple[PreparedEye, PreparedEye]:
    """Prepare the image-left and the image-right eye of `source`."""
    glasses = glasses_on(source)
    seen_left, seen_right = outlines(source)
    left = _prepare(source, seen_left, LEFT_EYE, True, glasses >= LEAST_PROBABILITY)
    right = _prepare(source, seen_right, RIGHT_EYE, False, glasses >= LEAST_PROBABILITY)
    left, right = _agreeing(left, right), _agreeing(right, left)
    visibility = eye_visibility(source.pixels, source.landmarks, source.doubts)
    lost_left, lost_right = eyes_left_still(source.doubts, source.pose, glasses, visibility)
    awake = not _one_stays(left, right, source.pose.yaw)
    left = replace(left, readable=left.readable and awake and not lost_left)
    right = replace(right, readable=right.readable and awake and not lost_right)
    room = _gaze_room(max(left.openness, right.openness))
    white = (left.white_below + right.white_below) / 2
    left, right = (replace(eye, gaze_room=room, white_below=white) for eye in (left, right))
    if min(left.blur_px, right.blur_px) > 0:
        return left, right
    # A lens blurs both eyes; a single soft eye lies in shadow or has wide edges.
    return replace(left, blur_px=0.0), replace(right, blur_px=0.0)


def _one_stays(left: PreparedEye, right: PreparedEye, yaw_deg: float) -> bool:
    """True if one eye is shut in the photo, or too small to move: the other would wink.

    In profile it may only seem shut, and is small because it is hardly seen.
    """
    shut = [eye.openness < SHUT_OPENNESS for eye in (left, right)]
    small = [eye.frame.width_px < SMALLEST_WIDTH_PX for eye in (left, right)]
    return abs(yaw_deg) < PROFILE_DEG and (shut[0] != shut[1] or small[0] != small[1])


def _gaze_room(openness: float) -> float:
    """Share of the farthest glances that eyes of this height over width show.

    Of a round iris that is seen whole, every flaw of its edge is seen too.
    """
    return 1 - (1 - LEAST_GAZE_ROOM) * scalar_step(*ROUND_EYES, openness)


def _prepare(
    source: FaceCrop, seen: FaceCrop, points: EyePoints, outer_is_left: bool, glasses: bool
) -> PreparedEye:
    """Prepare one eye. seen: the source, with the landmarks of its lids where they are seen."""
    whole = eye_frame(seen, points, outer_is_left, exact=seen is not source)
    skin = lid_skin(source, whole, glasses)
    own = lashes(whole, patch(source, whole).astype(np.float32), skin.colour)
    top_curve, _ = hole_edges(whole)
    moves = (skin.cover > 0) | (
        (whole.v > whole.along(top_curve))
        & (whole.v < whole.along(whole.lower) + 0.24)
        & (np.abs(whole.u - 0.5) < 0.68)
    )
    rows, columns = (used_span(moves.any(axis)) for axis in (1, 0))
    frame = cut(whole, rows, columns)
    colour, grain, cover, relief = (
        a[rows, columns].copy() for a in (skin.colour, skin.grain, skin.cover, skin.relief)
    )
    skin_here = LidSkin(colour, grain, cover, relief)
    photo = patch(source, frame)
    over_cheek = _lid_over_cheek(frame, skin_here, photo)
    relief_byte = np.asarray(np.rint(128 + RELIEF_STEPS * relief), np.uint8)
    fields = replace(frame, u=_field(frame, frame.u), v=_field(frame, frame.v))
    return PreparedEye(
        corner_xy=frame.corner_xy,
        photo=photo,
        layers=np.dstack([photo, relief_byte]),
        skin=skin_here,
        tint=_tint(skin_here),
        skin_light=np.maximum(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.float32(1)),
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
        lid_over_cheek=over_cheek,
        lit_u=_lit_u(frame, skin_here),
        hardness=_hardness(frame, photo, over_cheek),
        white_below=white_below_iris(whole, patch(source, whole)),
        spectacles=(
            frame_strokes(whole, patch(source, whole))[rows, columns].copy() if glasses else None
        ),
    )


def _agreeing(eye: PreparedEye, other: PreparedEye) -> PreparedEye:
    """The eye with its lid's tone drawn to that of the other, each relative to its own cheek."""
    apart = np.log(other.lid_over_cheek / eye.lid_over_cheek)
    if abs(apart) <= ALIKE or not other.readable:
        return eye
    pull = np.exp(np.clip(PULL * (apart - np.sign(apart) * ALIKE), -MOST_PULL, MOST_PULL))
    factor = 1 + np.float32(pull - 1) * eye.skin.cover[..., None]
    return replace(eye, skin=replace(eye.skin, colour=eye.skin.colour * factor))


def _lid_over_cheek(frame: EyeFrame, skin: LidSkin, photo: UInt8) -> float:
    """Light of the upper half of the shut lid over that of the skin under the eye."""
    across = np.abs(frame.u - 0.5) < 0.35
    upper, under = frame.along(frame.upper), frame.v - frame.along(frame.lower)
    lid = across & (frame.v - upper < -under) & (frame.v > upper - LID_ABOVE)
    cheek = across & (under > CHEEK[0]) & (under < CHEEK[1])
    if not (lid.any() and cheek.any()):
        return 1.0
    light = skin.colour[lid].mean() + 4
    return float(light / (np.percentile(photo[cheek].mean(1), 60) + 4))


def _tint(skin: LidSkin) -> Float32:
    """Colour of the lid over its light, float32 (3,)."""
    colour = np.average(skin.colour.reshape(-1, 3), axis=0, weights=skin.cover.ravel() + 1e-3) + 1
    return np.asarray(colour / colour.mean(), np.float32)


def _lit_u(frame: EyeFrame, skin: LidSkin) -> float:
    """Where along u the light falls most directly on a shut lid."""
    here = (frame.v > frame.along(frame.upper) - 0.1) & (frame.v < frame.along(frame.lower))
    sides = (here & (frame.u > 0.05) & (frame.u < 0.3), here & (frame.u > 0.7) & (frame.u < 0.95))
    if not all(side.any() for side in sides):
        return 0.5
    left, right = (float(skin.colour[side].mean()) + 4 for side in sides)
    return 0.5 + LIT_SHIFT * float(np.clip(2 * np.log(right / left), -1, 1))


def _hardness(frame: EyeFrame, photo: UInt8, lid_over_cheek: float) -> float:
    """How much more than soft light the light models a lid, 1..HARDEST.

    1 in a black socket, and on eyes so small that shade would only blur their lash line.
    """
    upper, lower = frame.along(frame.upper), frame.along(frame.lower)
    skin = (frame.v < upper - 0.05) | (frame.v > lower + 0.06)
    skin &= (frame.v > frame.along(frame.brow) + 0.04) & (np.abs(frame.u - 0.5) < 0.75)
    if not skin.any():
        return 1.0
    dim, bright = np.percentile(photo[skin].mean(1), [30, 90]) + 8
    hard = scalar_step(*HARD_LIGHT, float(np.log(bright / dim)))
    hard *= scalar_step(*SHADED_PX, frame.width_px)
    return 1 + (HARDEST - 1) * hard * scalar_step(*SHADED, lid_over_cheek)


def _blur_to_match(frame: EyeFrame, photo: UInt8) -> float:
    """Sigma of the blur of the lids, pixels; 0 if the blur is slight for an eye of this size."""
    sigma = blur_px(frame, photo)
    return min(sigma, MOST_BLUR * frame.width_px) if sigma > LEAST_BLUR * frame.width_px else 0.0


def _field(frame: EyeFrame, full: Float32) -> Float32:
    """Resize an array of the patch to the resolution of the smooth fields."""
    scale = min(1.0, FIELD_WIDTH_PX / frame.width_px)
    h, w = (max(int(round(n * scale)), 2) for n in full.shape)
    return np.asarray(cv2.resize(full, (w, h), interpolation=cv2.INTER_AREA), np.float32)


def _closed_line(frame: EyeFrame) -> Float32:
    """Lash line of the shut eye, v on `U_GRID`: near the lower lid, but rounder."""
    outward = 1 - U_GRID if frame.outer_is_left else U_GRID
    middle = (U_GRID > 0.3) & (U_GRID < 0.7)
    inside = np.clip(outward, 0, 1)
    droop = OUTER_DROOP * inside * step_between(*DROOPS_UNTIL, outward)
    bow = 4 * inside * (1 - inside)
    meeting = frame.upper + TRAVEL * (frame.lower - frame.upper)
    depth = float(((meeting - droop)[middle] / bow[middle]).mean())
    rounder = 0.5 * meeting + 0.5 * (droop + depth * bow) + 0.5 * droop
    return np.asarray(np.maximum(rounder, frame.lower - TUCK), np.float32)
