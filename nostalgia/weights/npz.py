"""File format of our own networks' weights: a plain .npz of float16 arrays, no pickle."""

import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nostalgia.errors import CheckpointError


def save_weights(path: Path, layers: nn.Module) -> None:
    """Write the state dict of `layers`: floats as float16, integers unchanged."""
    arrays = {
        k: v.half().numpy() if v.is_floating_point() else v.numpy()
        for k, v in layers.state_dict().items()
    }
    np.savez_compressed(path, **arrays)


def load_weights(path: Path, layers: nn.Module) -> None:
    """Fill `layers` from `path`; every key and shape must match.

    Raises:
        CheckpointError: the file is damaged or has another layout.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            state = {key: torch.from_numpy(file[key]) for key in file.files}
        layers.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state.items()}, strict=True
        )
    except (
        OSError,
        ValueError,
        RuntimeError,
        KeyError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
    ) as error:
        raise CheckpointError(
            f"the checkpoint {path} is damaged ({error}); reinstall photo-nostalgia"
        ) from error
