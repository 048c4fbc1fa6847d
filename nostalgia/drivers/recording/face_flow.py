"""Optical flow of the landmarks of a clip's first frame to a later frame.

A mesh network places landmarks where most faces have them: it draws a smile half as wide as it is,
and turns the head a little instead. The pixels show to a fraction of a pixel how far a cheek has
moved; the network only gives the area to search.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.faces.topology import RIGID
from nostalgia.geometry import fit_similarity
from nostalgia.types import CHIN, FOREHEAD, Float32, Float64, UInt8

CUT_PX = 224
FACE_PX = 128.0
"""Face height in the cut-out, which leaves room for half of the hair and the collar."""

_TRUSTED_ERROR = 0.008
"""Face heights by which the flow forth and back may miss its start."""

_TEXTURE_PX, _TEXTURE_LEVELS = 11, 1.2


@dataclass(frozen=True, slots=True)
class FlowAnchor:
    """The frame that later frames are compared with.

    cut: grey uint8 (CUT_PX, CUT_PX). landmarks: float32 (478, 2), pixels of the frame. texture:
    float32 (478,), 0..1, contrast around each landmark that can be followed.
    cut_from_frame: float64 (2, 3).
    """

    cut: UInt8
    landmarks: Float32
    texture: Float32
    cut_from_frame: Float64


@dataclass(frozen=True, slots=True)
class FlowReading:
    """Places of the anchor's landmarks in a frame.

    points: float32 (478, 2), pixels. trust: float32 (478,), 0..1: 1 where the flow forth and back
    returns to its start.
    """

    points: Float32
    trust: Float32


def anchor_flow(pixels: UInt8, landmarks: Float32) -> FlowAnchor:
    """Prepare the frame that later frames are compared with.

    Args:
        pixels: RGB uint8 (H, W, 3).
        landmarks: float32 (478, 3), pixels.
    """
    xy = landmarks[:, :2].astype(np.float64)
    scale = FACE_PX / max(float(np.linalg.norm(landmarks[CHIN] - landmarks[FOREHEAD])), 1.0)
    shift = CUT_PX / 2 - scale * xy.mean(0)
    matrix = np.column_stack([np.eye(2) * scale, shift])
    cut = _cut(pixels, matrix)
    places = (xy * scale + shift).astype(np.float32)
    return FlowAnchor(cut, landmarks[:, :2].copy(), _texture(cut, places), matrix)


def read_flow(anchor: FlowAnchor, pixels: UInt8, landmarks: Float32) -> FlowReading:
    """Find the anchor's landmarks in a later frame.

    Dense inverse search (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016)
    between both cut-outs, aligned by the network's landmarks.

    Args:
        anchor: the frame to compare with.
        pixels: RGB uint8 (H, W, 3) of the later frame.
        landmarks: float32 (478, 3), pixels, as the network found them there.
    """
    rigid = list(RIGID)
    scale, turn, shift = fit_similarity(landmarks[rigid, :2], anchor.landmarks[rigid])
    to_cut, to_shift = anchor.cut_from_frame[:, :2], anchor.cut_from_frame[:, 2]
    matrix = np.column_stack([to_cut @ turn * scale, to_cut @ shift + to_shift])
    now = _cut(pixels, matrix)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there, back = (_flow(search, *pair) for pair in ((anchor.cut, now), (now, anchor.cut)))
    start: Float32 = (anchor.landmarks @ to_cut.T + to_shift).astype(np.float32)
    found: Float32 = start + _at(there, start)
    missed = np.linalg.norm(found + _at(back, found) - start, axis=1) / FACE_PX
    inside = ((found > 1) & (found < CUT_PX - 2)).all(1)
    trust = anchor.texture * inside / (1 + (missed / _TRUSTED_ERROR) ** 4)
    points = (found - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    return FlowReading(points.astype(np.float32), trust.astype(np.float32))


def _flow(search: cv2.DISOpticalFlow, origin: UInt8, target: UInt8) -> Float32:
    """Flow float32 (CUT_PX, CUT_PX, 2), pixels; 0 on areas so flat that the search divides by 0."""
    empty = np.zeros((CUT_PX, CUT_PX, 2), np.float32)
    return np.nan_to_num(np.asarray(search.calc(origin, target, empty), np.float32))


def _texture(cut: UInt8, places: Float32) -> Float32:
    """Contrast of a picture around each place (N, 2), 0..1; 0 on a flat area."""
    grey = cut.astype(np.float32)
    mean = cv2.blur(grey, (_TEXTURE_PX, _TEXTURE_PX))
    variance = cv2.blur(grey * grey, (_TEXTURE_PX, _TEXTURE_PX)) - mean * mean
    spread = np.maximum(_at(np.asarray(variance, np.float32), places), 0.0)
    return np.asarray(spread / (spread + _TEXTURE_LEVELS**2), np.float32)


def _cut(pixels: UInt8, cut_from_frame: Float64) -> UInt8:
    """Cut-out, grey uint8 (CUT_PX, CUT_PX); a large face is blurred before it is reduced."""
    scale = float(np.hypot(cut_from_frame[0, 0], cut_from_frame[1, 0]))
    corners = np.array([[0, 0], [CUT_PX, 0], [0, CUT_PX], [CUT_PX, CUT_PX]], np.float64)
    inverse = np.linalg.inv(cut_from_frame[:, :2])
    seen = (corners - cut_from_frame[:, 2]) @ inverse.T
    height, width = pixels.shape[:2]
    x0, y0 = np.clip(np.floor(seen.min(0) - 2), 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(np.ceil(seen.max(0) + 2), (x0 + 1, y0 + 1), (width, height)).astype(int)
    part = cv2.cvtColor(np.ascontiguousarray(pixels[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    if scale < 0.7:
        part = cv2.GaussianBlur(part, (0, 0), 0.4 / scale)
    moved = cut_from_frame.copy()
    moved[:, 2] += cut_from_frame[:, :2] @ [x0, y0]
    size = (CUT_PX, CUT_PX)
    cut = cv2.warpAffine(part, moved, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _at(field: Float32, points: Float32) -> Float32:
    """Values of a field (h, w, ...) at points (N, 2), interpolated bilinearly in float64."""
    far = np.array([field.shape[1], field.shape[0]]) - 1.001
    place = np.clip(points.astype(np.float64), 0.0, far)
    x, y = place.astype(np.intp).T
    part = place - np.floor(place)
    right, below = (part[:, axis].reshape(-1, *[1] * (field.ndim - 2)) for axis in (0, 1))
    upper = field[y, x] * (1 - right) + field[y, x + 1] * right
    lower = field[y + 1, x] * (1 - right) + field[y + 1, x + 1] * right
    return np.asarray(upper * (1 - below) + lower * below, np.float32)
