"""Photos that lie on their side or head: when other turns are tried, and which one wins."""

import numpy as np
import pytest
from synthetic_face import face_in

from nostalgia.faces.finder import SURE_SCORE
from nostalgia.faces.upright import find_in_any_turn, find_in_box
from nostalgia.options import DetectionOptions
from nostalgia.photo.turning import turned_face, turned_photo
from nostalgia.types import BoxXYXY, Face, HeadPose, Photo

PIXELS = np.zeros((60, 90, 3), np.uint8)
PIXELS[0, 0] = 255
PHOTO = Photo(PIXELS)
CORNERS = {(0, 0): 0, (0, -1): 90, (-1, -1): 180, (-1, 0): 270}


def face(score, number=1, x=30.0):
    found = face_in((x, 30.0), 20, HeadPose(0.0, 0.0, 0.0), number)
    return Face(number, found.box_xyxy, score, found.pose, found.landmarks)


class Finder:
    """Finds faces by how far the photo is turned, which its white corner tells."""

    def __init__(self, by_turn):
        self.by_turn, self.asked = by_turn, []

    def _turn(self, photo):
        (turn,) = [t for (y, x), t in CORNERS.items() if photo.pixels[y, x, 0]]
        self.asked.append(turn)
        return turn

    def find(self, photo, options):
        return tuple(self.by_turn.get(self._turn(photo), ()))

    def in_box(self, photo, box_xyxy):
        (found,) = self.by_turn[self._turn(photo)]
        return found


def found(by_turn):
    finder = Finder(by_turn)
    faces, turn = find_in_any_turn(PHOTO, finder, DetectionOptions())
    return faces, turn, finder.asked


def test_a_sure_face_in_the_photo_as_it_is_ends_the_search():
    faces, turn, asked = found({0: [face(0.9), face(0.7, 2)], 90: [face(0.99)]})
    assert (len(faces), turn, asked) == (2, 0, [0])


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_sure_face_in_another_turn_wins_over_doubtful_ones(turn):
    faces, found_turn, asked = found({0: [face(0.87)], turn: [face(0.95, 1, 40.0)]})
    assert found_turn == turn and asked == [0, 90, 180, 270]
    upright = turned_face(faces[0], turn, (90, 60))
    assert np.allclose(upright.landmarks, face(0.95, 1, 40.0).landmarks, atol=1e-3)
    assert abs(faces[0].pose.roll) == pytest.approx(180 if turn == 180 else 90, abs=1)


def test_of_several_turns_the_one_with_more_sure_faces_wins():
    faces, turn, _ = found({90: [face(0.97)], 270: [face(0.9), face(0.9, 2, 50.0)]})
    assert turn == 270 and [each.number for each in faces] == [1, 2]


def test_a_sure_face_that_lies_on_its_side_does_not_end_the_search():
    lying_face = turned_face(face(0.93), -90, (60, 90))
    faces, turn, _ = found({0: [lying_face], 90: [face(0.97)]})
    assert turn == 90 and faces[0].score == 0.97
    assert found({0: [lying_face]})[:2] == ((lying_face,), 0)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_faces_are_numbered_as_if_the_photo_stood_upright(turn):
    pair = [face(0.95, 1, 25.0), face(0.96, 2, 45.0)]
    faces, _, _ = found({turn: pair})
    assert [(each.number, each.score) for each in faces] == [(1, 0.95), (2, 0.96)]


def test_without_anything_sure_the_photo_counts_as_it_is():
    doubtful = face(0.7)
    faces, turn, _ = found({0: [doubtful], 90: [face(SURE_SCORE - 0.001)]})
    assert faces == (doubtful,) and turn == 0
    assert found({90: [face(0.8)]})[:2] == ((), 0)


def test_a_face_in_a_box_may_lie_on_its_side_or_head():
    box = BoxXYXY((10.0, 10.0, 50.0, 50.0))
    assert find_in_box(PHOTO, Finder({0: [face(0.999)]}), box)[1] == 0
    for turn in (90, 270):
        lying = turned_face(face(0.999), -turn, (60, 90))
        assert find_in_box(PHOTO, Finder({0: [lying]}), box) == ((lying,), turn)
    finder = Finder({0: [face(0.4)], 180: [face(0.999)]})
    (upside_down,), turn = find_in_box(PHOTO, finder, box)
    assert turn == 180 and upside_down.score == 0.999
    assert np.allclose(
        turned_face(upside_down, 180, (90, 60)).landmarks, face(0.9).landmarks, atol=1e-3
    )
    assert find_in_box(PHOTO, Finder({0: [face(0.4)], 180: [face(0.3)]}), box)[1] == 0


def test_searching_leaves_the_photo_alone():
    found({180: [face(0.95)]})
    assert PHOTO.rotated == 0 and turned_photo(PHOTO, 180).rotated == 180
