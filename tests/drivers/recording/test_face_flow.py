"""Optical flow of a face: points follow the pixels, and trust falls where they are lost."""

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose
from synthetic_face import face_in, photo_of

from nostalgia.drivers.recording.face_flow import anchor_flow, read_flow
from nostalgia.types import HeadPose


@pytest.fixture(scope="module")
def textured() -> tuple[np.ndarray, np.ndarray]:
    """A photo of a face with enough texture to follow, and its landmarks (478, 3)."""
    face = face_in((210.0, 230.0), 180.0, HeadPose(0.0, 0.0, 0.0))
    photo, landmarks = photo_of(face), face.landmarks
    noise = np.random.default_rng(5).normal(0, 1, photo.pixels.shape[:2]).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 3.0)
    noise *= 40 / noise.std()
    pixels = np.clip(photo.pixels * 0.5 + 64 + noise[..., None], 0, 255).astype(np.uint8)
    return pixels, landmarks


def test_the_same_frame_moves_nothing(textured):
    pixels, landmarks = textured
    reading = read_flow(anchor_flow(pixels, landmarks), pixels, landmarks)
    assert_allclose(reading.points, landmarks[:, :2], atol=0.05)
    assert reading.trust.min() > 0.95


def test_points_follow_the_pixels_and_not_the_landmarks(textured):
    pixels, landmarks = textured
    unit = np.ptp(landmarks[:, 1])
    turned = cv2.getRotationMatrix2D(tuple(map(float, landmarks[:, :2].mean(0))), 4.0, 1.03)
    turned[:, 2] += [0.05 * unit, -0.03 * unit]
    height, width = pixels.shape[:2]
    later = cv2.warpAffine(pixels, turned, (width, height), borderMode=cv2.BORDER_REPLICATE)
    truth = landmarks[:, :2] @ turned[:, :2].T + turned[:, 2]
    seen = landmarks + np.array([0.04 * unit, 0, 0], np.float32)
    reading = read_flow(anchor_flow(pixels, landmarks), later, seen.astype(np.float32))
    missed = np.linalg.norm(reading.points - truth, axis=1) / unit
    assert np.median(missed) < 0.004
    assert np.median(reading.trust) > 0.9


def test_a_flat_picture_is_not_trusted(textured):
    pixels, landmarks = textured
    flat = np.full_like(pixels, 90)
    assert read_flow(anchor_flow(flat, landmarks), flat, landmarks).trust.max() < 0.05


def test_covered_points_are_not_trusted(textured):
    pixels, landmarks = textured
    unit = np.ptp(landmarks[:, 1])
    x, y = landmarks[17, :2].astype(int)
    reach = int(0.15 * unit)
    covered = pixels.copy()
    fresh = np.random.default_rng(9).integers(0, 255, (2 * reach, 2 * reach, 3))
    patch = cv2.GaussianBlur(fresh.astype(np.float32), (0, 0), 3.0)
    covered[y - reach : y + reach, x - reach : x + reach] = patch.astype(np.uint8)
    reading = read_flow(anchor_flow(pixels, landmarks), covered, landmarks)
    assert reading.trust[[0, 17, 14, 13]].mean() < 0.6
    assert reading.trust[[9, 8, 151, 10]].min() > 0.9
