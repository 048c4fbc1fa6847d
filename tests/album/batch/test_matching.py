"""Faces that a crop means."""

import numpy as np
import pytest

from nostalgia.album.batch.face_matching import crop_in_photo, faces_in_crop
from nostalgia.types import Face, HeadPose


def faces(*boxes):
    none = np.zeros((478, 3), np.float32)
    return [Face(n, box, 1.0, HeadPose(0, 0, 0), none) for n, box in enumerate(boxes, 1)]


PAIR = faces((100, 100, 160, 180), (300, 100, 360, 180))


@pytest.mark.parametrize(
    ("crop", "numbers"),
    [
        ((90, 90, 170, 190), [1]),
        ((280, 50, 400, 300), [2]),
        ((0, 0, 400, 300), [1, 2]),
        ((50, 50, 335, 200), [1]),  # it holds the second face's centre, too, but less of the face
        ((140, 90, 220, 190), [1]),  # drawn beside the face, over a third of it
        ((180, 90, 290, 190), []),
        ((0, 400, 50, 450), []),
    ],
)
def test_the_faces_that_a_crop_means(crop, numbers) -> None:
    assert faces_in_crop(PAIR, crop) == numbers


def test_a_small_face_in_the_background_of_a_crop_does_not_count() -> None:
    found = faces((100, 100, 160, 180), (170, 60, 185, 80))
    assert faces_in_crop(found, (80, 50, 200, 200)) == [1]


def test_crops_of_a_tree_in_pixels_of_the_photo() -> None:
    assert crop_in_photo(None, None, (200, 100)) is None
    assert crop_in_photo((10, 20, 30, 40), None, (200, 100)) == (10, 20, 40, 60)
    assert crop_in_photo(None, (0.5, 0.5, 0.5, 0.5), (200, 100)) == (100, 50, 200, 100)
    assert crop_in_photo((-10, -20, 30, 40), None, (200, 100)) == (0, 0, 20, 20)
    assert crop_in_photo((300, 20, 30, 40), None, (200, 100)) is None, "beside the photo"
    assert crop_in_photo((0, 0, 200, 99), None, (200, 100)) is None, "all of it says nothing"
    assert crop_in_photo((1e300, 0, 1e300, 1), None, (200, 100)) is None
