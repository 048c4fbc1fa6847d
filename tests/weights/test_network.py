"""The networks that ship: damage is found; threads and earlier pictures change no result."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from nostalgia.errors import CheckpointError
from nostalgia.files import checkpoint_path, checkpoints_folder
from nostalgia.weights.network import Network, shipped_network

NAMES = ("face-detector", "face-mesh")


@pytest.fixture
def own_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the checkpoints, which a test may damage."""
    folder = tmp_path / "checkpoints"
    shutil.copytree(checkpoints_folder(), folder)
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(folder))
    return folder


def a_cut_file(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def one_other_weight(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 0x40]) + whole[middle + 1 :]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "damage",
    [a_cut_file, one_other_weight, lambda whole: b"", lambda whole: b"<html>not found</html>"],
    ids=["cut", "one weight", "empty", "web page"],
)
def test_damaged_weights_are_an_error(own_checkpoints: Path, name: str, damage) -> None:
    shipped_network(name)
    path = own_checkpoints / f"{name.replace('-', '_')}.onnx"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match=rf"{path.name} is damaged .*; reinstall"):
        shipped_network(name)


def test_missing_weights_are_an_error(own_checkpoints: Path) -> None:
    (own_checkpoints / "face_mesh.onnx").unlink()
    with pytest.raises(CheckpointError, match=r"face_mesh\.onnx is missing; reinstall"):
        shipped_network("face-mesh")


def test_the_number_of_threads_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    for file, shape in (
        ("face_detector.onnx", (1, 1, 416, 608)),
        ("face_mesh.onnx", (2, 1, 128, 128)),
    ):
        content = checkpoint_path(file).read_bytes()
        pixels = rng.standard_normal(shape, np.float32)
        alone, others = Network(content, threads=1).run(pixels), Network(content, threads=2)
        for mine, theirs in zip(alone, others.run(pixels), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_pictures_of_other_sizes_before_it_change_nothing() -> None:
    network = shipped_network("face-detector")
    rng = np.random.default_rng(4)
    small, large = (rng.standard_normal((1, 1, side, side), np.float32) for side in (64, 512))
    (first,) = network.run(small)
    network.run(large)
    np.testing.assert_array_equal(network.run(small)[0], first)


def test_the_detector_brings_its_calibration_and_the_mesh_needs_none() -> None:
    assert set(shipped_network("face-detector").calibration) == {"slope", "offset"}
    assert shipped_network("face-mesh").calibration == {}
