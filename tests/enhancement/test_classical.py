"""Restoration by signal processing, which the smallest faces get, on drawn faces."""

import cv2
import numpy as np
from drawn_face import SIZE, SKIN_XY, drawn_crop, luma_of

from nostalgia.enhancement.classical import classical_shift
from nostalgia.enhancement.working_face import add_shift, working_face
from nostalgia.faces.regions import reach_xyxy

X, Y = SKIN_XY
WINDOW = np.s_[Y - 9 : Y + 9, X - 9 : X + 9]


def restored(crop, strength):
    box = reach_xyxy(crop.landmarks, crop.face_height_px, crop.size_px)
    shift = classical_shift(working_face(crop, box), strength)
    return add_shift(crop.pixels, shift[..., None], box)


def changed(crop, strength):
    return luma_of(restored(crop, strength)) - luma_of(crop.pixels)


def fine_texture(pixels):
    luma = luma_of(pixels)
    return float((luma - cv2.GaussianBlur(luma, (0, 0), 1.5))[WINDOW].std())


def test_noise_goes_down_but_grain_stays_like_the_surroundings():
    crop = drawn_crop(grain=8)
    before = fine_texture(crop.pixels)
    half, whole = (fine_texture(restored(crop, s)) for s in (0.5, 1.0))
    assert half < 0.97 * before
    assert 0.7 * before < half
    assert 0.5 * before < whole < before


def test_an_underexposed_face_grows_brighter_and_a_good_one_keeps_its_tone():
    dark, good = drawn_crop(grain=2, exposure=0.55), drawn_crop(grain=2, exposure=1.15)
    assert 2.0 < changed(dark, 0.5)[WINDOW].mean() < 10
    assert 4.0 < changed(dark, 1.0)[WINDOW].mean() < 20
    assert abs(changed(good, 1.0)[WINDOW].mean()) < 2.0


def test_a_dark_face_in_a_well_exposed_photo_is_not_lightened():
    crop = drawn_crop(grain=2, exposure=0.5)
    crop.pixels[: SIZE // 6] = 250
    assert abs(changed(crop, 1.0)[WINDOW].mean()) < 1.0


def test_more_strength_changes_more():
    crop = drawn_crop(grain=6, exposure=0.7)
    steps = [np.abs(changed(crop, s)).mean() for s in (0.1, 0.3, 0.5, 0.7, 1.0)]
    assert steps == sorted(steps)
    assert steps[0] < 0.5 * steps[-1]
