"""The adapter with the real architecture and random weights; `make test-gfpgan` installs it."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from drawn_face import drawn_crop

from nostalgia import registry
from nostalgia.enhancement.gfpgan import package as gfpgan_package
from nostalgia.enhancement.gfpgan.backend import GfpganEnhancer
from nostalgia.enhancement.gfpgan.weights import load_weights
from nostalgia.enhancement.identity import checked_enhancement
from nostalgia.errors import BackendError, CheckpointError
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.options import AnimateOptions

pytestmark = pytest.mark.skipif(
    find_spec("spandrel") is None and find_spec("gfpgan") is None,
    reason="SKIPPED: neither spandrel nor gfpgan is installed; run: make test-gfpgan",
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of random weights with the real keys and shapes, as the released ones are saved."""
    torch.manual_seed(3)
    network = gfpgan_package.build_network("cpu")
    path = tmp_path_factory.mktemp("weights") / "GFPGANv1.4.pth"
    torch.save({"params_ema": network.state_dict()}, path)
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def enhancer(weights):
    options = AnimateOptions(enhancement="gfpgan", enhancement_checkpoint=str(weights))
    return registry.load("enhancement", "gfpgan").load(options)


def test_the_layout_is_that_of_the_released_weights():
    state = gfpgan_package.build_network().state_dict()
    assert len(state) == 285
    assert sum(tensor.numel() for tensor in state.values()) > 86_000_000
    assert tuple(state["conv_body_first.weight"].shape) == (32, 3, 1, 1)
    assert tuple(state["final_linear.weight"].shape) == (8192, 4096)
    assert tuple(state["stylegan_decoder.constant_input.weight"].shape) == (1, 512, 4, 4)
    assert all(tensor.is_meta for tensor in state.values())


def test_random_weights_paint_through_the_adapter(enhancer):
    assert isinstance(enhancer, GfpganEnhancer)
    crop = drawn_crop(grain=5)
    first, second = enhancer.enhance(crop, 1.0), enhancer.enhance(crop, 1.0)
    assert np.array_equal(first.pixels, second.pixels)
    changed = (first.pixels != crop.pixels).any(axis=2)
    assert 0.05 < changed.mean() < 0.5
    assert not changed[0].any() and not changed[:, -1].any()
    assert enhancer.enhance(crop, 0.0) is crop


def test_what_random_weights_paint_is_refused_as_another_face(enhancer):
    crop = drawn_crop(grain=5)
    checked = checked_enhancement(crop, enhancer.enhance(crop, 1.0), MeshNetwork.load())
    assert checked.refused and checked.crop is crop


def test_the_output_depends_on_the_face(enhancer):
    crop = drawn_crop()
    darker = replace(crop, pixels=crop.pixels // 2)
    changes = [
        enhancer.enhance(each, 1.0).pixels.astype(int) - each.pixels for each in (crop, darker)
    ]
    assert np.abs(changes[0] - changes[1]).max() > 1


def test_weights_of_another_size_are_refused(tmp_path):
    path = tmp_path / "small.pth"
    state = gfpgan_package.build_network().state_dict()
    torch.save({"params_ema": {key: torch.zeros(1) for key in state}}, path)
    with pytest.raises(CheckpointError, match="does not contain the weights of GFPGAN"):
        load_weights(path, gfpgan_package.build_network())


def test_a_missing_device_is_named(weights):
    options = AnimateOptions(enhancement_checkpoint=str(weights), device="xpu")
    with pytest.raises(BackendError, match="no device 'xpu'"):
        GfpganEnhancer.load(options)
