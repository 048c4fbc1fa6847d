"""Crops keep the photo's own pixels and return to their place; face squares are never stretched."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.photo.crop import (
    crop_corner,
    crop_face,
    cut_square,
    face_square,
    paste_crop,
    recrop,
)
from nostalgia.types import HeadPose, Photo

UPRIGHT = HeadPose(0.0, 0.0, 0.0)


def test_crop_is_an_integer_translation_of_the_photos_own_pixels() -> None:
    face = face_in((400.4, 380.7), 120.0, UPRIGHT)
    photo = photo_of(face, size_wh=(800, 760))
    crop = crop_face(photo, face, 1.75)
    x0, y0 = crop_corner(crop)
    size = crop.size_px
    assert size == pytest.approx(2 * 1.75 * 120, abs=3)
    assert crop.inside_xyxy == (0, 0, size, size)
    assert np.array_equal(crop.pixels, photo.pixels[y0 : y0 + size, x0 : x0 + size])
    assert np.allclose(crop.landmarks[:, :2] + [x0, y0], face.landmarks[:, :2], atol=1e-3)
    assert np.array_equal(crop.photo_from_crop[:, :2], np.eye(2))


def test_crop_beyond_the_border_repeats_the_border() -> None:
    face = face_in((60.0, 100.0), 120.0, UPRIGHT)
    photo = photo_of(face, size_wh=(500, 700))
    crop = crop_face(photo, face, 1.75)
    x0, y0, x1, y1 = crop.inside_xyxy
    corner_x, corner_y = crop_corner(crop)
    assert (x0, y0) == (-corner_x, -corner_y)
    assert x0 > 0 and y0 > 0
    assert np.array_equal(crop.pixels[y0:y1, x0:x1], photo.pixels[: y1 - y0, : x1 - x0])
    assert np.array_equal(crop.pixels[y0:y1, 0], photo.pixels[: y1 - y0, 0])
    assert np.array_equal(crop.pixels[0, x0:x1], photo.pixels[0, : x1 - x0])


def test_crop_of_a_print_repeats_the_prints_border_over_what_is_beyond() -> None:
    face = face_in((160.0, 200.0), 120.0, UPRIGHT)
    photo = photo_of(face, size_wh=(500, 700))
    crop = crop_face(photo, face, 1.75, (90, 100, 260, 300))
    (x, y), (x0, y0, x1, y1) = crop_corner(crop), crop.inside_xyxy
    assert (x0 + x, y0 + y, x1 + x, y1 + y) == (90, 100, 260, 300)
    assert np.array_equal(crop.pixels[y0:y1, x0:x1], photo.pixels[100:300, 90:260])
    assert (crop.pixels[y0:y1, :x0] == crop.pixels[y0:y1, x0 : x0 + 1]).all()
    assert (crop.pixels[y1:] == crop.pixels[y1 - 1]).all()
    other = 255 - photo.pixels
    assert np.array_equal(recrop(crop, other).pixels, 255 - crop.pixels)
    paste_crop(other, crop)
    assert np.array_equal((other != 255 - photo.pixels).any(-1), _within(other, 90, 100, 260, 300))


def _within(picture, x0, y0, x1, y1):
    inside = np.zeros(picture.shape[:2], bool)
    inside[y0:y1, x0:x1] = True
    return inside


def test_crop_of_a_face_that_fills_the_photo_is_hardly_larger_than_the_photo() -> None:
    face = face_in((150.0, 200.0), 300.0, UPRIGHT)
    crop = crop_face(photo_of(face, size_wh=(300, 400)), face, 1.75)
    assert 400 < crop.size_px < 420


def test_recrop_takes_the_same_square_from_another_picture() -> None:
    face = face_in((60.0, 100.0), 120.0, UPRIGHT)
    photo = photo_of(face, size_wh=(500, 700))
    crop = crop_face(photo, face, 1.75)
    inverse = 255 - photo.pixels
    again = recrop(crop, inverse)
    assert np.array_equal(again.pixels, crop_face(Photo(inverse), face, 1.75).pixels)
    assert again.inside_xyxy == crop.inside_xyxy


@pytest.mark.parametrize("centre_xy", [(210.0, 230.0), (40.0, 230.0), (40.0, 60.0)])
def test_a_pasted_crop_returns_to_its_place_and_leaves_the_rest(centre_xy) -> None:
    face = face_in(centre_xy, 110.0, UPRIGHT)
    photo = photo_of(face)
    crop = crop_face(photo, face, 1.0)
    red = np.broadcast_to(np.array([200, 0, 0], np.uint8), crop.pixels.shape)
    frame = photo.pixels.copy()
    paste_crop(frame, replace(crop, pixels=red))
    x0, y0 = crop_corner(crop)
    covered = np.zeros(frame.shape[:2], bool)
    covered[max(y0, 0) : y0 + crop.size_px, max(x0, 0) : x0 + crop.size_px] = True
    assert not covered.all()
    assert (frame[covered] == (200, 0, 0)).all()
    assert np.array_equal(frame[~covered], photo.pixels[~covered])


def test_pasting_an_unchanged_crop_changes_nothing() -> None:
    face = face_in((40.0, 60.0), 110.0, UPRIGHT)
    photo = photo_of(face)
    frame = photo.pixels.copy()
    paste_crop(frame, crop_face(photo, face, 1.75))
    assert np.array_equal(frame, photo.pixels)


def corners(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0, 0], [x1, y1, 0]], np.float32)


def test_the_longer_side_of_a_face_square_grows_by_a_tenth_at_either_end() -> None:
    assert face_square(corners(100, 200, 180, 300)) == (80, 190, 200, 310)


def test_a_clip_has_one_face_square_for_all_its_frames() -> None:
    frames = np.stack([corners(0, 0, 10, 10), corners(90, 40, 100, 50)])
    assert face_square(frames) == (-10, -35, 110, 85)


def test_a_square_beyond_the_border_repeats_the_border() -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, 0] = 255
    square = cut_square(pixels, (-20, 0, 20, 40), 40)
    assert (square[:, :20] == 255).all() and (square[:, 22:] == 0).all()


def test_a_square_is_resized_without_aliasing() -> None:
    pixels = np.tile(np.array([0, 255], np.uint8), (512, 256))[..., None].repeat(3, axis=2)
    square = cut_square(pixels, (0, 0, 512, 512), 256)
    assert np.abs(square.astype(int) - 127).max() <= 1
