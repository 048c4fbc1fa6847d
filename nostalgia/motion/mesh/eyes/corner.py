"""The old lashes at the outer corner: what a shut lid must take away there beside the open eye."""

import cv2
import numpy as np

from nostalgia.motion.mesh.eyes.frame import EyeFrame, curve_at
from nostalgia.motion.mesh.eyes.lid_light import without_strokes
from nostalgia.motion.steps import step_between
from nostalgia.types import Float32

WIDEST = 0.36  # of a stroke of lashes, eye widths
ROOTS, ROOTS_REACH = (0.72, 1.0), (-0.12, 0.06)  # of the outer lashes: outwards, and below the lid
ENDS = (1.36, 1.5)  # outwards from the inner corner, where strokes of lashes end for certain
NO_LASH, SHADOW_ENDS = 1.42, (1.15, 1.0)  # what is longer is a shadow or a wrinkle
ABOVE = (0.44, 0.36)  # the upper lid, likewise
BELOW, ASIDE = 0.16, (0.97, 1.07)  # the lower lid, beside the eye; outwards
BESIDE_FACE = 0.12  # how far lashes reach beyond its outline, eye widths
AT_EYE = (1.15, 1.0)  # outwards: so near the eye, all is face, whatever its outline
LEAST_DARK, SHARE_OF_DARKEST = 0.12, 0.2  # of the skin beside it; of the darkest lashes' contrast
CHEEK, TEXTURE = (0.2, 0.45), 1.5  # below the lower lid; dark over that of wrinkles and screens
GROWN, SOFT = 0.09, 0.03  # round a stroke, eye widths
FILL_REACHES, FILLED = (0.06, 0.12, 0.24), 4.0  # eye widths; one over the share that suffices
FILL_EDGE = 0.05  # round what is filled, where the rim of lashes would darken the skin, eye widths


def old_lashes(
    frame: EyeFrame, light: Float32, u: Float32, v: Float32, face: Float32, cells: float
) -> Float32:
    """Share, float32 (h, w) 0..1, of pixels that are lashes or liner round the outer corner.

    They are dark strokes that begin at the outer third of the open lid: its thick end, a wing, the
    upward tips beyond the corner. When the lid is down, its lashes are too, and skin is there.

    light: float32 (h, w), 0..255. face: float32 (h, w), 1 inside the outline of the face. cells:
    the width of the eye.
    """
    outward = 1 - u if frame.outer_is_left else u
    upper, lower, brow = (curve_at(curve, u) for curve in (frame.upper, frame.lower, frame.brow))
    bare = without_strokes(light, cells, WIDEST)
    dark = 1 - (light + 6) / (bare + 6)
    roots = (outward > ROOTS[0]) & (outward < ROOTS[1])
    roots &= (v > upper + ROOTS_REACH[0]) & (v < upper + ROOTS_REACH[1])
    if not roots.any():
        return np.zeros_like(light)
    least = max(LEAST_DARK, SHARE_OF_DARKEST * float(np.percentile(dark[roots], 90)))
    cheek = (np.abs(u - 0.5) < 0.6) & (v > lower + CHEEK[0]) & (v < lower + CHEEK[1])
    if cheek.any():
        least = max(least, TEXTURE * float(np.percentile(dark[cheek], 93)))
    zone = step_between(ROOTS[0], ROOTS[0] + 0.1, outward) * step_between(*ENDS[::-1], outward)
    zone *= step_between(-ABOVE[0], -ABOVE[1], v - upper) * step_between(0.04, 0.1, v - brow)
    aside = step_between(*ASIDE, outward)
    zone *= step_between(
        1.0, 0.0, (v - lower + 0.02 - (BELOW - 0.02) * aside) / (0.04 + 0.02 * aside)
    )
    beside = 2 * int(round(BESIDE_FACE * cells)) + 1
    near = cv2.dilate(face, np.ones((beside, beside)))
    zone *= np.maximum(near, step_between(*AT_EYE, outward))
    strokes = ((dark > least) & (zone > 0)).astype(np.uint8)
    _, names = cv2.connectedComponents(strokes, connectivity=8)
    begun = np.isin(names, np.unique(names[roots & (strokes > 0)])) & (strokes > 0)
    if begun[outward > NO_LASH].any():
        zone *= step_between(*SHADOW_ENDS, outward)
    edge = 2 * int(round(GROWN * cells)) + 1
    whole = cv2.dilate(begun.astype(np.float32), np.ones((edge, edge)))
    soft = cv2.GaussianBlur(whole, (0, 0), max(SOFT * cells, 0.5))
    return np.asarray(zone * np.clip(1.5 * soft, 0, 1), np.float32)


def skin_beside(
    colours: Float32,
    smooth: Float32,
    gone: Float32,
    beyond: Float32,
    around: Float32,
    cells: float,
) -> Float32:
    """The lid's colours (h, w, 3) with those of the skin around it where lashes are gone.

    The nearest skin counts most, and where there is none near by, that farther off does.

    gone: float32 (h, w) 0..1, `old_lashes`. beyond: float32 (h, w), 1 beyond the lid, 0 on it.
    around: float32 (h, w), weights of what surrounds the eye.
    """
    if not gone.any():
        return smooth
    skin = around * (1 - gone)
    fill, left = np.zeros_like(colours), np.ones((*gone.shape, 1), np.float32)
    for reach in FILL_REACHES:
        mass = cv2.GaussianBlur(skin, (0, 0), reach * cells)[..., None]
        sums = cv2.GaussianBlur(colours * skin[..., None], (0, 0), reach * cells)
        share = left * np.clip(FILLED * mass, 0, 1)
        fill += share * sums / (mass + np.float32(1e-6))
        left = left - share
    fill += left * smooth
    edge = 2 * int(round(FILL_EDGE * cells)) + 1
    where = beyond * cv2.dilate(gone, np.ones((edge, edge)))
    return np.asarray(smooth + where[..., None] * (fill - smooth), np.float32)
