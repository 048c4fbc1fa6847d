"""Colour of a face: blocks of strong compression and coloured noise are softened, guided by luma.

The colour of neighbouring pixels is supposed to follow the restored luma. Pictures without either
fault keep their colour, and grey pictures stay exactly grey.
"""

from typing import TypeVar, cast

import cv2
import numpy as np

from nostalgia.enhancement.grain import measure_grain
from nostalgia.enhancement.working_face import WorkingFace
from nostalgia.geometry import scalar_step
from nostalgia.types import FaceCrop, Float32, UInt8

BLOCKY = (0.3, 0.8)
"""Steps of chroma (levels) at the borders of JPEG's blocks: of a common file, of a bad one."""
NOISY = (1.7, 4.0)
"""Chroma (levels) of the fine texture on skin: of a camera's picture, of a noisy one."""
MOST = 0.6
"""Share of these faults that is taken out: the surroundings keep theirs, and with the last of them
red lips and cheeks would turn pale."""
BLOCK_PX = 16
"""Side of a block of chroma at half resolution, as nearly all strongly compressed files have it."""
_JUDGED_PX = 640  # side of the part of a photo in which blocks are looked for
_FEWEST_BLOCKS = 6  # of fewer side by side, some edge of the picture would pass for their grid
_LARGEST_STEP = 12.0  # levels; larger ones are edges of the picture
_REACH_PX, _EDGE_LEVELS = 4, 12.0

Picture = TypeVar("Picture", Float32, UInt8)


def colour_shift(face: WorkingFace, luma: Float32, blocks: float, enlarged: float) -> Float32:
    """Levels to add to each working pixel, RGB float32 (h, w, 3); luma does not change.

    He, Sun, Tang, "Guided Image Filtering", 2013, of two planes of chroma.

    Args:
        face: the working picture.
        luma: float32 (h, w), 0..255, restored; it guides the colour.
        blocks: see `block_step`.
        enlarged: working pixels per pixel of the photo.
    """
    nothing = np.zeros((*luma.shape, 3), np.float32)
    planes = chroma(face.pixels)
    if not any(plane.any() for plane in planes):
        return nothing
    noise = max(_noise(plane, face.regions.skin, enlarged) for plane in planes)
    share = MOST * max(scalar_step(*BLOCKY, blocks), scalar_step(*NOISY, noise))
    if share == 0:
        return nothing
    reach_px = max(1, round(_REACH_PX * enlarged))
    blue, red = (share * (_guided(plane, luma, reach_px) - plane) for plane in planes)
    return np.stack([1.402 * red, -0.344136 * blue - 0.714136 * red, 1.772 * blue], -1)


def chroma(pixels: UInt8) -> tuple[Float32, Float32]:
    """Cb and Cr of ITU-R BT.601, float32 (h, w) around 0; exactly 0 of grey pixels.

    pixels: RGB uint8 (h, w, 3).
    """
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    red, blue = red - green, blue - green
    return (
        np.asarray((0.886 * blue - 0.299 * red) / 1.772, np.float32),
        np.asarray((0.701 * red - 0.114 * blue) / 1.402, np.float32),
    )


def block_step(source: FaceCrop) -> float:
    """Mean step of chroma (levels) at the borders of JPEG's blocks, beyond that inside them.

    About 0.1 without compression, 0.3 of common files. The blocks' grid is looked for, because
    photos are cut after they were compressed; after they were scaled, none is found.
    """
    left, top, right, bottom = source.inside_xyxy
    reach = round(_JUDGED_PX * source.enlarged / 2)
    middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
    left, right = max(left, middle_x - reach), min(right, middle_x + reach)
    top, bottom = max(top, middle_y - reach), min(bottom, middle_y + reach)
    inside = source.pixels[top:bottom, left:right]
    if source.enlarged > 1:
        inside = _reduced(inside, source.enlarged)
    steps = [_grid_step(plane, axis) for plane in chroma(inside) for axis in (0, 1)]
    return float(np.mean(steps))


def _grid_step(plane: Float32, axis: int) -> float:
    """The same of one plane, across rows (axis 0) or columns."""
    steps = np.minimum(np.abs(np.diff(plane, axis=axis)), _LARGEST_STEP).mean(1 - axis)
    whole = len(steps) // BLOCK_PX * BLOCK_PX
    if whole < _FEWEST_BLOCKS * BLOCK_PX:
        return 0.0
    phases = steps[:whole].reshape(-1, BLOCK_PX).mean(0)
    pairs = (phases + np.roll(phases, 1)) / 2  # decoders spread a step over two pixels
    best = int(pairs.argmax())
    rest = np.delete(phases, [best, best - 1])
    return float(pairs[best] - np.median(rest))


def _noise(plane: Float32, skin: Float32, enlarged: float) -> float:
    """Texture (levels) on skin, in the photo's own pixels."""
    if enlarged > 1:
        plane, skin = _reduced(plane, enlarged), _reduced(skin, enlarged)
    return measure_grain(plane, skin)


def _reduced(picture: Picture, factor: float) -> Picture:
    size = max(1, round(picture.shape[1] / factor)), max(1, round(picture.shape[0] / factor))
    return cast(Picture, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _guided(plane: Float32, guide: Float32, reach_px: int) -> Float32:
    """The plane as a locally linear function of the guide."""
    side = (2 * reach_px + 1, 2 * reach_px + 1)
    mean, own = cv2.blur(guide, side), cv2.blur(plane, side)
    variance = np.maximum(cv2.blur(guide * guide, side) - mean * mean, 0)
    slope = (cv2.blur(guide * plane, side) - mean * own) / (variance + _EDGE_LEVELS**2)
    offset = own - slope * mean
    return np.asarray(cv2.blur(slope, side) * guide + cv2.blur(offset, side), np.float32)
