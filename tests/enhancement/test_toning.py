from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_face import CENTRE, SIZE, SKIN_XY, UNIT, drawn_crop, luma_of

from nostalgia.enhancement.toning import toned

DARKER = np.full(256, -20, np.float32)
HAIR_XY = (round(CENTRE), round(CENTRE - 0.72 * UNIT))
BESIDE_XY = (round(CENTRE + 1.0 * UNIT), round(CENTRE))


def with_person(crop):
    """The crop with a person: an ellipse round head and hair, and shoulders."""
    person = np.zeros((SIZE, SIZE), np.uint8)
    axes = round(0.6 * UNIT), round(0.85 * UNIT)
    cv2.ellipse(person, (round(CENTRE), round(CENTRE)), axes, 0, 0, 360, (255,), -1)
    person[round(CENTRE + 0.7 * UNIT) :] = 255
    return replace(crop, person=person)


def change_at(crop, place_xy, tones=DARKER):
    x, y = place_xy
    change = luma_of(toned(crop, tones)) - luma_of(crop.pixels)
    return float(change[y - 3 : y + 3, x - 3 : x + 3].mean())


def test_hair_gets_the_tones_of_the_face_and_the_background_keeps_its_own():
    crop = with_person(drawn_crop())
    assert change_at(crop, SKIN_XY) == pytest.approx(-20, abs=0.5)
    assert change_at(crop, HAIR_XY) == pytest.approx(-20, abs=1.5)
    assert change_at(crop, BESIDE_XY) == 0


def test_tones_end_near_the_face_of_a_person_that_nobody_knows():
    crop = drawn_crop()
    assert change_at(crop, SKIN_XY) == pytest.approx(-20, abs=0.5)
    assert -18 < change_at(crop, HAIR_XY) < -2
    assert change_at(crop, BESIDE_XY) == 0


def test_levels_are_added_by_the_luma_of_each_pixel():
    crop = drawn_crop()
    crop.pixels[...] = np.arange(SIZE, dtype=np.uint8)[:, None, None] % 200
    tones = np.where(np.arange(256) > 100, 10, 0).astype(np.float32)
    change = toned(crop, tones).astype(int) - crop.pixels
    row = round(CENTRE)
    assert (change[:, :, 0] <= 10).all()
    dark = crop.pixels[..., 0] <= 100
    assert not change[dark].any()
    bright = np.flatnonzero(~dark[row - 40 : row + 40, round(CENTRE)]) + row - 40
    assert (change[bright, round(CENTRE)] == 10).all() and len(bright)


def test_over_the_shoulders_the_tones_go_over_into_those_of_the_photo():
    crop = with_person(drawn_crop())
    x = round(CENTRE)
    change = (luma_of(toned(crop, DARKER)) - luma_of(crop.pixels))[round(CENTRE) :, x]
    assert (np.diff(change) >= -1).all()
    assert change[0] < -19 and change[-3] > -1


def test_no_tones_are_no_change():
    crop = with_person(drawn_crop())
    assert toned(crop, np.zeros(256, np.float32)) is crop.pixels


def test_a_person_who_is_nowhere_is_left_alone():
    crop = drawn_crop()
    nobody = replace(crop, person=np.zeros((SIZE, SIZE), np.uint8))
    assert np.array_equal(toned(nobody, DARKER), crop.pixels)
