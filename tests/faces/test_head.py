"""The mean face, its mirror permutation and the head fit."""

import numpy as np
import pytest

from nostalgia.faces.head import fit_head, load_face_shape
from nostalgia.faces.topology import LEFT_UPPER_LID, MOUTH_CORNERS, NOSE_TIP, RIGHT_UPPER_LID
from nostalgia.geometry import rotation_from_pose
from nostalgia.types import CHIN, FOREHEAD, HeadPose


def test_mean_face_is_upright_symmetric_and_one_face_height_tall():
    shape = load_face_shape()
    mean = shape.mean
    assert np.linalg.norm(mean[CHIN] - mean[FOREHEAD]) == pytest.approx(1.0, abs=1e-4)
    assert mean[CHIN, 1] > mean[FOREHEAD, 1]
    assert int(mean[:, 2].argmax()) in {1, 4, 5}, "the nose points at the camera"
    assert mean[shape.mirror] * [-1, 1, 1] == pytest.approx(mean, abs=1e-4)


def test_mirror_permutation_swaps_the_eyes():
    mirror = load_face_shape().mirror
    assert [int(mirror[i]) for i in LEFT_UPPER_LID] == list(RIGHT_UPPER_LID)
    assert int(mirror[MOUTH_CORNERS[0]]) == MOUTH_CORNERS[1]
    assert np.array_equal(mirror[mirror], np.arange(478))


@pytest.mark.parametrize("pose", [HeadPose(0, 0, 0), HeadPose(40, -10, 15), HeadPose(-25, 12, -30)])
def test_fit_head_finds_the_pose_whatever_the_expression(pose):
    landmarks = load_face_shape().mean.astype(float).copy()
    landmarks[[61, 291], 1] -= 0.05  # a smile
    landmarks = 200 * landmarks @ rotation_from_pose(pose).T + [300, 400, 0]
    fit = fit_head(landmarks.astype(np.float32))
    assert (fit.pose.yaw, fit.pose.pitch, fit.pose.roll) == pytest.approx(
        (pose.yaw, pose.pitch, pose.roll), abs=0.05
    )
    assert fit.scale_px == pytest.approx(200, rel=1e-3)
    back = fit.canonical(landmarks.astype(np.float32))
    assert back[NOSE_TIP] == pytest.approx(load_face_shape().mean[NOSE_TIP], abs=1e-3)


def test_fit_head_refuses_other_shapes():
    with pytest.raises(ValueError, match="478"):
        fit_head(np.zeros((68, 3), np.float32))
