"""Irises in drawn eyes: their place and their visibility."""

import cv2
import numpy as np
import pytest

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.irises import read_eyes
from nostalgia.geometry import rotation_from_pose
from nostalgia.types import HeadPose

SIZE = 300
SKIN, WHITE, IRIS = 150, 205, 60


def drawn(gaze=(0.0, 0.0), shut=0.0, face_px=200.0, roll=0.0) -> tuple[np.ndarray, np.ndarray]:
    """A face with nothing but eyes, and its landmarks; gaze in eye widths; shut = lids of skin."""
    mean = load_face_shape().mean.astype(np.float64) @ rotation_from_pose(HeadPose(0, 0, roll)).T
    landmarks = (mean * face_px + [SIZE / 2, SIZE / 2, 0]).astype(np.float32)
    pixels = np.full((SIZE, SIZE, 3), SKIN, np.uint8)
    for a, b in ((33, 133), (362, 263)):
        start, end = landmarks[a, :2], landmarks[b, :2]
        middle, along = (start + end) / 2, end - start
        width = float(np.linalg.norm(along))
        angle = float(np.degrees(np.arctan2(along[1], along[0])))
        mask = np.zeros((SIZE, SIZE), np.uint8)
        axes = (round(width / 2 * 16), round(width * 0.2 * 16))
        cv2.ellipse(mask, tuple(np.int32(middle * 16)), axes, angle, 0, 360, 1, -1, cv2.LINE_8, 4)
        eye = np.full((SIZE, SIZE, 3), WHITE, np.uint8)
        across = np.array([-along[1], along[0]])
        centre = middle + gaze[0] * along + gaze[1] * across
        cv2.circle(
            eye, tuple(np.int32(centre * 16)), round(0.205 * width * 16), (IRIS,) * 3, -1, 8, 4
        )
        eye[mask == 0] = SKIN
        covered = (eye.astype(float) * (1 - shut) + SKIN * shut).astype(np.uint8)
        pixels[mask > 0] = covered[mask > 0]
    return cv2.GaussianBlur(pixels, (0, 0), 0.8), landmarks


@pytest.mark.parametrize("roll", [0.0, 20.0])
@pytest.mark.parametrize("face_px", [90.0, 200.0])
def test_an_iris_is_found_where_it_was_drawn(face_px, roll):
    straight = read_eyes(*drawn(face_px=face_px, roll=roll)).iris
    for aside in (-0.12, -0.06, 0.06, 0.12):
        iris = read_eyes(*drawn((aside, 0.0), face_px=face_px, roll=roll)).iris
        np.testing.assert_allclose(iris[:, 0] - straight[:, 0], aside, atol=0.045)
        assert np.abs(iris[:, 1] - straight[:, 1]).max() < 0.03


def test_a_covered_iris_has_no_contrast():
    seen, hidden = read_eyes(*drawn()).contrast, read_eyes(*drawn(shut=1.0)).contrast
    assert seen.min() > 60
    assert hidden.max() < 5


def test_noise_does_not_move_the_eyes():
    pixels, landmarks = drawn((0.08, 0.0))
    rng = np.random.default_rng(5)
    clean = read_eyes(pixels, landmarks).iris
    for _ in range(5):
        noisy = np.clip(pixels + rng.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8)
        np.testing.assert_allclose(read_eyes(noisy, landmarks).iris, clean, atol=0.025)


def test_eyes_beyond_the_border_are_read_without_failing():
    pixels, landmarks = drawn()
    reading = read_eyes(pixels, landmarks - np.float32([SIZE, 0, 0]))
    assert np.isfinite(reading.iris).all() and np.isfinite(reading.contrast).all()
