"""The colour of restored faces: noise and blocks go, and what is good or grey stays."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_face import drawn_crop, luma_of

from nostalgia.enhancement.colour import BLOCKY, block_step, chroma
from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.enhancement.restorer import RestorerNetwork
from nostalgia.faces.regions import TONE_REACH, face_regions

UNCHANGED = EmbeddedEnhancer(RestorerNetwork(lambda luma, _: np.zeros_like(luma)))
CLEAN = drawn_crop(tint=(1.0, 0.8, 0.6))
SKIN = face_regions(CLEAN.landmarks, CLEAN.face_height_px, *CLEAN.pixels.shape[1::-1]).skin > 0.5


def noisy(crop, levels=14):
    drawn = np.random.default_rng(5).normal(0, 1, crop.pixels.shape).astype(np.float32)
    soft = cv2.GaussianBlur(drawn, (0, 0), 0.8)
    pixels = crop.pixels + soft / soft.std() * levels
    return replace(crop, pixels=np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def compressed(crop, quality=14):
    kind = [cv2.IMWRITE_JPEG_QUALITY, quality]
    encoded = cv2.imencode(".jpg", crop.pixels[..., ::-1], kind)[1]
    return replace(crop, pixels=np.ascontiguousarray(cv2.imdecode(encoded, 1)[..., ::-1]))


def blotched(crop):
    """Flat blocks of colour like those of a strongly compressed file."""
    rows = -(-crop.size_px // 16)
    drawn = np.random.default_rng(3).uniform(-9, 9, (rows, rows))
    blocks = np.kron(drawn, np.ones((16, 16)))[: crop.size_px, : crop.size_px]
    pixels = crop.pixels + blocks[..., None] * np.array([1.0, -0.57, 0.8])
    return replace(crop, pixels=np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def wrong_colour(crop):
    """Mean error of the chroma of the skin, levels."""
    pairs = zip(chroma(crop.pixels), chroma(CLEAN.pixels), strict=True)
    return float(np.mean([np.abs(a - b)[SKIN].mean() for a, b in pairs]))


@pytest.mark.parametrize(("damaged", "left"), [(noisy(CLEAN), 0.55), (blotched(CLEAN), 0.9)])
def test_wrong_colour_goes_and_luma_stays(damaged, left):
    after = UNCHANGED.enhance(damaged, 1.0)
    assert wrong_colour(after) < left * wrong_colour(damaged)
    moved = np.abs(luma_of(after.pixels) - luma_of(damaged.pixels))
    assert np.percentile(moved, 99) <= 1


def test_half_the_strength_takes_out_half():
    damaged = noisy(CLEAN)
    change = [
        UNCHANGED.enhance(damaged, strength).pixels.astype(float) - damaged.pixels
        for strength in (0.5, 1.0)
    ]
    assert np.abs(change[0] * 2 - change[1])[SKIN].mean() < 0.6
    assert np.abs(change[1])[SKIN].mean() > 4


@pytest.mark.parametrize("grain", [2, 6])
def test_good_colour_and_its_grain_stay(grain):
    crop = drawn_crop(grain=grain, tint=(1.0, 0.8, 0.6))
    assert np.array_equal(UNCHANGED.enhance(crop, 1.0).pixels, crop.pixels)


def test_a_grey_picture_stays_exactly_grey():
    grey = drawn_crop(grain=9, tint=(1.0, 1.0, 1.0))
    damaged = compressed(grey)
    damaged = replace(damaged, pixels=np.repeat(damaged.pixels[..., :1], 3, -1))
    assert block_step(damaged) == 0
    assert UNCHANGED.enhance(damaged, 1.0).pixels.tolist() == damaged.pixels.tolist()
    restored = EmbeddedEnhancer().enhance(damaged, 1.0).pixels
    assert not np.ptp(restored, axis=-1).any()
    assert not all(plane.any() for plane in chroma(restored))


def test_nothing_changes_beyond_the_reach_of_the_face():
    damaged = noisy(CLEAN)
    after = UNCHANGED.enhance(damaged, 1.0).pixels
    reach = face_regions(CLEAN.landmarks, CLEAN.face_height_px, *CLEAN.pixels.shape[1::-1]).tone
    assert TONE_REACH > 0
    assert not (after != damaged.pixels).any(-1)[reach == 0].any()


def test_blocks_are_found_at_any_place_of_the_grid_and_of_an_enlarged_photo():
    crop = compressed(noisy(CLEAN), 50)
    assert block_step(CLEAN) < BLOCKY[0] < block_step(crop)
    moved = replace(crop, pixels=np.roll(crop.pixels, (5, 11), (0, 1)))
    assert block_step(moved) == pytest.approx(block_step(crop), abs=0.1)
    large = cv2.resize(crop.pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    twice = tuple(2 * edge for edge in crop.inside_xyxy)
    doubled = replace(crop, pixels=large, inside_xyxy=twice, enlarged=2.0)
    assert block_step(doubled) == pytest.approx(block_step(crop), rel=0.2)
