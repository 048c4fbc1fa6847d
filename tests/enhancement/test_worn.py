"""Glasses, earrings and necklaces, which pass for damage: bright, thin and small."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_face import CENTRE, LEFT_EYE_XY, SIZE, UNIT, drawn_crop, luma_of

from nostalgia.enhancement.damage import finding, places, repair_person, skin
from nostalgia.enhancement.damage.places import Places, worn_by
from nostalgia.faces.regions import face_regions
from nostalgia.types import CHIN

ROUND_NECK = [(x, 300 + round(((x - CENTRE) / 14) ** 2 * -0.6)) for x in range(160, 262, 7)]


def drawn(points, radius=2, level=240):
    """A face, in dark skin, with light dots."""
    crop = drawn_crop(grain=2)
    pixels = np.rint(crop.pixels * 0.45).astype(np.uint8)
    for x, y in points:
        cv2.circle(pixels, (round(x), round(y)), radius, (level,) * 3, -1, cv2.LINE_AA)
    person = np.full(pixels.shape[:2], 255, np.uint8)
    return replace(crop, pixels=pixels, person=person)


def sure_of(monkeypatch, mask, *, scratched=False):
    """Let `pixels` be sure of a mask, 0 or 1, and of nothing else, and `learned` see nothing."""
    odds = np.stack([mask * 0.95, mask * 0]).astype(np.float32)
    monkeypatch.setattr(finding, "damage_odds", lambda luma: odds)
    monkeypatch.setattr(finding, "damaged_parts", lambda *_: [])
    monkeypatch.setattr(finding, "_is_scratched", lambda *_: scratched)


def beads(number, x0, y0, step=10):
    mask = np.zeros((200, 200))
    for x in range(x0, x0 + number * step, step):
        mask[y0 : y0 + 5, x : x + 5] = 1
    return mask


def found_in(known):
    shape = known.worn.shape
    return finding.find_in(np.zeros(shape, np.float32), np.ones(shape, bool), known, 150)


def test_a_string_of_pearls_does_not_make_a_picture_full_of_damage(monkeypatch):
    known = Places.none(200, 200)
    worn = known.worn.copy()
    worn[100:] = True
    necklace = beads(14, 30, 150)
    sure_of(monkeypatch, necklace)
    assert found_in(known)[150:155].any()
    assert not found_in(replace(known, worn=worn)).any()


def test_specks_beside_the_jaw_are_filled_where_a_picture_is_full_of_them(monkeypatch):
    known = Places.none(200, 200)
    worn = known.worn.copy()
    worn[100:] = True
    sure_of(monkeypatch, np.maximum(beads(14, 30, 40), beads(3, 30, 150)))
    found = found_in(replace(known, worn=worn))
    assert found[40:45].any() and found[150:155].any()


def test_jewellery_is_worn_beside_and_below_a_face_and_not_in_it():
    crop = drawn_crop()
    worn = worn_by(crop.landmarks, (SIZE, SIZE))
    chin = crop.landmarks[CHIN, :2]
    x, y = (round(float(v)) for v in chin)
    assert worn[y + round(0.1 * UNIT), x]
    assert not worn[y - round(0.3 * UNIT), x]
    assert not worn[round(y - 1.1 * UNIT)].any()
    beside = np.flatnonzero(worn[y - round(0.2 * UNIT)])
    assert beside[0] < CENTRE - 0.4 * UNIT and beside[-1] > CENTRE + 0.4 * UNIT


@pytest.mark.parametrize("glasses", [False, True])
def test_a_rim_of_glasses_on_the_cheek_stays(monkeypatch, glasses):
    monkeypatch.setattr(places, "glasses_probability", lambda *_: float(glasses))
    sure = np.ones((2, SIZE, SIZE), np.float32)
    monkeypatch.setattr(skin, "damage_odds", lambda luma: sure[:, : luma.shape[0], : luma.shape[1]])
    crop = drawn([])
    x, y = LEFT_EYE_XY
    under = round(y + 0.17 * UNIT)
    left, right = round(x - 0.13 * UNIT), round(x + 0.13 * UNIT)
    cv2.line(crop.pixels, (left, under), (right, under), (235, 235, 235), 1)
    luma, regions = luma_of(crop.pixels), face_regions(crop.landmarks, UNIT, SIZE, SIZE)
    known = Places.of_face(luma, crop.landmarks, regions, UNIT)
    found = skin.find_on_skin(luma, regions, known, UNIT)
    assert found[under, left:right].any() != glasses


def test_what_the_network_does_not_take_for_damage_stays_on_skin(monkeypatch):
    crop = drawn([])
    luma, regions = luma_of(crop.pixels), face_regions(crop.landmarks, UNIT, SIZE, SIZE)
    x, y = LEFT_EYE_XY
    top, bottom = round(y + 0.12 * UNIT), round(y + 0.45 * UNIT)
    luma[top:bottom, round(x) - 1 : round(x) + 1] = 200
    known = Places.of_face(luma, crop.landmarks, regions, UNIT)
    for odds in (0.1, 0.5):
        answer = np.full((2, *luma.shape), odds, np.float32)
        monkeypatch.setattr(skin, "damage_odds", lambda _, answer=answer: answer)
        found = skin.find_on_skin(luma, regions, known, UNIT)
        assert found.any() == (odds > skin.LEAST_ODDS)


def test_a_necklace_on_dark_skin_stays():
    crop = drawn(ROUND_NECK, radius=3)
    assert np.array_equal(repair_person(crop), crop.pixels)
