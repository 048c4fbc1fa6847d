"""Colours carried into a hole along the lines that meet its border.

Source: Bornemann and Maerz, "Fast Image Inpainting Based on Coherence Transport", 2007: from the
border inwards each pixel is the mean of the filled pixels near it, weighted towards those in the
direction of the lines there. Here all pixels of one depth are filled at once, and the structure
tensor, which tells the direction of the lines, is carried inwards with the colours.
"""

import cv2
import numpy as np

from nostalgia.types import Float32, UInt8

_REACH_PX = 4
"""Radius of the pixels that a mean is taken over."""

_SHARPNESS = 25.0
"""Factor of the weights that fall off across a line, where there is one."""

_GRADIENT_PX, _TENSOR_PX = 1.2, 3.0
"""Blurs before and after the gradient of the luma."""

_CONTRAST = 30.0
"""Difference of the structure tensor's eigenvalues, squared levels per pixel, of a clear line."""


def carried_inwards(
    colours: Float32, blocked: UInt8, depth_px: Float32, deepest_px: float
) -> Float32:
    """Fill blocked pixels from the others, down to a depth; deeper ones are left as they are.

    Args:
        colours: float32 (h, w, 3).
        blocked: uint8 (h, w), 1 = to be filled.
        depth_px: float32 (h, w), distance from the nearest pixel that is not blocked.
        deepest_px: depth of the last pixels that are filled.

    Returns:
        float32 (h, w, 3).
    """
    known = (1 - blocked).astype(np.float32)
    values = np.dstack([colours, _tensor(colours, known)])
    values = np.pad(values, ((_REACH_PX,) * 2, (_REACH_PX,) * 2, (0, 0)))
    filled = np.pad(known, _REACH_PX)
    width = values.shape[1]
    flat, flat_filled = values.reshape(-1, 6), filled.reshape(-1)
    line = np.arange(-_REACH_PX, _REACH_PX + 1)
    steps = np.argwhere(np.hypot(line[:, None], line) <= _REACH_PX + 0.5) - _REACH_PX
    steps = steps[(steps != 0).any(axis=1)]
    nearness = (1 / np.hypot(steps[:, 0], steps[:, 1])).astype(np.float32)
    ahead = steps.T.astype(np.float32)
    beside = steps[:, 0] * width + steps[:, 1]
    level = np.pad(np.ceil(depth_px).astype(np.int32), _REACH_PX)
    for number in range(1, int(np.ceil(deepest_px)) + 1):
        at = np.flatnonzero(level == number)
        if not len(at):
            break
        around = at[:, None] + beside
        near = np.take(flat, around, axis=0)
        weights = np.take(flat_filled, around) * nearness
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-6)
        tensor = _means(near[..., 3:], weights)
        weights *= _along(tensor, ahead)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        flat[at, :3] = _means(near[..., :3], weights)
        flat[at, 3:] = tensor
        flat_filled[at] = 1
    inner = values[_REACH_PX:-_REACH_PX, _REACH_PX:-_REACH_PX, :3]
    return np.asarray(inner, np.float32)


def _means(values: Float32, weights: Float32) -> Float32:
    """Means (n, c) of values (n, k, c) with weights (n, k)."""
    return np.asarray((weights[:, None] @ values)[:, 0], np.float32)


def _along(tensor: Float32, steps: Float32) -> Float32:
    """Weights, float32 (n, k), of the steps (2, k), y then x, at pixels with tensors (n, 3)."""
    xx, xy, yy = tensor.T
    difference = np.hypot(xx - yy, 2 * xy)
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    clear = 1 - np.exp(-((difference / _CONTRAST) ** 2))
    slope = np.stack([np.sin(across), np.cos(across)], -1).astype(np.float32)
    off = (slope @ steps) ** 2
    sharp = (clear * (-_SHARPNESS / _REACH_PX**2)).astype(np.float32)
    return np.asarray(np.exp(sharp[:, None] * off), np.float32)


def _tensor(colours: Float32, known: Float32) -> Float32:
    """Structure tensor of the luma, float32 (h, w, 3): xx, xy, yy, from known pixels only."""
    luma = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.float32)

    def mean(plane: Float32, share: Float32, sigma: float) -> Float32:
        mass = np.maximum(cv2.GaussianBlur(share, (0, 0), sigma), 1e-4)
        return np.asarray(cv2.GaussianBlur(plane * share, (0, 0), sigma) / mass, np.float32)

    soft = mean(luma, known, _GRADIENT_PX)
    x, y = (
        cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125),
    )
    whole = np.asarray(cv2.erode(known, np.ones((3, 3), np.uint8)), np.float32)
    return np.dstack([mean(each, whole, _TENSOR_PX) for each in (x * x, x * y, y * y)])
