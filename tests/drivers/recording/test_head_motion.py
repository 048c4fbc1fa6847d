"""Fit of the head to optical flow, robust to expressions and to a biased network."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nostalgia.drivers.recording.face_flow import FlowReading
from nostalgia.drivers.recording.head_motion import heads_of_network, steady_heads
from nostalgia.faces.head import fit_head, load_face_shape
from nostalgia.geometry import pose_from_rotation, rotation_from_pose
from nostalgia.types import HeadPose

FRAMES, FPS, SCALE_PX = 30, 25.0, 200.0
SMILE = (61, 291, 205, 425, 50, 280, 187, 411)


def performance(yaw: float, smile: float) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks (FRAMES, 478, 3) in pixels of a head that turns and smiles, and the rise 0..1."""
    rise = np.sin(np.pi * np.linspace(0, 1, FRAMES)) ** 2
    mean = load_face_shape().mean.astype(np.float64)
    frames = []
    for share in rise:
        shape = mean.copy()
        shape[list(SMILE), 1] -= share * smile
        frames.append(shape @ rotation_from_pose(HeadPose(yaw * share, 0, 0)).T * SCALE_PX + 300)
    return np.array(frames), rise


def steadied(seen: np.ndarray, truth: np.ndarray, trust: np.ndarray, gain: float = 1.0):
    network = heads_of_network(seen, [fit_head(frame.astype(np.float32)) for frame in seen])
    flows = [
        FlowReading(frame[:, :2].astype(np.float32), trust.astype(np.float32)) for frame in truth
    ]
    return network, steady_heads(network, flows, FPS, gain)


def yaws(rotation: np.ndarray) -> np.ndarray:
    return np.array([pose_from_rotation(matrix).yaw for matrix in rotation])


def test_the_head_follows_the_points_and_not_the_network():
    truth, rise = performance(8.0, 0.0)
    biased, _ = performance(5.0, 0.0)
    network, heads = steadied(biased, truth, np.ones(478))
    assert yaws(network.rotation).max() == pytest.approx(5, abs=0.1)
    assert_allclose(yaws(heads.rotation), 8 * rise, atol=0.5)


def test_a_smile_does_not_turn_the_head():
    truth, rise = performance(0.0, 0.06)
    tilted, _ = performance(3.0, 0.03)
    _, heads = steadied(tilted, truth, np.ones(478))
    assert np.abs(yaws(heads.rotation)).max() < 0.5
    raised = -(heads.shapes[:, 61, 1] - heads.shapes[0, 61, 1])
    assert raised.max() == pytest.approx(0.06, rel=0.15)


def test_without_trust_the_network_is_used_and_its_expressions_enlarged():
    truth, _ = performance(8.0, 0.0)
    seen, rise = performance(0.0, 0.04)
    network, heads = steadied(seen, truth, np.zeros(478), gain=1.5)
    assert_allclose(heads.rotation, network.rotation, atol=1e-3)
    raised = -(heads.shapes[:, 61, 1] - heads.shapes[0, 61, 1])
    assert raised.max() == pytest.approx(0.06, rel=0.1)


def test_frames_without_a_reading_use_the_network():
    seen, _ = performance(6.0, 0.02)
    network = heads_of_network(seen, [fit_head(frame.astype(np.float32)) for frame in seen])
    heads = steady_heads(network, [None] * FRAMES, FPS, 1.0)
    assert_allclose(yaws(heads.rotation), yaws(network.rotation), atol=0.05)
