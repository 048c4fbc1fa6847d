"""GFPGAN's weights: found, read without running code, and loaded strictly."""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from nostalgia.errors import CheckpointError
from nostalgia.files import printable_name
from nostalgia.weights.validation import DAMAGE, refuse_other_files

_KEYS = ("params_ema", "params")  # the averaged weights, else those of the last training step
_REMEDY = "run `nostalgia checkpoints pull gfpgan-1.4`"


def find_weights(chosen: str | None) -> Path:
    """Return the file that the options name, else the best that `nostalgia checkpoints` keeps.

    Raises:
        CheckpointError: it keeps none.
    """
    if chosen is not None:
        return Path(chosen)
    from nostalgia.weights.store import stored_weights

    return stored_weights("enhancement/gfpgan")


def load_weights(path: Path, network: nn.Module) -> None:
    """Fill a network, which may be on the meta device, with the tensors of a file.

    Raises:
        CheckpointError: the file is missing, cut off, not weights, or its tensors are not exactly
            those of the network. Code in it is never run.
    """
    name = printable_name(path)
    refuse_other_files(path)
    tensors = _tensors(_read(path, name), name)
    try:
        network.load_state_dict(tensors, strict=True, assign=True)
    except RuntimeError as exc:
        first = str(exc).splitlines()[1:2]
        raise CheckpointError(
            f"{name}: does not contain the weights of GFPGAN 1.3 or 1.4"
            f" ({''.join(first).strip()[:160]}); {_REMEDY}"
        ) from exc
    network.float()


def _read(path: Path, name: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd pickles, which are refused anyway
            content: object = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as exc:
        raise CheckpointError(
            f"{name}: no such file; give the path of GFPGANv1.4.pth, or {_REMEDY}"
        ) from exc
    except pickle.UnpicklingError as exc:
        raise CheckpointError(
            f"{name}: is damaged or contains more than weights (nothing in it was run); {_REMEDY}"
        ) from exc
    except DAMAGE as exc:
        reason = (str(exc) or type(exc).__name__).splitlines()[0][:160]
        raise CheckpointError(f"{name}: cannot be read as weights ({reason}); {_REMEDY}") from exc
    return content


def _tensors(content: object, name: str) -> Mapping[str, Tensor]:
    held = content if isinstance(content, Mapping) else {}
    inner = next((held[key] for key in _KEYS if key in held), held)
    sound = isinstance(inner, Mapping) and all(isinstance(v, Tensor) for v in inner.values())
    if not inner or not sound:
        raise CheckpointError(f"{name}: contains no weights under {_KEYS[0]!r}; {_REMEDY}")
    return inner
