"""What the detector is trained on: faces known by five points, and the boxes of both teachers."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from collages import FIVE, box_of, stand_in
from cutouts import random_angle
from detector_batches import load_backdrops, turned_away
from detector_context import join, our_boxes
from detector_network import DetectorNetwork, folded_weights, unfold
from detector_teacher import merge

from nostalgia.geometry import intersection_over_union

BOX = np.array([20, 30, 100, 150], np.float32)
FRONTAL = np.array([[40, 70], [80, 70], [60, 95], [45, 120], [75, 120]], np.float32)
PROFILE = np.array([[78, 70], [92, 70], [98, 95], [80, 120], [90, 120]], np.float32)


def test_a_box_and_five_points_stand_in_for_landmarks():
    points = stand_in(BOX, FRONTAL)
    assert points.shape == (478, 2)
    np.testing.assert_allclose(box_of(points), BOX, atol=0.5)
    np.testing.assert_array_equal(points[list(FIVE)], FRONTAL)


def test_points_outside_the_box_do_not_widen_it():
    points = stand_in(BOX, PROFILE + np.float32([20, 0]))
    np.testing.assert_allclose(box_of(points), BOX, atol=0.5)


@pytest.mark.parametrize("roll", [0, 60, 90])
def test_a_profile_is_told_from_a_frontal_face_however_it_lies(roll):
    turn = cv2.getRotationMatrix2D((60.0, 90.0), roll, 1.0)
    rolled = [five @ turn[:, :2].T + turn[:, 2] for five in (FRONTAL, PROFILE)]
    assert [turned_away(five) for five in rolled] == [False, True]


def test_most_heads_stand_and_some_lie():
    rng = np.random.default_rng(0)
    angles = np.abs([random_angle(rng, 0.3) for _ in range(2000)])
    assert np.median(angles) < 12
    assert 0.01 < (angles > 60).mean() < 0.05


def test_the_box_of_a_mirrored_find_is_the_mirrored_box():
    rule = np.random.default_rng(1).normal(0, 0.05, (8, 4)).astype(np.float32)
    box = our_boxes(rule, BOX[None], PROFILE[None])[0]
    flipped_box = BOX[[2, 1, 0, 3]] * [-1, 1, -1, 1] + [120, 0, 120, 0]
    flipped = PROFILE[[1, 0, 2, 4, 3]] * [-1, 1] + [120, 0]
    mirrored = our_boxes(rule, flipped_box[None], flipped[None])[0]
    back = mirrored[[2, 1, 0, 3]] * [-1, 1, -1, 1] + [120, 0, 120, 0]
    np.testing.assert_allclose(back, box, rtol=1e-5)


def test_finds_of_several_looks_are_one_face():
    boxes = np.array([BOX, BOX + 3, [200, 200, 240, 250]], np.float32)
    groups = merge(boxes, np.array([0.8, 0.9, 0.7], np.float32))
    assert [group.tolist() for group in groups] == [[1, 0], [2]]
    assert intersection_over_union(boxes[0], boxes[2]) == 0


def test_only_sure_finds_of_the_second_teacher_become_faces(tmp_path: Path):
    path = tmp_path / "Anna_1.png"
    cv2.imwrite(str(path), np.zeros((300, 300, 3), np.uint8))
    second = {
        "paths": np.array([str(path)]),
        "picture": np.array([0, 0, 0]),
        "boxes": np.stack([BOX, BOX + 140, BOX + [150, 0, 150, 0]]),
        "points": np.stack([PROFILE, PROFILE + 140, FRONTAL + [150, 0]]),
        "scores": np.array([0.97, 0.6, 0.4]),
        "agreed": np.array([1.0, 1.0, 0.5]),
    }
    joined = join(np.zeros((8, 4), np.float32), [second], {}, {}, False)
    assert [face["verdict"] for face in joined[str(path)]["faces"]] == ["face", "unsure"]
    (tmp_path / "context.json").write_text(json.dumps(joined))
    held_out = joined[str(path)]["held_out"]
    plain, peopled = load_backdrops(tmp_path, held_out)
    assert plain == []
    assert len(peopled) > 1, "pictures with profiles come more often"
    np.testing.assert_allclose(box_of(peopled[0].faces[0]), BOX, atol=0.5)
    assert peopled[0].ignored == (tuple((BOX + 140).tolist()),)


def test_training_goes_on_from_folded_weights():
    torch.manual_seed(0)
    folded = folded_weights(DetectorNetwork().eval().state_dict())
    pixels = torch.randn(4, 1, 64, 64)
    state = unfold(folded, pixels)
    network, reference = DetectorNetwork(), DetectorNetwork(fold=True)
    network.load_state_dict(state)
    reference.load_state_dict(folded)
    with torch.inference_mode():
        expected = reference.eval()(pixels)
        assert torch.allclose(network.eval()(pixels), expected, atol=1e-4)
        assert torch.allclose(network.train()(pixels), expected, atol=0.05)
