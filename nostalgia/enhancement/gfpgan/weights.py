"""GFPGAN's weights: found, read without running anything, and fitted strictly."""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from nostalgia.errors import CheckpointError
from nostalgia.files import printable_name
from nostalgia.weights.validation import DAMAGE, refuse_other_files

_KEYS = ("params_ema", "params")  # the averaged weights, else those of the last step
_AGAIN = "type: nostalgia checkpoints pull gfpgan-1.4"


def find_weights(chosen: str | None) -> Path:
    """The file that the options name, else the best one that `nostalgia checkpoints` keeps.

    Raises:
        CheckpointError: none is kept.
    """
    if chosen is not None:
        return Path(chosen)
    from nostalgia.weights.store import stored_weights

    return stored_weights("enhancement/gfpgan")


def load_weights(path: Path, network: nn.Module) -> None:
    """Fill a network, which may lie on the meta device, with the tensors of a file.

    Raises:
        CheckpointError: the file is missing, cut off, something else than weights, or its tensors
            are not exactly those of the network. Code in it is not run.
    """
    said = printable_name(path)
    refuse_other_files(path)
    tensors = _tensors(_read(path, said), said)
    try:
        network.load_state_dict(tensors, strict=True, assign=True)
    except RuntimeError as exc:
        first = str(exc).splitlines()[1:2]
        raise CheckpointError(
            f"{said}: does not hold the weights of GFPGAN 1.3 or 1.4"
            f" ({''.join(first).strip()[:160]}); {_AGAIN}"
        ) from exc
    network.float()


def _read(path: Path, said: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd pickles, which are refused all the same
            content: object = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as exc:
        raise CheckpointError(
            f"{said}: is not there; give the path of GFPGANv1.4.pth, or {_AGAIN}"
        ) from exc
    except pickle.UnpicklingError as exc:
        raise CheckpointError(
            f"{said}: is damaged or holds more than weights, and nothing in it was run; {_AGAIN}"
        ) from exc
    except DAMAGE as exc:
        reason = (str(exc) or type(exc).__name__).splitlines()[0][:160]
        raise CheckpointError(f"{said}: cannot be read as weights ({reason}); {_AGAIN}") from exc
    return content


def _tensors(content: object, said: str) -> Mapping[str, Tensor]:
    held = content if isinstance(content, Mapping) else {}
    inner = next((held[key] for key in _KEYS if key in held), held)
    sound = isinstance(inner, Mapping) and all(isinstance(v, Tensor) for v in inner.values())
    if not inner or not sound:
        raise CheckpointError(f"{said}: holds no weights under {_KEYS[0]!r}; {_AGAIN}")
    return inner
