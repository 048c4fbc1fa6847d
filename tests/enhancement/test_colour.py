"""The colour of restored faces: what is wrong goes, and what is good or grey stays."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_face import drawn_crop, luma_of, well_exposed

from nostalgia.enhancement.aligned_face import unit_template, warp_to
from nostalgia.enhancement.colour import ColourNetwork, chroma
from nostalgia.enhancement.embedded import WHOLE_FROM, EmbeddedEnhancer
from nostalgia.enhancement.restorer import RestorerNetwork
from nostalgia.faces.regions import TONE_REACH, face_regions
from nostalgia.geometry import apply_affine

NO_DETAIL = RestorerNetwork(*[lambda luma, _: np.zeros_like(luma)] * 2)
SHIPPED = EmbeddedEnhancer(NO_DETAIL)
CLEAN = drawn_crop(tint=(1.0, 0.8, 0.6))
REGIONS = face_regions(CLEAN.landmarks, CLEAN.face_height_px, *CLEAN.pixels.shape[1::-1])
SKIN = REGIONS.skin > 0.5


def no_patches(planes, _):
    return np.zeros_like(planes[:, 1:, ::2, ::2])


def enhancer_that(predict, restorer=NO_DETAIL, patches=no_patches):
    """An enhancer whose colour network answers to planes (4, S, S) with residuals (2, S, S)."""

    def answer(planes, place):
        return np.asarray(predict(planes[0], place[0]), np.float32)[None]

    return EmbeddedEnhancer(restorer, ColourNetwork(answer, patches))


def noisy(crop, levels=14):
    drawn = np.random.default_rng(5).normal(0, 1, crop.pixels.shape).astype(np.float32)
    soft = cv2.GaussianBlur(drawn, (0, 0), 0.8)
    pixels = crop.pixels + soft / soft.std() * levels
    return replace(crop, pixels=np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def compressed(crop, quality=14):
    kind = [cv2.IMWRITE_JPEG_QUALITY, quality]
    encoded = cv2.imencode(".jpg", crop.pixels[..., ::-1], kind)[1]
    return replace(crop, pixels=np.ascontiguousarray(cv2.imdecode(encoded, 1)[..., ::-1]))


def two_coloured(crop):
    """One half of the crop redder, as light as before."""
    redder = crop.pixels.astype(np.float32)
    half = redder.shape[1] // 2
    redder[:, :half] += np.float32([1.402 * 15, -0.714 * 15, 0])
    return replace(crop, pixels=np.clip(np.rint(redder), 0, 255).astype(np.uint8))


def wrong_colour(crop):
    """Mean error of the chroma of the skin, levels."""
    return float(np.abs(chroma(crop.pixels) - chroma(CLEAN.pixels))[:, SKIN].mean())


def test_wrong_colour_goes_and_luma_stays():
    damaged = noisy(CLEAN)
    after = SHIPPED.enhance(damaged, 1.0)
    assert wrong_colour(after) < 0.6 * wrong_colour(damaged)
    moved = np.abs(luma_of(after.pixels) - luma_of(damaged.pixels))
    assert np.percentile(moved, 99) <= 1


def test_good_colour_stays():
    hardly = enhancer_that(lambda planes, _: np.full_like(planes[2:], 0.2 / 64))
    much = enhancer_that(lambda planes, _: np.full_like(planes[2:], 2 / 64))
    assert wrong_colour(SHIPPED.enhance(CLEAN, 1.0)) < 0.05
    assert wrong_colour(hardly.enhance(CLEAN, 1.0)) < 0.05
    assert wrong_colour(much.enhance(CLEAN, 1.0)) > 1.5


def test_a_residual_is_laid_where_it_was_seen_and_weighed_by_the_strength():
    def spot(planes, _):
        side = planes.shape[-1]
        drawn = np.zeros((2, side, side), np.float32)
        cv2.circle(drawn[1], (round(0.35 * side), round(0.6 * side)), side // 10, 0.5, -1)
        return drawn

    for strength in (0.5, 1.0):
        after = enhancer_that(spot).enhance(CLEAN, strength)
        blue, red = chroma(after.pixels) - chroma(CLEAN.pixels)
        assert red.max() == pytest.approx(32 * min(strength / WHOLE_FROM, 1), rel=0.25)
        rows, columns = np.nonzero(red > 8)
        found = np.array([[columns.mean(), rows.mean()]])
        there = apply_affine(unit_template(CLEAN.landmarks), found)[0]
        assert there == pytest.approx([0.35, 0.6], abs=0.01)
        assert np.abs(blue).max() < 2
        far = cv2.dilate((red > 8).astype(np.uint8), np.ones((15, 15), np.uint8)) == 0
        assert np.abs(red[far]).max() < 1
        assert np.abs(luma_of(after.pixels) - luma_of(CLEAN.pixels)).max() <= 1


def test_the_restored_luma_leads_and_the_photos_own_is_there():
    seen = []

    def predict(planes, place):
        seen.append((planes, place))
        return np.zeros_like(planes[2:])

    lighter = RestorerNetwork(
        lambda luma, _: np.full_like(luma, 10 / 255), lambda luma, _: np.zeros_like(luma)
    )
    enhancer_that(predict, lighter).enhance(well_exposed(CLEAN), 1.0)
    (planes, place) = seen[0]
    side = planes.shape[-1]
    middle = np.s_[3 * side // 8 : 5 * side // 8, 3 * side // 8 : 5 * side // 8]
    lead, own, blue, red = (plane[middle] for plane in planes)
    assert (lead - own).mean() * 255 == pytest.approx(10, abs=2)
    assert blue.mean() < 0 < red.mean()
    assert place.tolist()[:3] == [0, 0, 1]


def test_the_patches_see_what_the_first_network_left():
    seen = []

    def patches(planes, enlarged):
        seen.append((planes, enlarged))
        return spot[None]

    spot = np.zeros((2, 64, 64), np.float32)
    cv2.circle(spot[1], (32, 42), 8, 30 / 64, -1)
    redder = enhancer_that(lambda planes, _: np.full_like(planes[2:], 6 / 64), patches=patches)
    face = two_coloured(CLEAN)
    after = redder.enhance(face, 1.0)
    (planes, enlarged) = seen[0]
    assert planes.shape == (1, 3, 128, 128)
    assert enlarged.tolist() == [1]
    unit = unit_template(CLEAN.landmarks)
    before = chroma(warp_to(face.pixels, unit, 128))[:, 48:80, 48:80].mean()
    assert planes[0, 1:, 48:80, 48:80].mean() * 64 == pytest.approx(before + 6, abs=0.5)
    alone = enhancer_that(lambda planes, _: np.full_like(planes[2:], 6 / 64)).enhance(face, 1.0)
    blue, red = chroma(after.pixels) - chroma(alone.pixels)
    wanted = 30 - spot[1, 12:-12, 12:-12].mean() * 64
    assert np.median(red[red > wanted / 2]) == pytest.approx(wanted, abs=2)
    assert np.abs(blue).max() < 2


def test_patches_leave_a_cast_as_it_is():
    cast = enhancer_that(
        lambda planes, _: np.zeros_like(planes[2:]),
        patches=lambda planes, _: np.full((1, 2, 64, 64), 9 / 64, np.float32),
    )
    face = two_coloured(CLEAN)
    after = cast.enhance(face, 1.0)
    assert np.abs(chroma(after.pixels) - chroma(face.pixels)).max() < 1.5


def test_patches_leave_tinted_prints_alone():
    spot = np.zeros((1, 2, 64, 64), np.float32)
    cv2.circle(spot[0, 1], (32, 42), 8, 30 / 64, -1)
    spotted = enhancer_that(
        lambda planes, _: np.zeros_like(planes[2:]), patches=lambda planes, _: spot
    )
    assert wrong_colour(spotted.enhance(CLEAN, 1.0)) < 0.05
    face = two_coloured(CLEAN)
    assert np.abs(spotted.enhance(face, 1.0).pixels.astype(int) - face.pixels).max() > 15


def test_a_grey_picture_stays_exactly_grey():
    def fail(*_):
        raise AssertionError

    grey = drawn_crop(grain=9, tint=(1.0, 1.0, 1.0))
    damaged = compressed(grey)
    damaged = replace(damaged, pixels=np.repeat(damaged.pixels[..., :1], 3, -1))
    assert enhancer_that(fail).enhance(damaged, 1.0).pixels.tolist() == damaged.pixels.tolist()
    restored = EmbeddedEnhancer().enhance(damaged, 1.0).pixels
    assert not np.ptp(restored, axis=-1).any()
    assert not chroma(restored).any()


def test_nothing_changes_beyond_the_reach_of_the_face():
    damaged = noisy(CLEAN)
    after = SHIPPED.enhance(damaged, 1.0).pixels
    assert TONE_REACH > 0
    assert not (after != damaged.pixels).any(-1)[REGIONS.tone == 0].any()
