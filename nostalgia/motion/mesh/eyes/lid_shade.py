"""Light and shade of a lid's own shape: the ball under it, its corners, its lashes.

The figures are medians over 53 shut eyes of press photographs: light over that of the cheek, from
brow to lashes and from corner to corner, less the same of lids painted without them.
"""

import numpy as np

from nostalgia.geometry import scalar_step
from nostalgia.motion.mesh.eyes.lids import PreparedEye
from nostalgia.motion.steps import step_between
from nostalgia.types import Float32

LID_HEIGHTS = (0.35, 0.8)  # from brow to shut lash line, eye widths: the least and the most
BALL, BALL_PLACE, BALL_SIZE = 0.15, (0.44, 0.36), (0.26, 0.17)  # outwards and down, shares
BRIGHT = (0.8, 1.15)  # light over the cheek's of lids that bulge visibly, and that need not
HANGS, HANGS_FROM = 0.26, 0.55  # towards the lashes
CORNERS_DIM, CORNERS_FROM, CORNERS_UNTIL = 0.16, 0.25, (0.62, 0.46)
FOLD, FOLD_ABOVE = 0.05, 0.07  # above the open eye's lash line, eye widths
REDDER_SHADE = 0.65  # power of light that a hue takes less; the mean of sixty faces
UNDER, UNDER_REACH = 0.20, 0.20  # shadow of lashes on the lower lid, eye widths


def lid_shade(eye: PreparedEye, s: Float32, lid: Float32) -> Float32:
    """Logarithm of the light on a lid, 0 = unchanged: float32 (h, w).

    Lightest where the ball bulges, which is in the upper half, on the side that the light comes
    from; darker towards its lashes, which overhang, towards its corners and in its fold.

    s: float32 (h, w), distance below the lash line, eye widths. lid: float32 (h, w), 1 above it.
    """
    frame = eye.frame
    brow = frame.along(frame.brow)
    down = 1 + (frame.v - eye.closed) / np.clip(eye.closed - brow, *LID_HEIGHTS)
    hang = 1 + s / np.clip(frame.v - s - brow, *LID_HEIGHTS)
    outward = 1 - frame.u if frame.outer_is_left else frame.u
    lit = BALL_PLACE[0] + (0.5 - eye.lit_u if frame.outer_is_left else eye.lit_u - 0.5)
    ball = np.exp(-0.5 * ((outward - lit) / BALL_SIZE[0]) ** 2)
    ball = ball * np.exp(-0.5 * ((down - BALL_PLACE[1]) / BALL_SIZE[1]) ** 2)
    hangs = step_between(HANGS_FROM, 1.0, hang) * lid * _between_corners(eye)
    aside = np.abs(frame.u - 0.5)
    corners = step_between(CORNERS_FROM, 0.55, aside) * step_between(0.3, 0.7, down)
    corners = corners * step_between(*CORNERS_UNTIL, aside)
    fold = np.exp(-0.5 * ((frame.v - eye.upper + FOLD_ABOVE) / (0.02 + eye.lashes.softness)) ** 2)
    fold = fold * step_between(0, 0.25, frame.u) * step_between(1, 0.75, frame.u)
    bulges = BALL * scalar_step(*BRIGHT[::-1], eye.lid_over_cheek)
    shape = bulges * ball - HANGS * hangs - CORNERS_DIM * corners - FOLD * fold
    return np.asarray(eye.hardness * shape, np.float32)


def shadow_below(eye: PreparedEye, closure: float, s: Float32) -> Float32:
    """Logarithm of the light, float32 (h, w), that overhanging lashes leave to the lower lid."""
    below = step_between(UNDER_REACH, 0.0, s) * (s > 0) * _between_corners(eye)
    return np.asarray(-UNDER * scalar_step(0.7, 1.0, closure) * below, np.float32)


def shaded(colour: Float32, light: Float32, tint: Float32) -> Float32:
    """Colours (h, w, 3) of skin in less or more light; what is grey stays grey.

    Skin in the shade is redder than the same skin in the light, because light spreads inside it.

    light: float32 (h, w), logarithm of the light, 0 = unchanged. tint: float32 (3,), colour of the
    skin over its light.
    """
    power = 1 - REDDER_SHADE * (tint - 1)
    factors = [np.exp(light * np.float32(channel)) for channel in power]
    return np.asarray(colour * np.stack(factors, axis=-1), np.float32)


def _between_corners(eye: PreparedEye) -> Float32:
    """1 in the middle of an eye, 0 at its corners: float32 (h, w)."""
    return step_between(-0.02, 0.2, eye.frame.u) * step_between(1.02, 0.8, eye.frame.u)
