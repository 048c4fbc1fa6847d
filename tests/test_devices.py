"""A device that is not here is said before anything is loaded onto it."""

import pytest
import torch

from nostalgia.compute import checked_device
from nostalgia.errors import BackendError


@pytest.mark.parametrize("device", ["xpu", "cuda", "cuda:0", "mps", "cpu:1", "cpu:x", "", "meta"])
def test_a_device_that_is_not_here_says_what_to_type(monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(BackendError, match="type: --device cpu"):
        checked_device(device)


def test_a_device_that_is_here_is_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [checked_device(device) for device in ("cpu", "cuda", "cuda:1")] == [
        *("cpu", "cuda", "cuda:1")
    ]
    with pytest.raises(BackendError, match="cuda:2"):
        checked_device("cuda:2")
