"""Faces turned and lit anew: poses and lights that no collection holds, with landmarks that are known.

A face's landmarks carry depth, so its picture can be turned by a few more degrees and lit from a
side. The idea of turning labelled faces further is that of Zhu et al., "Face Alignment Across Large
Poses: A 3D Solution", 2016, section 4; the warp here is our own: a smooth field on a coarse grid.
"""

import cv2
import numpy as np
from numpy.random import Generator

from nostalgia.faces.topology import FACE_OVAL

GRID = 28
"""Cells of the field, a side."""
RINGS = ((1.3, -0.18), (1.7, -0.3), (2.3, -0.38))
"""Points outside the outline: distance from the middle in radii of the outline, depth in face heights."""
SPREAD = 0.055
"""Reach of one landmark in the field, in face heights."""
INSIDE = tuple(range(0, 468, 4))


def turn_face(
    grey: np.ndarray, points: np.ndarray, yaw: float, pitch: float
) -> tuple[np.ndarray, np.ndarray]:
    """Turn the face of a crop further.

    Args:
        grey: float32 (S, S).
        points: landmarks float32 (478, 3), crop pixels, z towards the camera.
        yaw: degrees, positive turns the nose to the image's right.
        pitch: degrees, positive bows the head.

    Returns:
        The crop and its landmarks.
    """
    side = grey.shape[0]
    height = float(np.linalg.norm(points[152] - points[10]))
    pivot = points.mean(0) - np.float32([0, 0, 0.45 * height])
    a, b = np.radians(yaw), np.radians(pitch)
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    rotation = (about_x @ about_y).astype(np.float32)
    controls = _controls(points, height)
    moved = (controls - pivot) @ rotation.T + pivot
    shift = (moved - controls)[:, :2]
    # The turn moves the head as a whole; only what is left of it matters, as the crop is placed anew.
    whole = ((points - pivot) @ rotation.T + pivot - points)[:, :2].mean(0)
    field = _inverted(_spread(controls, shift - whole, side, height), side / GRID)
    dense = cv2.resize(field, (side, side), interpolation=cv2.INTER_CUBIC)
    px, py = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    turned = cv2.remap(
        grey,
        px + dense[..., 0],
        py + dense[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    landmarks = (points - pivot) @ rotation.T + pivot
    landmarks[:, :2] -= whole
    return turned, landmarks.astype(np.float32)


def light_face(grey: np.ndarray, points: np.ndarray, rng: Generator) -> np.ndarray:
    """Light a crop from one side, above or below: float32 (S, S), landmarks in crop pixels as above."""
    side = grey.shape[0]
    height = float(np.linalg.norm(points[152] - points[10]))
    controls = _controls(points, height)
    depth = cv2.GaussianBlur(_spread(controls, controls[:, 2:], side, height)[..., 0], (0, 0), 0.8)
    slope_y, slope_x = np.gradient(depth, side / GRID)
    normals = np.stack([-slope_x, -slope_y, np.ones_like(slope_x)], -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    azimuth = rng.uniform(0, 2 * np.pi)
    front = rng.uniform(-0.2, 0.7)
    light = np.array([np.cos(azimuth), np.sin(azimuth) * 0.8, front])
    lit = np.clip(normals @ (light / np.linalg.norm(light)), 0, 1)
    shade = rng.uniform(0.1, 0.6)
    gain = shade + (1.35 - shade) * lit
    # Behind the head there is no depth to light.
    middle = points[:, :2].mean(0) * GRID / side - 0.5
    y, x = np.mgrid[0:GRID, 0:GRID]
    away = np.hypot(x - middle[0], y - middle[1]) * side / GRID / height
    gain = gain + (np.clip(gain.mean(), 0.4, 1) - gain) * np.clip((away - 0.6) / 0.3, 0, 1)
    gain = cv2.resize(gain.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(grey * gain, 0, 1)


def _controls(points: np.ndarray, height: float) -> np.ndarray:
    """Landmarks and rings of points round the outline that fall away from the camera: (N, 3)."""
    oval = points[list(FACE_OVAL)]
    middle = oval.mean(0)
    rings = [
        np.hstack([
            middle[:2] + (oval[::2, :2] - middle[:2]) * reach,
            np.full((len(oval[::2]), 1), middle[2] + depth * height, np.float32),
        ])
        for reach, depth in RINGS
    ]  # fmt: skip
    return np.vstack([points[list(INSIDE)], *rings]).astype(np.float32)


def _spread(controls: np.ndarray, values: np.ndarray, side: int, height: float) -> np.ndarray:
    """Values (N, C) at the control points as a smooth field float32 (GRID, GRID, C)."""
    grid = (np.arange(GRID, dtype=np.float32) + 0.5) * side / GRID
    gains = [
        (grid[:, None] - controls[None, :, axis]) ** 2 / (2 * (SPREAD * height) ** 2)
        for axis in (0, 1)
    ]
    near = [np.exp(-gain) + np.float32(1e-6) / (1 + gain) for gain in gains]
    weight = (near[1][:, None] * near[0][None]).reshape(GRID * GRID, -1)
    field = weight @ values / weight.sum(1, keepdims=True)
    return field.reshape(GRID, GRID, -1).astype(np.float32)


def _inverted(field: np.ndarray, cell: float) -> np.ndarray:
    """Where each pixel comes from, for a field of where each goes, by four fixed-point steps."""
    index = np.arange(GRID, dtype=np.float32)
    x, y = np.meshgrid(index, index)
    back = -field
    for _ in range(4):
        back = -cv2.remap(
            field, x + back[..., 0] / cell, y + back[..., 1] / cell, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
    return back
