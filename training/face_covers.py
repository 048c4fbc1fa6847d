"""What hides a part of a face in old photos: brims and their shadows, beards, spectacles, veils, hands."""

import cv2
import numpy as np
from numpy.random import Generator

from nostalgia.faces.topology import FACE_OVAL, LEFT_BROW, LIPS, RIGHT_BROW

JAW = tuple(FACE_OVAL[7:30])
"""Outline from one temple round the chin to the other."""


def cover(
    grey: np.ndarray, points: np.ndarray, empty: list[np.ndarray], rng: Generator
) -> np.ndarray:
    """A crop float32 (S, S) 0..1 with random covers; points: landmarks in crop pixels; empty: grey pictures."""
    grey = grey.copy()
    if rng.random() < 0.16:
        grey = hat(grey, points, empty, rng)
    if rng.random() < 0.12:
        grey = beard(grey, points, rng)
    if rng.random() < 0.16:
        spectacles(grey, points, rng)
    if rng.random() < 0.04:
        grey = veil(grey, points, rng)
    if rng.random() < 0.10:
        grey = patch(grey, empty, rng)
    return grey


def piece(empty: list[np.ndarray], side: int, rng: Generator) -> np.ndarray:
    """A piece of a picture without faces: float32 (side, side) 0..1."""
    other = empty[rng.integers(len(empty))]
    take = min(side, *other.shape)
    y, x = rng.integers(other.shape[0] - take + 1), rng.integers(other.shape[1] - take + 1)
    part = cv2.resize(other[y : y + take, x : x + take], (side, side)).astype(np.float32) / 255
    return part * rng.uniform(0.3, 1.1) + rng.uniform(-0.1, 0.2)


def hat(
    grey: np.ndarray, points: np.ndarray, empty: list[np.ndarray], rng: Generator
) -> np.ndarray:
    """A cap, hat or scarf over the forehead, with the shadow of its peak on what is below."""
    side = grey.shape[0]
    top, chin = points[10, :2], points[152, :2]
    up = (top - chin) / np.linalg.norm(top - chin)
    along = np.array([-up[1], up[0]])
    height = np.linalg.norm(top - chin)
    brows = points[list(LEFT_BROW[:5] + RIGHT_BROW[:5]), :2].mean(0)
    edge = brows + up * height * rng.uniform(-0.03, 0.3)
    half, arch, tilt = (
        height * rng.uniform(0.45, 1.0),
        height * rng.normal(0.04, 0.06),
        rng.normal(0, 0.08),
    )
    s = np.linspace(-1, 1, 15)[:, None]
    line = edge + along * s * half + up * (arch * (1 - s**2) + tilt * s * half)
    # The shadow: what lies below the edge, down to the eyes or the nose.
    if rng.random() < 0.6:
        depth = height * rng.uniform(0.06, 0.5)
        lower = line - up * depth * np.sqrt(np.clip(1 - 0.7 * s**2, 0, 1))
        mask = np.zeros_like(grey)
        cv2.fillPoly(mask, [np.vstack([line, lower[::-1]]).astype(np.int32)], 1.0)
        mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.6, 4))
        grey = grey * (1 - mask * rng.uniform(0.35, 0.85))
    mask = np.zeros_like(grey)
    crown = line + up * height * rng.uniform(0.4, 1.0)
    cv2.fillPoly(mask, [np.vstack([line, crown[::-1]]).astype(np.int32)], 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 1.6))
    cloth = piece(empty, side, rng)
    if rng.random() < 0.6:
        flat = rng.uniform(0.02, 0.9)
        cloth = flat + (cloth - cloth.mean()) * rng.uniform(0, 0.4)
    return (grey * (1 - mask) + cloth * mask).astype(np.float32)


def beard(grey: np.ndarray, points: np.ndarray, rng: Generator) -> np.ndarray:
    """A beard, dark to white, over jaw and cheeks; the mouth may show."""
    side = grey.shape[0]
    jaw = points[list(JAW), :2]
    top, chin = points[10, :2], points[152, :2]
    down = (chin - top) / np.linalg.norm(chin - top)
    height = np.linalg.norm(chin - top)
    along_down = (jaw - points[1, :2]) @ down
    low = jaw[along_down > height * rng.uniform(-0.15, 0.12)]
    if len(low) < 5:
        return grey
    length = height * rng.uniform(0, 0.5)
    outer = low + down * length * np.linspace(-1, 1, len(low))[:, None] ** 2 * 0 + down * length
    nose = points[2, :2] + down * height * rng.uniform(0.0, 0.06)
    mask = np.zeros_like(grey)
    hull = cv2.convexHull(np.vstack([low, outer, nose[None]]).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1.0)
    if rng.random() < 0.6:
        lips = cv2.convexHull(points[list(LIPS), :2].astype(np.int32))
        cv2.fillConvexPoly(mask, lips, 0.0)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 4))
    hair = cv2.GaussianBlur(
        rng.standard_normal((side, side)).astype(np.float32), (0, 0), 0.6, sigmaY=3
    )
    tone = rng.uniform(0.05, 0.95)
    hair = np.clip(tone + hair * rng.uniform(0.1, 0.5) * 0.6, 0, 1)
    mask *= rng.uniform(0.5, 1.0)
    return (grey * (1 - mask) + hair * mask).astype(np.float32)


def spectacles(grey: np.ndarray, points: np.ndarray, rng: Generator) -> None:
    """Rims round both eyes, sometimes low on the nose, tinted or glaring, drawn in place."""
    px = points[:, :2]
    top, chin = px[10], px[152]
    down = (chin - top) * (rng.uniform(0, 0.12) if rng.random() < 0.4 else 0.0)
    tilt = float(np.degrees(np.arctan2(*(px[263] - px[33])[::-1])))
    shade, thick = float(rng.uniform(0, 0.6)), int(rng.integers(1, 4))
    wide, high = rng.uniform(0.65, 0.95), rng.uniform(0.45, 0.8)
    filled = rng.random()
    for eye in ((33, 133), (362, 263)):
        centre = px[list(eye)].mean(0) + down
        width = np.linalg.norm(px[eye[0]] - px[eye[1]])
        at = tuple(int(v) for v in centre)
        axes = (max(int(width * wide), 1), max(int(width * high), 1))
        if filled < 0.3:
            lens = np.zeros_like(grey)
            cv2.ellipse(lens, at, axes, tilt, 0, 360, 1.0, -1, cv2.LINE_AA)
            if filled < 0.15:
                grey *= 1 - lens * np.float32(rng.uniform(0.2, 0.9))
            else:
                grey += (
                    (1 - grey)
                    * cv2.GaussianBlur(lens, (0, 0), 2)
                    * np.float32(rng.uniform(0.1, 0.8))
                )
        cv2.ellipse(grey, at, axes, tilt, 0, 360, shade, thick, cv2.LINE_AA)
    bridge = [tuple(int(v) for v in px[i] + down) for i in (133, 362)]
    cv2.line(grey, bridge[0], bridge[1], shade, thick, cv2.LINE_AA)


def veil(grey: np.ndarray, points: np.ndarray, rng: Generator) -> np.ndarray:
    """A net of thin threads, and what lies behind it paler."""
    side = grey.shape[0]
    pitch, angle = rng.uniform(4, 9), rng.uniform(0.4, 1.1)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    threads = np.maximum(
        np.cos((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / pitch),
        np.cos((x * np.cos(angle) - y * np.sin(angle)) * 2 * np.pi / pitch),
    )
    net = np.clip((threads - 0.8) * 5, 0, 1) * rng.uniform(0.2, 0.7)
    end = points[152, 1] if rng.random() < 0.5 else points[1, 1]
    net = net * (y < end)
    return (grey * (1 - net) + rng.uniform(0, 1) * net).astype(np.float32)


def patch(grey: np.ndarray, empty: list[np.ndarray], rng: Generator) -> np.ndarray:
    """A hand, a neighbour's head, a lock of hair: an oval of something else."""
    side = grey.shape[0]
    mask = np.zeros_like(grey)
    centre = tuple(int(v) for v in rng.uniform(0, side, 2))
    axes = tuple(int(v) for v in rng.uniform(0.05, 0.22, 2) * side)
    cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    other = piece(empty, side, rng)
    if rng.random() < 0.5:
        tone = float(grey[side // 3 : 2 * side // 3, side // 3 : 2 * side // 3].mean())
        other = tone + (other - other.mean()) * 0.25
    return (grey * (1 - mask) + other * mask).astype(np.float32)
