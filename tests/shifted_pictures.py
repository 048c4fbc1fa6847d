"""Smooth pictures, and motions that shift them as a whole."""

import cv2
import numpy as np

from nostalgia.dense_motion import DenseMotion

SIZE, NODES = 128, 33


def smooth_picture(seed=0, size=SIZE):
    """Colours and edges without detail that half-size chroma cannot hold."""
    noise = np.random.default_rng(seed).uniform(0, 255, (size, size, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 4)
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return np.rint(255 * soft).astype(np.uint8)


def shifted(dx, dy):
    """A motion that fetches every pixel from (x + dx, y + dy)."""
    line = np.linspace(-1, 1, NODES, dtype=np.float32)
    step = np.array([dx, dy], np.float32) * np.float32(2 / (SIZE - 1))
    return DenseMotion(np.stack(np.meshgrid(line, line), axis=-1) + step)
