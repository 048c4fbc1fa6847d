"""Boxes, rotations, fits, matrices and easing curves."""

import numpy as np
import pytest

from nostalgia.geometry import (
    apply_affine,
    beside_and_along,
    bounding_box,
    boxes_meet,
    fit_similarity,
    intersection_area,
    intersection_over_union,
    invert_affine,
    minimum_jerk,
    overlap_of_smaller,
    pose_from_rotation,
    rotation_from_pose,
    smoothstep,
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


def test_boxes_that_share_area():
    one, other = (0.0, 0.0, 4.0, 2.0), (3.0, 1.0, 5.0, 5.0)
    assert intersection_area(one, other) == 1
    assert intersection_over_union(one, other) == pytest.approx(1 / 15)
    assert overlap_of_smaller(one, other) == pytest.approx(1 / 8)
    assert boxes_meet(one, other)
    assert intersection_over_union(np.float32(one), np.float32(other)) == pytest.approx(1 / 15)


def test_boxes_that_only_touch_share_nothing():
    one, other = (0.0, 0.0, 4.0, 2.0), (4.0, 0.0, 5.0, 2.0)
    assert intersection_area(one, other) == overlap_of_smaller(one, other) == 0
    assert not boxes_meet(one, other)


def test_a_bounding_box_ignores_depth():
    points = np.array([[3.0, 9.0, 5.0], [1.0, 4.0, -8.0]])
    assert bounding_box(points) == (1, 4, 3, 9)


@pytest.mark.parametrize("curve", [smoothstep, minimum_jerk])
def test_easing_curves_rise_from_rest_to_rest_and_are_clipped(curve):
    values = curve(np.linspace(-0.5, 1.5, 201))
    assert (values[:51] == 0).all() and values[100] == pytest.approx(0.5)
    assert values[150:] == pytest.approx(1.0)
    assert (np.diff(values) >= -1e-12).all()
    assert values[51] < 1e-3


def test_places_beside_and_along_an_axis():
    ends = np.array([[10.0, 20.0], [10.0, 60.0]])
    beside, along = beside_and_along(*np.array([[[10.0, 30.0]], [[40.0, 60.0]]]), ends)
    assert beside[0] == pytest.approx([0, 0.5]) and along[0] == pytest.approx([0, 0.5])
    leaning = np.array([[0.0, 0.0], [30.0, 40.0]])
    beside, along = beside_and_along(np.array([15.0]), np.array([20.0]), leaning)
    assert (beside, along) == (pytest.approx(0), pytest.approx(0))
