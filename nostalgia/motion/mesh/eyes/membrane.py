"""Skin where the photo shows none: a robust model of its colour, and a membrane over the holes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.types import Float32


def skin_model(u: Float32, pixels: Float32, keep: NDArray[np.bool_]) -> tuple[Float32, Float32]:
    """Fit colour (2, 3), offset and slope over u, and spread (3,) robustly to the pixels to keep.

    Starts from the brighter ones: hair, lashes and frames are darker than the skin they cross.

    Args:
        u: float32 (h, w), see `EyeFrame`.
        pixels: float32 (h, w, 3), 0..255.
        keep: bool (h, w), pixels that are mostly skin.
    """
    x, colours = u[keep], pixels[keep]
    if len(x) < 6:
        middle = np.median(pixels.reshape(-1, 3), 0)
        return np.stack([middle, np.zeros(3)]).astype(np.float32), np.full(3, 12, np.float32)
    basis = np.stack([np.ones_like(x), x - 0.5], -1)
    light = colours.mean(1)
    low, high = np.percentile(light, [30, 75])
    weight = np.exp(-0.5 * ((light - high) / (0.6 * (high - low) + 4)) ** 2)
    for _ in range(4):
        ridge = np.diag([0.0, 0.02 * weight.sum()]) + 1e-6 * np.eye(2)
        weighted = basis * weight[:, None]
        model = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ colours)
        off = np.abs(colours - basis @ model).max(1)
        scale = max(1.48 * float(np.median(off)), 3.0)
        scale = min(scale, 0.12 * high + 3)
        weight = 1 / (1 + (off / (1.5 * scale)) ** 2) ** 2
    spread = np.clip(1.48 * np.median(np.abs(colours - basis @ model), 0), 3.0, 0.10 * high + 4)
    return model.astype(np.float32), spread.astype(np.float32)


def membrane(colours: Float32, trust: Float32, data_weight: float) -> Float32:
    """Smooth field f (h, w, 3) that minimises |grad f|^2 + data_weight * trust * |f - colours|^2.

    Conjugate gradients on the normal equations with mirrored borders, started from a blur of the
    trusted pixels, so few steps suffice.

    colours: float32 (h, w, 3), 0..255. trust: float32 (h, w), 0..1.
    """
    weight = (data_weight * trust)[..., None] + np.float32(1e-5)
    start = np.zeros_like(colours)
    left = np.ones((*trust.shape, 1), np.float32)
    for sigma in (1.5, 3.0, 6.0, 12.0, 24.0):
        mass = cv2.GaussianBlur(trust, (0, 0), sigma)[..., None]
        mean = cv2.GaussianBlur(colours * trust[..., None], (0, 0), sigma) / (mass + 1e-6)
        share = left * np.clip(4 * mass, 0, 1)
        start += share * mean
        left = left - share
    everywhere = np.average(colours.reshape(-1, 3), axis=0, weights=trust.ravel() + 1e-6)
    start += left * everywhere.astype(np.float32)

    def apply(f: Float32) -> Float32:
        out = weight * f
        dy, dx = np.diff(f, axis=0), np.diff(f, axis=1)
        out[:-1] -= dy
        out[1:] += dy
        out[:, :-1] -= dx
        out[:, 1:] += dx
        return np.asarray(out, np.float32)

    f = start
    residual = weight * colours - apply(f)
    direction = residual.copy()
    energy = (residual**2).sum((0, 1))
    for _ in range(90):
        along = apply(direction)
        step = energy / np.maximum((direction * along).sum((0, 1)), 1e-9)
        f = f + step * direction
        residual = residual - step * along
        new = (residual**2).sum((0, 1))
        direction = residual + (new / np.maximum(energy, 1e-9)) * direction
        energy = new
    return np.asarray(np.clip(f, 0, 255), np.float32)
