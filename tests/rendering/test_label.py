"""The visible mark: readable on anything, in a corner, off the people, the same every time."""

import numpy as np
import pytest
from PIL import Image

from nostalgia.geometry import intersection_area
from nostalgia.rendering.label import LABEL_TEXT, prepare_label

SIZES = [(320, 240), (191, 264), (1080, 1920), (3000, 500), (64, 64), (7, 5), (1, 1)]


def luminance(grey):
    """Relative luminance of a grey level, as in WCAG 2."""
    share = grey / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("grey", [0, 90, 128, 200, 255])
@pytest.mark.parametrize("size", [(320, 240), (1440, 1080)])
def test_the_words_have_enough_contrast_on_dark_and_light(grey, size):
    width, height = size
    label = prepare_label(width, height)
    x0, y0, x1, y1 = label.place_xyxy
    marked = label.laid(np.full((height, width, 3), grey, np.uint8))[y0:y1, x0:x1, 0]
    words = label.fill.occlusion < 0.1
    rows, columns = np.flatnonzero(words.any(1)), np.flatnonzero(words.any(0))
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    behind = np.percentile(marked[inside], 10)
    assert (luminance(255) + 0.05) / (luminance(behind) + 0.05) > 4.5
    assert marked[words].mean() > 225


def test_it_is_small_and_has_no_hard_edge():
    label = prepare_label(1440, 1080)
    x0, y0, x1, y1 = label.place_xyxy
    assert (x1 - x0) * (y1 - y0) < 0.015 * 1440 * 1080
    cover = 1 - label.fill.occlusion
    rim = np.concatenate([cover[0], cover[-1], cover[:, 0], cover[:, -1]])
    assert rim.max() < 0.1


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


def corner_of(label, width, height):
    x0, y0, x1, y1 = label.place_xyxy
    across = "left" if x0 + x1 < width else "right"
    return f"{'lower' if y0 + y1 > height else 'upper'} {across}"


def test_it_lies_in_the_lower_left_corner_of_the_clip():
    label = prepare_label(1600, 900)
    x0, _, _, y1 = label.place_xyxy
    assert corner_of(label, 1600, 900) == "lower left"
    assert x0 < 0.02 * 1600 and y1 > 0.98 * 900


@pytest.mark.parametrize(
    ("faces", "corner"),
    [
        ([(740, 200, 860, 350)], "lower left"),
        ([(60, 600, 180, 760)], "lower right"),
        ([(100, 300, 220, 450)], "lower right"),  # the body is there, not the face
        ([(100, 300, 220, 450), (1380, 300, 1500, 450)], "upper left"),
        ([(100, 60, 220, 200), (1380, 300, 1500, 450)], "upper right"),
        ([(100, 870, 220, 1010)], "lower right"),  # only the hat is in the clip
    ],
)
def test_it_avoids_heads_hats_and_bodies_of_all_people(faces, corner):
    label = prepare_label(1600, 900, faces=faces)
    assert corner_of(label, 1600, 900) == corner
    assert all(intersection_area(label.place_xyxy, face) == 0 for face in faces)


@pytest.mark.parametrize(
    ("face", "turn", "corner"),
    [
        ((1000, 700, 1150, 820), 90, "lower left"),  # the body reaches to the right
        ((700, 700, 850, 820), 270, "lower right"),  # and to the left
        ((200, 700, 350, 820), 90, "lower right"),  # the head lies in the lower left corner
        ((300, 400, 420, 550), 180, "lower left"),  # the body is above
        ((300, 400, 420, 550), 0, "lower right"),
    ],
)
def test_people_who_lie_are_avoided_where_they_lie(face, turn, corner):
    label = prepare_label(1600, 900, faces=[face], turns=[turn])
    assert corner_of(label, 1600, 900) == corner


def test_where_people_are_everywhere_it_covers_no_head():
    face = (110.0, 90.0, 400.0, 430.0)
    label = prepare_label(512, 512, faces=[face])
    assert intersection_area(label.place_xyxy, face) == 0
    assert corner_of(label, 512, 512) == "lower left"


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
