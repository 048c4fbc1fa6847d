"""Photos that are read in reduced form: nothing is shifted, and sizes are the photo's own."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from PIL import Image

from nostalgia.photo.reader import read_photo

SIZES = [(801, 609), (640, 480), (1021, 333), (255, 1000), (807, 807)]
DOTS = ((0.1, 0.12), (0.9, 0.11), (0.5, 0.52), (0.13, 0.88), (0.92, 0.91))
"""Centres of bright dots, shares of the width and height."""


def dotted(width, height):
    """Grey, with soft bright dots of a size that survives an eighth."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    canvas = np.full((height, width), 60.0, np.float32)
    spread = 0.035 * min(width, height)
    for u, v in DOTS:
        away = (x + 0.5 - u * width) ** 2 + (y + 0.5 - v * height) ** 2
        canvas += 150 * np.exp(-away / (2 * spread**2))
    return np.repeat(np.clip(canvas, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def dots_in(pixels):
    """Centres of the dots as shares of the picture: light-weighted, float64 (5, 2)."""
    light = np.clip(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float64) - 75, 0, None)
    height, width = light.shape
    y, x = np.mgrid[:height, :width] + 0.5
    found = []
    for u, v in DOTS:
        near = np.hypot(x / width - u, (y / height - v)) < 0.08
        weight = light * near
        found.append((np.sum(weight * x) / weight.sum() / width,
                      np.sum(weight * y) / weight.sum() / height))  # fmt: skip
    return np.array(found)


def turned(pixels, orientation):
    """The picture as a camera stores it that writes this orientation."""
    image = Image.fromarray(pixels)
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    return image.transpose(inverse[orientation]) if orientation > 1 else image


def stored(path, pixels, orientation=1, **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned(pixels, orientation).save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("divisor", [1.3, 2, 2.9, 4.5, 8.9])
@pytest.mark.parametrize("size_wh", SIZES[:3])
def test_nothing_is_shifted_by_any_reduction_or_rotation(tmp_path, size_wh, divisor, orientation):
    pixels = dotted(*size_wh)
    path = stored(tmp_path / "a.jpg", pixels, orientation, quality=98, subsampling=0)
    wanted = tuple(max(round(side / divisor), 1) for side in size_wh)
    asked = []
    photo = read_photo(path, needed_wh=lambda own_wh: asked.append(own_wh) or wanted)
    assert set(asked) == {size_wh}
    assert photo.pixels.shape == (wanted[1], wanted[0], 3)
    assert photo.pixels.flags.c_contiguous
    assert (photo.width, photo.height) == size_wh
    assert photo.scale == pytest.approx(1 / divisor, rel=0.01)
    shift_px = (dots_in(photo.pixels) - dots_in(pixels)) * wanted
    assert np.abs(shift_px).max() < 0.06


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize("size_wh", SIZES)
def test_formats_without_a_reduced_form_are_averaged(tmp_path, name, size_wh):
    pixels = dotted(*size_wh)
    path = stored(tmp_path / name, pixels, 6, **({"lossless": True} if "webp" in name else {}))
    wanted = tuple(side * 2 // 5 for side in size_wh)
    photo = read_photo(path, needed_wh=lambda own_wh: wanted)
    expected = cv2.resize(pixels, wanted, interpolation=cv2.INTER_AREA)
    assert np.abs(photo.pixels.astype(int) - expected).max() <= 1
    assert (photo.width, photo.height) == size_wh


def test_a_reduced_jpeg_looks_like_the_average_of_its_pixels(tmp_path):
    rough = np.random.default_rng(3).normal(0, 20, (600, 800, 3)) + dotted(800, 600)
    pixels = np.clip(cv2.GaussianBlur(rough, (0, 0), 1.5), 0, 255).astype(np.uint8)
    path = stored(tmp_path / "a.jpg", pixels, quality=97, subsampling=0)
    got = read_photo(path, needed_wh=lambda own_wh: (180, 135)).pixels
    expected = cv2.resize(pixels, (180, 135), interpolation=cv2.INTER_AREA)
    assert np.abs(got.astype(float) - expected).mean() < 1.0


def test_a_large_jpeg_is_not_decoded_in_full(tmp_path, monkeypatch):
    path = stored(tmp_path / "a.jpg", dotted(1600, 1200), 6)
    seen = []
    load = Image.Image.load
    monkeypatch.setattr(Image.Image, "load", lambda self: seen.append(self.size) or load(self))
    read_photo(path, needed_wh=lambda own_wh: (own_wh[0] // 3, own_wh[1] // 3))
    assert seen and max(max(size) for size in seen) == 800


def test_a_photo_that_is_small_enough_is_read_as_it_is(tmp_path):
    path = stored(tmp_path / "a.jpg", dotted(320, 240), 8)
    whole = read_photo(path)
    photo = read_photo(path, needed_wh=lambda own_wh: own_wh)
    assert np.array_equal(photo.pixels, whole.pixels)
    assert photo.own_wh is None and photo.sha256 == whole.sha256


def dated(tmp_path, when, *, tag=0x9003, offset=None, name="a.jpg"):
    exif = Image.Exif()
    exif[0x0112] = 1
    inner = exif.get_ifd(0x8769)
    inner[tag] = when
    if offset:
        inner[0x9011] = offset
    Image.new("RGB", (32, 32)).save(tmp_path / name, exif=exif)
    return read_photo(tmp_path / name).taken


@pytest.mark.parametrize(
    ("when", "offset", "taken"),
    [
        ("1931:05:03 14:20:11", None, datetime(1931, 5, 3, 14, 20, 11, tzinfo=UTC)),
        ("1931:05:03 00:00:00", None, datetime(1931, 5, 3, 12, tzinfo=UTC)),
        ("1931:05:03", None, datetime(1931, 5, 3, 12, tzinfo=UTC)),
        ("2009:07:01 01:30:00", "+02:00", datetime(2009, 6, 30, 23, 30, tzinfo=UTC)),
        ("2009:07:01 01:30:00", "-05:30", datetime(2009, 7, 1, 7, 0, tzinfo=UTC)),
        ("2009:07:01 01:30:00", "summer", datetime(2009, 7, 1, 1, 30, tzinfo=UTC)),
        ("1904:06:01 10:00:00", None, datetime(1904, 6, 1, 10, tzinfo=UTC)),
        ("1898:06:01 10:00:00", None, datetime(1898, 6, 1, 10, tzinfo=UTC)),
        ("1798:06:01 10:00:00", None, None),
        ("2009:07:01 01:30:00", "+44:00", None),
        ("0000:00:00 00:00:00", None, None),
        ("1931:13:40 00:00:00", None, None),
        ("2931:05:03 14:20:11", None, None),
        ("    :  :     :  :  ", None, None),
        ("in summer", None, None),
    ],
)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_the_date_of_a_photo(tmp_path, name, when, offset, taken):
    found = dated(tmp_path, when, offset=offset, name=name)
    assert found == taken
    if found is not None:
        assert found.strftime("%Y:%m:%d") == when[:10], "the day is that of the place"


def test_the_date_of_a_scan_is_not_the_date_of_the_photo(tmp_path):
    assert dated(tmp_path, "2019:05:03 14:20:11", tag=0x9004) is None
