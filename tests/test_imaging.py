"""Pictures are sampled at fractional pixels and cut out, and never read beyond their border."""

import cv2
import numpy as np

from nostalgia.imaging import cut_out, read_at


def test_a_float_picture_of_three_channels_is_never_read_beyond() -> None:
    """OpenCV 5 returns NaN here if its second map is an empty array."""
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


def test_a_cut_out_is_turned_scaled_and_continued_beyond_the_border() -> None:
    picture = np.arange(16, dtype=np.uint8).reshape(4, 4) * 10
    quarter_turn = np.array([[0.0, -1.0, 3.0], [1.0, 0.0, 0.0]])
    assert np.array_equal(cut_out(picture, quarter_turn, (4, 4)), np.rot90(picture))
    shifted = np.array([[1.0, 0.0, -2.0], [0.0, 1.0, 0.0]])
    assert np.array_equal(cut_out(picture, shifted, (3, 4)), picture[:, [0, 0, 0]])
