"""Sizes of clips: each value of `size` keeps its promise for photos of every shape."""

import pytest
from synthetic_face import face_in

from nostalgia.clips.levels import level_of
from nostalgia.options import AnimateOptions
from nostalgia.rendering.framing import whole_view
from nostalgia.rendering.limits import macroblocks
from nostalgia.scene.sizes import TIERS, clip_limit, needs_all_pixels, working_wh
from nostalgia.types import HeadPose

PHOTOS = [
    (6000, 6000), (4000, 6000), (6000, 4000), (8000, 1600), (1500, 6000), (4999, 7001), (17, 33),
    (1920, 1080), (1200, 1800), (3000, 4000), (12_000, 8400), (1919, 1081), (9001, 900),
    (801, 7000),
]  # fmt: skip


def clip_wh(photo_wh, options, fps=None):
    view = whole_view(photo_wh, side_by_side=options.side_by_side)
    width, height = view.framing(view.scale(clip_limit(options, fps))).size_wh
    return width + width % 2, height + height % 2


@pytest.mark.parametrize("photo_wh", PHOTOS)
@pytest.mark.parametrize("fps", [12, 24, 25, 29.97, 30, 50, 60])
@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.parametrize(
    ("size", "longest", "most", "level"),
    [("share", 1920, 8_160, "4.0"), ("uhd", 3840, 32_768, "5.1"), (None, 3840, 32_768, "5.1")],
)
def test_each_size_keeps_its_promise(photo_wh, fps, side_by_side, size, longest, most, level):
    options = AnimateOptions(size=size, side_by_side=side_by_side)
    shown_wh = clip_wh(photo_wh, options, fps)
    assert max(shown_wh) <= longest and macroblocks(shown_wh) <= most
    assert level_of(shown_wh, fps).name <= level


@pytest.mark.parametrize(
    ("photo_wh", "share", "uhd"),
    [
        ((6000, 6000), (1440, 1440), (2896, 2896)),
        ((1920, 1080), (1920, 1080), (1920, 1080)),
        ((17, 33), (18, 34), (18, 34)),
        ((8000, 1600), (1920, 384), (3840, 768)),
    ],
)
def test_what_is_small_enough_keeps_its_size_and_the_rest_uses_what_it_may(photo_wh, share, uhd):
    assert clip_wh(photo_wh, AnimateOptions(size="share")) == share
    assert clip_wh(photo_wh, AnimateOptions()) == uhd
    full = tuple(side + side % 2 for side in photo_wh)
    assert clip_wh(photo_wh, AnimateOptions(size="full")) == full


def test_max_side_and_a_preview_limit_further():
    assert clip_wh((6000, 6000), AnimateOptions(size="share", max_side=700)) == (700, 700)
    assert clip_wh((6000, 6000), AnimateOptions(size="share", max_side=5000)) == (1440, 1440)
    assert clip_wh((6000, 6000), AnimateOptions(size="full", max_side=5000)) == (5000, 5000)
    assert clip_wh((6000, 6000), AnimateOptions(size="full", preview=True)) == (480, 480)


def test_a_fast_clip_is_smaller_so_that_its_level_holds():
    options = AnimateOptions(size="share", fps=60)
    assert clip_limit(options).macroblocks == 4_096
    assert clip_limit(options, 25.0).macroblocks == 8_160
    assert clip_limit(AnimateOptions(), 120.0).macroblocks == 8_192


def test_gifs_are_smaller_and_whole_photos_stay_whole():
    sides = {size: clip_limit(AnimateOptions(size=size), kind="gif").side_px for size in TIERS}
    assert sides["share"] < sides["uhd"] < 1920 and sides["full"] is None
    assert clip_limit(AnimateOptions(max_side=100), kind="webp").side_px == 100


def test_faces_are_found_at_the_same_size_for_every_clip():
    assert working_wh((6000, 4000)) == clip_wh((6000, 4000), AnimateOptions())
    assert working_wh((1145, 1145)) == (1145, 1145)
    assert not needs_all_pixels(AnimateOptions(size="share"))
    assert needs_all_pixels(AnimateOptions(size="full"))
    assert needs_all_pixels(AnimateOptions(crop="face"))
    small, large = (face_in((500, 400), height, HeadPose(0, 0, 0)) for height in (90, 220))
    auto = AnimateOptions(crop="auto")
    assert needs_all_pixels(auto), "nobody knows yet how large its heads are"
    assert needs_all_pixels(auto, [small, large], (1000, 900))
    assert not needs_all_pixels(auto, [large], (1000, 900))
    assert not needs_all_pixels(auto, [], (1000, 900))
