"""Damage: what is found, what is left alone, and what it is filled with."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_face import CENTRE, LEFT_EYE_XY, SIZE, SKIN_XY, UNIT, drawn_crop, luma_of
from skimage import data

from nostalgia.enhancement.damage import (
    fill_damage,
    find_damage,
    finding,
    repair,
    repair_person,
    repair_picture,
)
from nostalgia.enhancement.damage.candidates import FEATURES
from nostalgia.enhancement.damage.learned import Part, load_damage_weights
from nostalgia.enhancement.damage.pixels import damage_odds
from nostalgia.enhancement.damage.places import Places
from nostalgia.faces.regions import face_regions
from nostalgia.types import Face, HeadPose


def face_of(crop):
    low, high = crop.landmarks[:, :2].min(0), crop.landmarks[:, :2].max(0)
    return Face(1, (*low.tolist(), *high.tolist()), 1.0, HeadPose(0, 0, 0), crop.landmarks)


def cracked(pixels, start, end, width=2, level=245):
    """The picture with a ragged line across it, and where that is."""
    rng = np.random.default_rng(3)
    along = np.linspace(0, 1, 30)[:, None]
    points = np.array(start) + along * (np.array(end) - start) + rng.normal(0, 0.7, (30, 2))
    broken = pixels.copy()
    points = np.round(points * 8).astype(np.int32)
    cv2.polylines(broken, [points], False, (level,) * 3, width, cv2.LINE_AA, 3)
    return broken, np.abs(luma_of(broken) - luma_of(pixels)) > 20


def left_of(repaired, clean, wrong):
    """Mean difference to the clean picture where it was damaged."""
    return float(np.abs(luma_of(repaired) - luma_of(clean))[wrong].mean())


@pytest.mark.parametrize("grain", [0, 6])
def test_an_undamaged_picture_stays_as_it_is(grain):
    crop = drawn_crop(grain=grain)
    repaired, share = repair_picture(crop.pixels, [face_of(crop)])
    assert share == 0
    assert np.array_equal(repaired, crop.pixels)


def test_a_crack_across_the_whole_picture_is_filled():
    crop = drawn_crop(grain=3)
    broken, wrong = cracked(crop.pixels, (20, 60), (400, 190))
    before = broken.copy()
    repaired, share = repair_picture(broken, [face_of(crop)])
    assert np.array_equal(broken, before)
    assert 0.5 * wrong.mean() < share < 6 * wrong.mean()
    assert left_of(repaired, crop.pixels, wrong) < 0.25 * left_of(broken, crop.pixels, wrong)


def test_two_repairs_give_the_same_bytes():
    crop = drawn_crop(grain=5)
    broken, _ = cracked(crop.pixels, (20, 60), (400, 190))
    first, second = (repair_picture(broken, [face_of(crop)])[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_a_crack_through_brow_and_cheek_is_filled_but_a_catchlight_stays():
    crop = drawn_crop(grain=2)
    x, y = LEFT_EYE_XY
    broken, wrong = cracked(crop.pixels, (x - 40, y - 50), (x + 35, y + 80))
    repaired, _ = repair_picture(broken, [face_of(crop)])
    assert left_of(repaired, crop.pixels, wrong) < 0.35 * left_of(broken, crop.pixels, wrong)
    light = np.s_[round(y) - 1, round(2 * CENTRE - x) - 3 : round(2 * CENTRE - x) + 4]
    assert np.array_equal(repaired[light], crop.pixels[light])


def test_dust_in_an_eye_or_on_a_tooth_is_left_alone():
    crop = drawn_crop(grain=2)
    pixels = crop.pixels.copy()
    for x, y in (LEFT_EYE_XY, (CENTRE, CENTRE + 0.27 * UNIT)):
        pixels[round(y) : round(y) + 2, round(x) + 5 : round(x) + 7] = 250
    repaired, _ = repair_picture(pixels, [face_of(crop)])
    assert np.array_equal(repaired, pixels)


def test_writing_on_the_margin_stays():
    crop = drawn_crop(grain=2)
    pixels = crop.pixels.copy()
    cv2.putText(pixels, "Aunt Mary, 1912", (60, 390), 6, 1.0, (235,) * 3, 2, cv2.LINE_AA)
    repaired, _ = repair_picture(pixels, [face_of(crop)])
    changed = (repaired != pixels).any(-1)
    written = (pixels != crop.pixels).any(-1)
    assert changed[written].mean() < 0.03


def test_repair_of_a_person_leaves_the_backdrop_alone():
    crop = drawn_crop(grain=2)
    person = np.zeros((SIZE, SIZE), np.uint8)
    person[60:, 100:320] = 255
    broken, wrong = cracked(crop.pixels, (10, 90), (410, 130))
    repaired = repair_person(replace(crop, pixels=broken, person=person))
    hers = person > 0
    assert left_of(repaired, crop.pixels, wrong & hers) < 0.3 * left_of(
        broken, crop.pixels, wrong & hers
    )
    face_only = repair_person(replace(crop, pixels=broken))
    assert np.array_equal(repaired[:, :80], broken[:, :80])
    assert np.array_equal(face_only[:, :80], broken[:, :80])


def test_a_large_scan_is_repaired_like_a_small_one():
    crop = drawn_crop(grain=2)
    x, y = LEFT_EYE_XY
    broken, wrong = cracked(crop.pixels, (x + 10, y - 75), (x + 60, y - 15))
    factor = 5
    assert factor * UNIT > repair._LOOKED_SKIN_PX

    def larger(pixels):
        return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)

    scan = replace(
        crop,
        pixels=larger(broken),
        landmarks=crop.landmarks * factor,
        face_height_px=crop.face_height_px * factor,
        inside_xyxy=(0, 0, factor * SIZE, factor * SIZE),
    )
    repaired = repair_person(scan)
    hers = larger(wrong.astype(np.uint8)) > 0
    clean = larger(crop.pixels)
    assert left_of(repaired, clean, hers) < 0.45 * left_of(scan.pixels, clean, hers)
    assert np.array_equal(repaired[: factor * 40], scan.pixels[: factor * 40])


def test_the_padding_of_a_crop_is_not_repaired():
    crop = drawn_crop(grain=2)
    broken, _ = cracked(crop.pixels, (10, 150), (410, 190))
    cut = replace(crop, pixels=broken, inside_xyxy=(0, 0, round(CENTRE), SIZE))
    repaired = repair_person(cut)
    assert not np.array_equal(repaired, broken)
    assert np.array_equal(repaired[:, round(CENTRE) :], broken[:, round(CENTRE) :])


def test_a_face_of_a_few_pixels_is_not_searched():
    crop = drawn_crop()
    broken, _ = cracked(crop.pixels, (100, 150), (300, 250))
    regions = face_regions(crop.landmarks, UNIT, SIZE, SIZE)
    assert find_damage(luma_of(broken), crop.landmarks, regions, UNIT).any()
    assert not find_damage(luma_of(broken), crop.landmarks, regions, 47.0).any()


def test_filling_changes_damaged_pixels_only_and_keeps_the_grain():
    rng = np.random.default_rng(1)
    ramp = np.linspace(80, 180, 120)[None, :, None] + rng.normal(0, 6, (90, 120, 1))
    pixels = np.clip(np.repeat(ramp, 3, 2), 0, 255).astype(np.uint8)
    damage = np.zeros((90, 120), np.uint8)
    damage[40:45, 10:110] = 1
    broken = pixels.copy()
    broken[damage > 0] = 255
    filled = fill_damage(broken, damage)
    missing = damage > 0
    assert np.array_equal(filled[~missing], broken[~missing])
    assert np.abs(filled.astype(int) - pixels)[missing].mean() < 12
    fine = luma_of(filled) - cv2.GaussianBlur(luma_of(filled), (0, 0), 1.5)
    assert fine[41:44, 12:108].std() > 0.5 * fine[10:35, 12:108].std()


def test_filling_nothing_gives_the_same_picture():
    pixels = drawn_crop(grain=3).pixels
    assert np.array_equal(fill_damage(pixels, np.zeros((SIZE, SIZE), np.uint8)), pixels)


def test_the_odds_are_of_every_structure_and_between_0_and_1():
    for weights in load_damage_weights():
        features = np.random.default_rng(0).normal(0, 3, (50, FEATURES)).astype(np.float32)
        odds = weights.odds(features)
        assert odds.shape == (50,) and odds.dtype == np.float32
        assert 0 <= odds.min() < odds.max() <= 1


def test_a_mole_stays():
    crop = drawn_crop(grain=2)
    pixels = crop.pixels.copy()
    cv2.circle(pixels, SKIN_XY, 2, (70, 55, 45), -1, cv2.LINE_AA)
    repaired, _ = repair_picture(pixels, [face_of(crop)])
    assert np.array_equal(repaired, pixels)


@pytest.mark.parametrize("others", [0, 16])
def test_a_faint_scratch_is_believed_in_a_picture_full_of_scratches(others):
    crop = drawn_crop(grain=3)
    pixels = crop.pixels.copy()
    for number in range(others):
        x, y = 60 + number // 2 * 40, (30, 350)[number % 2]
        cv2.line(pixels, (x, y), (x + number % 5, y + 30 + number), (240, 240, 240), 2, cv2.LINE_AA)
    drawn = np.zeros(pixels.shape[:2], np.uint8)
    cv2.line(drawn, (40, 120), (60, 300), (255,), 2, cv2.LINE_AA)
    pixels = np.rint(pixels + 24 * (drawn / 255.0)[..., None]).astype(np.uint8)
    repaired, _ = repair_picture(pixels, [face_of(crop)])
    mended = (repaired != pixels).any(-1)[drawn > 128].mean()
    assert mended > 0.9 if others else mended == 0


def test_nothing_goes_on_from_a_doubtful_speck(monkeypatch):
    def part(rows, columns, odds, bright):
        (top, bottom), (left, right) = rows, columns
        places = np.mgrid[top:bottom, left:right].reshape(2, -1)
        length = math.hypot(bottom - top, right - left)
        box = top, left, bottom - 1, right - 1
        return Part(*places, odds, bright, box, length, len(places[0]) / length)

    scratch = part((20, 21), (10, 180), 0.99, True)
    speck = part((100, 101), (100, 103), 0.72, False)
    stick = part((102, 105), (80, 110), 0.6, True)
    monkeypatch.setattr(finding, "damaged_parts", lambda *_: [scratch, speck, stick])
    likely = np.full((2, 200, 200), 0.85, np.float32)
    monkeypatch.setattr(finding, "damage_odds", lambda _: likely)
    found = find_anywhere(Places.none(200, 200))
    assert found[20, 10:180].all()
    assert found[100, 100:103].all()
    assert not found[104].any()


@pytest.mark.parametrize("shape", [(60, 44), (97, 130)])
def test_odds_are_of_every_pixel_whatever_the_sides(shape):
    luma = np.random.default_rng(0).normal(128, 9, shape).astype(np.float32)
    luma[shape[0] // 2, 4:-4] = 250
    odds = damage_odds(luma)
    assert odds.shape == (2, *shape) and odds.dtype == np.float32
    assert 0 <= odds.min() < odds.max() <= 1


def find_anywhere(known):
    """What is found in a grey picture of the size of known places, in a face of 150 pixels."""
    shape = known.near.shape
    return finding.find_in(np.zeros(shape, np.float32), np.ones(shape, bool), known, 150)


def seen_with(monkeypatch, odds, near=None, features=None, *, dark=False):
    """What is found where `pixels` answers with these odds in a picture full of light damage."""
    nothing = np.zeros_like(odds)
    both = np.stack([nothing, odds] if dark else [odds, nothing]).astype(np.float32)
    monkeypatch.setattr(finding, "damage_odds", lambda luma: both)
    monkeypatch.setattr(finding, "_is_scratched", lambda *_: True)
    known = Places.none(*odds.shape)
    return find_anywhere(
        replace(
            known,
            near=known.near if near is None else near,
            features=known.features if features is None else features,
        )
    )


def test_damaged_pixels_are_followed_from_where_they_are_sure(monkeypatch):
    odds = np.zeros((200, 200), np.float32)
    odds[20, 10:180], odds[20, 40:50] = 0.5, 0.95
    odds[100, 10:180] = 0.5
    found = seen_with(monkeypatch, odds)
    assert found[20, 10:180].all()
    assert not found[90:110].any()


def test_wide_things_near_features_and_specks_in_them_stay_and_lines_go(monkeypatch):
    odds = np.zeros((200, 200), np.float32)
    odds[60:62, 60:62] = odds[120, 20:180] = odds[155:160, 60:72] = 0.95
    eye = np.zeros(odds.shape, bool)
    eye[50:70, 50:80] = eye[115:125, 50:80] = eye[150:165, 50:80] = True
    for marks, speck, wide in (
        ({}, True, True),
        ({"near": eye}, True, False),
        ({"near": eye, "features": eye}, False, False),
    ):
        found = seen_with(monkeypatch, odds, **marks)
        assert found[120, 20:180].all()
        assert found[60, 60] == speck and found[157, 65] == wide


def test_the_end_of_a_brow_stays_and_a_long_dark_scratch_goes(monkeypatch):
    odds = np.zeros((200, 200), np.float32)
    odds[60:62, 60:75] = odds[120, 20:180] = 0.95
    near = np.zeros(odds.shape, bool)
    near[50:70, 50:80] = near[115:125, 20:180] = True
    assert seen_with(monkeypatch, odds, near, dark=False)[60, 65]
    found = seen_with(monkeypatch, odds, near, dark=True)
    assert not found[50:70].any()
    assert found[120, 20:180].all()


def test_what_is_as_wide_as_an_eye_is_not_filled(monkeypatch):
    odds = np.zeros((200, 200), np.float32)
    odds[40:80, 40:80] = 0.99
    assert not seen_with(monkeypatch, odds).any()


def test_nothing_is_damaged_where_either_search_sees_nothing(monkeypatch):
    crop = drawn_crop(grain=3)
    pixels, wrong = cracked(crop.pixels, (60, 120), (90, 300))
    face = [face_of(crop)]
    assert (repair_picture(pixels, face)[0] != pixels).any(-1)[wrong].mean() > 0.9
    with monkeypatch.context() as patch:
        patch.setattr(finding, "damaged_parts", lambda *_: [])
        patch.setattr(finding, "FULL_SHARE", 1)
        assert np.array_equal(repair_picture(pixels, face)[0], pixels)
    monkeypatch.setattr(finding, "damage_odds", lambda luma: np.zeros((2, *luma.shape), np.float32))
    assert np.array_equal(repair_picture(pixels, face)[0], pixels)


def test_scratches_that_cross_are_found_where_there_are_many(monkeypatch):
    clean = np.ascontiguousarray(data.astronaut()[:340, 60:400])
    pixels = clean.copy()
    rng = np.random.default_rng(4)
    for _ in range(12):
        x, y, dx, dy = rng.uniform([20, 20, -150, -150], [320, 320, 150, 150]).astype(int).tolist()
        cv2.line(pixels, (x, y), (x + dx, y + dy), (236, 235, 233), 1 + (x % 2), cv2.LINE_AA)
    wrong = np.abs(luma_of(pixels) - luma_of(clean)) > 25
    left = left_of(repair_picture(pixels, [])[0], clean, wrong)
    nothing = np.zeros(wrong.shape, np.uint8)
    monkeypatch.setattr(finding, "_seen", lambda *_: (nothing, nothing, False))
    without = left_of(repair_picture(pixels, [])[0], clean, wrong)
    assert left < 0.6 * without < without < left_of(pixels, clean, wrong)
