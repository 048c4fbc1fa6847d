"""Frames drawn in the planes of the encoder are those drawn in RGB, and rest on the photo."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.clips.conversion import encoder_picture
from nostalgia.options import AnimateOptions
from nostalgia.pipeline import Animator
from nostalgia.rendering.planes import Picture
from nostalgia.scene.stage import draw
from nostalgia.types import Photo

SHORT = AnimateOptions(duration_s=0.6, fps=12.5, driver="smile")
SHAPES = {
    "whole": SHORT,
    "odd beside": replace(SHORT, side_by_side=True),
    "face": replace(SHORT, crop="face"),
    "face beside": replace(SHORT, crop="face", side_by_side=True, max_side=200),
    "label": replace(SHORT, label=True),
    "label beside": replace(SHORT, label=True, side_by_side=True),
    "rests": replace(SHORT, once_then_still=True, duration_s=2.0, enhance=1.0),
    "face rests": replace(SHORT, crop="face", once_then_still=True, duration_s=2.0),
}


@pytest.fixture(scope="module")
def animator():
    """One for all tests, so that the networks are loaded once."""
    return Animator()


@pytest.fixture(scope="module")
def portrait():
    """381 x 403 pixels: both sides odd."""
    data = pytest.importorskip("skimage.data")
    return Photo(np.ascontiguousarray(data.astronaut()[:403, 40:421]), sha256="ab" * 32)


@pytest.fixture(scope="module")
def pair(portrait):
    """Two faces so near that the crops overlap."""
    pixels = np.full((403, 560, 3), 90, np.uint8)
    pixels[:, :381] = portrait.pixels
    pixels[:, 250:] = portrait.pixels[:, 71:]
    return Photo(pixels, sha256="cd" * 32)


def psnr(one, other):
    error = np.mean((one.astype(float) - other) ** 2)
    return np.inf if error == 0 else 10 * np.log10(255**2 / error)


@pytest.mark.parametrize("shape", SHAPES)
def test_planes_show_what_rgb_shows(animator, portrait, shape):
    frames = animator.frames(portrait, **changes_of(SHAPES[shape]))
    planar = draw(frames.scene, encoder_picture, frames.label, buffers=3)
    rgb = draw(frames.scene, Picture, frames.label)
    for number, (got, want) in enumerate(zip(planar, rgb, strict=True)):
        wanted = encoder_picture(want.pixels)
        for mine, theirs in zip(got.planes, wanted.planes, strict=True):
            assert psnr(mine.samples, theirs.samples) > 45, number


@pytest.mark.parametrize("shape", ["whole", "odd beside", "label"])
@pytest.mark.parametrize("picture_of", [Picture, encoder_picture])
def test_buffers_in_turn_show_what_fresh_pictures_show(animator, portrait, shape, picture_of):
    frames = animator.frames(portrait, **changes_of(SHAPES[shape]))
    fresh = draw(frames.scene, picture_of, frames.label)
    for reused, new in zip(
        draw(frames.scene, picture_of, frames.label, buffers=2), fresh, strict=True
    ):
        assert np.array_equal(reused.pixels, new.pixels)


def test_neighbours_that_overlap_do_so_in_planes_too(animator, pair):
    frames = animator.frames(pair, **changes_of(replace(SHORT, faces="all")))
    assert any(layer.overlaps for layer in frames.scene.layers)
    for got, want in zip(
        draw(frames.scene, encoder_picture, buffers=2), draw(frames.scene, Picture), strict=True
    ):
        wanted = encoder_picture(want.pixels)
        for mine, theirs in zip(got.planes, wanted.planes, strict=True):
            assert psnr(mine.samples, theirs.samples) > 45


def test_beyond_the_regions_the_planes_are_the_photos_bit_by_bit(animator, portrait):
    scene = animator.frames(portrait, **changes_of(SHORT)).scene
    still = encoder_picture(portrait.pixels)
    outside = np.ones(still.size_wh[::-1], bool)
    for layer in scene.layers:
        x0, y0, x1, y1 = still.aligned(layer.region_in_photo)
        outside[y0:y1, x0:x1] = False
    assert 0.1 < outside.mean() < 0.9
    moved = False
    for picture in draw(scene, encoder_picture, buffers=2):
        for plane, photo in zip(picture.planes, still.planes, strict=True):
            kept = outside[:: plane.step_px, :: plane.step_px]
            differs = (plane.samples != photo.samples).any(axis=-1)
            assert not (differs & kept).any()
            moved |= bool(differs.any())
    assert moved


def test_it_ends_on_the_planes_of_the_photo_itself(animator, portrait):
    scene = animator.frames(portrait, **changes_of(SHAPES["rests"])).scene
    still = encoder_picture(portrait.pixels)
    last = list(draw(scene, encoder_picture))[-scene.timeline.resting - 1 :]
    assert all(np.array_equal(picture.pixels, still.pixels) for picture in last)


def test_the_number_of_threads_changes_nothing(animator, portrait):
    scene = animator.frames(portrait, **changes_of(SHORT)).scene
    before, clips = cv2.getNumThreads(), []
    try:
        for threads in (1, 2, 4):
            cv2.setNumThreads(threads)
            clips.append(np.stack([each.pixels for each in draw(scene, encoder_picture)]))
    finally:
        cv2.setNumThreads(before)
    assert all(np.array_equal(clip, clips[0]) for clip in clips)


def changes_of(options):
    """The options that differ from the defaults, as `Animator.frames` takes them."""
    return {
        name: getattr(options, name)
        for name in AnimateOptions.__dataclass_fields__
        if getattr(options, name) != getattr(AnimateOptions(), name)
    }


@pytest.mark.parametrize("margin", [24, 25])
@pytest.mark.parametrize("crop", ["auto", "face"])
def test_nothing_moves_round_a_print_and_nothing_of_it_comes_in(animator, portrait, margin, crop):
    inner = portrait.pixels[:380, :360]
    scan = np.full((380 + 2 * margin, 360 + 2 * margin, 3), (20, 220, 20), np.uint8)
    bed = np.ones(scan.shape[:2], bool)
    bed[margin:-margin, margin:-margin] = False
    scan[~bed] = inner.reshape(-1, 3)
    photo = Photo(scan, sha256="ef" * 32)
    frames = animator.frames(photo, **changes_of(replace(SHORT, duration_s=2.0, crop=crop)))
    x0, y0, x1, y1 = frames.scene.shown_xyxy
    shown, bed = scan[y0:y1, x0:x1], bed[y0:y1, x0:x1]
    assert bed.any()
    green = scan[0, 0].astype(int)
    moved = np.zeros(bed.shape, bool)
    for frame in draw(frames.scene, Picture, frames.label):
        assert np.array_equal(frame.pixels[bed], shown[bed])
        assert np.abs(frame.pixels[~bed].astype(int) - green).max(-1).min() > 60
        moved |= np.abs(frame.pixels.astype(int) - shown).max(-1) > 8
    assert moved.any()
