"""The photo's grain on a restored face."""

from dataclasses import replace

import cv2
import numpy as np
from drawn_face import drawn_crop, luma_of

from nostalgia.enhancement.grain import GRAIN_KEPT, borrowed_grain, calmed, measure_grain
from nostalgia.enhancement.working_face import working_face
from nostalgia.faces.regions import reach_xyxy


def restored_grain(crop):
    """Grain of the photo's skin, and of a smoothed one with what is laid back."""
    box = reach_xyxy(crop.landmarks, crop.face_height_px, crop.size_px)
    face = working_face(crop, box)
    detail = cv2.GaussianBlur(face.luma, (0, 0), 3) - face.luma
    result = face.luma + detail + borrowed_grain(face.luma, detail, face.regions)
    return (measure_grain(luma, face.regions.skin) for luma in (face.luma, result))


def test_grain_is_laid_back_where_the_surroundings_have_it():
    before, after = restored_grain(drawn_crop(grain=3))
    assert 0.9 * GRAIN_KEPT < after / before < 1.15 * GRAIN_KEPT


def test_of_strong_grain_less_is_laid_back_but_nearly_all_of_a_screen():
    shares = []
    for grain in (3, 12, 40):
        before, after = restored_grain(drawn_crop(grain=grain, exposure=0.7))
        shares.append(after / before)
    assert shares[1] < 0.6 * shares[0]
    assert shares[2] > 1.2 * shares[1] + 0.2


def test_grain_is_compared_with_what_is_as_light_as_the_skin():
    crop = drawn_crop(grain=0)
    drawn = np.random.default_rng(4).normal(0, 4, crop.pixels.shape[:2])[..., None]
    light = (luma_of(crop.pixels) > 90)[..., None]
    grainy = np.where(light, crop.pixels + drawn, crop.pixels)
    results = []
    for beside in (False, True):  # the same skin once more, in a corner of the picture beside it
        pixels = grainy.copy()
        if beside:
            pixels[140:300, 130:170] = np.array([170.0, 153, 136]) + drawn[140:300, 130:170]
        pixels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
        before, after = restored_grain(replace(crop, pixels=pixels))
        results.append(after / before)
    assert results[0] < 0.3
    assert results[1] > 0.5


def test_no_grain_is_laid_back_where_the_surroundings_are_smooth():
    grainy, smooth = drawn_crop(grain=9), drawn_crop()
    face = luma_of(smooth.pixels) > 90
    pixels = np.where(face[..., None], grainy.pixels, smooth.pixels)
    before, after = restored_grain(replace(grainy, pixels=pixels))
    assert after < 0.2 * before


def textured(levels):
    drawn = np.random.default_rng(2).normal(0, 1, (128, 128)).astype(np.float32)
    soft = cv2.GaussianBlur(drawn, (0, 0), 0.8)
    return np.clip(128 + soft / soft.std() * levels, 0, 255).astype(np.uint8)


def test_only_strong_grain_is_flattened_and_a_print_keeps_its_screen():
    for levels, flattened in ((3, False), (18, True), (40, False)):
        crop = textured(levels)
        after, share = calmed(crop)
        assert (share > 0) == flattened
        assert np.array_equal(after, crop) != flattened
        assert not flattened or after.std() < 0.5 * crop.std()
