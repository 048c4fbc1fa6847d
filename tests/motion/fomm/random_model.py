"""A small model of the real structure with random weights, and files that hold it."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

from nostalgia.motion.fomm.layout import HourglassLayout, ModelLayout
from nostalgia.motion.fomm.network import FirstOrderModel

SMALL = ModelLayout(
    keypoints=4,
    detector=HourglassLayout(4, 3, 16),
    dense_motion=HourglassLayout(4, 3, 16),
    width=4,
    most=16,
    down_blocks=2,
    res_blocks=2,
)


def random_model(seed: int = 0, align_corners: bool = True) -> FirstOrderModel:
    """Weights that keep values of about one size on their way through the network."""
    generator = torch.Generator().manual_seed(seed)
    model = FirstOrderModel.build(SMALL, align_corners)
    for network in (model.detector, model.generator):
        for name, tensor in network.state_dict().items():
            if tensor.dim() == 4 and not name.endswith("down.weight"):
                spread = (2.0 / tensor[0].numel()) ** 0.5
                tensor.copy_(torch.randn(tensor.shape, generator=generator) * spread)
            elif tensor.dim() == 1:
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    maps = model.detector.jacobian
    maps.weight.mul_(0.1)
    maps.bias.copy_(torch.eye(2).flatten().repeat(SMALL.keypoints))
    return model


def content(model: FirstOrderModel, prefix: str = "") -> dict[str, Any]:
    """The content that the original training saves: both networks, optimisers, the epoch."""
    moments = {i: {"step": 3, "exp_avg": torch.zeros(50, 7)} for i in range(3)}
    return {
        "generator": OrderedDict(
            (prefix + k, v.clone()) for k, v in model.generator.state_dict().items()
        ),
        "kp_detector": OrderedDict(
            (prefix + k, v.clone()) for k, v in model.detector.state_dict().items()
        ),
        "optimizer_generator": {"state": moments, "param_groups": [{"lr": 2e-4, "params": [0]}]},
        "epoch": 99,
    }


def save(path: Path, saved: Any, *, as_zip: bool) -> Path:
    """Write like torch 1.6 and later (zip), or like torch 1.0."""
    torch.save(saved, path, _use_new_zipfile_serialization=as_zip)
    return path
