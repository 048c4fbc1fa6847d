"""The plate behind a person: what a photo may show where they stood, seen when they move aside.

Only a strip along the outline is ever seen, a tenth of a face high. There the colours around are
carried inwards, level by level, along the lines that meet the outline, so that a door frame goes on
and an edge beside the head is not repeated. Further in they fade into the smooth colours around.
What the surroundings have of grain and fine texture is mirrored at the outline; lines are not: a
mirrored one would be a second outline beside the head.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.imaging import read_at
from nostalgia.rendering.transport import carried_inwards
from nostalgia.types import Float32, UInt8

_WORK_PX = 420
"""Longest side of the copy on which colours are carried."""

_CARRIED = 0.22
"""Depth to which colours are carried, face heights: beyond it nothing is ever seen."""

_WISP = 0.02
"""Width of lines that are not carried, face heights: single hairs would be smeared."""

_FINE_PX, _MOST_GRAIN = 1.2, 2.5
"""Blur of the copy that parts grain from the rest; the most of it, in standard deviations."""

_SMOOTH_SHARE = 0.012
"""Blur of the mirror's shift, share of the copy's side: without it corners leave creases."""

_ROW = 4096
"""Length of the rows in which single places are read: OpenCV allows 32,767 rows."""


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
    copy = cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA)
    small = np.asarray(copy, np.float32)
    inside = cv2.resize(hidden.astype(np.uint8) * 255, size_wh, interpolation=cv2.INTER_AREA) > 0
    blocked = np.asarray(inside, np.uint8)
    shift, depth = _mirror(blocked)
    deepest = _CARRIED * face_height_px * size_wh[0] / width
    plain_size = 2 * round(_WISP * face_height_px * size_wh[0] / width) + 1
    without_wisps = np.asarray(cv2.medianBlur(copy, plain_size), np.float32)
    carried = carried_inwards(without_wisps, blocked, depth, deepest)
    filled = _smooth(carried, (depth <= deepest).astype(np.float32))
    plain = cv2.resize(
        np.rint(np.clip(filled, 0, 255)).astype(np.uint8),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    plate = np.where(hidden[..., None], plain, pixels)
    rows, columns = np.nonzero(hidden & (cv2.resize(depth, (width, height)) < deepest))
    grain = _mirrored_grain(pixels, small, blocked, shift, rows, columns)
    was, now = pixels[rows, columns].astype(np.float32), plain[rows, columns] + grain
    mixed = was + person[rows, columns, None] * (now - was)
    plate[rows, columns] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)
    return np.asarray(plate, np.uint8)


def _mirrored_grain(
    pixels: UInt8,
    small: Float32,
    blocked: UInt8,
    shift: Float32,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> Float32:
    """What is too fine to be carried, at the mirror images of hidden pixels: float32 (N, 3).

    Lines are cut off, and what is hidden too has none.
    """
    (height, width), (small_height, small_width) = pixels.shape[:2], blocked.shape
    scale = np.array([small_width / width, small_height / height], np.float32)
    known = (1 - blocked).astype(np.float32)
    mass = cv2.GaussianBlur(known, (0, 0), _FINE_PX)[..., None]
    near = cv2.GaussianBlur(small * known[..., None], (0, 0), _FINE_PX) / np.maximum(mass, 1e-4)
    count = len(rows)
    listed = np.zeros((-(-count // _ROW) * _ROW, 2), np.float32)
    listed[:count] = np.stack([columns, rows], -1)
    at = listed.reshape(-1, _ROW, 2)
    places = at + read_at(shift, (at + 0.5) * scale - 0.5) / scale
    in_small = np.asarray((places + 0.5) * scale - 0.5, np.float32)
    fine = np.asarray(read_at(pixels, np.asarray(places, np.float32), cv2.INTER_CUBIC), np.float32)
    fine -= read_at(near, in_small)
    free = read_at(known, in_small, border=cv2.BORDER_CONSTANT)
    fine = (fine * (free >= 1)[..., None]).reshape(-1, 3)[:count]
    seen = np.abs(fine[(free >= 1).reshape(-1)[:count]])
    sigma = 1.48 * float(np.median(seen)) if len(seen) else 0.0
    return np.asarray(np.clip(fine, -_MOST_GRAIN * sigma, _MOST_GRAIN * sigma), np.float32)


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
