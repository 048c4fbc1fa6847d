"""Pictures are read at fractional pixels, and never beyond them."""

import cv2
import numpy as np

from nostalgia.imaging import read_at


def test_a_float_picture_of_three_channels_is_never_read_beyond() -> None:
    """OpenCV 5 answers NaN here when it is given an empty second map."""
    picture = np.random.default_rng(0).uniform(0, 255, (256, 256, 3)).astype(np.float32)
    places = np.random.default_rng(1).uniform(-300, 500, (256, 256, 2)).astype(np.float32)
    junk = [np.full(picture.shape, np.nan, np.float32) for _ in range(20)]
    del junk
    read = read_at(picture, places)
    assert np.isfinite(read).all() and read.min() >= 0 and read.max() <= 255


def test_whole_numbers_are_the_pixels_themselves_and_halves_their_means() -> None:
    picture = np.arange(12, dtype=np.float32).reshape(3, 4)
    x, y = np.meshgrid(np.arange(3.0), np.arange(3.0))
    places = np.stack([x, y], axis=-1).astype(np.float32)
    assert np.array_equal(read_at(picture, places), picture[:, :3])
    places[..., 0] += 0.5
    assert np.allclose(read_at(picture, places), picture[:, :3] + 0.5)
    places[..., 0] += 100
    assert (read_at(picture, places, border=cv2.BORDER_CONSTANT) == 0).all()
