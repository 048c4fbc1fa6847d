"""Load the released weights: strictly, without running anything, and only what is needed."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nostalgia.errors import CheckpointError
from nostalgia.files import printable_name
from nostalgia.motion.fomm.containers import ContainerError, StoredTensor, open_container
from nostalgia.motion.fomm.layout import ModelLayout, read_layout
from nostalgia.motion.fomm.network import FirstOrderModel
from nostalgia.weights.validation import refuse_other_files

DETECTOR, GENERATOR = "kp_detector", "generator"
_PREFIX = "module."


def load_model(path: Path, align_corners: bool = True) -> FirstOrderModel:
    """Build the model of a checkpoint file (full or pruned, either container) and fill it.

    Raises:
        CheckpointError: the file is missing, cut off, something else than weights (such as the
            page of a dead link), or its tensors are not exactly those of this model.
    """
    said = printable_name(path)
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
            _refuse_other_tensors(model, shapes, said)
            _fill(model.detector, container.tensors(stored[DETECTOR]))
            _fill(model.generator, container.tensors(stored[GENERATOR]))
    except FileNotFoundError as exc:
        raise CheckpointError(
            f"{said}: is not there; give the path of vox-cpk.pth.tar or vox-adv-cpk.pth.tar"
        ) from exc
    except (OSError, ContainerError, ValueError, KeyError, IndexError, RuntimeError) as exc:
        raise CheckpointError(
            f"{said}: cannot be used as weights of the First Order Motion Model ({exc});"
            " get the file again, and see `nostalgia checkpoints list`"
        ) from exc
    return model


def checkpoint_layout(model: FirstOrderModel) -> ModelLayout:
    """The layout of a loaded model."""
    return read_layout(_shapes(model.detector), _shapes(model.generator))


def _part(content: Any, part: str) -> dict[str, StoredTensor]:
    """One sub-network's tensors; a prefix that parallel training leaves behind is taken off."""
    try:
        tensors = {str(name).removeprefix(_PREFIX): value for name, value in content[part].items()}
    except (KeyError, TypeError, AttributeError) as exc:
        raise ContainerError(f"there is no {part!r} in it") from exc
    if not all(isinstance(value, StoredTensor) for value in tensors.values()):
        raise ContainerError(f"{part!r} holds more than tensors")
    return tensors


def _refuse_other_tensors(
    model: FirstOrderModel, shapes: dict[str, dict[str, tuple[int, ...]]], said: str
) -> None:
    for part, network in ((DETECTOR, model.detector), (GENERATOR, model.generator)):
        wanted, found = _shapes(network), shapes[part]
        odd = [name for name in {*wanted, *found} if wanted.get(name) != found.get(name)]
        if odd:
            raise CheckpointError(
                f"{said}: {len(odd)} tensors of {part} do not fit, such as {min(odd)}; it is of"
                " another model or another size"
            )


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _fill(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Put the tensors into a network that has none yet."""
    wanted = network.state_dict()
    for name, tensor in tensors.items():
        if tensor.is_floating_point() != wanted[name].is_floating_point():
            raise ContainerError(f"{name} holds {tensor.dtype}")
        if not all(map(torch.isfinite, tensor.aminmax())):  # makes no copy, as isfinite of all does
            raise ContainerError(f"{name} holds what is no number")
    network.load_state_dict(
        {name: tensor.to(wanted[name].dtype) for name, tensor in tensors.items()},
        strict=True,
        assign=True,
    )
    network.requires_grad_(False)
