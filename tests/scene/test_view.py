"""The part of a photo that a clip shows, at the size of the clip."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.options import AnimateOptions
from nostalgia.scene.selection import select_faces
from nostalgia.scene.sizes import PREVIEW_SIDE_PX, clip_limit
from nostalgia.scene.view import Cut, at_clip_size, choose_view
from nostalgia.types import FaceChoice, HeadPose, Photo, StillReason

FRONTAL = HeadPose(0.0, 0.0, 0.0)
LEFT, RIGHT = face_in((150, 200), 120, FRONTAL, 1), face_in((850, 250), 90, FRONTAL, 2)
PHOTO = photo_of(LEFT, RIGHT, size_wh=(1000, 600))
CHOICES = (FaceChoice(LEFT), FaceChoice(RIGHT))


def cut_of(options, photo=PHOTO):
    view, choices = choose_view(photo, CHOICES, options)
    return Cut(view, view.scale(clip_limit(options))), choices


def test_the_whole_photo_is_worked_on_as_it_is():
    cut, choices = cut_of(AnimateOptions())
    assert cut.scale == 1.0 and choices == CHOICES
    assert np.array_equal(cut.photo(PHOTO).pixels, PHOTO.pixels)
    assert cut.face(LEFT) is LEFT


@pytest.mark.parametrize(
    ("options", "side"),
    [
        (AnimateOptions(max_side=500), 500),
        (AnimateOptions(preview=True), PREVIEW_SIDE_PX),
        (AnimateOptions(preview=True, max_side=300), 300),
        (AnimateOptions(preview=True, max_side=900), PREVIEW_SIDE_PX),
        (AnimateOptions(max_side=2000), 1000),
    ],
)
def test_photo_and_faces_are_reduced_alike(options, side):
    cut, _ = cut_of(options)
    reduced, face = cut.photo(PHOTO), cut.face(RIGHT)
    assert max(reduced.width, reduced.height) == side
    assert cut.scale == pytest.approx(side / 1000)
    assert face.landmarks == pytest.approx(RIGHT.landmarks * (side / 1000), abs=0.01)
    assert face.box_xyxy == pytest.approx([edge * side / 1000 for edge in RIGHT.box_xyxy])


def test_a_portrait_leaves_out_faces_that_are_far_away():
    cut, choices = cut_of(AnimateOptions(crop="face"))
    assert choices[0].moves and choices[1].still.reason is StillReason.OUTSIDE_CROP
    assert cut.photo(PHOTO).width < 800
    x0, y0, x1, y1 = cut.view.work_xyxy
    assert np.array_equal(cut.photo(PHOTO).pixels, PHOTO.pixels[y0:y1, x0:x1])
    assert cut.face(LEFT).landmarks[:, :2] == pytest.approx(LEFT.landmarks[:, :2] - (x0, y0))


def test_a_still_face_keeps_its_reason_in_a_portrait():
    options = AnimateOptions(crop="face", faces=1)
    choices = tuple(select_faces([LEFT, RIGHT], options))
    _, seen = choose_view(PHOTO, choices, options)
    assert [one.still for one in seen] == [one.still for one in choices]


def test_faces_are_judged_at_the_size_of_the_clip_but_not_of_a_preview():
    small = AnimateOptions(max_side=200)
    heights = [face.height_px for face in at_clip_size(PHOTO, [LEFT, RIGHT], small)]
    assert heights == pytest.approx([LEFT.height_px / 5, RIGHT.height_px / 5], rel=0.01)
    for options in (replace(small, max_side=None, preview=True), replace(small, crop="face")):
        assert at_clip_size(PHOTO, [LEFT, RIGHT], options) == [LEFT, RIGHT]


def test_a_photo_that_was_read_in_reduced_form_is_not_cut_but_reduced_further():
    whole = Photo(PHOTO.pixels[:400, :300], own_wh=(600, 800))
    cut, _ = cut_of(AnimateOptions(max_side=200), whole)
    reduced = cut.photo(whole)
    assert reduced.pixels.shape == (200, 150, 3)
    assert (reduced.width, reduced.height, reduced.scale) == (150, 200, 1.0)
    assert cut_of(AnimateOptions(max_side=400), whole)[0].photo(whole).pixels.shape[0] == 400


def test_faces_of_a_gif_are_judged_at_its_size():
    large = Photo(np.zeros((1920, 1920, 3), np.uint8))
    (face,) = at_clip_size(large, [LEFT], AnimateOptions(), kind="gif")
    assert face.height_px == pytest.approx(LEFT.height_px / 2, rel=0.01)
    assert at_clip_size(large, [LEFT], AnimateOptions()) == [LEFT]


def test_auto_shows_the_whole_photo_unless_heads_are_small():
    options = AnimateOptions(crop="auto")
    assert choose_view(PHOTO, (FaceChoice(LEFT), FaceChoice(RIGHT, still=None)), options)[0].whole
    small = face_in((600, 500), 60, FRONTAL, 1)
    wide = Photo(np.zeros((1200, 1600, 3), np.uint8))
    view, choices = choose_view(wide, (FaceChoice(small),), options)
    assert not view.whole and choices[0].moves
    assert choose_view(wide, (FaceChoice(small),), AnimateOptions())[0].whole


def test_a_face_too_small_in_the_whole_clip_is_judged_in_its_own_pixels_if_auto_shows_it_nearer():
    large = Photo(np.zeros((4000, 6000, 3), np.uint8))
    face = face_in((3000, 2000), 70, FRONTAL, 1)
    for crop, heights in (("auto", face.height_px), ("photo", face.height_px * 0.32)):
        options = AnimateOptions(crop=crop, size="share")
        (judged,) = at_clip_size(large, [face], options)
        assert judged.height_px == pytest.approx(heights, rel=0.15)
