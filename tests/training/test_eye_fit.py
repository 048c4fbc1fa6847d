import numpy as np
from eye_fit import EYE_FITS, LEFT, RIGHT, fit_eyes

from nostalgia.faces.head import load_face_shape


def test_outlines_grow_by_what_is_said_and_nothing_else_moves():
    landmarks = load_face_shape().mean * 200
    fitted = fit_eyes(landmarks, "front-low")
    fit = EYE_FITS["front-low"]
    for eye in (LEFT, RIGHT):
        before, after = (np.ptp(points[list(eye), :2], axis=0) for points in (landmarks, fitted))
        np.testing.assert_allclose(after, before * [fit.wide, fit.high], rtol=1e-4)
    rest = np.setdiff1d(np.arange(478), LEFT + RIGHT)
    np.testing.assert_array_equal(fitted[rest], landmarks[rest])


def test_of_a_profile_only_the_far_eye_grows_from_its_inner_corner():
    landmarks = load_face_shape().mean * 200
    fitted = fit_eyes(landmarks, "profile-left")
    np.testing.assert_array_equal(fitted[list(RIGHT)], landmarks[list(RIGHT)])
    assert fitted[133, 0] == landmarks[133, 0]
    assert fitted[33, 0] < landmarks[33, 0] - 3


def test_other_performers_keep_their_landmarks():
    landmarks = load_face_shape().mean
    assert fit_eyes(landmarks, "front") is landmarks
