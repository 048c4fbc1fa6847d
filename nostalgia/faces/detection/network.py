"""Input and output of the face detector's network: normalised luma, a grid of predictions.

Anchor-free after Zhou, Wang and Kraehenbuehl, "Objects as Points", 2019: each cell of a grid with
8 pixels per cell predicts how likely it is the centre of a face, and that face's box and five
points. The network sees only luma, with the local mean and contrast removed, so that a colour cast,
fading or an uneven print has no effect.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Float32

STRIDE_PX = 8
REFERENCE_FACE_PX = 32.0
CONTRAST_WINDOW_PX = 97


class Candidates(NamedTuple):
    """Candidate faces.

    logits: float32 (N,). boxes: float32 (N, 4) xyxy. points: float32 (N, 5, 2). All in pixels of
    the same picture.
    """

    logits: Float32
    boxes: Float32
    points: Float32


def normalise_luma(luma: Float32) -> Float32:
    """Remove the local mean and contrast of a picture.

    Args:
        luma: float32 (H, W), 0..1.

    Returns:
        float32 (H, W), mean about 0, spread about 1, clipped to -4..4.
    """
    window = (CONTRAST_WINDOW_PX, CONTRAST_WINDOW_PX)
    mean = cv2.blur(luma, window, borderType=cv2.BORDER_REPLICATE)
    square = cv2.blur(luma * luma, window, borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0))
    contrast = 0.6 * spread + 0.4 * float(luma.std()) + 0.01
    return np.clip((luma - mean) / contrast, -4.0, 4.0).astype(np.float32)


def decode(values: Float32, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Candidates:
    """Convert the network's predictions in some cells to pixels of its input.

    Args:
        values: float32 (N, 15). 0 logit of a face centre; 1-2 offset of the box centre from the
            cell's centre, in face sizes; 3-4 logarithm of box width and height over 32 pixels; 5-14
            five points relative to the cell's centre, in face sizes. Face size: square root of box
            width times height.
        rows: int64 (N,), of the cells.
        columns: int64 (N,), of the cells.
    """
    cell = (np.stack([columns, rows], 1).astype(np.float32) + 0.5) * STRIDE_PX - 0.5
    sides = np.exp(np.clip(values[:, 3:5], -3, 4)) * REFERENCE_FACE_PX
    size = np.sqrt(sides[:, :1] * sides[:, 1:])
    centre = cell + values[:, 1:3] * size
    points = cell[:, None] + values[:, 5:].reshape(-1, 5, 2) * size[:, None]
    boxes = np.concatenate([centre - sides / 2, centre + sides / 2], 1)
    return Candidates(values[:, 0], boxes.astype(np.float32), np.asarray(points, np.float32))
