"""A photo's own samples: what did not change in sRGB does not change in its file's own depth."""

import io

import cv2
import numpy as np
import pytest
from made_tiff import page, tiff
from PIL import Image

from nostalgia.photo.colour_profiles import profile_of_code_points
from nostalgia.photo.originals import read_original, with_changes
from nostalgia.photo.reader import read_photo
from nostalgia.photo.turning import turned_photo

DISPLAY_P3 = (12, 13)
WHERE = np.s_[20:40, 10:30]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def deep(rng):
    """A 16-bit picture whose lower bits are no copy of the upper ones."""
    return rng.integers(0, 1 << 16, (60, 50, 3), dtype=np.uint16)


def png(samples):
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    return cv2.imencode(".png", samples.reshape(*samples.shape[:2], -1)[..., order])[1].tobytes()


def saved(pixels, kind="PNG", **more):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **more)
    return buffer.getvalue()


def brighter(pixels, levels=4):
    after = pixels.copy()
    after[WHERE] = np.clip(after[WHERE].astype(int) + levels, 0, 255)
    return after


def changed(content, levels=4, scale=1):
    photo = read_photo(content)
    original = read_original(content, photo)
    before = photo.pixels
    return original, with_changes(original, before, brighter(before, levels), scale)


@pytest.mark.parametrize("kind", ["png", "tiff", "tiff of planes"])
def test_16_bits_stay_16_bits_and_are_the_same_where_nothing_changed(deep, kind):
    content = {
        "png": lambda: png(deep),
        "tiff": lambda: tiff(page(deep, 2, 16)),
        "tiff of planes": lambda: tiff(page(deep, 2, 16, planar=True, deflate=True)),
    }[kind]()
    original, samples = changed(content)
    assert samples.dtype == np.uint16 and original.bits == 16
    inside = np.zeros(deep.shape[:2], bool)
    inside[WHERE] = True
    assert np.array_equal(samples[~inside], deep[~inside])
    shift = samples[WHERE].astype(int) - deep[WHERE]
    room = deep[WHERE] < 64_000
    assert set(np.unique(shift[room])) == {4 * 257}


def test_the_lower_bits_survive_inside_a_change_too(deep):
    _, samples = changed(png(deep // 2))
    assert len(np.unique(samples[WHERE] % 257)) > 100


def test_grey_of_16_bits_gets_the_change_of_its_light(deep):
    grey = deep[..., 0] // 2
    for content in (png(grey), tiff(page(grey[..., None], 1, 16))):
        _, samples = changed(content)
        assert samples.shape == (*grey.shape, 1) and samples.dtype == np.uint16
        assert np.array_equal(samples[:20, ..., 0], grey[:20])
        assert np.abs(samples[WHERE][..., 0].astype(int) - grey[WHERE] - 4 * 257).max() <= 1


def test_grey_from_white_to_black_is_changed_the_other_way(deep):
    negative = deep[..., :1] // 4 + 30_000
    _, samples = changed(tiff(page(negative, 0, 16)))
    assert np.abs(samples[WHERE].astype(int) - negative[WHERE] + 4 * 257).max() <= 1


def test_8_bits_become_exactly_the_changed_pixels(rng):
    pixels = rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)
    _, samples = changed(saved(pixels))
    assert np.array_equal(samples, brighter(pixels))
    _, samples = changed(saved(pixels[..., 0]))
    assert np.array_equal(samples[..., 0], brighter(pixels[..., :1].repeat(3, 2))[..., 0])


def test_transparency_stays(rng):
    pixels = rng.integers(0, 256, (60, 50, 4), dtype=np.uint8)
    pixels[WHERE][..., 3] = 255
    original, samples = changed(saved(pixels))
    assert original.colours == 3 and np.array_equal(samples[..., 3], pixels[..., 3])
    assert np.array_equal(samples[:20], pixels[:20])
    assert np.array_equal(samples[WHERE][..., :3], brighter(pixels[..., :3])[WHERE])


def test_other_colours_stay_those_of_the_file(rng):
    profile = profile_of_code_points(*DISPLAY_P3)
    smooth = cv2.GaussianBlur(rng.integers(90, 160, (60, 50, 3), dtype=np.uint8), (0, 0), 2)
    original, samples = changed(saved(smooth, icc_profile=profile))
    assert original.profile == profile
    assert np.array_equal(samples[:20], smooth[:20])
    again = read_photo(saved(samples, icc_profile=profile)).pixels
    wanted = brighter(read_photo(saved(smooth, icc_profile=profile)).pixels)
    assert np.abs(again.astype(int) - wanted).max() <= 2


def test_palettes_become_colours(rng):
    picture = Image.fromarray(rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)).quantize(30)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    _, samples = changed(buffer.getvalue())
    assert np.array_equal(samples[:20], np.asarray(picture.convert("RGB"))[:20])


@pytest.mark.parametrize("kind", ["cmyk", "floating point", "12 bits"])
def test_kinds_that_cannot_be_kept_become_8_bit_srgb_and_that_is_said(deep, kind):
    cmyk = io.BytesIO()
    Image.new("CMYK", (50, 60), (9, 8, 7, 6)).save(cmyk, "TIFF")
    content = {
        "cmyk": cmyk.getvalue(),
        "floating point": tiff(page((deep / 65535).astype(np.float32), 2, 32)),
        "12 bits": tiff(page(deep >> 4, 2, 12)),
    }[kind]
    photo = read_photo(content)
    original = read_original(content, photo)
    assert np.array_equal(original.samples, photo.pixels)
    assert "converted to 8-bit sRGB" in original.oddities[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_samples_are_turned_like_the_photo(deep, orientation):
    content = tiff(page(deep, 2, 16, t274=orientation))
    photo = read_photo(content)
    for turn in (0, 90):
        turned = turned_photo(photo, turn)
        original = read_original(content, turned)
        shown = (original.samples / 257).round().astype(int)
        assert np.abs(shown - turned.pixels).max() <= 1
        assert original.turned == (orientation != 1 or turn != 0)


def test_an_enlarged_picture_has_its_depth(deep):
    photo = read_photo(png(deep))
    original = read_original(png(deep), photo)
    larger = np.asarray(cv2.resize(photo.pixels, (100, 120), interpolation=cv2.INTER_CUBIC))
    samples = with_changes(original, larger, larger, 2)
    assert samples.shape == (120, 100, 3) and samples.dtype == np.uint16
    assert np.array_equal(samples, cv2.resize(deep, (100, 120), interpolation=cv2.INTER_CUBIC))


def test_a_photo_without_a_file_is_its_pixels(rng):
    pixels = rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)
    assert np.array_equal(read_original(None, read_photo(pixels)).samples, pixels)
