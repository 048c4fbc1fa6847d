"""The shipped .onnx files compute what the torch networks of training/ compute."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from colour_layers import ColourLayers
from damage_layers import DamageLayers
from detector_network import DetectorNetwork, folded_weights
from matte_layers import MatteLayers
from mesh_layers import MeshLayers
from onnx_files import (
    CHECKPOINTS,
    read_calibration,
    read_state,
    write_colour,
    write_colour_patches,
    write_damage_pixels,
    write_detector,
    write_matte,
    write_mesh,
    write_patches,
    write_restorer,
)
from patch_layers import ColourPatches, LumaPatches, PatchLayers
from restorer_layers import RestorerLayers

from nostalgia.weights.network import Network, shipped_network

NETWORKS = {
    "face-detector": lambda: DetectorNetwork(fold=True),
    "face-mesh": MeshLayers,
    "person-matte": MatteLayers,
}
PICTURES = {
    "face-detector": [(1, 1, 64, 96), (1, 1, 672, 480), (1, 1, 32, 32)],
    "face-mesh": [(1, 1, 128, 128), (2, 1, 128, 128)],
    "person-matte": [(1, 4, 192, 192), (2, 4, 192, 192)],
}


def shipped_in_torch(name: str) -> torch.nn.Module:
    network = NETWORKS[name]()
    state = read_state(CHECKPOINTS / f"{name.replace('-', '_')}.onnx")
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(key.endswith("num_batches_tracked") for key in missing)
    return network.eval()


def results_of_torch(network: torch.nn.Module, pixels: np.ndarray) -> list[np.ndarray]:
    with torch.inference_mode():
        found = network(torch.from_numpy(pixels))
    return [each.numpy() for each in (found if isinstance(found, tuple) else (found,))]


@pytest.mark.parametrize("name", NETWORKS)
def test_onnx_runtime_agrees_with_torch(name: str) -> None:
    runs, expected_by = shipped_network(name), shipped_in_torch(name)
    for shape in PICTURES[name]:
        pixels = np.random.default_rng(1).standard_normal(shape, np.float32)
        found, expected = runs.run(pixels), results_of_torch(expected_by, pixels)
        assert len(found) == len(expected)
        for mine, theirs in zip(found, expected, strict=True):
            assert np.ptp(theirs) > 0 or theirs.size == 1
            np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_the_shipped_files_are_what_their_own_weights_give(tmp_path: Path) -> None:
    detector, mesh, matte = (CHECKPOINTS / f"{n.replace('-', '_')}.onnx" for n in NETWORKS)
    write_detector(
        tmp_path / "d.onnx", shipped_in_torch("face-detector"), **read_calibration(detector)
    )
    write_mesh(tmp_path / "m.onnx", shipped_in_torch("face-mesh"))
    write_matte(tmp_path / "p.onnx", shipped_in_torch("person-matte"))
    for old, name in ((detector, "d.onnx"), (mesh, "m.onnx"), (matte, "p.onnx")):
        new = tmp_path / name
        before, after = read_state(old), read_state(new)
        assert before.keys() == after.keys()
        assert all(torch.equal(before[key], after[key]) for key in before)
    assert read_calibration(tmp_path / "d.onnx") == read_calibration(detector)


@pytest.mark.parametrize("side", [64, 128, 208, 256])
def test_the_restorer_agrees_with_torch_at_every_side(side: int) -> None:
    network = RestorerLayers()
    network.load_state_dict(read_state(CHECKPOINTS / "face_restorer.onnx"))
    luma = np.random.default_rng(3).random((1, 1, side, side), np.float32)
    place = np.float32([[0, 0, 1, 1.7]])
    (mine,) = shipped_network("face-restorer").run(luma, place)
    with torch.inference_mode():
        theirs = network.eval()(torch.from_numpy(luma), torch.from_numpy(place)).numpy()
    assert np.abs(theirs).max() > 0.01
    np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_the_restorers_file_is_what_its_own_weights_give(tmp_path: Path) -> None:
    network, shipped = RestorerLayers(), CHECKPOINTS / "face_restorer.onnx"
    network.load_state_dict(read_state(shipped))
    write_restorer(tmp_path / "r.onnx", network)
    before, after = read_state(shipped), read_state(tmp_path / "r.onnx")
    assert before.keys() == after.keys()
    for key in before:
        torch.testing.assert_close(before[key], after[key], rtol=1e-6, atol=0)


@pytest.mark.parametrize("side", [64, 128, 208])
def test_the_colour_restorer_agrees_with_torch_and_is_what_its_weights_give(
    side: int, tmp_path: Path
) -> None:
    network, shipped = ColourLayers(), CHECKPOINTS / "face_colour.onnx"
    network.load_state_dict(read_state(shipped))
    planes = np.random.default_rng(3).random((1, 4, side, side), np.float32)
    place = np.float32([[0, 0, 1, 1.7]])
    (mine,) = shipped_network("face-colour").run(planes, place)
    with torch.inference_mode():
        theirs = network.eval()(torch.from_numpy(planes), torch.from_numpy(place)).numpy()
    assert np.abs(theirs).max() > 0.01
    np.testing.assert_allclose(mine, theirs, atol=1e-4)
    write_colour(tmp_path / "c.onnx", network)
    before, after = read_state(shipped), read_state(tmp_path / "c.onnx")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


@pytest.mark.parametrize(
    ("network", "name", "write", "channels"),
    [
        (LumaPatches(), "face-patches", write_patches, 1),
        (ColourPatches(), "colour-patches", write_colour_patches, 3),
    ],
)
def test_patches_agree_with_torch_and_are_what_their_weights_give(
    network: PatchLayers, name: str, write: Callable, channels: int, tmp_path: Path
) -> None:
    shipped = CHECKPOINTS / f"{name.replace('-', '_')}.onnx"
    network.load_state_dict(read_state(shipped))
    planes = np.random.default_rng(3).random((1, channels, 128, 128), np.float32)
    planes[:, 1:] -= 0.5
    enlarged = np.float32([1.7])
    (mine,) = shipped_network(name).run(planes, enlarged)
    with torch.inference_mode():
        theirs = network.eval()(torch.from_numpy(planes), torch.from_numpy(enlarged)).numpy()
    assert np.abs(theirs).max() > 0.01
    np.testing.assert_allclose(mine, theirs, atol=1e-4)
    write(tmp_path / "p.onnx", network)
    before, after = read_state(shipped), read_state(tmp_path / "p.onnx")
    assert before.keys() == after.keys()
    for key in before:
        torch.testing.assert_close(before[key], after[key], rtol=1e-6, atol=0)


def test_weights_of_eight_bits_are_nearly_those_of_the_training(tmp_path: Path) -> None:
    network = LumaPatches()
    with torch.no_grad():
        for number, part in enumerate(network.parameters()):
            part += torch.randn(part.shape, generator=torch.Generator().manual_seed(number)) * 0.1
    write_patches(tmp_path / "p.onnx", network)
    kept = read_state(tmp_path / "p.onnx")["own"]
    error = (kept - network.own).abs().amax(1) / network.own.abs().amax(1)
    assert 0 < error.max() <= 0.5 / 127 * 1.01
    assert (tmp_path / "p.onnx").stat().st_size < 1.3 * network.own.numel()


@pytest.mark.parametrize("shape", [(64, 96), (160, 32)])
def test_the_finder_of_damaged_pixels_agrees_with_torch_and_is_what_its_weights_give(
    shape: tuple[int, int], tmp_path: Path
) -> None:
    network, shipped = DamageLayers(), CHECKPOINTS / "damage_pixels.onnx"
    network.load_state_dict(read_state(shipped))
    luma = np.random.default_rng(3).random((1, 1, *shape), np.float32)
    (mine,) = shipped_network("damage-pixels").run(luma)
    with torch.inference_mode():
        theirs = network.eval()(torch.from_numpy(luma)).numpy()
    assert theirs.shape == (1, 2, *shape) and np.ptp(theirs) > 0.1
    np.testing.assert_allclose(mine, theirs, atol=2e-3)
    write_damage_pixels(tmp_path / "d.onnx", network)
    before, after = read_state(shipped), read_state(tmp_path / "d.onnx")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_a_trained_network_survives_its_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, path = MeshLayers(), tmp_path / "mesh.onnx"
    network.mean.uniform_(0.2, 0.8)
    write_mesh(path, network)
    crops = np.random.default_rng(2).standard_normal((2, 1, 128, 128), np.float32)
    for mine, theirs in zip(
        Network(path.read_bytes()).run(crops), results_of_torch(network, crops), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=2e-3)  # float16 weights


def test_folding_does_not_change_the_predictions():
    torch.manual_seed(0)
    trained = DetectorNetwork()
    for module in trained.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.3, 0.3)
            module.running_var.uniform_(0.5, 2.0)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.3, 0.3)
    folded = DetectorNetwork(fold=True)
    folded.load_state_dict(folded_weights(trained.state_dict()))
    pixels = torch.randn(1, 1, 64, 96)
    with torch.inference_mode():
        expected, answer = trained.eval()(pixels), folded.eval()(pixels)
    assert expected.shape == (1, 15, 8, 12)
    assert torch.allclose(expected, answer, atol=1e-3)
    assert float(expected.std()) > 1e-3
