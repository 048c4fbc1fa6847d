"""A crop goes back to its place, and nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.photo.compositing import paste_crop
from nostalgia.photo.crop import crop_corner, crop_face
from nostalgia.types import HeadPose

UPRIGHT = HeadPose(0.0, 0.0, 0.0)


@pytest.mark.parametrize("centre_xy", [(210.0, 230.0), (40.0, 230.0), (40.0, 60.0)])
def test_crop_lands_on_its_place_and_leaves_the_rest(centre_xy) -> None:
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


def test_an_unchanged_crop_changes_nothing() -> None:
    face = face_in((40.0, 60.0), 110.0, UPRIGHT)
    photo = photo_of(face)
    frame = photo.pixels.copy()
    paste_crop(frame, crop_face(photo, face, 1.75))
    assert np.array_equal(frame, photo.pixels)
