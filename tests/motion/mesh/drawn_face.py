"""A drawn face whose skin, lids and irises are known to the pixel."""

import cv2
import numpy as np

from nostalgia.faces.topology import FACE_OVAL
from nostalgia.motion.mesh.eyes.fill import eye_fill
from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, RIGHT_EYE, EyePoints
from nostalgia.motion.mesh.eyes.lids import PreparedEye
from nostalgia.types import FaceCrop, Float32, HeadPose, UInt8

SKIN = np.array([196, 160, 138], np.float32)
SIZE = 420
EYE_WIDTH = 60.0


def _place_eye(landmarks: Float32, points: EyePoints, x: float, y: float, height: float) -> None:
    u = np.linspace(0, 1, len(points.upper))
    bow = 4 * u * (1 - u)
    for indices, side in ((points.upper, -0.55), (points.lower, 0.45)):
        landmarks[list(indices), 0] = x + EYE_WIDTH * u
        landmarks[list(indices), 1] = y + side * height * bow
    landmarks[list(points.brow), 0] = x + EYE_WIDTH * np.linspace(-0.05, 1.05, 5)
    landmarks[list(points.brow), 1] = y - 0.62 * EYE_WIDTH
    ring = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1]]) * 0.2 * EYE_WIDTH
    landmarks[list(points.iris), :2] = np.array([x + 0.5 * EYE_WIDTH, y]) + ring


def _draw_eye(pixels: UInt8, landmarks: Float32, points: EyePoints) -> None:
    ring = np.vstack([landmarks[list(points.upper), :2], landmarks[list(points.lower), :2][::-1]])
    eyeball = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(eyeball, [np.round(ring).astype(np.int32)], 1)
    white = pixels.copy()
    white[:] = (240, 238, 232)
    centre = tuple(int(n) for n in np.round(landmarks[points.iris[0], :2]))
    cv2.circle(white, centre, int(0.2 * EYE_WIDTH), (40, 30, 24), -1, cv2.LINE_AA)
    pixels[eyeball > 0] = white[eyeball > 0]
    lashes = np.round(landmarks[list(points.upper), :2]).astype(np.int32)
    cv2.polylines(pixels, [lashes], False, (30, 22, 20), 3, cv2.LINE_AA)
    brow = np.round(landmarks[list(points.brow), :2] - [0, 5]).astype(np.int32)
    cv2.polylines(pixels, [brow], False, (50, 36, 30), 8, cv2.LINE_AA)


def drawn_face(eye_height: float = 0.36 * EYE_WIDTH) -> FaceCrop:
    """A face of even skin with a little grain and two drawn eyes."""
    landmarks = np.zeros((478, 3), np.float32)
    turn = np.linspace(0, 2 * np.pi, len(FACE_OVAL), endpoint=False)
    landmarks[list(FACE_OVAL), 0] = 210 + 120 * np.sin(turn)
    landmarks[list(FACE_OVAL), 1] = 220 - 150 * np.cos(turn)
    _place_eye(landmarks, LEFT_EYE, 210 - 90, 190, eye_height)
    _place_eye(landmarks, RIGHT_EYE, 210 + 30, 190, eye_height)
    grain = np.random.default_rng(3).normal(0, 4, (SIZE, SIZE, 1))
    pixels = np.clip(SKIN + grain, 0, 255).astype(np.uint8)
    _draw_eye(pixels, landmarks, LEFT_EYE)
    _draw_eye(pixels, landmarks, RIGHT_EYE)
    return FaceCrop(pixels, np.eye(2, 3), landmarks, HeadPose(0, 0, 0), (0, 0, SIZE, SIZE), 300.0)


def shut(source: FaceCrop, eye: PreparedEye) -> Float32:
    """The crop with one eye shut: float32 (S, S, 3)."""
    out = source.pixels.copy()
    fill = eye_fill(eye, 0.0)
    assert fill is not None
    x, y = fill.corner_xy
    h, w = fill.occlusion.shape
    out[y : y + h, x : x + w] = fill.pixels
    return out.astype(np.float32)
