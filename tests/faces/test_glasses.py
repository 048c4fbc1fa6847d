"""Glasses classifier: its strip of the face, and its invariances."""

import cv2
import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.errors import CheckpointError
from nostalgia.faces.glasses import (
    STRIP_H,
    STRIP_W,
    eye_strip,
    glasses_probability,
    load_glasses_weights,
)
from nostalgia.types import HeadPose

FACE = face_in((210, 240), 220, HeadPose(0.0, 0.0, 0.0))


def test_the_strip_lies_upright_round_the_eyes() -> None:
    tilted = face_in((210, 240), 220, HeadPose(0.0, 0.0, 25.0))
    strip = eye_strip(photo_of(tilted).pixels, tilted.landmarks)
    assert strip.shape == (STRIP_H, STRIP_W)
    dark = np.argwhere(strip < 80)  # the irises, level and at equal distance from the middle
    left, right = dark[dark[:, 1] < STRIP_W / 2], dark[dark[:, 1] > STRIP_W / 2]
    assert abs(left[:, 0].mean() - right[:, 0].mean()) < 1.5
    assert abs(left[:, 1].mean() + right[:, 1].mean() - STRIP_W) < 3


def test_a_mirrored_or_darker_face_scores_the_same() -> None:
    pixels = photo_of(FACE).pixels
    cv2.circle(pixels, (160, 215), 34, (30, 30, 30), 4, cv2.LINE_AA)
    plain = glasses_probability(pixels, FACE.landmarks)
    flipped = FACE.landmarks.copy()
    flipped[:, 0] = pixels.shape[1] - 1 - flipped[:, 0]
    swapped = flipped.copy()
    for left, right in ((33, 263), (133, 362)):
        swapped[[left, right]] = flipped[[right, left]]
    mirrored = glasses_probability(np.ascontiguousarray(pixels[:, ::-1]), swapped)
    assert mirrored == pytest.approx(plain, abs=0.05)
    bright = np.clip(pixels * 0.8 + 45, 0, 255).astype(np.uint8)
    assert glasses_probability(bright, FACE.landmarks) == pytest.approx(plain, abs=0.1)


def test_missing_weights_are_an_error(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path))
    load_glasses_weights.cache_clear()
    with pytest.raises(CheckpointError, match=r"glasses\.npz"):
        glasses_probability(photo_of(FACE).pixels, FACE.landmarks)
    load_glasses_weights.cache_clear()
