"""The square round a face is that of the original preprocessing, and is never stretched."""

import numpy as np

from nostalgia.photo.face_square import cut_square, face_square


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0, 0], [x1, y1, 0]], np.float32)


def test_the_longer_side_grows_by_a_tenth_at_either_end() -> None:
    assert face_square(box(100, 200, 180, 300)) == (80, 190, 200, 310)


def test_a_clip_has_one_square_for_all_its_frames() -> None:
    frames = np.stack([box(0, 0, 10, 10), box(90, 40, 100, 50)])
    assert face_square(frames) == (-10, -35, 110, 85)


def test_beyond_the_border_pixels_are_repeated() -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, 0] = 255
    square = cut_square(pixels, (-20, 0, 20, 40), 40)
    assert (square[:, :20] == 255).all() and (square[:, 22:] == 0).all()


def test_a_square_is_resized_without_aliasing() -> None:
    pixels = np.tile(np.array([0, 255], np.uint8), (512, 256))[..., None].repeat(3, axis=2)
    square = cut_square(pixels, (0, 0, 512, 512), 256)
    assert np.abs(square.astype(int) - 127).max() <= 1
