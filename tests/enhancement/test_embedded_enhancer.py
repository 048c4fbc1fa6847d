"""The embedded enhancer on drawn faces, and its PSNR and sharpness on real photos."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_face import LEFT_EYE_XY, SIZE, SKIN_XY, UNIT, drawn_crop, luma_of, well_exposed

from nostalgia.enhancement import working_face
from nostalgia.enhancement.aligned_face import LEAST_SIDE_PX, unit_template
from nostalgia.enhancement.base import FaceEnhancer
from nostalgia.enhancement.colour import ColourNetwork
from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.enhancement.face_template import similarity_scale
from nostalgia.enhancement.restorer import RestorerNetwork
from nostalgia.faces.regions import TONE_REACH, reach_xyxy
from nostalgia.geometry import apply_affine
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, HeadPose

ENHANCER = EmbeddedEnhancer.load(AnimateOptions())
SAME_COLOUR = ColourNetwork(
    lambda planes, _: np.zeros_like(planes[:, 2:]),
    lambda planes, _: np.zeros_like(planes[:, 1:, ::2, ::2]),
)


def enhancer_that(predict) -> EmbeddedEnhancer:
    """An enhancer whose networks answer to crops (S, S), levels, with residuals, levels."""

    def answer(luma, place):
        residual = predict(luma[0, 0] * 255, place[0]) / 255
        return residual.astype(np.float32)[None, None]

    def patches(luma, enlarged):
        return answer(luma, np.array([[0, 0, 1, *enlarged]], np.float32))

    return EmbeddedEnhancer(RestorerNetwork(answer, patches), SAME_COLOUR)


UNCHANGED = enhancer_that(lambda luma, _: np.zeros_like(luma))


def changed(crop, strength):
    return luma_of(ENHANCER.enhance(crop, strength).pixels) - luma_of(crop.pixels)


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
    clean = well_exposed(drawn_crop(grain=3))
    damaged = scratched(clean)
    wrong = np.abs(luma_of(damaged.pixels) - luma_of(clean.pixels)) > 20
    after = luma_of(UNCHANGED.enhance(damaged, 0.5).pixels)
    assert wrong.sum() > 30
    assert np.abs(after - luma_of(clean.pixels))[wrong].mean() < 6
    assert np.abs(luma_of(damaged.pixels) - luma_of(clean.pixels))[wrong].mean() > 50
    near = cv2.dilate(wrong.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(after - luma_of(clean.pixels))[~near].max() <= 1


def test_a_scratch_is_filled_with_the_colour_of_the_skin():
    clean = drawn_crop(grain=0, tint=(1.0, 0.8, 0.55))
    damaged = scratched(clean)
    wrong = (np.abs(damaged.pixels.astype(int) - clean.pixels) > 40).any(-1)
    after = ENHANCER.enhance(damaged, 1.0).pixels[wrong].astype(float).mean(0)
    assert after[2] / after[0] == pytest.approx(0.55, abs=0.05)


def test_catchlights_and_moles_stay():
    crop = well_exposed(drawn_crop(grain=2))
    pixels = crop.pixels.copy()
    x, y = SKIN_XY
    cv2.circle(pixels, (x, y), 2, (70, 55, 45), -1, cv2.LINE_AA)
    spotted = replace(crop, pixels=pixels)
    eye_y, eye_x = round(LEFT_EYE_XY[1]) - 1, round(LEFT_EYE_XY[0]) - 1
    for enhancer, levels in ((UNCHANGED, 1), (ENHANCER, 25)):
        after = luma_of(enhancer.enhance(spotted, 1.0).pixels)
        assert after[eye_y, eye_x] >= luma_of(pixels)[eye_y, eye_x] - levels
        assert after[y, x] <= luma_of(pixels)[y, x] + levels


def test_restored_luma_leaves_the_chroma_alone():
    crop = drawn_crop(grain=4, exposure=0.6, tint=(1.0, 0.75, 0.5))
    after = EmbeddedEnhancer(colour=SAME_COLOUR).enhance(crop, 1.0).pixels.astype(np.int16)
    before = crop.pixels.astype(np.int16)
    free = (after.min(-1) > 0) & (after.max(-1) < 255)
    for a, b in ((0, 1), (1, 2)):
        drift = (after[..., a] - after[..., b]) - (before[..., a] - before[..., b])
        assert np.abs(drift[free]).max() <= 1


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


def scaled(crop, factor):
    """The same crop, a whole number of times larger."""
    return replace(
        crop,
        pixels=np.ascontiguousarray(crop.pixels.repeat(factor, 0).repeat(factor, 1)),
        landmarks=((crop.landmarks + np.float32([0.5, 0.5, 0])) * factor).astype(np.float32),
        inside_xyxy=(0, 0, SIZE * factor, SIZE * factor),
        face_height_px=UNIT * factor,
    )


def test_a_residual_lands_where_the_network_saw_the_face(monkeypatch):
    """A spot at one place of the network's crop appears at that place of the photo, at any size."""

    def spot(luma, _):
        side = len(luma)
        residual = np.zeros_like(luma)
        cv2.circle(residual, (round(0.36 * side), round(0.4 * side)), side // 24, 40.0, -1)
        return residual

    monkeypatch.setattr(working_face, "WORKING_FACE_PX", 2 * UNIT)
    for factor in (1, 4):
        crop = scaled(well_exposed(drawn_crop()), factor)
        change = luma_of(enhancer_that(spot).enhance(crop, 1.0).pixels) - luma_of(crop.pixels)
        rows, columns = np.nonzero(change > 20)
        found = np.array([[columns.mean(), rows.mean()]])
        there = apply_affine(unit_template(crop.landmarks), found)[0]
        assert there == pytest.approx([0.36, 0.4], abs=0.01)


def test_strength_weighs_the_residual():
    enhancer = enhancer_that(lambda luma, _: np.full_like(luma, 10.0))
    crop = well_exposed(drawn_crop())
    x, y = SKIN_XY
    for strength, levels in ((0.3, 3), (1.0, 10)):
        change = luma_of(enhancer.enhance(crop, strength).pixels) - luma_of(crop.pixels)
        assert change[y - 4 : y + 4, x - 4 : x + 4].mean() == pytest.approx(levels, abs=1)


def test_the_network_learns_how_much_a_small_face_was_enlarged():
    seen = []

    def predict(luma, place):
        seen.append((len(luma), float(place[3])))
        return np.zeros_like(luma)

    crop = drawn_crop()
    small_px = 40.0
    enlarged = replace(crop, enlarged=UNIT / small_px)
    enhancer_that(predict).enhance(enlarged, 1.0)
    enhancer_that(predict).enhance(crop, 1.0)
    assert {side for side, _ in seen} >= {LEAST_SIDE_PX}
    own_side_px = 1 / (similarity_scale(unit_template(crop.landmarks)) * enlarged.enlarged)
    assert seen[0][1] == pytest.approx(LEAST_SIDE_PX / own_side_px)
    assert seen[-1][1] < 1.1


def test_the_smaller_a_face_the_less_is_laid_on():
    enhancer = enhancer_that(lambda luma, _: np.full_like(luma, 20.0))
    crop, levels = well_exposed(drawn_crop()), []
    x, y = SKIN_XY
    for own_px in (26, 36, 42, 60):
        small = replace(crop, enlarged=UNIT / own_px)
        change = luma_of(enhancer.enhance(small, 1.0).pixels) - luma_of(crop.pixels)
        levels.append(change[y - 4 : y + 4, x - 4 : x + 4].mean())
    assert levels[0] == 0
    assert levels == sorted(levels)
    assert levels[2] == pytest.approx(levels[3] / 2, abs=1)


def test_faces_that_nobody_can_know_are_not_given_to_the_network():
    def fail(luma, _):
        raise AssertionError

    crop = replace(drawn_crop(grain=6), enlarged=UNIT / 20)
    assert not np.array_equal(enhancer_that(fail).enhance(crop, 1.0).pixels, crop.pixels)


@pytest.mark.slow
def test_the_default_strength_stays_close_to_real_photos(shared):
    """Good photos stay; grain, the screens of prints, blur and cracks may go."""
    truth = json.loads((shared / "eval/faces.json").read_text())
    strength = AnimateOptions().enhance
    dbs, ratios = {}, {}
    for name, entry in truth.items():
        if not name.startswith(("portrait-", "painting-")):
            continue
        photo = cv2.imread(str(shared / f"photos/{name}"))[..., ::-1]
        crop = real_crop(photo, np.float32(entry["faces"][0]["landmarks"]))
        low = np.maximum(crop.landmarks[:, :2].min(0), 0).astype(int)
        high = crop.landmarks[:, :2].max(0).astype(int)
        face = np.s_[low[1] : high[1], low[0] : high[0]]
        after = ENHANCER.enhance(crop, strength).pixels[face]
        dbs[name] = psnr(after, crop.pixels[face])
        ratios[name] = sharpness(after) / sharpness(crop.pixels[face])
    assert len(dbs) > 20
    assert np.median([*dbs.values()]) >= 41
    assert 0.9 < np.median([*ratios.values()]) < 1.1 and min(ratios.values()) > 0.5
    # Faded: its tones come back whole. Blurred: it becomes more than twice as sharp.
    faded, blurred = "portrait-autochrome-roses.png", "portrait-photo-of-a-photo.jpg"
    assert 25 < dbs.pop(faded) < 30 and 1.5 < ratios.pop(blurred) < 2.5
    assert min(db for name, db in dbs.items() if "torn" not in name) > 26
    assert max(ratios.values()) < 2


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


def test_detail_of_a_faded_face_is_looked_for_in_all_of_its_contrast():
    """And laid out in the contrast that the face gets: part of the fading stays."""
    whole = well_exposed(drawn_crop(grain=0))
    faded = replace(whole, pixels=np.rint(whole.pixels * 0.45 + 95).astype(np.uint8))
    seen, laid = [], []
    for crop in (whole, faded):
        shown = []

        def patches(luma, _, shown=shown):
            shown.append(luma.copy())
            stripes = 12 * np.sin(np.arange(luma.shape[1]) / 3)
            return np.repeat(stripes[None], len(luma), axis=0) * (len(shown) > 1)

        with_stripes = enhancer_that(patches).enhance(crop, 0.8)
        without = UNCHANGED.enhance(crop, 0.8)
        seen.append(shown[1][30:-30, 30:-30].std())
        laid.append((luma_of(with_stripes.pixels) - luma_of(without.pixels)).std())
    assert 0.85 < seen[1] / seen[0] < 1.1
    assert 0.7 < laid[1] / laid[0] < 0.95
