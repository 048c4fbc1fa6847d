"""Quarter turns: pixels, boxes, points, faces and crops stay together."""

import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.geometry import turned_box
from nostalgia.photo.crop import crop_face
from nostalgia.photo.turning import (
    turned_crop,
    turned_face,
    turned_photo,
    turned_pixels,
    turned_points,
    turned_wh,
)
from nostalgia.types import HeadPose, Photo

FACE = face_in((70, 90), 81.3, HeadPose(12.0, -5.0, 8.0))
PHOTO = photo_of(FACE, size_wh=(171, 204))
SIZE = (171, 204)
TURNS = [0, 90, 180, 270, -90, 360]


@pytest.mark.parametrize("turn", TURNS)
def test_boxes_and_points_follow_their_pixels(turn):
    pixels = np.zeros((204, 171), np.uint8)
    pixels[20:50, 30:110] = 1
    pixels[40, 60] = 2
    turned = turned_pixels(pixels, turn)
    assert turned.shape[::-1] == turned_wh(SIZE, turn) and turned.flags.c_contiguous
    x0, y0, x1, y1 = map(int, turned_box((30, 20, 110, 50), turn, SIZE))
    assert turned[y0:y1, x0:x1].min() == 1 and turned.sum() == (y1 - y0) * (x1 - x0) + 1
    x, y = turned_points(np.float32([60, 40]), turn, SIZE).astype(int)
    assert turned[y, x] == 2


def test_90_is_clockwise():
    assert turned_pixels(np.array([[1, 2], [3, 4]]), 90).tolist() == [[3, 1], [4, 2]]


@pytest.mark.parametrize("turn", TURNS)
def test_a_face_turned_there_and_back_is_the_same(turn):
    there = turned_face(FACE, turn, SIZE)
    back = turned_face(there, -turn, turned_wh(SIZE, turn))
    assert np.allclose(back.landmarks, FACE.landmarks, atol=1e-3)
    assert np.allclose(back.box_xyxy, FACE.box_xyxy, atol=1e-3)
    assert (there.pose.yaw, there.pose.pitch) == (FACE.pose.yaw, FACE.pose.pitch)
    assert (there.pose.roll - FACE.pose.roll - turn) % 360 == pytest.approx(0, abs=1e-6)
    low, high = there.landmarks[:, :2].min(0), there.landmarks[:, :2].max(0)
    assert np.allclose(there.box_xyxy, [*low, *high], atol=1.1)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("margin", [0.8, 1.75])
def test_the_crop_of_a_turned_photo_is_the_turned_crop(turn, margin):
    crop = crop_face(PHOTO, FACE, margin)
    wanted = crop_face(turned_photo(PHOTO, turn), turned_face(FACE, turn, SIZE), margin)
    found = turned_crop(crop, turn, SIZE)
    assert abs(found.size_px - wanted.size_px) <= 2  # where the edge of the photo limits it
    # The middle of a face lies between pixels, and may be rounded to either side.
    offset = found.photo_from_crop[:, 2] - wanted.photo_from_crop[:, 2]
    assert np.abs(offset).max() <= 2
    x0, y0, x1, y1 = found.inside_xyxy
    x, y = found.photo_from_crop[:, 2].astype(int)
    inside = turned_photo(PHOTO, turn).pixels[y0 + y : y1 + y, x0 + x : x1 + x]
    assert np.array_equal(found.pixels[y0:y1, x0:x1], inside)
    expected = turned_face(FACE, turn, SIZE).landmarks[:, :2]
    assert np.allclose(found.landmarks[:, :2] + [x, y], expected, atol=1e-3)


def test_a_turned_photo_knows_by_how_much():
    photo = Photo(np.zeros((10, 30, 3), np.uint8), own_wh=(300, 100))
    turned = turned_photo(turned_photo(photo, 90), 180)
    assert (turned.rotated, turned.width, turned.height) == (270, 100, 300)
    back = turned_photo(turned, -turned.rotated)
    assert back.rotated == 0 and back.own_wh == (300, 100)
