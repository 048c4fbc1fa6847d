"""Which faces move."""

import numpy as np
import pytest

from nostalgia.errors import UsageError
from nostalgia.options import AnimateOptions
from nostalgia.scene.selection import select_faces
from nostalgia.types import CHIN, FOREHEAD, Face, HeadPose


def face(number: int, height_px: float = 100, yaw: float = 0) -> Face:
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[CHIN, 1], landmarks[FOREHEAD, 1] = height_px, 0
    return Face(number, (0, 0, 80, 100), 0.9, HeadPose(yaw, 0, 0), landmarks)


def moving(choices) -> list[int]:
    return [choice.face.number for choice in choices if not choice.reason]


def test_all_leaves_tiny_and_turned_faces_still_and_says_why():
    choices = select_faces([face(1), face(2, 12), face(3, yaw=-75)], AnimateOptions())
    assert moving(choices) == [1]
    assert choices[1].reason.startswith("too small (12")
    assert choices[2].reason.startswith("turned too far (75")


def test_reasons_say_what_to_type():
    choices = select_faces([face(1), face(2, 12), face(3, yaw=80)], AnimateOptions())
    assert "--faces 2" in choices[1].reason and "--faces 3" in choices[2].reason


def test_a_driver_of_its_own_makes_a_face_move():
    options = AnimateOptions(face_drivers={2: "nod"}, face_strengths={1: 0.5})
    assert moving(select_faces([face(1), face(2, 12), face(3, 12)], options)) == [1, 2]


def test_largest_is_the_largest_that_can_move():
    faces = [face(1, 100), face(2, 300, yaw=80), face(3, 150)]
    assert moving(select_faces(faces, AnimateOptions(faces="largest"))) == [3]


def test_numbers_win_over_size_and_pose():
    faces = [face(1), face(2, 12), face(3, yaw=80)]
    assert moving(select_faces(faces, AnimateOptions(faces="2,3"))) == [2, 3]


def test_a_face_in_a_box_moves_whatever_it_looks_like():
    options = AnimateOptions(face_box=(0, 0, 10, 10))
    assert moving(select_faces([face(1, 10, yaw=85)], options)) == [1]


@pytest.mark.parametrize("text", ["3", "0", "one", "1,", "-1", ""])
def test_faces_that_are_not_there_are_refused(text):
    with pytest.raises(UsageError):
        select_faces([face(1), face(2)], AnimateOptions(faces=text))
