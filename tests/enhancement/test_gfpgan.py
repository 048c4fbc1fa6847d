"""The GFPGAN adapter with a stand-in network: the photo keeps its own, whatever is painted."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from drawn_face import SKIN_XY, drawn_crop, luma_of

from nostalgia.enhancement.base import FaceEnhancer
from nostalgia.enhancement.face_template import SIDE_PX
from nostalgia.enhancement.gfpgan.backend import GfpganEnhancer
from nostalgia.enhancement.grain import measure_grain
from nostalgia.errors import BackendError
from nostalgia.faces.regions import face_regions


class Painter(torch.nn.Module):
    """A stand-in for GFPGAN that paints by a function of RGB float32 (512, 512, 3), -1..1."""

    def __init__(self, paint):
        super().__init__()
        self.paint = paint
        self.calls = []

    def forward(self, batch, return_rgb, randomize_noise):
        assert batch.shape == (1, 3, SIDE_PX, SIDE_PX) and batch.dtype == torch.float32
        assert batch.is_contiguous() and float(batch.abs().max()) <= 1.0
        assert not return_rgb and not randomize_noise
        self.calls.append(torch.get_num_threads())
        painted = self.paint(batch[0].permute(1, 2, 0).numpy())
        return torch.from_numpy(np.ascontiguousarray(painted.transpose(2, 0, 1))[None]).float(), []


def enhancer(paint, fidelity=0.5):
    return GfpganEnhancer(Painter(paint), fidelity)


def smoothed(picture):
    return cv2.GaussianBlur(picture, (0, 0), 4)


def brightened(picture):
    return picture + 0.4


def noisy_stripes(picture):
    stripes = 0.4 * np.sin(np.arange(SIDE_PX) / 6)[None, :, None]
    return picture + stripes * np.array([1, 1, 1])


def regions_of(crop):
    return face_regions(crop.landmarks, crop.face_height_px, crop.size_px, crop.size_px)


def test_it_is_a_face_enhancer():
    assert isinstance(enhancer(smoothed), FaceEnhancer)
    assert GfpganEnhancer.name == "gfpgan"


@pytest.mark.parametrize("strength", [0.0, -1.0])
def test_strength_zero_gives_back_the_same_object_and_asks_nothing(strength):
    crop, painter = drawn_crop(grain=4), Painter(smoothed)
    assert GfpganEnhancer(painter, 0.5).enhance(crop, strength) is crop
    assert painter.calls == []


def test_a_face_too_small_to_repaint_is_left_alone():
    crop = replace(drawn_crop(), face_height_px=12.0)
    assert enhancer(noisy_stripes).enhance(crop, 1.0) is crop


def test_beyond_the_mask_every_pixel_is_the_photos():
    crop = drawn_crop(grain=6)
    after = enhancer(noisy_stripes, 0.0).enhance(crop, 1.0)
    untouched = regions_of(crop).detail == 0
    assert untouched.mean() > 0.5
    assert np.array_equal(after.pixels[untouched], crop.pixels[untouched])
    inside = regions_of(crop).inner > 0.5
    assert (after.pixels[inside] != crop.pixels[inside]).any(axis=1).mean() > 0.5
    assert after.landmarks is crop.landmarks


def test_a_network_that_changes_nothing_leaves_next_to_nothing_changed():
    crop = drawn_crop(grain=0)
    change = enhancer(lambda picture: picture).enhance(crop, 1.0).pixels.astype(int) - crop.pixels
    assert np.abs(change).max() <= 1


def test_two_runs_give_the_same_bytes_and_leave_the_source_alone():
    crop = drawn_crop(grain=5)
    before = crop.pixels.copy()
    used = enhancer(noisy_stripes)
    first, second = used.enhance(crop, 0.8), used.enhance(crop, 0.8)
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(crop.pixels, before)


def test_strength_is_the_share_of_the_change():
    crop = drawn_crop(grain=0)
    full, half = (
        luma_of(enhancer(noisy_stripes, 0).enhance(crop, s).pixels) - luma_of(crop.pixels)
        for s in (1.0, 0.5)
    )
    inside = regions_of(crop).inner > 0.5
    assert np.abs(full[inside]).mean() > 5
    assert np.abs(half[inside] - full[inside] / 2).mean() < 1


def test_the_face_does_not_become_brighter_or_darker():
    crop = drawn_crop(grain=2)
    after = enhancer(brightened, 0.0).enhance(crop, 1.0)
    skin = regions_of(crop).skin > 0.5
    change = luma_of(after.pixels)[skin].mean() - luma_of(crop.pixels)[skin].mean()
    assert abs(change) < 1.0


def shaded(picture):
    """Another light: from the image's right."""
    return picture + 0.5 * np.linspace(-1, 1, SIDE_PX)[None, :, None]


def test_fidelity_keeps_the_photos_own_light():
    crop = drawn_crop(grain=0)
    skin = regions_of(crop).skin > 0.5
    turned = []
    for fidelity in (0.0, 0.5, 1.0):
        after = enhancer(shaded, fidelity).enhance(crop, 1.0)
        turned.append(np.abs(luma_of(after.pixels) - luma_of(crop.pixels))[skin].mean())
    assert turned[0] > 6
    assert turned[1] == pytest.approx(turned[0] / 2, rel=0.2)
    assert turned[2] < 0.15 * turned[0]


def rosy(picture):
    return picture + np.array([0.3, 0, -0.3])


def test_a_print_of_one_tint_stays_of_one_tint():
    crop = drawn_crop(grain=2)
    after = enhancer(rosy, 0.0).enhance(crop, 1.0)
    change = after.pixels.astype(int) - crop.pixels
    assert np.ptp(change, axis=2).max() <= 1


def test_in_a_colour_photo_fidelity_decides_about_colour():
    crop = drawn_crop(grain=0)
    rows, columns = np.mgrid[: crop.size_px, : crop.size_px]
    hues = np.stack([np.sin(columns / 9), np.sin(rows / 11), np.cos(columns / 7)], 2) * 30
    crop.pixels[...] = np.clip(crop.pixels + hues, 0, 255).astype(np.uint8)
    skin = regions_of(crop).skin > 0.5
    reds = []
    for fidelity in (0.0, 1.0):
        change = enhancer(rosy, fidelity).enhance(crop, 1.0).pixels.astype(int) - crop.pixels
        reds.append(float((change[..., 0] - change[..., 2])[skin].mean()))
    assert reds[0] > 20 and abs(reds[1]) < 1


def test_the_photos_grain_comes_back():
    crop = drawn_crop(grain=8)
    after = enhancer(smoothed, 0.0).enhance(crop, 1.0)
    skin = regions_of(crop).skin
    before, left = (measure_grain(luma_of(each.pixels), skin) for each in (crop, after))
    assert 0.5 * before < left < before
    x, y = SKIN_XY
    assert luma_of(after.pixels)[y - 9 : y + 9, x - 9 : x + 9].std() > 1.5


def test_the_networks_threads_are_set_and_given_back(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setenv("NOSTALGIA_THREADS", str(before + 1))
    painter = Painter(smoothed)
    GfpganEnhancer(painter, 0.5).enhance(drawn_crop(), 1.0)
    assert painter.calls == [before + 1]
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("paint", [lambda p: p * np.nan, lambda p: p[::2]])
def test_output_that_is_not_a_picture_is_refused(paint):
    with pytest.raises(BackendError, match="verify`, or use enhancement='embedded'"):
        enhancer(paint).enhance(drawn_crop(), 1.0)
