"""The plate behind a person: what a photo may show where they stood, seen when they move aside.

Only a strip along the outline is ever seen, a few hundredths of a face high. There the surroundings
are mirrored at the outline, which continues their lines, texture and grain; further in the mirror
image fades into the smooth colours around.
"""

from typing import Any

import cv2
import numpy as np

from nostalgia.geometry import smoothstep
from nostalgia.imaging import read_at
from nostalgia.types import Float32, UInt8

_WORK_PX = 420
"""Longest side of the copy on which the mirror is computed."""

_MIRRORED, _FADE = 0.18, 0.15
"""Depth of the mirror image, and of its fading, face heights."""

_SMOOTH_SHARE = 0.012
"""Blur of the mirror's shift, share of the copy's side: without it corners leave creases."""


def plate_behind(pixels: UInt8, person: Float32, face_height_px: float) -> UInt8:
    """Fill the place of a person with the surroundings.

    Args:
        pixels: RGB uint8 (h, w, 3).
        person: float32 (h, w), 0..1, share of the pixel that must not be seen again.
        face_height_px: forehead to chin.

    Returns:
        RGB uint8 (h, w, 3), the pixels themselves where that share is 0.
    """
    hidden = person > 0
    if not hidden.any() or hidden.all():
        return pixels
    height, width = hidden.shape
    k = min(1.0, _WORK_PX / max(height, width))
    size_wh = (max(round(width * k), 2), max(round(height * k), 2))
    small = np.asarray(cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA), np.float32)
    unit = face_height_px * size_wh[0] / width
    inside = cv2.resize(hidden.astype(np.uint8) * 255, size_wh, interpolation=cv2.INTER_AREA) > 0
    blocked = np.asarray(inside, np.uint8)
    colours = _smooth(small, (1 - blocked).astype(np.float32))
    shift, depth = _mirror(blocked)
    shares = smoothstep(1 - (depth / unit - _MIRRORED) / _FADE)
    shares *= _seen_at(shift, blocked)
    full = (width, height)
    grown = cv2.resize(shift, full, interpolation=cv2.INTER_LINEAR) * np.float32(width / size_wh[0])
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    places = grown + np.stack([x, y], -1)
    mirrored = np.asarray(read_at(pixels, places, border=cv2.BORDER_REFLECT_101), np.float32)
    share = np.asarray(cv2.resize(shares.astype(np.float32), full), np.float32)[..., None]
    plain = np.asarray(cv2.resize(colours, full, interpolation=cv2.INTER_LINEAR), np.float32)
    filled = plain + share * (mirrored - plain)
    mixed = pixels + person[..., None] * (filled - pixels)
    return np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)


def _mirror(blocked: UInt8) -> tuple[Float32, Float32]:
    """Shift (h, w, 2) from each blocked pixel to its mirror image beyond the border, and its depth.

    blocked: uint8 (h, w), 0 or 1, with at least one 0.
    """
    depth, labels = cv2.distanceTransformWithLabels(
        blocked, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    free = np.argwhere(blocked == 0)
    owners = np.zeros((int(labels.max()) + 1, 2), np.float32)
    owners[labels[free[:, 0], free[:, 1]]] = free[:, ::-1]
    nearest = owners[labels]
    rows, columns = blocked.shape
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    shift = 2 * (nearest - np.stack([x, y], -1))
    sigma = max(_SMOOTH_SHARE * max(rows, columns), 0.8)
    soft = np.asarray(cv2.GaussianBlur(shift, (0, 0), sigma), np.float32)
    return soft, np.asarray(depth, np.float32)


def _seen_at(shift: Float32, blocked: UInt8) -> Float32:
    """Share (h, w) to which the place that a shift leads to is free, softened."""
    rows, columns = blocked.shape
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    free = (1 - blocked).astype(np.float32)
    seen = read_at(free, shift + np.stack([x, y], -1), border=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.blur(np.asarray(seen, np.float32), (5, 5)), np.float32)


def _smooth(colours: Float32, known: Float32) -> Float32:
    """Smooth colours (h, w, 3) everywhere, from the known pixels: a pyramid, pulled and pushed.

    Source: Gortler et al., "The Lumigraph", 1996, section 3.4.
    """
    levels: list[tuple[Any, Any]] = [(colours * known[..., None], known)]
    while min(levels[-1][1].shape) > 2:
        sums, mass = levels[-1]
        levels.append((cv2.pyrDown(sums), cv2.pyrDown(mass)))
    sums, mass = levels.pop()
    filled = sums / np.maximum(mass, 1e-4)[..., None]
    while levels:
        sums, mass = levels.pop()
        wider = cv2.pyrUp(filled, dstsize=(mass.shape[1], mass.shape[0]))
        share = np.clip(mass, 0, 1)[..., None]
        own = sums / np.maximum(mass, 1e-4)[..., None]
        filled = np.asarray(wider + share * (own - wider), np.float32)
    return np.asarray(filled, np.float32)
