"""Loading the released weights: strictly, without running code, and only the tensors needed."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nostalgia.errors import CheckpointError
from nostalgia.files import printable_name
from nostalgia.motion.fomm.containers import ContainerError, StoredTensor, open_container
from nostalgia.motion.fomm.layout import read_layout
from nostalgia.motion.fomm.network import FirstOrderModel
from nostalgia.weights.validation import refuse_other_files

DETECTOR, GENERATOR = "kp_detector", "generator"
_PREFIX = "module."


def load_model(path: Path, align_corners: bool = True) -> FirstOrderModel:
    """Build the model of a checkpoint file (full or pruned, either container) and fill it.

    Raises:
        CheckpointError: the file is missing, cut off, not weights (such as the page of a dead
            link), or its tensors are not exactly those of this model.
    """
    name = printable_name(path)
    refuse_other_files(path)
    try:
        with open_container(path) as container:
            stored = {part: _part(container.content, part) for part in (DETECTOR, GENERATOR)}
            shapes = {
                part: {name: tensor.shape for name, tensor in tensors.items()}
                for part, tensors in stored.items()
            }
            layout = read_layout(shapes[DETECTOR], shapes[GENERATOR])
            with torch.device("meta"):
                model = FirstOrderModel.build(layout, align_corners)
            _refuse_other_tensors(model, shapes, name)
            _fill(model.detector, container.tensors(stored[DETECTOR]))
            _fill(model.generator, container.tensors(stored[GENERATOR]))
    except FileNotFoundError as exc:
        raise CheckpointError(
            f"{name}: no such file; give the path of vox-cpk.pth.tar or vox-adv-cpk.pth.tar"
        ) from exc
    except (OSError, ContainerError, ValueError, KeyError, IndexError, RuntimeError) as exc:
        raise CheckpointError(
            f"{name}: cannot be used as weights of the First Order Motion Model ({exc});"
            " download the file again, see `nostalgia checkpoints list`"
        ) from exc
    return model


def _part(content: Any, part: str) -> dict[str, StoredTensor]:
    """Tensors of one sub-network, without the prefix that parallel training adds to their names."""
    try:
        tensors = {str(name).removeprefix(_PREFIX): value for name, value in content[part].items()}
    except (KeyError, TypeError, AttributeError) as exc:
        raise ContainerError(f"it has no {part!r}") from exc
    if not all(isinstance(value, StoredTensor) for value in tensors.values()):
        raise ContainerError(f"{part!r} contains more than tensors")
    return tensors


def _refuse_other_tensors(
    model: FirstOrderModel, shapes: dict[str, dict[str, tuple[int, ...]]], file_name: str
) -> None:
    for part, network in ((DETECTOR, model.detector), (GENERATOR, model.generator)):
        expected, found = _shapes(network), shapes[part]
        odd = [name for name in {*expected, *found} if expected.get(name) != found.get(name)]
        if odd:
            raise CheckpointError(
                f"{file_name}: mismatched tensors in {part}: {len(odd)}, such as {min(odd)};"
                " the file is for a different model or model size"
            )


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _fill(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Fill a network on the meta device."""
    empty = network.state_dict()
    for name, tensor in tensors.items():
        if tensor.is_floating_point() != empty[name].is_floating_point():
            raise ContainerError(f"{name} holds {tensor.dtype}")
        if not all(map(torch.isfinite, tensor.aminmax())):  # unlike isfinite of all, without a copy
            raise ContainerError(f"{name} contains infinite or undefined numbers")
    network.load_state_dict(
        {name: tensor.to(empty[name].dtype) for name, tensor in tensors.items()},
        strict=True,
        assign=True,
    )
    network.requires_grad_(False)
