"""Framing: nothing is copied needlessly, squares hold heads, sides are even."""

import numpy as np
import pytest
from synthetic_face import face_in

from nostalgia.rendering.framing import (
    Framing,
    heads_are_large,
    is_within,
    near_view,
    portrait_view,
    whole_view,
)
from nostalgia.rendering.limits import SizeLimit, macroblocks
from nostalgia.types import HeadPose

FRONT = HeadPose(0.0, 0.0, 0.0)
MARGIN = 1.75


def pictures(width, height):
    random = np.random.default_rng(1)
    return [random.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(2)]


def test_the_whole_photo_is_shown_without_a_copy():
    framing = whole_view((31, 17)).framing(1.0)
    frame, still = pictures(31, 17)
    assert np.shares_memory(framing.show(frame, still), frame)
    assert np.array_equal(framing.show(frame, still), frame)
    assert framing.size_wh == (31, 17)


def test_a_window_is_a_view_into_the_frame():
    frame, still = pictures(40, 30)
    shown = Framing((4, 6, 24, 26), (40, 30)).show(frame, still)
    assert shown.shape == (20, 20, 3)
    assert np.shares_memory(shown, frame)


@pytest.mark.parametrize(("width", "height"), [(300, 400), (400, 400), (400, 300)])
def test_the_still_photo_is_on_the_left(width, height):
    framing = whole_view((width, height), side_by_side=True).framing(1.0)
    frame, still = pictures(width, height)
    shown = framing.show(frame, still)
    assert framing.layout == "beside"
    assert shown.shape[:2][::-1] == framing.size_wh
    assert np.array_equal(shown[:, :width], still)
    assert np.array_equal(shown[:, -width:], frame)
    gap = shown.shape[1] - 2 * width
    assert 0 < gap <= 0.02 * width and gap % 2 == 0


def test_a_wide_still_photo_is_above():
    framing = whole_view((600, 400), side_by_side=True).framing(1.0)
    frame, still = pictures(600, 400)
    shown = framing.show(frame, still)
    assert framing.layout == "below"
    assert shown.shape[1] == 600 and shown.shape[0] > 800
    assert np.array_equal(shown[:400], still)
    assert np.array_equal(shown[-400:], frame)


@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.parametrize("size_wh", [(321, 320), (1298, 1920), (999, 701), (17, 1000)])
@pytest.mark.parametrize("max_side", [16, 101, 480, 5000])
def test_no_side_is_above_max_side_and_none_is_enlarged(size_wh, max_side, side_by_side):
    view = whole_view(size_wh, side_by_side=side_by_side)
    scale = view.scale(SizeLimit(max_side))
    longest = max(view.framing(scale).size_wh)
    assert 0 < scale <= 1
    assert longest <= max_side
    if scale < 1:
        assert longest >= max_side - 3


@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.parametrize("size_wh", [(4000, 4000), (6000, 1200), (1001, 4007), (8191, 5003)])
@pytest.mark.parametrize("most", [60, 8_160, 32_768])
def test_macroblocks_limit_a_clip_and_little_is_given_away(size_wh, most, side_by_side):
    view = whole_view(size_wh, side_by_side=side_by_side)
    scale = view.scale(SizeLimit(macroblocks=most))
    shown_wh = view.framing(scale).size_wh
    assert macroblocks(shown_wh) <= most
    if scale < 1:
        more = tuple(side + 16 for side in shown_wh)
        assert macroblocks(more) > most, "a row and a column more would not fit"


@pytest.mark.parametrize(
    ("size_wh", "blocks"), [((16, 16), 1), ((17, 16), 2), ((1920, 1080), 8160), ((1, 33), 3)]
)
def test_macroblocks_cover_a_picture(size_wh, blocks):
    assert macroblocks(size_wh) == blocks
    assert SizeLimit(None, blocks).allows(size_wh)
    assert not SizeLimit(None, blocks - 1).allows(size_wh)


@pytest.mark.parametrize("pose", [FRONT, HeadPose(30.0, 0.0, 0.0), HeadPose(0.0, 10.0, 15.0)])
def test_a_portrait_is_an_even_square_around_the_head(pose):
    face = face_in((500, 400), 121.0, pose)
    view = portrait_view([face], (1000, 900), MARGIN)
    x0, y0, x1, y1 = view.window_xyxy
    assert x1 - x0 == y1 - y0 and (x1 - x0) % 2 == 0
    assert (x1 - x0) / face.height_px == pytest.approx(2.6, abs=0.05)
    left, top, right, bottom = face.box_xyxy
    assert top - y0 > 0.4 * face.height_px, "room for hair"
    assert y1 - bottom > 0.7 * face.height_px, "room for shoulders"
    assert min(left - x0, x1 - right) > 0.5 * face.height_px


def test_a_turned_head_has_its_back_in_the_square():
    def middle(yaw):
        x0, _, x1, _ = portrait_view(
            [face_in((500, 400), 120.0, HeadPose(yaw, 0, 0))], (1000, 900), MARGIN
        ).window_xyxy
        return (x0 + x1) / 2 - 500

    assert middle(30.0) < -5 < 5 < middle(-30.0)


@pytest.mark.parametrize("centre", [(40, 30), (960, 870), (500, 20)])
def test_a_portrait_at_the_edge_stays_in_the_photo(centre):
    view = portrait_view([face_in(centre, 150.0, FRONT)], (1000, 900), MARGIN)
    x0, y0, x1, y1 = view.window_xyxy
    assert 0 <= x0 < x1 <= 1000 and 0 <= y0 < y1 <= 900
    assert x1 - x0 == y1 - y0


def test_a_face_that_fills_the_photo_gives_the_largest_even_square():
    view = portrait_view([face_in((110, 120), 200.0, FRONT)], (201, 251), MARGIN)
    x0, y0, x1, y1 = view.window_xyxy
    assert (x1 - x0, y1 - y0) == (200, 200)
    assert view.work_xyxy == (0, 0, 201, 251)


def test_neighbours_share_a_square():
    pair = [face_in((400, 400), 100.0, FRONT, 1), face_in((560, 420), 110.0, FRONT, 2)]
    view = portrait_view(pair, (1200, 900), MARGIN)
    assert all(is_within(face, view.window_xyxy) for face in pair)
    for face in pair:
        left, top, right, bottom = face.box_xyxy
        x0, y0, x1, y1 = view.window_xyxy
        assert x0 < left and y0 < top and right < x1 and bottom < y1


def test_faces_too_far_apart_leave_the_square_to_the_largest():
    far = [face_in((100, 300), 80.0, FRONT, 1), face_in((1100, 300), 120.0, FRONT, 2)]
    view = portrait_view(far, (1200, 600), MARGIN)
    assert [is_within(face, view.window_xyxy) for face in far] == [False, True]
    assert view.work_xyxy[0] > 500, "only what the shown face needs is worked on"
    assert (view.window_xyxy[2] - view.window_xyxy[0]) / 120 == pytest.approx(2.6, abs=0.05)


def test_a_reduced_window_lies_in_the_reduced_photo():
    face = face_in((990, 890), 333.0, FRONT)
    for side_by_side in (False, True):
        view = portrait_view([face], (1001, 901), MARGIN, side_by_side=side_by_side)
        for max_side in (37, 250, 479):
            framing = view.framing(view.scale(SizeLimit(max_side)))
            x0, y0, x1, y1 = framing.window_xyxy
            assert 0 <= x0 < x1 <= framing.frame_wh[0]
            assert 0 <= y0 < y1 <= framing.frame_wh[1]
            assert x1 - x0 == y1 - y0
            assert all(side % 2 == 0 for side in framing.size_wh)
            assert max_side - 6 <= max(framing.size_wh) <= max_side


@pytest.mark.parametrize("layout", ["alone", "beside", "below"])
def test_the_place_of_the_moving_picture_in_the_shown_one(layout):
    framing = Framing((0, 0, 40, 30), (40, 30), layout)
    still, moving = np.zeros((30, 40, 3), np.uint8), np.full((30, 40, 3), 9, np.uint8)
    x0, y0, x1, y1 = framing.moving_xyxy
    shown = framing.show(moving, still)
    assert shown.shape[:2] == (y1, x1)
    assert (shown[y0:y1, x0:x1] == 9).all()
    assert (shown == 9).all(axis=-1).sum() == 40 * 30


def sides(box):
    return box[2] - box[0], box[3] - box[1]


def test_large_heads_are_shown_with_the_whole_photo():
    face = face_in((500, 400), 200.0, FRONT)
    assert heads_are_large([face], (1000, 900))
    assert near_view([face], (1000, 900), MARGIN) == whole_view((1000, 900))


@pytest.mark.parametrize("centre", [(500, 400), (1500, 300), (60, 1150), (1960, 1440)])
def test_a_small_head_is_shown_nearer_with_hat_and_chest(centre):
    face = face_in(centre, 120.0, FRONT)
    view = near_view([face], (2000, 1500), MARGIN)
    x0, y0, x1, y1 = view.window_xyxy
    width, height = sides(view.window_xyxy)
    assert not view.whole
    assert 0 <= x0 < x1 <= 2000 and 0 <= y0 < y1 <= 1500
    assert width % 2 == height % 2 == 0
    assert 0.74 <= width / height <= 1.51
    assert 0.22 < face.height_px / (width * height) ** 0.5 < 0.32
    left, top, right, bottom = face.box_xyxy
    assert y0 <= max(top - 0.4 * 120, 0) and y1 >= min(bottom + 120, 1500)
    assert x0 <= max(left - 60, 0) and x1 >= min(right + 60, 2000)


def test_a_nearer_view_holds_all_moving_faces_however_far_apart():
    near = [face_in((900, 700), 90.0, FRONT, 1), face_in((1300, 760), 100.0, FRONT, 2)]
    view = near_view(near, (3000, 2000), MARGIN)
    assert not view.whole and sides(view.window_xyxy) < (1500, 1500)
    assert all(is_within(face, view.window_xyxy) for face in near)
    far = [face_in((200, 700), 90.0, FRONT, 1), face_in((2800, 760), 100.0, FRONT, 2)]
    assert near_view(far, (3000, 2000), MARGIN).whole


def test_a_small_photo_is_not_cut_smaller():
    face = face_in((200, 150), 40.0, FRONT)
    assert near_view([face], (420, 320), MARGIN).whole
    window = near_view([face_in((400, 300), 40.0, FRONT)], (900, 700), MARGIN).window_xyxy
    assert sides(window)[0] * sides(window)[1] >= 350**2


def test_a_nearer_view_can_be_beside_the_still_picture():
    face = face_in((500, 400), 90.0, FRONT)
    view = near_view([face], (1500, 1500), MARGIN, side_by_side=True)
    assert view.layout == "beside" and not view.whole
