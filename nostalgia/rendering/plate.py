"""The plate behind a person: what a photo may show where they stood, seen when they move aside.

Only a strip along the outline is ever seen, a few hundredths of a face high. There the smooth
colours around are continued, and what the surroundings have beside them, edges, texture and grain,
is mirrored at the outline. (Mirrored whole, light that falls off behind a head would rise again and
leave the old outline as a pale ridge.) Further in, both fade into the smooth colours around.
"""

from typing import Any

import cv2
import numpy as np

from nostalgia.geometry import smoothstep
from nostalgia.imaging import read_at
from nostalgia.types import Float32, UInt8

_WORK_PX = 420
"""Longest side of the copy on which the mirror is computed."""

_MIRRORED, _FADE = 0.1, 0.1
"""Depth of the mirror image, and of its fading, face heights."""

_COARSE = 0.05
"""Blur that parts the smooth colours from the rest, face heights."""

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
    known = (1 - blocked).astype(np.float32)
    around = _smooth(small, known)
    shift, depth = _mirror(blocked)
    coarse = _continued(small, known, shift, max(_COARSE * unit, 0.8))
    shares = smoothstep(1 - (depth / unit - _MIRRORED) / _FADE)
    full = (width, height)
    inner, plain = (
        np.asarray(cv2.resize(each, full, interpolation=cv2.INTER_LINEAR), np.float32)
        for each in (around, coarse)
    )
    grown = cv2.resize(shift, full, interpolation=cv2.INTER_LINEAR) * np.float32(width / size_wh[0])
    seen = np.asarray(cv2.resize(_seen_at(shift, blocked), full), np.float32)[..., None]
    share = np.asarray(cv2.resize(shares.astype(np.float32), full), np.float32)[..., None]
    beside = _read_shifted(pixels - plain, grown)
    filled = inner + share * (plain + seen * beside - inner)
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
    seen = _read_shifted((1 - blocked).astype(np.float32), shift)
    return np.asarray(cv2.blur(seen, (5, 5)), np.float32)


def _continued(colours: Float32, known: Float32, shift: Float32, sigma_px: float) -> Float32:
    """The known colours (h, w, 3), blurred, and continued from the border inwards.

    shift: float32 (h, w, 2), to the mirror image; the border lies halfway.
    """
    mass = cv2.GaussianBlur(known, (0, 0), sigma_px)
    sums = cv2.GaussianBlur(colours * known[..., None], (0, 0), sigma_px)
    near = np.asarray(sums / np.maximum(mass, 1e-4)[..., None], np.float32)
    return _read_shifted(near, shift * np.float32(0.5))


def _read_shifted(picture: Float32, shift: Float32) -> Float32:
    """A picture (h, w, ...) read at every pixel's place plus its shift (h, w, 2)."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    places = np.asarray(shift + np.stack([x, y], -1), np.float32)
    return np.asarray(read_at(picture, places, border=cv2.BORDER_REFLECT_101), np.float32)


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
