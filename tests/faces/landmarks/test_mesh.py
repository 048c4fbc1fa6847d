"""Mesh network on a real portrait, and its weights on disk."""

import numpy as np
import pytest
import torch

from nostalgia.errors import CheckpointError
from nostalgia.faces.head import fit_head
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.faces.landmarks.mesh_layers import MeshLayers
from nostalgia.types import FaceBox
from nostalgia.weights.npz import load_weights, save_weights

ASTRONAUT_FACE = (176.0, 58.0, 272.0, 178.0)


@pytest.fixture(scope="module")
def network():
    return MeshNetwork.load()


@pytest.fixture(scope="module")
def astronaut():
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut())


def test_landmarks_of_a_real_face_lie_where_they_belong(network, astronaut):
    found = network.find(astronaut, [FaceBox(ASTRONAUT_FACE, 1.0)])[0]
    assert found.score > 0.9
    eyes = found.landmarks[[468, 473], :2]
    assert eyes[0] == pytest.approx((203.5, 100.5), abs=3)
    assert eyes[1] == pytest.approx((247.5, 103), abs=3)
    assert abs(fit_head(found.landmarks).pose.roll) < 12


def test_mirrored_photo_gives_mirrored_landmarks(network, astronaut):
    width = astronaut.shape[1]
    x0, y0, x1, y1 = ASTRONAUT_FACE
    straight = network.find(astronaut, [FaceBox(ASTRONAUT_FACE, 1.0)])[0].landmarks
    flipped = network.find(
        np.ascontiguousarray(astronaut[:, ::-1]), [FaceBox((width - x1, y0, width - x0, y1), 1.0)]
    )[0].landmarks
    assert flipped[1, 0] == pytest.approx(width - 1 - straight[1, 0], abs=2)
    yaw, mirrored_yaw = fit_head(straight).pose.yaw, fit_head(flipped).pose.yaw
    assert mirrored_yaw == pytest.approx(-yaw, abs=3)


@pytest.mark.parametrize("scale", [0.35, 3.0])
def test_size_of_the_photo_does_not_matter(network, astronaut, scale):
    import cv2

    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    photo = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=how)
    box = FaceBox(tuple(v * scale for v in ASTRONAUT_FACE), 1.0)
    found = network.find(photo, [box])[0].landmarks[:, :2] / scale
    straight = network.find(astronaut, [FaceBox(ASTRONAUT_FACE, 1.0)])[0].landmarks[:, :2]
    eye_distance = np.linalg.norm(straight[33] - straight[263])
    assert np.linalg.norm(found - straight, axis=1).mean() < 0.06 * eye_distance


def test_an_empty_wall_scores_low(network):
    wall = np.random.default_rng(0).integers(100, 140, (300, 300, 3), dtype=np.uint8)
    assert network.find(wall, [FaceBox((80, 80, 200, 220), 1.0)])[0].score < 0.5


def test_weights_can_be_written_and_read_again(tmp_path):
    torch.manual_seed(0)
    layers, other = MeshLayers(), MeshLayers()
    save_weights(tmp_path / "w.npz", layers)
    load_weights(tmp_path / "w.npz", other)
    for a, b in zip(layers.state_dict().values(), other.state_dict().values(), strict=True):
        assert torch.allclose(a.float(), b.float(), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"PK\x03\x04 cut off"])
def test_damaged_weights_are_an_error(tmp_path, content):
    path = tmp_path / "face_mesh.npz"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"face_mesh\.npz"):
        load_weights(path, MeshLayers())


def test_weights_of_another_layout_are_an_error(tmp_path):
    save_weights(tmp_path / "other.npz", torch.nn.Linear(2, 2))
    with pytest.raises(CheckpointError, match="damaged"):
        load_weights(tmp_path / "other.npz", MeshLayers())
