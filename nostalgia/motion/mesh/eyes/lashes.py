"""The lash line of a shut eye, in the tone and sharpness of the photo's own lashes."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from nostalgia.geometry import scalar_step
from nostalgia.motion.mesh.eyes.frame import U_GRID, EyeFrame
from nostalgia.motion.steps import step_between
from nostalgia.types import Float32

U_LOW, U_HIGH = -0.15, 1.15
S_LOW, S_HIGH = -0.12, 0.26
PLACES = 45  # columns at which the photo's own lash line is measured
SEEK_FROM, SEEK_TO, SEEK_STEP = -0.14, 0.06, 0.01  # where it is sought, eye widths
OFFSETS = (-0.08, 0.03)
LEAST_CONTRAST, TINY_CONTRAST = 0.5, 0.18  # of a shut line with the skin, whatever the photo shows
SOFTEST, LEAST_SIGMA_PX = 0.06, 0.6
DARKEST = 0.6  # a shut line's tone over that of the open eye's, at least
SKIN_HUE = 0.6  # share of the skin's hue in that of the line
LEAST_SHARE, ABSENT = 0.4, (0.12, 0.45)  # of the line's strongest part: in its middle; at its ends
THICKNESSES = (0.014, 0.038)
THICKER_OUTWARDS = (0.85, 1.3)  # at the inner and at the outer corner
BEYOND = (0.05, 0.08, 0.11)  # the outer corner, eye widths
WING, WINGED = 0.13, (0.12, 0.4)  # of lashes beyond it, eye widths; contrast of such lashes there
HAIRS_FROM = (0.35, 0.75)  # contrasts of lash lines without and with single hairs


@dataclass(frozen=True, slots=True)
class Lashes:
    """Textures over u in [-0.15, 1.15] and s in [-0.12, 0.26] (eye widths below the moving line).

    line and fringe: float32 (rows, columns) 0..1, coverage of the skin by the line itself, and by
    the hairs that hang from it when the eye is shut. colour: float32 (3,), 0..255. softness: width
    of an edge in this photo, eye widths. offset: place of the photo's own line below the landmarks
    of the lid, eye widths. reach: standard deviation of the line below its middle, eye widths.
    """

    line: Float32
    fringe: Float32
    colour: Float32
    softness: float
    offset: float
    reach: float


class _OwnLashes(NamedTuple):
    """Lash line of the open eye.

    colour: float32 (3,), its dark. peak, thick: float32 (PLACES,) over u: its contrast, 0..1 of
    the skin, and its thickness in eye widths. offset: its place below the landmarks, eye widths.
    wing: its contrast beyond the outer corner.
    """

    colour: Float32
    peak: Float32
    thick: Float32
    offset: float
    wing: float


def _own_lashes(frame: EyeFrame, photo: Float32, skin: Float32) -> _OwnLashes:
    """Measure the photo's own lash line on a grid along the landmarks of the lid."""
    u = np.linspace(0.0, 1.0, PLACES, dtype=np.float32)
    outside = np.array(BEYOND, np.float32)
    places = np.concatenate([u, -outside if frame.outer_is_left else 1 + outside])
    s = np.arange(SEEK_FROM, SEEK_TO + 1e-6, SEEK_STEP, dtype=np.float32)
    v = np.interp(places, U_GRID, frame.upper).astype(np.float32)[None] + s[:, None]
    axis_u, axis_v = frame.axis_u, np.array([-frame.axis_u[1], frame.axis_u[0]], np.float32)
    corner = frame.origin - np.array(frame.corner_xy, np.float32)
    place = frame.width_px * (places[None, :, None] * axis_u + v[..., None] * axis_v) + corner
    x, y = np.asarray(place[..., 0], np.float32), np.asarray(place[..., 1], np.float32)
    sigma = max(SEEK_STEP * frame.width_px, 0.3)
    calm = cv2.GaussianBlur(photo, (0, 0), sigma)
    seen, bare = (
        cv2.remap(a, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for a in (calm, skin)
    )
    light, lit = seen.mean(2), np.maximum(bare.mean(2), 4.0)
    depth = np.clip(1 - light / lit, 0, 1)
    wing = float(depth[:, PLACES:].max(0).min())
    depth, seen, bare = depth[:, :PLACES], seen[:, :PLACES], bare[:, :PLACES]
    rows = depth.argmax(0)
    peak = depth[rows, np.arange(PLACES)]
    above = np.where(np.arange(len(s))[:, None] <= rows[None], depth, 1.0)
    joined = np.minimum.accumulate(above[::-1] >= 0.45 * peak, axis=0)[::-1]
    thick = (joined * depth * (s[:, None] <= s[rows])).sum(0) * SEEK_STEP / np.maximum(peak, 0.05)
    inner = (u > 0.12) & (u < 0.88)
    dark = inner & (peak >= np.percentile(peak[inner], 60))
    colour = seen[rows[dark], np.flatnonzero(dark)].mean(0)
    around = np.median(bare[:, inner].reshape(-1, 3), axis=0)
    least = 1 - (LEAST_CONTRAST + TINY_CONTRAST * scalar_step(32, 10, frame.width_px))
    tone, skin_tone = float(colour.mean()), max(float(around.mean()), 1.0)
    tone = max(min(tone, least * skin_tone), DARKEST * tone)
    peak, thick = (
        np.asarray(cv2.GaussianBlur(a[None].astype(np.float32), (0, 0), 3)[0], np.float32)
        for a in (peak, thick)
    )
    offset = float(np.clip(np.median(s[rows[inner]]), *OFFSETS))
    hue = _hair_hue(colour, around)
    return _OwnLashes(np.asarray(tone * hue, np.float32), peak, thick, offset, wing)


def _softness(frame: EyeFrame, photo: Float32) -> float:
    """Width of an edge in this photo, eye widths."""
    light = photo @ np.array([0.299, 0.587, 0.114], np.float32)
    s = frame.v - frame.along(frame.upper)
    near = (np.abs(s) < 0.2) & (frame.u > 0) & (frame.u < 1)
    near = near if near.any() else np.ones_like(near)
    steep = np.abs(cv2.Sobel(light.astype(np.float32), cv2.CV_32F, 0, 1, ksize=3, scale=0.125))
    contrast = float(np.percentile(light[near], 95) - np.percentile(light[near], 5))
    width_px = contrast / max(float(np.percentile(steep[near], 97)), 1e-3)
    return max(0.55, min(0.30 * width_px, SOFTEST * frame.width_px)) / frame.width_px


def _hair_hue(colour: Float32, skin: Float32) -> Float32:
    """Hue (3,), mean 1, of lashes of that colour, without the cast of a blue iris or green shadow.

    Neither less red nor bluer than grey, unless the skin is too (a cyanotype), and never green.
    """
    own, tint = (c / max(float(c.mean()), 1.0) for c in (colour, skin))
    red = max(float(own[0]), min(1.0, float(tint[0])))
    blue = min(float(own[2]), max(1.0, float(tint[2])))
    green = min(float(own[1]), max(red, blue))
    hue = (1 - SKIN_HUE) * np.array([red, green, blue], np.float32) + SKIN_HUE * tint
    return np.asarray(hue / max(float(hue.mean()), 1e-3), np.float32)


def _hairs(size_wh: tuple[int, int], outer_is_left: bool) -> Float32:
    """Single lashes that hang from s = 0, longer and leaning outwards towards the temple."""
    fine = 4
    columns, rows = size_wh[0] * fine, size_wh[1] * fine
    canvas = np.zeros((rows, columns), np.uint8)
    chance = np.random.default_rng(7)
    x_per_u, y_per_s = columns / (U_HIGH - U_LOW), rows / (S_HIGH - S_LOW)
    for u in np.linspace(0.1, 1.0, 42):
        u = float(np.clip(u + chance.normal(0, 0.008), 0.08, 1.0))
        length = (0.035 + 0.085 * u) * float(chance.uniform(0.6, 1.1))
        lean = (0.1 + 0.75 * u) * length + float(chance.normal(0, 0.006))
        t = np.linspace(0, 1, 7)
        x, y = u + lean * t**1.3, length * (t - 0.25 * t**2)
        if outer_is_left:
            x = 1 - x
        path = np.stack([(x - U_LOW) * x_per_u, (y - S_LOW) * y_per_s], -1)
        thick = max(int(round(0.011 * x_per_u)), 1)
        tone = int(chance.uniform(130, 230))
        corners = np.round(path * 8).astype(np.int32)
        cv2.polylines(canvas, [corners], False, tone, thick, cv2.LINE_AA, 3)
    coarse = cv2.resize(canvas, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(coarse / np.float32(255), np.float32)


def lashes(frame: EyeFrame, photo: Float32, skin: Float32) -> Lashes:
    """Return the lashes of one eye. photo, skin: float32 (h, w, 3), 0..255, on the patch."""
    own, softness = _own_lashes(frame, photo, skin), _softness(frame, photo)
    density = float(np.clip(frame.width_px, 24, 320)) * 1.25
    columns, rows = int((U_HIGH - U_LOW) * density), int((S_HIGH - S_LOW) * density)
    u = np.linspace(U_LOW, U_HIGH, columns, dtype=np.float32)[None]
    s = np.linspace(S_LOW, S_HIGH, rows, dtype=np.float32)[:, None]
    outward = 1 - u if frame.outer_is_left else u
    wing = WING * scalar_step(*WINGED, own.wing)
    ends = step_between(-0.06, 0.22, outward) * step_between(1.12 + wing, 0.8 + wing, outward)
    peak, thick = (np.interp(u, np.linspace(0, 1, PLACES), a) for a in (own.peak, own.thick))
    strongest = max(float(np.percentile(own.peak, 80)), 0.05)
    share = np.clip(peak / strongest, 0, 1)
    middle = step_between(0.0, 0.35, u) * step_between(1.0, 0.65, u)
    ends = ends * np.maximum(step_between(*ABSENT, share.astype(np.float32)), middle)
    weight = (LEAST_SHARE + (1 - LEAST_SHARE) * share) * ends
    thick = np.clip(0.4 * thick, *THICKNESSES) * (0.3 + 0.7 * ends)
    thick *= np.interp(outward, (0, 1), THICKER_OUTWARDS)
    soft = max(0.7 * softness, LEAST_SIGMA_PX / frame.width_px)
    above, below = np.hypot(thick, soft), np.hypot(1.1 * thick, 1.2 * soft)
    line = weight * np.exp(-0.5 * (s / np.where(s < 0, above, below)) ** 2)
    hairs = _hairs((columns, rows), frame.outer_is_left)
    fringe = cv2.GaussianBlur(hairs, (0, 0), max(softness * density, 0.4))
    fringe = fringe * scalar_step(*HAIRS_FROM, strongest)
    return Lashes(
        np.asarray(0.92 * line, np.float32),
        np.asarray(fringe, np.float32),
        own.colour,
        softness,
        own.offset,
        float(np.median(below)),
    )
