"""Glasses on a face: a linear classifier of the edges round the eyes.

Features are locally normalised histograms of gradient directions, after Dalal and Triggs,
"Histograms of Oriented Gradients for Human Detection", 2005, with one weight per cell and
direction. ``training/train_glasses.py`` trains the weights; ``checkpoints/glasses.md`` states their
accuracy.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from nostalgia.faces.topology import EYE_CORNERS
from nostalgia.files import checkpoint_path
from nostalgia.imaging import cut_out
from nostalgia.types import Float32, UInt8

STRIP_W, STRIP_H = 120, 80
"""Width and height of the upright strip round the eyes, pixels."""

STRIP_SPAN, STRIP_ABOVE = 2.4, 0.55
"""Width of the strip and its reach above the eyes, in distances between the eyes."""

CELL_PX, DIRECTIONS = 10, 8
NOISE_LEVELS = 60.0
"""Edges weaker than this, in grey levels summed over a cell, count less."""

LARGEST_CELL = 0.3


@dataclass(frozen=True, slots=True)
class GlassesWeights:
    """Linear classifier.

    weights: float32 (cells * directions,). bias: log-odds of glasses on a face without edges.
    """

    weights: Float32
    bias: float


@lru_cache(maxsize=1)
def load_glasses_weights() -> GlassesWeights:
    """Read checkpoints/glasses.npz (4 kB); once per process.

    Raises:
        CheckpointError: the file is missing.
    """
    with np.load(checkpoint_path("glasses.npz"), allow_pickle=False) as file:
        return GlassesWeights(file["weights"].astype(np.float32), float(file["bias"]))


def glasses_probability(pixels: UInt8, landmarks: Float32) -> float:
    """Probability, 0..1, that the face wears glasses.

    Args:
        pixels: RGB uint8 (H, W, 3), the face at moderate size (at most about 300 px high).
        landmarks: float32 (478, 3), in those pixels.
    """
    learnt = load_glasses_weights()
    strip = eye_strip(pixels, landmarks)
    views = (strip, np.ascontiguousarray(strip[:, ::-1]))
    odds = [float(edge_directions(view) @ learnt.weights) for view in views]
    return float(1 / (1 + np.exp(-(np.mean(odds) + learnt.bias))))


def eye_strip(pixels: UInt8, landmarks: Float32) -> UInt8:
    """Cut out the upright strip round the eyes: grey uint8 (STRIP_H, STRIP_W)."""
    left, right = (
        landmarks[list(corners), :2].astype(np.float64).mean(0) for corners in EYE_CORNERS
    )
    along = right - left
    across = np.array([-along[1], along[0]])
    step = STRIP_SPAN / STRIP_W
    corner = (left + right) / 2 - along * STRIP_SPAN / 2 - across * STRIP_ABOVE
    photo_from_strip = np.stack([along * step, across * step, corner], 1)
    strip = cut_out(pixels, photo_from_strip, (STRIP_W, STRIP_H))
    return np.asarray(cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY), np.uint8)


def edge_directions(strip: UInt8) -> Float32:
    """Histogram of edge directions per cell: float32 (cells * DIRECTIONS,), 0..LARGEST_CELL."""
    grey = cv2.GaussianBlur(strip.astype(np.float32), (0, 0), 1.0)
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=1)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=1)
    strength = np.hypot(dx, dy)
    direction = (np.arctan2(dy, dx) % np.pi) / np.pi * DIRECTIONS
    lower = direction.astype(np.int32) % DIRECTIONS
    above = direction - np.floor(direction)
    rows, columns = STRIP_H // CELL_PX, STRIP_W // CELL_PX
    cells = np.zeros((rows, columns, DIRECTIONS), np.float32)
    for bin_number in range(DIRECTIONS):
        share = np.where(lower == bin_number, 1 - above, 0)
        share += np.where(lower == (bin_number - 1) % DIRECTIONS, above, 0)
        by_cell = (strength * share).reshape(rows, CELL_PX, columns, CELL_PX)
        cells[..., bin_number] = by_cell.sum((1, 3))
    energy = 9 * cv2.blur((cells**2).sum(2), (3, 3), borderType=cv2.BORDER_REFLECT)
    normed = cells / np.sqrt(energy + NOISE_LEVELS**2)[..., None]
    return np.asarray(np.minimum(normed, LARGEST_CELL).ravel(), np.float32)
