"""The embedded enhancer on drawn faces, and its PSNR and sharpness on real photos."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_face import LEFT_EYE_XY, SIZE, SKIN_XY, UNIT, drawn_crop, luma_of

from nostalgia.enhancement import working_face
from nostalgia.enhancement.base import FaceEnhancer
from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.faces.regions import TONE_REACH, reach_xyxy
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, HeadPose

ENHANCER = EmbeddedEnhancer()


def changed(crop, strength):
    return luma_of(ENHANCER.enhance(crop, strength).pixels) - luma_of(crop.pixels)


def skin_patch(pixels, half=9):
    x, y = SKIN_XY
    return luma_of(pixels)[y - half : y + half, x - half : x + half]


def fine_texture(pixels):
    patch = luma_of(pixels)
    fine = patch - cv2.GaussianBlur(patch, (0, 0), 1.5)
    x, y = SKIN_XY
    return float(fine[y - 9 : y + 9, x - 9 : x + 9].std())


def sharpness(pixels):
    smooth = cv2.GaussianBlur(luma_of(pixels), (0, 0), 0.8)
    return float(cv2.Laplacian(smooth, cv2.CV_32F).var())


def psnr(a, b):
    error = ((a.astype(np.float64) - b) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def test_it_is_a_face_enhancer():
    assert isinstance(ENHANCER, FaceEnhancer)
    assert ENHANCER.name == "embedded"


@pytest.mark.parametrize("strength", [0.0, -0.1])
def test_strength_zero_gives_back_the_same_object(strength):
    crop = drawn_crop(grain=5)
    assert ENHANCER.enhance(crop, strength) is crop


def test_the_source_is_left_alone_and_only_pixels_change():
    crop = drawn_crop(grain=5)
    before = crop.pixels.copy()
    after = ENHANCER.enhance(crop, 1.0)
    assert np.array_equal(crop.pixels, before)
    assert not np.array_equal(after.pixels, before)
    assert after.pixels.dtype == np.uint8 and after.pixels.shape == before.shape
    assert after.landmarks is crop.landmarks and after.inside_xyxy == crop.inside_xyxy


def test_two_runs_give_the_same_bytes():
    crop = scratched(drawn_crop(grain=6))
    first, second = (ENHANCER.enhance(crop, 0.8).pixels for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_beyond_the_mask_every_pixel_is_the_photos(strength):
    crop = drawn_crop(grain=8, exposure=0.6)
    after = ENHANCER.enhance(crop, strength).pixels
    rows, columns = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    reach = TONE_REACH * UNIT + 2
    far = (columns / (0.37 * UNIT + reach)) ** 2 + (rows / (0.5 * UNIT + reach)) ** 2 > 1
    assert np.array_equal(after[far], crop.pixels[far])
    x0, y0, x1, y1 = reach_xyxy(crop.landmarks, crop.face_height_px, SIZE)
    assert min(x0, y0) > 0 and max(x1, y1) < SIZE


def test_a_face_at_the_crops_border_leaves_the_border_alone():
    crop = drawn_crop(grain=8, exposure=0.6)
    cut = SIZE // 2
    near = FaceCrop(
        pixels=np.ascontiguousarray(crop.pixels[cut:, cut:]),
        photo_from_crop=crop.photo_from_crop,
        landmarks=crop.landmarks - np.float32([cut, cut, 0]),
        pose=HeadPose(0, 0, 0),
        inside_xyxy=(0, 0, cut, cut),
        face_height_px=UNIT,
    )
    after = ENHANCER.enhance(near, 1.0).pixels
    assert not np.array_equal(after, near.pixels)
    assert np.array_equal(after[:2], near.pixels[:2])
    assert np.array_equal(after[:, :2], near.pixels[:, :2])


def scratched(crop):
    """A bright scratch down the image-left cheek and a white speck on the other cheek."""
    x, y = SKIN_XY
    pixels = crop.pixels.copy()
    cv2.line(pixels, (x - 6, y - 10), (x + 4, y + 24), (245, 245, 240), 1)
    pixels[y + 4 : y + 6, SIZE - x : SIZE - x + 2] = 252
    return replace(crop, pixels=pixels)


def test_a_scratch_and_a_speck_are_removed_and_nothing_else():
    clean = drawn_crop(grain=3)
    damaged = scratched(clean)
    wrong = np.abs(luma_of(damaged.pixels) - luma_of(clean.pixels)) > 20
    after = luma_of(ENHANCER.enhance(damaged, 0.5).pixels)
    reference = luma_of(ENHANCER.enhance(clean, 0.5).pixels)
    assert wrong.sum() > 30
    assert np.abs(after - reference)[wrong].mean() < 6
    assert np.abs(luma_of(damaged.pixels) - luma_of(clean.pixels))[wrong].mean() > 50
    near = cv2.dilate(wrong.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(after - reference)[~near].max() <= 3


def test_a_scratch_is_filled_with_the_colour_of_the_skin():
    clean = drawn_crop(grain=0, tint=(1.0, 0.8, 0.55))
    damaged = scratched(clean)
    wrong = (np.abs(damaged.pixels.astype(int) - clean.pixels) > 40).any(-1)
    after = ENHANCER.enhance(damaged, 1.0).pixels[wrong].astype(float).mean(0)
    assert after[2] / after[0] == pytest.approx(0.55, abs=0.05)


def test_catchlights_and_moles_stay():
    crop = drawn_crop(grain=2)
    pixels = crop.pixels.copy()
    x, y = SKIN_XY
    cv2.circle(pixels, (x, y), 2, (70, 55, 45), -1, cv2.LINE_AA)
    spotted = replace(crop, pixels=pixels)
    after = luma_of(ENHANCER.enhance(spotted, 1.0).pixels)
    eye_y, eye_x = round(LEFT_EYE_XY[1]) - 1, round(LEFT_EYE_XY[0]) - 1
    assert after[eye_y, eye_x] >= luma_of(pixels)[eye_y, eye_x] - 3
    assert after[y, x] <= luma_of(pixels)[y, x] + 5


def test_noise_goes_down_but_grain_stays_like_the_surroundings():
    crop = drawn_crop(grain=8)
    before = fine_texture(crop.pixels)
    half, whole = (fine_texture(ENHANCER.enhance(crop, s).pixels) for s in (0.5, 1.0))
    assert half < 0.97 * before
    assert 0.7 * before < half
    assert 0.5 * before < whole < before


def test_an_underexposed_face_grows_brighter_and_a_good_one_keeps_its_tone():
    dark, good = drawn_crop(grain=2, exposure=0.55), drawn_crop(grain=2, exposure=1.15)
    x, y = SKIN_XY
    window = np.s_[y - 9 : y + 9, x - 9 : x + 9]
    assert 2.0 < changed(dark, 0.5)[window].mean() < 10
    assert 4.0 < changed(dark, 1.0)[window].mean() < 20
    assert abs(changed(good, 1.0)[window].mean()) < 2.0


def test_a_dark_face_in_a_well_exposed_photo_is_not_lightened():
    crop = drawn_crop(grain=2, exposure=0.5)
    pixels = crop.pixels.copy()
    pixels[: SIZE // 6] = 250
    lit = replace(crop, pixels=pixels)
    x, y = SKIN_XY
    assert abs(changed(lit, 1.0)[y - 9 : y + 9, x - 9 : x + 9].mean()) < 1.0


def test_chroma_stays():
    crop = drawn_crop(grain=4, exposure=0.6, tint=(1.0, 0.75, 0.5))
    after = ENHANCER.enhance(crop, 1.0).pixels.astype(np.int16)
    before = crop.pixels.astype(np.int16)
    free = (after.min(-1) > 0) & (after.max(-1) < 255)
    for a, b in ((0, 1), (1, 2)):
        drift = (after[..., a] - after[..., b]) - (before[..., a] - before[..., b])
        assert np.abs(drift[free]).max() <= 1


def test_more_strength_changes_more():
    crop = scratched(drawn_crop(grain=6, exposure=0.7))
    steps = [np.abs(changed(crop, s)).mean() for s in (0.1, 0.3, 0.5, 0.7, 1.0)]
    assert steps == sorted(steps)
    assert steps[0] < 0.5 * steps[-1]


def test_a_huge_face_is_worked_on_at_reduced_scale(monkeypatch):
    small, factor = drawn_crop(exposure=0.6), 3
    monkeypatch.setattr(working_face, "WORKING_FACE_PX", UNIT)
    large = FaceCrop(
        pixels=np.ascontiguousarray(small.pixels.repeat(factor, 0).repeat(factor, 1)),
        photo_from_crop=small.photo_from_crop,
        landmarks=(small.landmarks + np.float32([0.5, 0.5, 0])) * factor,
        pose=HeadPose(0, 0, 0),
        inside_xyxy=(0, 0, SIZE * factor, SIZE * factor),
        face_height_px=UNIT * factor,
    )
    x, y = (v * factor for v in SKIN_XY)
    window = np.s_[y - 12 : y + 12, x - 12 : x + 12]
    after = ENHANCER.enhance(large, 1.0).pixels
    lift = luma_of(after[window]).mean() - luma_of(large.pixels[window]).mean()
    x, y = SKIN_XY
    expected = changed(small, 1.0)[y - 4 : y + 4, x - 4 : x + 4].mean()
    assert lift == pytest.approx(expected, abs=1.5)
    inset = factor * SIZE // 50
    assert np.array_equal(after[:inset], large.pixels[:inset])


def test_a_face_of_a_few_pixels_comes_back_as_it_is():
    crop = drawn_crop()
    tiny = FaceCrop(
        pixels=cv2.resize(crop.pixels, (40, 40), interpolation=cv2.INTER_AREA),
        photo_from_crop=crop.photo_from_crop,
        landmarks=crop.landmarks * np.float32(40 / SIZE),
        pose=HeadPose(0, 0, 0),
        inside_xyxy=(0, 0, 40, 40),
        face_height_px=UNIT * 40 / SIZE,
    )
    assert ENHANCER.enhance(tiny, 1.0) is tiny


@pytest.mark.slow
def test_the_default_strength_stays_close_to_real_photos(shared):
    """These bounds leave 38 dB and 0.9-1.1 of the sharpness after encoding."""
    truth = json.loads((shared / "eval/faces.json").read_text())
    strength = AnimateOptions().enhance
    dbs, ratios, damaged = [], [], []
    for name, entry in truth.items():
        if not name.startswith(("portrait-", "painting-")):
            continue
        photo = cv2.imread(str(shared / f"photos/{name}"))[..., ::-1]
        crop = real_crop(photo, np.float32(entry["faces"][0]["landmarks"]))
        low = np.maximum(crop.landmarks[:, :2].min(0), 0).astype(int)
        high = crop.landmarks[:, :2].max(0).astype(int)
        face = np.s_[low[1] : high[1], low[0] : high[0]]
        after = ENHANCER.enhance(crop, strength).pixels[face]
        damaged.append("torn" in name)
        dbs.append(psnr(after, crop.pixels[face]))
        ratios.append(sharpness(after) / sharpness(crop.pixels[face]))
    assert len(dbs) > 20
    assert np.median(dbs) >= 41
    assert min(db for db, torn in zip(dbs, damaged, strict=True) if not torn) > 33
    assert 0.95 < np.median(ratios) < 1.1 and min(ratios) > 0.85 and max(ratios) < 1.15


def real_crop(photo, points):
    """A crop with margin 1.75 and replicated edges, as `photo.crop.crop_face` returns it."""
    height = float(np.linalg.norm(points[152] - points[10]))
    half, centre = round(1.75 * height), points.mean(0)
    x0, y0 = (round(float(v)) - half for v in centre)
    rows = np.clip(np.arange(y0, y0 + 2 * half), 0, photo.shape[0] - 1)
    columns = np.clip(np.arange(x0, x0 + 2 * half), 0, photo.shape[1] - 1)
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[: len(points), :2] = points - np.float32([x0, y0])
    return FaceCrop(
        pixels=np.ascontiguousarray(photo[rows][:, columns]),
        photo_from_crop=np.array([[1.0, 0, x0], [0, 1.0, y0]]),
        landmarks=landmarks,
        pose=HeadPose(0, 0, 0),
        inside_xyxy=(0, 0, 2 * half, 2 * half),
        face_height_px=height,
    )


def test_a_tear_across_face_and_backdrop_is_repaired_inside_the_face_only():
    clean = drawn_crop(grain=3)
    y = round(LEFT_EYE_XY[1] - 0.225 * UNIT)  # through the image-left brow
    pixels = clean.pixels.copy()
    cv2.line(pixels, (80, y - 6), (205, y + 2), (250, 248, 245), 2)
    torn = np.abs(luma_of(pixels) - luma_of(clean.pixels)) > 20
    after = luma_of(ENHANCER.enhance(replace(clean, pixels=pixels), 0.5).pixels)
    left = np.abs(after - luma_of(clean.pixels))
    face = np.zeros_like(torn)
    face[:, round(SIZE / 2 - 0.24 * UNIT) :] = True
    assert left[torn & face].mean() < 25
    assert np.array_equal(after[:, :100], luma_of(pixels)[:, :100])
