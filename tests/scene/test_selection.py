"""Which faces are animated, and why the others stay still."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nostalgia.errors import FaceError, UsageError, option
from nostalgia.options import AnimateOptions
from nostalgia.scene.selection import (
    EVIDENT_SHARE,
    choose_also,
    require_faces,
    require_moving,
    select_faces,
    with_evident_face,
)
from nostalgia.types import (
    CHIN,
    FOREHEAD,
    Face,
    HeadPose,
    PartDoubts,
    Photo,
    StillReason,
)

PHOTO = Photo(np.zeros((10, 10, 3), np.uint8), Path("oma.jpg"))


def face(number: int, height_px: float = 100, yaw: float = 0) -> Face:
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[CHIN, 1], landmarks[FOREHEAD, 1] = height_px, 0
    return Face(number, (0, 0, 80, 100), 0.9, HeadPose(yaw, 0, 0), landmarks)


def moving(choices) -> list[int]:
    return [choice.face.number for choice in choices if choice.moves]


def test_all_leaves_tiny_and_turned_faces_still_and_gives_the_reason():
    choices = select_faces([face(1), face(2, 12), face(3, yaw=-75)], AnimateOptions())
    assert moving(choices) == [1]
    tiny, turned = choices[1].still, choices[2].still
    assert tiny.reason is StillReason.TOO_SMALL and "12 pixels, at least 28" in tiny.text
    assert turned.reason is StillReason.TURNED_TOO_FAR and "75 degrees, at most 60" in turned.text


def test_a_face_whose_features_are_not_located_stays_still():
    lost = replace(face(2), doubts=PartDoubts(rest=0.2))
    choices = select_faces([face(1), lost], AnimateOptions())
    assert moving(choices) == [1]
    assert choices[1].still.reason is StillReason.UNREADABLE
    assert moving(select_faces([face(1), lost], AnimateOptions(faces="1,2"))) == [1, 2]


def test_a_face_just_beyond_a_limit_is_not_rounded_to_it():
    tiny, turned = select_faces([face(1, 27.8), face(2, yaw=60.3)], AnimateOptions())
    assert "27 pixels, at least 28" in tiny.still.text
    assert "61 degrees, at most 60" in turned.still.text


def test_each_still_face_has_a_remedy():
    choices = select_faces([face(1), face(2, 12), face(3, yaw=80)], AnimateOptions())
    for choice in choices[1:]:
        number = choice.face.number
        assert dict(choice.still.remedy.changes) == {"faces": [number]}
        assert option("faces", [number]) in choice.still.remedy.text
        assert number in moving(select_faces([c.face for c in choices], replace(
            AnimateOptions(), **choice.still.remedy.changes
        )))  # fmt: skip


def test_a_still_face_can_be_chosen_beside_the_animated_ones():
    choices = select_faces([face(1), face(2, 12), face(3)], AnimateOptions())
    also = choose_also(choices[1], choices)
    assert dict(also.still.remedy.changes) == {"faces": [1, 2, 3]}
    assert choose_also(choices[0], choices) is choices[0]


def test_a_driver_of_its_own_animates_a_face():
    options = AnimateOptions(face_drivers={2: "nod"}, face_strengths={1: 0.5})
    assert moving(select_faces([face(1), face(2, 12), face(3, 12)], options)) == [1, 2]


def test_largest_is_the_largest_that_can_move():
    faces = [face(1, 100), face(2, 300, yaw=80), face(3, 150)]
    choices = select_faces(faces, AnimateOptions(faces="largest"))
    assert moving(choices) == [3]
    reasons = [choice.still.reason for choice in choices[:2]]
    assert reasons == [StillReason.NOT_SELECTED, StillReason.TURNED_TOO_FAR]


@pytest.mark.parametrize("faces", ["2,3", [2, 3], (3, 2), "2, 3"])
def test_numbers_win_over_size_and_pose(faces):
    found = [face(1), face(2, 12), face(3, yaw=80)]
    assert moving(select_faces(found, AnimateOptions(faces=faces))) == [2, 3]


def test_a_face_in_a_box_is_animated_whatever_it_looks_like():
    options = AnimateOptions(face_box=(0, 0, 10, 10))
    assert moving(select_faces([face(1, 10, yaw=85)], options)) == [1]


@pytest.mark.parametrize("text", ["3", "0", "one", "1,", "-1", ""])
def test_faces_that_do_not_exist_are_refused(text):
    with pytest.raises(UsageError):
        select_faces([face(1), face(2)], AnimateOptions(faces=text))


def test_a_photo_without_a_face_asks_for_a_box():
    with pytest.raises(FaceError, match=r"no face was found in oma\.jpg; mark one with face_box"):
        require_moving(PHOTO, [])


def test_a_photo_without_a_usable_face_names_each_reason():
    choices = select_faces([face(1, 12), face(2, yaw=80)], AnimateOptions())
    with pytest.raises(FaceError, match=r"face 1: too small.*; face 2: turned too far") as caught:
        require_moving(PHOTO, choices)
    assert dict(caught.value.remedy.changes) == {"faces": [1]}
    require_moving(PHOTO, [*choices, *select_faces([face(3)], AnimateOptions())])


def test_of_many_faces_that_are_too_small_the_largest_is_named():
    small = [face(number, height_px=10 + number) for number in (1, 2, 3)]
    choices = select_faces(small, AnimateOptions(min_face_px=28))
    with pytest.raises(FaceError, match=r"face 3: too small: 13 .*, and 2 others") as no:
        require_moving(PHOTO, choices)
    assert str(no.value).count("too small") == 1
    assert "higher resolution" in no.value.remedy.text
    assert dict(no.value.remedy.changes) == {"faces": [3]}


def test_options_of_a_face_that_does_not_exist_are_refused():
    choices = select_faces([face(1)], AnimateOptions())
    with pytest.raises(UsageError, match="there is no face 4: the photo has 1"):
        require_faces(choices, AnimateOptions(face_drivers={4: "nod"}))
    with pytest.raises(UsageError, match=r"face_strengths=\{2: 0.5\}: there is no face 2"):
        require_faces(choices, AnimateOptions(face_strengths={2: 0.5}))


def test_options_of_a_still_face_warn():
    options = AnimateOptions(faces=1, face_strengths={2: 0.5})
    (warning,) = require_faces(select_faces([face(1), face(2)], options), options)
    assert option("face_strengths", {2: 0.5}) in warning and "not selected" in warning


def evident(*faces: Face, side_px: float = 200) -> list[int]:
    options = AnimateOptions()
    choices = select_faces(faces, options)
    return moving(with_evident_face(choices, options, (round(2 * side_px), round(side_px))))


def test_a_doubtful_face_counts_if_it_is_large_and_the_only_one():
    doubtful = replace(face(1), score=0.65)
    least = doubtful.height_px / EVIDENT_SHARE
    assert evident(doubtful, side_px=0.9 * least) == [1]
    assert evident(doubtful, side_px=1.1 * least) == []
    assert evident(doubtful, replace(face(2), score=0.65)) == []
    assert evident(doubtful, face(2)) == [2]


def test_a_large_doubtful_face_that_cannot_be_read_is_left_alone():
    doubtful = replace(face(1), score=0.65)
    assert evident(replace(doubtful, doubts=PartDoubts(rest=0.04))) == []
    assert evident(replace(doubtful, pose=HeadPose(70, 0, 0))) == []
