"""S3FD of the package face-alignment as a detector, and the places of its weights."""

import hashlib
import os
import pickle

import numpy as np
import pytest
from face_alignment_stand_ins import (
    ANCHOR_PX,
    ANCHOR_STRIDE_PX,
    STAND_IN_SCORE,
    forbid_network,
    needs_package,
    real_weights,
    save_s3fd,
)
from skimage import data

from nostalgia import registry
from nostalgia.errors import BackendError, CheckpointError
from nostalgia.faces import face_alignment_package
from nostalgia.faces.base import FaceDetector
from nostalgia.faces.detection.face_alignment import CACHED, WEIGHTS, FaceAlignmentDetector
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.options import DetectionOptions
from nostalgia.types import BoxXYXY, Photo

OPTIONS = DetectionOptions(backend="face-alignment")
ASTRONAUT_FACE = (172, 70, 270, 192)


@pytest.fixture(autouse=True)
def nothing_here(monkeypatch, tmp_path):
    """Neither a network nor the tester's own weights."""
    forbid_network(monkeypatch)
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    needs_package()
    return save_s3fd(tmp_path_factory.mktemp("weights") / "s3fd.pth")


@pytest.fixture
def detector(stand_in, monkeypatch):
    monkeypatch.setattr(face_alignment_package, "stored_weights", lambda name, cached: stand_in)
    return FaceAlignmentDetector.load(OPTIONS)


def expected_boxes(width: int, height: int) -> np.ndarray:
    """Every anchor of the level that answers, as a box round the mesh, clipped to the photo."""
    half = ANCHOR_PX / 2
    boxes = []
    for y in np.arange(ANCHOR_STRIDE_PX / 2, height, ANCHOR_STRIDE_PX):
        for x in np.arange(ANCHOR_STRIDE_PX / 2, width, ANCHOR_STRIDE_PX):
            box = face_alignment_package.mesh_box((x - half, y - half, x + half, y + half))
            boxes.append(np.clip(box, 0, [width, height, width, height]))
    return np.array(boxes)


def test_anchors_of_the_stand_in_become_boxes_round_the_mesh(detector):
    photo = np.random.default_rng(0).integers(0, 256, (96, 160, 3), dtype=np.uint8)
    faces = detector.detect(photo)
    assert isinstance(detector, FaceDetector)
    assert faces
    wanted = expected_boxes(160, 96)
    for face in faces:
        assert np.abs(wanted - np.array(face.box_xyxy)).max(axis=1).min() < 1e-3
        assert face.score == pytest.approx(STAND_IN_SCORE, abs=1e-4)
        assert face.points is None
    again = detector.detect(photo.copy())
    assert [face.box_xyxy for face in again] == [face.box_xyxy for face in faces]


class FindsTheRightEnd:
    """In place of S3FD: one face at the right end of each picture."""

    def __init__(self):
        self.shapes = []

    def detect_from_image(self, picture):
        self.shapes.append(picture.shape)
        width = picture.shape[1]
        return [[width - 20, 2, width - 1, 15, 0.9]]


def test_large_photos_are_reduced_and_boxes_come_back_in_their_pixels():
    s3fd = FindsTheRightEnd()
    photo = np.full((64, 4096, 3), 90, np.uint8)
    photo.setflags(write=False)
    faces = FaceAlignmentDetector(s3fd).detect(photo)
    boxes = np.array([face.box_xyxy for face in faces])
    assert s3fd.shapes == [(64, 1024, 3), (64, 480, 3)]
    assert boxes[:, 2].max() > 4000
    assert boxes.min() >= 0
    assert (boxes <= [4096, 64, 4096, 64]).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200)])
def test_odd_shapes_do_no_harm(detector, shape):
    for face in detector.detect(np.zeros((*shape, 3), np.uint8)):
        assert face.box_xyxy[2] <= shape[1]


def test_the_mesh_network_decides_among_the_candidates(detector):
    pixels = np.ascontiguousarray(data.astronaut()[40:232:2, 120:312:2])
    candidates = detector.detect(pixels)
    faces = FaceFinder(detector, MeshNetwork.load()).find(Photo(pixels))
    assert len(faces) < len(candidates) / 3
    x0, y0, x1, y1 = max(faces, key=lambda face: face.score).box_xyxy
    assert np.hypot((x0 + x1) / 2 - (221 - 120) / 2, (y0 + y1) / 2 - (131 - 40) / 2) < 8


def test_the_registry_lists_it(stand_in, monkeypatch):
    monkeypatch.setattr(face_alignment_package, "stored_weights", lambda name, cached: stand_in)
    finder = FaceFinder.load(OPTIONS)
    assert finder.detector.name == "face-alignment"
    assert registry.load("detection", "face-alignment") is FaceAlignmentDetector


def test_real_weights_find_the_astronaut(monkeypatch):
    needs_package()
    monkeypatch.undo()
    forbid_network(monkeypatch)
    real_weights(WEIGHTS, CACHED)
    faces = FaceAlignmentDetector.load(OPTIONS).detect(np.ascontiguousarray(data.astronaut()))
    assert faces[0].score > 0.9
    assert np.abs(np.array(faces[0].box_xyxy) - ASTRONAUT_FACE).max() < 20


def test_missing_weights_name_the_command_that_downloads_them():
    with pytest.raises(CheckpointError, match="nostalgia checkpoints pull face-alignment-s3fd"):
        FaceAlignmentDetector.load(OPTIONS)


def test_files_in_the_cache_of_face_alignment_are_used_if_they_are_whole(tmp_path):
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    content = os.urandom(4096)
    right = f"s3fd-{hashlib.sha256(content).hexdigest()[:10]}.pth"
    (folder / right).write_bytes(content)
    (folder / CACHED[0]).write_bytes(content)
    assert face_alignment_package.stored_weights(WEIGHTS, (right,)) == folder / right
    with pytest.raises(CheckpointError, match="pull face-alignment-s3fd"):
        face_alignment_package.stored_weights(WEIGHTS, CACHED)


class Intruder:
    def __reduce__(self):
        return os.mkdir, (os.environ["INTRUDER_FOLDER"],)


@pytest.mark.parametrize("kind", ["page", "code", "cut-off", "other-network", "noise"])
def test_files_that_are_not_weights_are_refused_and_not_run(stand_in, monkeypatch, tmp_path, kind):
    import torch

    folder = tmp_path / "made-by-the-file"
    monkeypatch.setenv("INTRUDER_FOLDER", str(folder))
    path = tmp_path / "s3fd.pth"
    if kind == "page":
        path.write_bytes(b"<!DOCTYPE html><html>" + b"Quota exceeded " * 99)
    elif kind == "code":
        path.write_bytes(pickle.dumps({"conv1_1.weight": Intruder()}, protocol=2) + bytes(4096))
    elif kind == "cut-off":
        path.write_bytes(stand_in.read_bytes()[:100_000])
    elif kind == "other-network":
        torch.save({"weight": torch.zeros(2000)}, path)
    else:
        path.write_bytes(os.urandom(4096))
    monkeypatch.setattr(face_alignment_package, "stored_weights", lambda name, cached: path)
    with pytest.raises(CheckpointError, match=r"s3fd\.pth"):
        FaceAlignmentDetector.load(OPTIONS)
    assert not folder.exists()


@pytest.mark.parametrize("device", ["xpu", "cuda:0", "nonsense"])
def test_devices_that_torch_does_not_find_are_named(monkeypatch, device):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(BackendError, match=device):
        FaceAlignmentDetector.load(DetectionOptions(device=device))


def test_mesh_box_and_package_box_are_inverse():
    box = BoxXYXY((10.0, 20.0, 110.0, 150.0))
    wider = face_alignment_package.package_box(box)
    assert wider[0] < 10 and wider[1] < 20 and wider[2] > 110 and wider[3] == 150
    assert face_alignment_package.mesh_box(wider) == pytest.approx(box)
