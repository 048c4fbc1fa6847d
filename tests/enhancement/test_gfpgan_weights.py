"""Files that are not GFPGAN's weights: one sentence with a remedy, and no code is run."""

import pickle
from unittest.mock import create_autospec

import pytest
import torch
from torch import nn

from nostalgia.enhancement.gfpgan.weights import find_weights, load_weights
from nostalgia.errors import CheckpointError
from nostalgia.weights import store


def network() -> nn.Module:
    with torch.device("meta"):
        return nn.Sequential(nn.Linear(40, 40), nn.Linear(40, 3))


def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(40, 40), nn.Linear(40, 3)).state_dict()


def refused(path) -> str:
    with pytest.raises(CheckpointError) as error:
        load_weights(path, network())
    message = str(error.value)
    assert path.name in message and "\n" not in message
    assert error.value.exit_code == 6
    return message


@pytest.mark.parametrize("key", ["params_ema", "params", None])
def test_averaged_weights_are_preferred_and_plain_ones_are_read(tmp_path, key):
    path = tmp_path / "weights.pth"
    held = state() if key is None else {key: state()}
    if key == "params_ema":
        held["params"] = {"other": torch.zeros(1)}
    torch.save(held, path)
    filled = network()
    load_weights(path, filled)
    for name, tensor in filled.state_dict().items():
        assert torch.equal(tensor, state()[name])


def test_half_precision_is_widened(tmp_path):
    path = tmp_path / "half.pth"
    torch.save({"params_ema": {k: v.half() for k, v in state().items()}}, path)
    filled = network()
    load_weights(path, filled)
    assert all(p.dtype == torch.float32 for p in filled.parameters())


def test_both_containers_of_torch_are_read(tmp_path):
    path = tmp_path / "old.pth"
    torch.save({"params_ema": state()}, path, _use_new_zipfile_serialization=False)
    load_weights(path, network())


def test_a_missing_file(tmp_path):
    assert "nostalgia checkpoints pull gfpgan-1.4" in refused(tmp_path / "none.pth")


def test_a_folder(tmp_path):
    folder = tmp_path / "folder.pth"
    folder.mkdir()
    assert "run `nostalgia checkpoints pull gfpgan-1.4`" in refused(folder)


def test_a_web_page(tmp_path):
    path = tmp_path / "page.pth"
    path.write_text("<!DOCTYPE html><html>Quota exceeded</html>" * 100)
    assert "web page" in refused(path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_file_that_is_cut_off(tmp_path, share, zipped):
    path = tmp_path / "half.pth"
    torch.save({"params_ema": state()}, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refused(path)


def test_noise(tmp_path):
    path = tmp_path / "noise.pth"
    path.write_bytes(bytes(range(7, 250)) * 40)
    refused(path)


def test_tensors_of_another_network(tmp_path):
    path = tmp_path / "other.pth"
    for held in (
        {"params_ema": nn.Linear(40, 40).state_dict()},
        {"params_ema": {**state(), "extra.weight": torch.zeros(300)}},
        {"params_ema": {**state(), "0.weight": torch.zeros(41, 40)}},
    ):
        torch.save(held, path)
        assert "does not contain the weights of GFPGAN" in refused(path)


@pytest.mark.parametrize("held", [{}, [1] * 2000, {"params_ema": {"a": "b" * 2000}}])
def test_no_tensors_at_all(tmp_path, held):
    path = tmp_path / "empty.pth"
    torch.save(held, path)
    refused(path)


class Trap:
    """Unpickled naively, it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("kind", ["torch", "old torch", "pickle"])
def test_code_in_a_file_is_not_run(tmp_path, kind):
    path, sprung = tmp_path / "trap.pth", tmp_path / "sprung"
    held = {"params_ema": state(), "more": Trap(sprung), "padding": "x" * 2000}
    if kind == "pickle":
        path.write_bytes(pickle.dumps({"more": Trap(sprung), "padding": "x" * 2000}))
    else:
        torch.save(held, path, _use_new_zipfile_serialization=kind == "torch")
    refused(path)
    assert not sprung.exists()


def test_the_better_one_of_the_kept_weights_is_taken(tmp_path, monkeypatch):
    def stored(name: str):
        if name not in kept:
            raise CheckpointError(f"no {name}; run `nostalgia checkpoints pull {name}`")
        return tmp_path / name

    stand_in = create_autospec(store.stored_checkpoint, side_effect=stored)
    monkeypatch.setattr(store, "stored_checkpoint", stand_in)
    kept = {"gfpgan-1.3", "gfpgan-1.4"}
    assert find_weights(None).name == "gfpgan-1.4"
    kept = {"gfpgan-1.3"}
    assert find_weights(None).name == "gfpgan-1.3"
    kept = set()
    with pytest.raises(CheckpointError, match="pull gfpgan-1.4"):
        find_weights(None)
    assert find_weights("mine.pth").name == "mine.pth"
