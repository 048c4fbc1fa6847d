"""The network's paint takes on the photo's tone, contrast and tint."""

import cv2
import numpy as np

from nostalgia.motion.fomm.painting import distrust, grain_of, match_tone
from nostalgia.types import Float32


def picture(seed: int = 0) -> Float32:
    noise = np.random.default_rng(seed).normal(0, 60, (256, 256, 3)).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), 6), np.float32)
    return np.clip(120 + 6 * soft, 0, 255).astype(np.float32)


def trusted_but_for_a_patch() -> Float32:
    trust = np.ones((256, 256), np.float32)
    trust[110:150, 100:160] = 0
    return trust


def test_paler_and_redder_paint_becomes_the_photos() -> None:
    moved, trust = picture(), trusted_but_for_a_patch()
    painted = (0.8 * (moved - 128) + [150, 130, 120]).astype(np.float32)
    toned = match_tone(painted, moved, trust)
    patch = (slice(110, 150), slice(100, 160))
    before = np.abs(painted[patch] - moved[patch]).mean()
    assert np.abs(toned[patch] - moved[patch]).mean() < 0.35 * before


def test_paint_that_fits_is_left_as_it_is() -> None:
    moved = picture()
    toned = match_tone(moved.copy(), moved, trusted_but_for_a_patch())
    assert np.abs(toned - moved).max() < 1.0


def test_contrast_is_never_driven_up_far() -> None:
    flat = np.full((256, 256, 3), 128, np.float32)
    flat[::2] += 1
    toned = match_tone(flat, picture(), np.zeros((256, 256), np.float32))
    assert np.isfinite(toned).all() and np.abs(np.diff(toned[:, 0, 0])).max() < 5


def test_only_what_is_trusted_less_than_at_rest_is_lost() -> None:
    at_rest = np.array([[1.0, 0.5, 0.02, 1.0]], np.float32)
    now = np.array([[1.0, 0.6, 0.0, 0.25]], np.float32)
    assert np.allclose(distrust(now, at_rest), [[0, 0, 0.2, 0.75]], atol=1e-6)


def test_grain_is_what_the_networks_size_cannot_hold() -> None:
    rng = np.random.default_rng(0)
    grained = (120 + rng.normal(0, 5, (900, 900))).astype(np.float32)
    assert 3.5 < grain_of(grained, 256) < 5.5
    assert grain_of(np.full((900, 900), 120, np.float32), 256) < 0.01
    assert grain_of(grained[:200, :200], 256) == 0
