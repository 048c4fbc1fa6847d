"""Weights for the package face-alignment: the real ones if this machine has them, or stand-ins.

Stand-ins are seeded random tensors in the package's own architectures. Those of S3FD are set so
that one level predicts a face at each of its anchors: the result is known.
"""

import socket
import urllib.request
import warnings
from pathlib import Path

import pytest

from nostalgia.errors import CheckpointError
from nostalgia.faces.face_alignment_package import stored_weights

ANCHOR_STRIDE_PX, ANCHOR_PX = 16, 64
STAND_IN_SCORE = 0.98201
"""Of every anchor: softmax of (0, 4)."""


def needs_package() -> None:
    pytest.importorskip(
        "face_alignment", reason="SKIPPED: face-alignment is not installed: pip install -e ."
    )


def forbid_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args, **kwargs):
        raise AssertionError("the test tried to reach the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setattr("torch.hub.download_url_to_file", refuse)


def real_weights(name: str, cached: tuple[str, ...]) -> Path:
    """Path of the real weights; skips the test loudly if they are missing."""
    try:
        return stored_weights(name, cached)
    except CheckpointError:
        pytest.skip(
            f"REAL WEIGHTS OF {name} ARE NOT ON THIS MACHINE: only stand-ins were tested, random"
            f" tensors of the real architecture (nostalgia checkpoints pull {name})"
        )


def save_s3fd(path: Path) -> Path:
    import torch
    from face_alignment.detection.sfd.net_s3fd import s3fd

    torch.manual_seed(0)
    network = s3fd()
    with torch.no_grad():
        for key, value in network.named_parameters():
            if "_mbox_" in key:
                value.zero_()
            if key.endswith("_mbox_conf.bias"):
                value[-1] = 4.0 if key.startswith("conv5_3") else -8.0
    torch.save(network.state_dict(), path)
    return path


def save_fan(path: Path) -> Path:
    import torch
    from face_alignment.models import FAN

    torch.manual_seed(0)
    torch.save(FAN(4).state_dict(), path)
    return path


def save_script(path: Path) -> Path:
    """TorchScript of another network, with the inputs and outputs of versions 1.3 and 1.4."""
    import torch

    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 68, 7, 4, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(layers), path)
    return path
