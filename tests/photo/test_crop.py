"""The crop is the photo's own pixels, wherever the face lies."""

import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.photo.crop import crop_corner, crop_face, recrop
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


def test_crop_of_a_face_that_fills_the_photo_is_hardly_larger_than_the_photo() -> None:
    face = face_in((150.0, 200.0), 300.0, UPRIGHT)
    crop = crop_face(photo_of(face, size_wh=(300, 400)), face, 1.75)
    assert 400 < crop.size_px < 420


def test_recut_takes_the_same_square_from_another_picture() -> None:
    face = face_in((60.0, 100.0), 120.0, UPRIGHT)
    photo = photo_of(face, size_wh=(500, 700))
    crop = crop_face(photo, face, 1.75)
    inverse = 255 - photo.pixels
    again = recrop(crop, inverse)
    assert np.array_equal(again.pixels, crop_face(Photo(inverse), face, 1.75).pixels)
    assert again.inside_xyxy == crop.inside_xyxy
