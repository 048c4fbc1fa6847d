"""Frames of spectacles before an eye: strokes that a lid must pass behind."""

import cv2
import numpy as np

from nostalgia.faces.glasses import glasses_probability
from nostalgia.faces.topology import EYE_CORNERS
from nostalgia.motion.mesh.eyes.frame import EyeFrame
from nostalgia.motion.steps import step_between
from nostalgia.types import FaceCrop, Float32, UInt8

LEAST_PROBABILITY = 0.55
WORKING_SPACING_PX = 90.0  # distance between the eyes at which glasses are looked for
REACH_SIDEWAYS, REACH_UP, REACH_DOWN = 0.9, 0.8, 1.0  # round the eyes, in that distance
CELLS_PER_EYE = 64
STROKE_WIDTH = 0.18  # widest stroke, eye widths
CONTRASTS = (0.16, 0.3)  # of strokes that are none and that are certain, shares of the light
ABOVE, BELOW = 0.16, 0.08  # the opening of the eye and its lashes, eye widths
SOFT, SOLID = 0.015, 1.5


def glasses_on(source: FaceCrop) -> float:
    """Probability, 0..1, that the face wears glasses; from LEAST_PROBABILITY on it does."""
    left, right = (source.landmarks[list(eye), :2].mean(axis=0) for eye in EYE_CORNERS)
    spacing = max(float(np.linalg.norm(right - left)), 1.0)
    reach = spacing * np.array([[REACH_SIDEWAYS, REACH_UP], [REACH_SIDEWAYS, REACH_DOWN]])
    low = np.minimum(left, right) - reach[0]
    high = np.maximum(left, right) + reach[1]
    x0, y0 = (int(v) for v in np.clip(low, 0, source.size_px - 2))
    x1, y1 = (int(v) for v in np.clip(high, (x0 + 2, y0 + 2), source.size_px))
    pixels = np.ascontiguousarray(source.pixels[y0:y1, x0:x1])
    landmarks = source.landmarks - np.array([x0, y0, 0], np.float32)
    scale = min(WORKING_SPACING_PX / spacing, 1.0)
    if scale < 1:
        size = (max(round((x1 - x0) * scale), 2), max(round((y1 - y0) * scale), 2))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return glasses_probability(pixels, np.asarray(landmarks * scale, np.float32))


def frame_strokes(frame: EyeFrame, photo: UInt8) -> Float32:
    """Share of every pixel that belongs to a frame: float32 (h, w), 0..1.

    Frames are strokes, dark or light, that lead out of the eye's surroundings; lashes, creases and
    the opening of the eye are not.

    photo: RGB uint8 (h, w, 3), the pixels under the frame's patch.
    """
    h, w = frame.u.shape
    scale = min(1.0, CELLS_PER_EYE / frame.width_px)
    size = (max(int(round(w * scale)), 4), max(int(round(h * scale)), 4))
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fields = (grey, frame.u, frame.v, frame.along(frame.upper), frame.along(frame.lower))
    light, u, v, upper, lower = (cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in fields)
    light = cv2.GaussianBlur(light, (0, 0), max(SOFT * frame.width_px * scale, 0.5))
    reach = 2 * max(int(round(0.5 * STROKE_WIDTH * frame.width_px * scale)), 1) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    beside_dark, beside_bright = (
        cv2.morphologyEx(light, way, kernel) for way in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN)
    )
    dark = (beside_dark - light) / (beside_dark + 12)
    bright = (light - beside_bright) / (light + 12)
    strokes = step_between(*CONTRASTS, np.maximum(dark, bright))
    opening = (v > upper - ABOVE) & (v < lower + BELOW) & (u > -0.05) & (u < 1.05)
    strokes[opening] = 0
    _, names = cv2.connectedComponents((strokes > 0.5).astype(np.uint8))
    edge = np.concatenate([names[0], names[-1], names[:, 0], names[:, -1]])
    leads_out = np.isin(names, np.unique(edge)) & (names > 0)
    near = cv2.dilate(leads_out.astype(np.float32), np.ones((3, 3)))
    whole = cv2.dilate(strokes * near, np.ones((3, 3)))
    soft = cv2.GaussianBlur(whole, (0, 0), max(SOFT * frame.width_px * scale, 0.5))
    return np.asarray(cv2.resize(np.clip(SOLID * soft, 0, 1), (w, h)), np.float32)
