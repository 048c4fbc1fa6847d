"""The lash line of a shut eye, in the tone and sharpness of the photo's own lashes."""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.motion.mesh.eyes.frame import EyeFrame
from nostalgia.motion.steps import scalar_step, step_between
from nostalgia.types import Float32

U_LOW, U_HIGH = -0.15, 1.15
S_LOW, S_HIGH = -0.12, 0.26


@dataclass(frozen=True, slots=True)
class Lashes:
    """Textures over u in [-0.15, 1.15] and s in [-0.12, 0.26] (eye widths below the moving line).

    line and fringe: float32 (rows, columns) 0..1, coverage of the skin by the line itself, and by
    the hairs that hang from it when the eye is shut. colour: float32 (3,), 0..255. softness: width
    of an edge in this photo, eye widths.
    """

    line: Float32
    fringe: Float32
    colour: Float32
    softness: float


def _own_lashes(frame: EyeFrame, photo: Float32, skin: Float32) -> tuple[Float32, float]:
    """Colour (3,) of the photo's lashes and the softness of its edges, eye widths."""
    light = photo @ np.array([0.299, 0.587, 0.114], np.float32)
    s = frame.v - frame.along(frame.upper)
    band = (np.abs(s) < 0.07) & (frame.u > 0.08) & (frame.u < 0.92)
    if band.sum() < 4:
        band = np.ones_like(band)
    limit = np.percentile(light[band], 12)
    colour = np.median(photo[band & (light <= limit)], axis=0)
    around = np.median(skin[band], axis=0)
    darkest = 0.10 + 0.22 * scalar_step(20, 100, float(around.mean()))
    darkest += (0.85 - darkest) * scalar_step(15, 7, frame.width_px)
    tone = min(float(colour.mean()), darkest * float(around.mean()))
    colour = tone * _hair_hue(colour, around)
    near = (np.abs(s) < 0.2) & (frame.u > 0) & (frame.u < 1)
    near = near if near.any() else np.ones_like(near)
    steep = np.abs(cv2.Sobel(light.astype(np.float32), cv2.CV_32F, 0, 1, ksize=3, scale=0.125))
    contrast = float(np.percentile(light[near], 95) - np.percentile(light[near], 5))
    width_px = contrast / max(float(np.percentile(steep[near], 97)), 1e-3)
    softness = float(np.clip(0.30 * width_px / frame.width_px, 0.55 / frame.width_px, 0.035))
    return np.asarray(colour, np.float32), softness


def _hair_hue(colour: Float32, skin: Float32) -> Float32:
    """Hue (3,), mean 1, of lashes of that colour, without the cast of a blue iris or green shadow.

    Neither less red nor bluer than grey, unless the skin is too (a cyanotype), and never green.
    """
    own, tint = (c / max(float(c.mean()), 1.0) for c in (colour, skin))
    red = max(float(own[0]), min(1.0, float(tint[0])))
    blue = min(float(own[2]), max(1.0, float(tint[2])))
    green = min(float(own[1]), max(red, blue))
    hue = np.array([red, green, blue], np.float32)
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
    colour, softness = _own_lashes(frame, photo, skin)
    density = float(np.clip(frame.width_px, 24, 320)) * 1.25
    columns, rows = int((U_HIGH - U_LOW) * density), int((S_HIGH - S_LOW) * density)
    u = np.linspace(U_LOW, U_HIGH, columns, dtype=np.float32)[None]
    s = np.linspace(S_LOW, S_HIGH, rows, dtype=np.float32)[:, None]
    outward = 1 - u if frame.outer_is_left else u
    ends = step_between(-0.06, 0.14, outward) * step_between(1.06, 0.93, outward)
    weight = (0.55 + 0.45 * step_between(0.0, 0.6, outward)) * ends
    thick = (0.028 + 0.020 * step_between(0.1, 0.8, outward)) * (0.4 + 0.6 * ends)
    above, below = np.hypot(0.6 * thick, 0.5 * softness), np.hypot(1.1 * thick, 0.6 * softness)
    line = weight * np.exp(-0.5 * (s / np.where(s < 0, above, below)) ** 2)
    hairs = _hairs((columns, rows), frame.outer_is_left)
    fringe = cv2.GaussianBlur(hairs, (0, 0), max(softness * density, 0.4))
    return Lashes(
        np.asarray(0.92 * line, np.float32), np.asarray(1.0 * fringe, np.float32), colour, softness
    )
