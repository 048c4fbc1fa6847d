"""Rotations, fits and matrices."""

import numpy as np
import pytest

from nostalgia.geometry import (
    apply_affine,
    fit_similarity,
    invert_affine,
    pose_from_rotation,
    rotation_from_pose,
)
from nostalgia.types import HeadPose


@pytest.mark.parametrize(
    ("pose", "nose"),
    [
        (HeadPose(30, 0, 0), (0.5, 0.0)),  # + yaw: nose towards the image's right
        (HeadPose(0, 30, 0), (0.0, -0.5)),  # + pitch: nose up, and y grows downwards
    ],
)
def test_signs_of_yaw_and_pitch(pose, nose):
    turned = rotation_from_pose(pose) @ np.array([0.0, 0.0, 1.0])
    assert turned[:2] == pytest.approx(nose)


def test_sign_of_roll_is_clockwise_in_the_image():
    turned = rotation_from_pose(HeadPose(0, 0, 90)) @ np.array([1.0, 0.0, 0.0])
    assert turned == pytest.approx((0.0, 1.0, 0.0))


@pytest.mark.parametrize("pose", [HeadPose(0, 0, 0), HeadPose(25, -14, 8), HeadPose(-60, 20, -40)])
def test_pose_survives_the_way_through_a_matrix(pose):
    back = pose_from_rotation(rotation_from_pose(pose))
    assert (back.yaw, back.pitch, back.roll) == pytest.approx((pose.yaw, pose.pitch, pose.roll))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_fit_similarity_recovers_scale_rotation_and_shift(dimensions):
    rng = np.random.default_rng(0)
    origin = rng.normal(size=(20, dimensions))
    rotation = rotation_from_pose(HeadPose(0 if dimensions == 2 else 20, 0, 35))[
        :dimensions, :dimensions
    ]
    target = 3.0 * origin @ rotation.T + np.arange(dimensions)
    scale, found, shift = fit_similarity(origin, target)
    assert scale == pytest.approx(3.0)
    assert found == pytest.approx(rotation)
    assert shift == pytest.approx(np.arange(dimensions), abs=1e-9)


def test_fit_similarity_never_mirrors():
    rng = np.random.default_rng(1)
    origin = rng.normal(size=(30, 3))
    _, rotation, _ = fit_similarity(origin, origin * [-1, 1, 1])
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_affine_and_its_inverse_undo_each_other():
    matrix = np.array([[2.0, 0.5, 3.0], [-0.3, 1.5, -7.0]])
    points = np.random.default_rng(2).normal(size=(5, 2))
    assert apply_affine(invert_affine(matrix), apply_affine(matrix, points)) == pytest.approx(
        points
    )
