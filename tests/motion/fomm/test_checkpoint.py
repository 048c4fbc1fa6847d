"""Weights are loaded whole or refused with a reason, and no code in a file is ever run."""

import os
import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nostalgia.errors import CheckpointError
from nostalgia.motion.fomm.checkpoint import load_model
from nostalgia.motion.fomm.containers import ContainerError, open_container
from tests.motion.fomm.random_model import content, random_model, save


@pytest.mark.parametrize("as_zip", [False, True], ids=["legacy", "zip"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_both_containers_give_the_very_tensors(tmp_path: Path, as_zip: bool, prefix: str) -> None:
    model = random_model()
    file = save(tmp_path / "vox.pth.tar", content(model, prefix), as_zip=as_zip)
    loaded = load_model(file)
    for mine, theirs in ((loaded.detector, model.detector), (loaded.generator, model.generator)):
        expected = theirs.state_dict()
        assert mine.state_dict().keys() == expected.keys()
        assert all(torch.equal(tensor, expected[k]) for k, tensor in mine.state_dict().items())


def test_a_tensor_that_shares_its_storage_is_read_correctly(tmp_path: Path) -> None:
    model = random_model()
    saved = content(model)
    base = torch.arange(40.0)
    saved["generator"]["final.bias"] = base[7:16:3]
    loaded = load_model(save(tmp_path / "x.pth.tar", saved, as_zip=False))
    assert loaded.generator.final.bias.tolist() == [7.0, 10.0, 13.0]


def changed(change: Callable[[Tensor], Tensor]) -> dict[str, Any]:
    saved = content(random_model())
    for part in ("generator", "kp_detector"):
        saved[part] = {name: change(tensor) for name, tensor in saved[part].items()}
    return saved


def floats(change: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda tensor: change(tensor) if tensor.is_floating_point() else tensor


@pytest.mark.parametrize("as_zip", [False, True], ids=["legacy", "zip"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_numbers_of_any_precision_are_read(tmp_path: Path, as_zip: bool, dtype) -> None:
    saved = changed(floats(lambda tensor: tensor.to(dtype)))
    loaded = load_model(save(tmp_path / "x.pth.tar", saved, as_zip=as_zip))
    for network, part in ((loaded.detector, "kp_detector"), (loaded.generator, "generator")):
        for name, tensor in network.state_dict().items():
            assert tensor.dtype in (torch.float32, torch.int64)
            assert torch.equal(tensor, saved[part][name].to(tensor.dtype))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Tensor.long, "int64"),
        (floats(lambda tensor: tensor * float("nan")), "infinite or undefined"),
    ],
)
def test_what_cannot_be_weights_is_refused(tmp_path: Path, change, reason) -> None:
    file = save(tmp_path / "x.pth.tar", changed(change), as_zip=True)
    with pytest.raises(CheckpointError, match=reason):
        load_model(file)


def test_a_file_of_a_big_endian_machine_is_read_correctly(tmp_path: Path) -> None:
    """Such a file records its byte order; here both are swapped by hand."""
    model = random_model()
    mine = save(tmp_path / "mine.pth.tar", content(model), as_zip=True)
    with zipfile.ZipFile(mine) as read, zipfile.ZipFile(tmp_path / "x.pth.tar", "w") as written:
        for name in read.namelist():
            raw = read.read(name)
            if name.endswith("byteorder"):
                raw = b"big"
            elif "/data/" in name:
                size = 8 if len(raw) == 8 else 4
                raw = np.frombuffer(raw, f"u{size}").byteswap().tobytes()
            written.writestr(name, raw)
    loaded = load_model(tmp_path / "x.pth.tar")
    for mine, theirs in ((loaded.detector, model.detector), (loaded.generator, model.generator)):
        expected = theirs.state_dict()
        assert all(torch.equal(tensor, expected[k]) for k, tensor in mine.state_dict().items())


@pytest.mark.parametrize("as_zip", [False, True], ids=["legacy", "zip"])
def test_a_damaged_head_is_an_error_and_never_a_crash(tmp_path: Path, as_zip: bool) -> None:
    whole = save(tmp_path / "x.pth.tar", content(random_model()), as_zip=as_zip).read_bytes()
    places = np.random.default_rng(3)
    for _ in range(40):
        damaged = bytearray(whole)
        for place in places.integers(0, 6000, 4):
            damaged[place] = int(places.integers(256))
        (tmp_path / "x.pth.tar").write_bytes(damaged)
        with suppress(CheckpointError):
            load_model(tmp_path / "x.pth.tar")
        with suppress(ContainerError), open_container(tmp_path / "x.pth.tar"):
            pass


def test_a_number_that_asks_for_gigabytes_is_refused(tmp_path: Path) -> None:
    """Python's own unpickler would allocate memory for all memos up to the largest."""
    memo = pickle.PROTO + b"\x02]" + pickle.LONG_BINPUT + b"\xff\xff\xff\x7f."
    (tmp_path / "x.pth.tar").write_bytes(memo + b"x" * 2000)
    with pytest.raises(CheckpointError, match="damaged"):
        load_model(tmp_path / "x.pth.tar")


class _Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("as_zip", [False, True], ids=["legacy", "zip"])
def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path, as_zip: bool) -> None:
    saved = content(random_model())
    saved["epoch"] = _Bomb(tmp_path / "run")
    file = save(tmp_path / "evil.pth.tar", saved, as_zip=as_zip)
    with pytest.raises(CheckpointError, match="more than weights"):
        load_model(file)
    assert not (tmp_path / "run").exists()


def test_a_bare_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    file = tmp_path / "evil.pkl"
    file.write_bytes(pickle.dumps([_Bomb(tmp_path / "run"), "x" * 2000]))
    with pytest.raises(CheckpointError):
        load_model(file)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("as_zip", [False, True], ids=["legacy", "zip"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, as_zip: bool, share: float) -> None:
    file = save(tmp_path / "x.pth.tar", content(random_model()), as_zip=as_zip)
    whole = file.read_bytes()
    saved = content(random_model())
    del saved["optimizer_generator"]  # else the cut might only remove the optimiser
    whole = save(tmp_path / "y.pth.tar", saved, as_zip=as_zip).read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError, match=r"x\.pth\.tar"):
        load_model(file)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"<!DOCTYPE html><html>Sorry, you can't view or download this file", "web page"),
        (b"\n\n<html><head><title>Google Drive - Quota exceeded</title>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:abb4", "git-lfs pointer"),
        (b"", "0 bytes"),
        (b"\x00" * 5000, "cannot be used"),
        (os.urandom(5000), "cannot be used"),
    ],
)
def test_the_leftover_of_a_dead_link_is_named(tmp_path: Path, start: bytes, words: str) -> None:
    file = tmp_path / "vox-cpk.pth.tar"
    file.write_bytes(start)
    with pytest.raises(CheckpointError, match=words):
        load_model(file)


def test_a_missing_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"vox-cpk\.pth\.tar"):
        load_model(tmp_path / "none.pth.tar")


@pytest.mark.parametrize("change", ["missing", "extra", "shape"])
def test_loading_is_strict(tmp_path: Path, change: str) -> None:
    saved = content(random_model())
    if change == "missing":
        del saved["generator"]["final.bias"]
    elif change == "extra":
        saved["kp_detector"]["one.more"] = torch.zeros(3)
    else:
        saved["generator"]["final.bias"] = torch.zeros(4)
    with pytest.raises(CheckpointError, match=r"mismatched tensors in .*: 1, such as"):
        load_model(save(tmp_path / "x.pth.tar", saved, as_zip=True))
