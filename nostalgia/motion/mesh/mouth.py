"""The inside of a mouth that is shut in the photo, revealed by the parting lips.

A closed lip line has no area, so a band is painted on the source along the line, of the height
that the deformation stretches, and the warp that draws the lips apart pulls it open. It is dark,
with the edge of the upper teeth in the shade of the lip: the person's teeth are unknown, but a hole
without teeth does not look like a mouth.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.dense_motion import Fill
from nostalgia.faces.topology import INNER_LOWER_LIP, INNER_UPPER_LIP
from nostalgia.geometry import scalar_step
from nostalgia.motion.steps import step_between
from nostalgia.types import FaceCrop, Float32, Float64, UInt8

SHUT_GAP = 0.02
LEAST_OPENING = 0.004
PAINTED_SHARE = 0.38

TEETH_HEIGHT, TEETH_SHARE = 0.036, 0.46
"""Face heights of the upper teeth below the lip, and their share of a smaller opening."""

TEETH_FROM, TEETH_WHOLE = 0.014, 0.035
_BETWEEN_TEETH = (0.1, 0.21, 0.335, 0.5, 0.665, 0.79, 0.9)
_GAP_DEPTH, _GAP_WIDTH = 0.07, 0.009


@dataclass(frozen=True, slots=True)
class PreparedMouth:
    """Everything needed to open one mouth; computed once per face.

    corner_xy: top-left of the patch in crop pixels. photo: RGB uint8 (h, w, 3), the source under
    the patch. inside: float32 (h, w, 3), 0..255, the dark inside with the photo's grain. teeth:
    float64 (3,), levels that the lit upper teeth add to it. along and off: float32 (h, w), position
    along the lip line (0..1 from corner to corner) and distance below it in pixels. shut: True if
    the lips are closed in the photo.
    """

    corner_xy: tuple[int, int]
    photo: UInt8
    inside: Float32
    teeth: Float64
    along: Float32
    off: Float32
    face_height_px: float
    shut: bool


def prepare_mouth(source: FaceCrop) -> PreparedMouth:
    """Prepare the mouth of `source`."""
    xy = source.landmarks[:, :2].astype(np.float64)
    upper, lower = xy[list(INNER_UPPER_LIP)], xy[list(INNER_LOWER_LIP)]
    line = (upper + lower) / 2
    width = max(float(np.linalg.norm(line[-1] - line[0])), 2.0)
    axis = (line[-1] - line[0]) / width
    down = np.array([-axis[1], axis[0]])
    height = source.face_height_px
    gap = float(np.median(((lower - upper) @ down)[4:7])) / height
    margin = 0.09 * height
    x0, y0 = (int(n) for n in np.clip(np.floor(line.min(0) - margin), 0, source.size_px - 2))
    far = np.clip(np.ceil(line.max(0) + margin), (x0 + 2, y0 + 2), source.size_px)
    x1, y1 = (int(n) for n in far)
    photo = np.ascontiguousarray(source.pixels[y0:y1, x0:x1])
    x, y = np.meshgrid(np.arange(x0, x1) - line[0, 0], np.arange(y0, y1) - line[0, 1])
    along = ((x * axis[0] + y * axis[1]) / width).astype(np.float32)
    across = (x * down[0] + y * down[1]).astype(np.float32)
    bends = (line - line[0]) @ axis / width
    order = np.argsort(bends)
    middle = np.interp(along, bends[order], ((line - line[0]) @ down)[order]).astype(np.float32)
    off = across - middle
    inside = _inside(photo, along, off, height)
    teeth = _teeth_colour(photo, off, height) - np.median(inside.reshape(-1, 3), axis=0)
    return PreparedMouth((x0, y0), photo, inside, teeth, along, off, height, gap < SHUT_GAP)


def _teeth_colour(photo: UInt8, off: Float32, face_height_px: float) -> Float64:
    """Colour of teeth in the light on the skin round the mouth: paler and less saturated."""
    skin = photo[np.abs(off) > 0.045 * face_height_px].reshape(-1, 3)
    colour = np.median(skin if len(skin) else photo.reshape(-1, 3), axis=0)
    grey = float(colour.mean())
    return np.asarray((0.64 * grey + 46.0) * (1 + 0.7 * (colour / max(grey, 1.0) - 1)), np.float64)


def _inside(photo: UInt8, along: Float32, off: Float32, face_height_px: float) -> Float32:
    """Colour of the mouth's inside, float32 (h, w, 3): darker than the lips, lighter below."""
    pixels = photo.astype(np.float32)
    lips = (np.abs(off) < 0.03 * face_height_px) & (along > 0.1) & (along < 0.9)
    lip_pixels = pixels[lips] if lips.any() else pixels.reshape(-1, 3)
    light = lip_pixels.mean(1)
    dark = np.median(lip_pixels[light <= np.percentile(light, 8)], axis=0)
    deep = 0.45 * dark + 0.06 * np.median(lip_pixels, axis=0)
    grade = 0.85 + 0.3 * step_between(-0.03, 0.04, off / face_height_px)
    ends = 1.25 - 0.25 * step_between(0, 0.25, along) * step_between(1, 0.75, along)
    fine = pixels - cv2.GaussianBlur(pixels, (0, 0), max(0.006 * face_height_px, 0.8))
    usual = 2.0 * float(np.median(np.abs(fine))) + 0.3
    moved = np.roll(np.clip(fine, -usual, usual), photo.shape[0] // 3, axis=0)
    return np.asarray(np.clip(deep * (grade * ends)[..., None] + 0.7 * moved, 0, 255), np.float32)


def mouth_fill(mouth: PreparedMouth, opening: float) -> Fill | None:
    """Paint the inside of the mouth for lips `opening` face heights apart; None = no change.

    A mouth that is open in the photo shows its own inside, which moves with the lips.
    """
    if not mouth.shut or opening < LEAST_OPENING:
        return None
    reach = PAINTED_SHARE * min(opening, 0.14) * mouth.face_height_px
    bow = np.clip(4 * mouth.along * (1 - mouth.along), 0, 1) ** 0.8
    edge = max(0.2 * reach, 0.6)
    half = reach * bow * step_between(0, 0.2, mouth.along) * step_between(1, 0.8, mouth.along)
    alpha = step_between(edge, -edge, np.abs(mouth.off) - half) * step_between(0, 0.5 * edge, half)
    shown = _teeth_shown(mouth, opening, half, half / reach)
    inside = mouth.inside + shown[..., None] * mouth.teeth
    pixels = mouth.photo + alpha[..., None] * (inside - mouth.photo)
    pixels_u8 = np.clip(pixels + 0.5, 0, 255).astype(np.uint8)
    occlusion = (~(pixels_u8 != mouth.photo).any(2)).astype(np.float32)
    return Fill(pixels_u8, occlusion, mouth.corner_xy)


def _teeth_shown(mouth: PreparedMouth, opening: float, half: Float32, bow: Float32) -> Float32:
    """Light on the upper teeth: float32 (h, w), 0..1, from the upper lip down, fading sideways.

    half: (h, w), half the height of the painted band in pixels. bow: `half` over its maximum.
    """
    down = (mouth.off + half) / np.maximum(2 * half, 1e-3)
    height = min(TEETH_HEIGHT, TEETH_SHARE * opening) * (0.8 + 0.2 * bow)
    edge = height / (opening * np.maximum(bow, 0.05))
    along = mouth.along
    gaps = np.min([np.abs(along - place) for place in _BETWEEN_TEETH], axis=0)
    width_px = max(float(np.hypot(*np.gradient(along)).max()), 1e-6)
    gaps = np.exp(-0.5 * (gaps / max(_GAP_WIDTH, 0.5 * width_px)) ** 2)
    below = (down - edge + 0.03 * gaps).astype(np.float32)
    shade = 0.55 + 0.45 * step_between(0.0, 0.5, (down / np.maximum(edge, 0.05)).astype(np.float32))
    lit = shade * (1 - _GAP_DEPTH * gaps)
    row = step_between(0.09, -0.07, below)
    sides = step_between(0.08, 0.4, along) * step_between(0.92, 0.6, along)
    there = scalar_step(TEETH_FROM, TEETH_WHOLE, opening)
    return np.asarray(0.9 * there * row * lit * sides, np.float32)
