"""The visible mark: readable on anything, off the faces, near them, the same every time."""

import numpy as np
import pytest
from PIL import Image

from nostalgia.geometry import intersection_area
from nostalgia.rendering.label import LABEL_TEXT, prepare_label

SIZES = [(320, 240), (191, 264), (1080, 1920), (3000, 500), (64, 64), (7, 5), (1, 1)]


def contrast(pixels, label):
    """Difference between the words and the pill around them, grey levels."""
    x0, y0, x1, y1 = label.place_xyxy
    grey = pixels[y0:y1, x0:x1].mean(axis=-1)
    cover, light = 1 - label.fill.occlusion, label.fill.pixels[..., 0]
    words, pill = cover == 1, (cover > 0.5) & (light == 0)
    return grey[words].mean() - grey[pill].mean()


@pytest.mark.parametrize("grey", [0, 90, 128, 200, 255])
def test_the_words_stand_out_on_dark_and_light(grey):
    frame = np.full((240, 320, 3), grey, np.uint8)
    label = prepare_label(320, 240)
    assert contrast(label.laid(frame), label) > 130


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_lies_inside_frames_of_any_size(size):
    width, height = size
    label = prepare_label(width, height)
    x0, y0, x1, y1 = label.place_xyxy
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    before = frame.copy()
    marked = label.laid(frame)
    assert np.array_equal(frame, before)
    differs = (marked != frame).any(axis=-1)
    differs[y0:y1, x0:x1] = False
    assert not differs.any()


def test_it_grows_with_the_clip_and_is_readable_in_small_ones():
    heights = {}
    for width in (320, 640, 1920):
        _, y0, _, y1 = prepare_label(width, width * 3 // 4).place_xyxy
        heights[width] = (y1 - y0) / width
    assert heights[320] * 320 >= 15
    assert heights[1920] * 320 >= 12, "after a film of 1920 pixels was reduced to 320"


def test_the_same_arguments_give_the_same_bytes():
    one, other = (prepare_label(640, 480, faces=[(100, 100, 200, 220)]) for _ in range(2))
    assert one.place_xyxy == other.place_xyxy
    assert np.array_equal(one.fill.pixels, other.fill.pixels)
    assert np.array_equal(one.fill.occlusion, other.fill.occlusion)


def test_it_is_inside_a_portrait_cut_out_of_the_clip():
    face = (250.0, 200.0, 400.0, 400.0)
    x0, y0, x1, y1 = prepare_label(1600, 900, faces=[face]).place_xyxy
    side = 2.6 * 200
    assert 325 - side / 2 <= x0 < x1 <= 325 + side / 2
    assert 300 - side / 2 <= y0 < y1 <= 336 + side / 2
    assert intersection_area((x0, y0, x1, y1), face) == 0


def test_small_faces_leave_it_in_the_corner_of_the_clip():
    small = (300.0, 200.0, 330.0, 240.0)
    there, alone = prepare_label(1600, 900, faces=[small]), prepare_label(1600, 900)
    assert there.place_xyxy == alone.place_xyxy
    assert alone.place_xyxy[0] > 1200
    assert alone.place_xyxy[3] > 850


def test_faces_in_a_corner_are_not_covered():
    below = [(0.0, 300.0, 640.0, 480.0)]
    label = prepare_label(640, 480, faces=below)
    assert intersection_area(label.place_xyxy, below[0]) == 0


def test_beside_a_still_picture_it_is_on_the_moving_one():
    label = prepare_label(810, 300, area_xyxy=(410, 0, 810, 300))
    assert label.place_xyxy[0] >= 410


def test_the_text_is_one_line_and_can_be_chosen():
    label = prepare_label(640, 480, "  belebt\n 2026 ")
    assert label.text == "belebt 2026"
    assert prepare_label(640, 480, " ").text == LABEL_TEXT
    long = prepare_label(320, 240, "x" * 500)
    assert long.place_xyxy[2] <= 320
    frame = np.full((240, 320, 3), 128, np.uint8)
    one, other = (prepare_label(320, 240, text).laid(frame) for text in "ab")
    assert not np.array_equal(one, other)


def test_the_mark_of_a_clip_is_recorded_and_also_on_its_poster(tmp_path):
    data = pytest.importorskip("skimage.data")
    from nostalgia.clips.provenance import read_provenance
    from nostalgia.photo.reader import read_photo
    from nostalgia.pipeline import Animator

    path, poster = tmp_path / "old.png", tmp_path / "poster.jpg"
    Image.fromarray(data.astronaut()[:320, 60:381]).save(path)
    animator = Animator(preview=True)
    photo = animator.analyse(path)
    made = animator.animate(photo, tmp_path / "a.mp4", poster=poster, label=True, side_by_side=True)
    provenance = read_provenance(made.clip_path)
    assert made.report.clip.label == provenance.label == LABEL_TEXT
    assert read_provenance(poster) == provenance
    shown = read_photo(poster).pixels
    x0, y0, x1, y1 = provenance.label_xyxy
    assert shown.shape[1] / 2 < x0 < x1 <= shown.shape[1]
    assert shown[y0:y1, x0:x1].max() > 235
    plain = animator.animate(photo, tmp_path / "b.mp4")
    assert plain.report.clip.label == ""
    assert read_provenance(plain.clip_path).label == ""
