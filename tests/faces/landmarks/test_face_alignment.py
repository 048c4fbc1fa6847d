"""2D-FAN-4 of the package face-alignment as a landmarker of 68 points."""

import numpy as np
import pytest
from face_alignment_stand_ins import (
    forbid_network,
    needs_package,
    real_weights,
    save_fan,
    save_script,
)
from skimage import data

from nostalgia.errors import CheckpointError
from nostalgia.faces import face_alignment_package
from nostalgia.faces.base import Landmarker
from nostalgia.faces.landmarks.face_alignment import CACHED, WEIGHTS, FaceAlignmentLandmarker
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.faces.landmarks.points68 import MeshLandmarker
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceBox

OPTIONS = AnimateOptions()


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    forbid_network(monkeypatch)


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return np.ascontiguousarray(data.astronaut())


@pytest.fixture(scope="module")
def landmarks(astronaut) -> np.ndarray:
    return MeshNetwork.load().find(astronaut, [FaceBox((172, 70, 270, 192), 1.0)])[0].landmarks


@pytest.fixture(scope="module", params=["tensors", "torchscript"])
def stand_in(request, tmp_path_factory):
    needs_package()
    path = tmp_path_factory.mktemp("weights") / "weights"
    return save_fan(path) if request.param == "tensors" else save_script(path)


def test_stand_in_weights_give_points_on_the_face(stand_in, monkeypatch, astronaut, landmarks):
    monkeypatch.setattr(face_alignment_package, "stored_weights", lambda name, cached: stand_in)
    finder = FaceAlignmentLandmarker.load(OPTIONS)
    found = finder.points68(astronaut, landmarks)
    assert isinstance(finder, Landmarker)
    assert found.shape == (68, 2)
    assert found.dtype == np.float32
    centre = landmarks[:, :2].mean(axis=0)
    assert np.abs(found - centre).max() < 2 * np.ptp(landmarks[:, 1])


class Bright:
    """In place of the network: every map is the brightness of the crop, mirrored or not."""

    def __call__(self, faces):
        import torch

        maps = torch.nn.functional.avg_pool2d(faces.mean(1, keepdim=True), 4)
        return [maps.repeat(1, 68, 1, 1)]


@pytest.mark.parametrize("scale", [0.35, 1.0, 4.0])
@pytest.mark.parametrize("at", [(0.3, 0.4), (0.62, 0.71)])
def test_a_peak_comes_back_where_it_is_in_the_picture(landmarks, scale, at):
    """A bright spot on the face is found where it is, at every size of the face."""
    needs_package()
    points = landmarks * np.float32(scale)
    (x0, y0), (x1, y1) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    spot = np.array([x0 + at[0] * (x1 - x0), y0 + at[1] * (y1 - y0)])
    grid = np.stack(np.meshgrid(np.arange(512 * scale), np.arange(512 * scale)), axis=-1)
    glow = np.exp(-((grid - spot) ** 2).sum(axis=-1) / (2 * (0.06 * (y1 - y0)) ** 2))
    picture = np.repeat((glow[..., None] * 255).astype(np.uint8), 3, axis=2)
    found = FaceAlignmentLandmarker(Bright(), "cpu").points68(picture, points)
    assert np.abs(found - spot).max() < 0.02 * (y1 - y0)


def test_a_face_at_the_border_has_finite_landmarks(astronaut, landmarks):
    needs_package()
    shifted = landmarks - np.array([200, 90, 0], np.float32)
    picture = np.ascontiguousarray(astronaut[90:, 200:])
    found = FaceAlignmentLandmarker(Bright(), "cpu").points68(picture, shifted)
    assert np.isfinite(found).all()


def test_real_weights_agree_with_the_mesh(astronaut, landmarks):
    needs_package()
    real_weights(WEIGHTS, CACHED)
    found = FaceAlignmentLandmarker.load(OPTIONS).points68(astronaut, landmarks)
    mesh = MeshLandmarker.load(OPTIONS).points68(astronaut, landmarks)
    apart = np.linalg.norm(found - mesh, axis=1) / np.ptp(landmarks[:, 1])
    assert apart[17:].mean() < 0.04
    assert apart[:17].mean() < 0.1


def test_missing_weights_name_the_command_that_downloads_them(monkeypatch, tmp_path):
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    with pytest.raises(CheckpointError, match="nostalgia checkpoints pull face-alignment-2dfan4"):
        FaceAlignmentLandmarker.load(OPTIONS)


def test_a_web_page_is_refused_as_weights(monkeypatch, tmp_path):
    needs_package()
    path = tmp_path / "fan.pth.tar"
    path.write_bytes(b"<!DOCTYPE html><html>" + b"Not found " * 300)
    monkeypatch.setattr(face_alignment_package, "stored_weights", lambda name, cached: path)
    with pytest.raises(CheckpointError, match="fan.pth.tar"):
        FaceAlignmentLandmarker.load(OPTIONS)
