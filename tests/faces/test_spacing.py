"""Spacing of faces: gaps, neighbours and close faces."""

import numpy as np
import pytest
from synthetic_face import face_in

from nostalgia.faces.spacing import close_faces, face_gaps, nearness
from nostalgia.types import Face, HeadPose


def face(x: float, height_px: float = 100.0, y: float = 200.0) -> Face:
    return face_in((x, y), height_px, HeadPose(0.0, 0.0, 0.0))


def test_gaps_are_between_boxes_in_face_heights_and_symmetric():
    faces = [face(100), face(300), face(300, y=420)]
    gaps = face_gaps(faces)
    left, right = faces[0].box_xyxy[2], faces[1].box_xyxy[0]
    assert gaps[0, 1] == pytest.approx((right - left) / 100, abs=1e-3)
    assert np.array_equal(gaps, gaps.T)
    assert np.isinf(np.diag(gaps)).all()
    twice = face_gaps([face(200, 200, 400), face(600, 200, 400)])
    assert twice[0, 1] == pytest.approx(gaps[0, 1], abs=1e-3), "the photo's scale does not matter"


def test_faces_that_overlap_have_no_gap():
    assert face_gaps([face(100), face(140)])[0, 1] == 0.0


def test_nearness_falls_with_the_gap_and_no_face_is_its_own_neighbour():
    near = nearness(face_gaps([face(100), face(200), face(900)]))
    assert near[0, 1] > 0.9 > near[1, 2]
    assert (np.diag(near) == 0).all()


def test_only_faces_side_by_side_are_close():
    assert close_faces(face_gaps([face(100), face(210), face(600)])) == (True, True, False)
    assert close_faces(face_gaps([face(100)])) == (False,)
    assert close_faces(face_gaps([])) == ()
