"""The networks that ship as .onnx files: float16 weights, which ONNX Runtime widens as it loads them.

The weights keep the names that they have in torch, so that `read_state` gives a network back.

python training/onnx_files.py    # writes all files of checkpoints/ again, from their own weights
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from colour_layers import ColourLayers
from damage_layers import DamageLayers
from detector_network import DetectorNetwork
from matte_layers import MatteLayers
from mesh_layers import MeshLayers
from onnx import TensorProto, helper, numpy_helper
from patch_layers import SIDE, ColourPatches, LumaPatches
from restorer_layers import RestorerLayers
from torch import Tensor, nn

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"
OPSET = 17
HALF, BYTES, STEP = ".float16", ".int8", ".step"


def write_detector(path: Path, network: DetectorNetwork, slope: float, offset: float) -> None:
    """Write a folded detector and its calibration: score = sigmoid(slope * logit + offset)."""
    _export(path, network, torch.zeros(1, 1, 64, 96), ["luma"], ["cells"], (2, 3))
    _add(path, {"slope": slope, "offset": offset})


def write_mesh(path: Path, network: MeshLayers) -> None:
    """Write a mesh network."""
    _export(
        path,
        network,
        torch.zeros(2, 1, 128, 128),
        ["crops"],
        ["landmarks", "logits", "doubts"],
        (0,),
    )
    _add(path, {})


def write_matte(path: Path, network: MatteLayers) -> None:
    """Write a matte network."""
    _export(path, network, torch.zeros(2, 4, 192, 192), ["crops"], ["mattes", "doubts"], (0,))
    _add(path, {})


def write_restorer(path: Path, network: RestorerLayers) -> None:
    """Write a face restorer, for faces of any side that divides by 16."""
    crop, place = torch.zeros(1, 1, 64, 64), torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    free = {"luma": (2, 3), "residual": (2, 3)}
    _export(path, network, (crop, place), ["luma", "place"], ["residual"], free)
    _add(path, {}, coarse="middle")


def write_patches(path: Path, network: LumaPatches) -> None:
    """Write the patches of the face restorer."""
    example = torch.zeros(1, 1, SIDE, SIDE), torch.ones(1)
    _export(path, network, example, ["luma", "enlarged"], ["residual"], {})
    _add(path, {}, coarse="own")


def write_colour_patches(path: Path, network: ColourPatches) -> None:
    """Write the patches of the colour restorer."""
    example = torch.zeros(1, 3, SIDE, SIDE), torch.ones(1)
    _export(path, network, example, ["planes", "enlarged"], ["residual"], {})
    _add(path, {}, coarse="own")


def write_colour(path: Path, network: ColourLayers) -> None:
    """Write a colour restorer, for faces of any side that divides by 16."""
    planes, place = torch.zeros(1, 4, 64, 64), torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    free = {"planes": (2, 3), "residual": (2, 3)}
    _export(path, network, (planes, place), ["planes", "place"], ["residual"], free)
    _add(path, {})


def write_damage_pixels(path: Path, network: DamageLayers) -> None:
    """Write a finder of damaged pixels, for pictures whose sides divide by 32."""
    _export(path, network, torch.zeros(1, 1, 64, 96), ["luma"], ["logits"], (2, 3))
    _add(path, {})


def read_state(path: Path) -> dict[str, Tensor]:
    """The state dict of the network in a file, float32."""
    kept = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
        for tensor in onnx.load(path).graph.initializer
    }
    steps = {name.removesuffix(STEP): kept.pop(name) for name in list(kept) if name.endswith(STEP)}
    coarse = {name: kept.pop(name + BYTES) * step for name, step in steps.items()}
    return {name.removesuffix(HALF): values for name, values in kept.items()} | coarse


def read_calibration(path: Path) -> dict[str, float]:
    """Slope and offset of the detector in a file."""
    return {each.key: json.loads(each.value) for each in onnx.load(path).metadata_props}


def _export(
    path: Path,
    network: nn.Module,
    example: Tensor | tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    free_axes: Sequence[int] | Mapping[str, Sequence[int]],
) -> None:
    """Write a network in evaluation mode, its weights as they are, for any size of `free_axes`.

    free_axes: those of all inputs and outputs, or of each by its name.
    """
    if not isinstance(free_axes, Mapping):
        free_axes = dict.fromkeys((*inputs, *outputs), free_axes)
    axes = {name: {k: f"{name}_{k}" for k in free} for name, free in free_axes.items()}
    if isinstance(example, Tensor):
        example = (example,)
    with warnings.catch_warnings():
        # The newer exporter renames and folds the weights, and needs another package.
        warnings.simplefilter("ignore", DeprecationWarning)
        # It folds no slices that run backwards, and says so.
        warnings.filterwarnings("ignore", "Constant folding", UserWarning)
        torch.onnx.export(
            network.eval(), example, path, dynamo=False, opset_version=OPSET,
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
            input_names=list(inputs), output_names=list(outputs), dynamic_axes=axes,
        )  # fmt: skip


def _add(path: Path, numbers: Mapping[str, float], coarse: str = "") -> None:
    """Halve the weights of a file, which Cast nodes widen again, and add named numbers.

    coarse: the part of the network whose matrices are kept in 8 bits: each column of a place, or each
    filter, in steps of a 127th of its largest weight.
    """
    model = onnx.load(path)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Identity" and node.input[0] in weights:
            # The exporter writes equal weights once; `read_state` needs each of them.
            weights[node.output[0]] = weights[node.input[0]]
        else:
            nodes.append(node)
    kept, wider = {}, []
    for name, values in weights.items():
        if name.partition(".")[0] != coarse or values.ndim < 3:
            kept[name + HALF] = values.astype(np.float16)
            wider.append(helper.make_node("Cast", [name + HALF], [name], to=TensorProto.FLOAT))
            continue
        within = 1 if values.ndim == 3 else (1, 2, 3)
        step = np.maximum(np.abs(values).max(within, keepdims=True) / np.float32(127), 1e-12)
        kept[name + BYTES], kept[name + STEP] = np.rint(values / step).astype(np.int8), step
        wider += [
            helper.make_node("Cast", [name + BYTES], [name + ".whole"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [name + ".whole", name + STEP], [name]),
        ]
    graph = helper.make_graph(
        [*wider, *nodes],
        model.graph.name,
        model.graph.input,
        model.graph.output,
        [numpy_helper.from_array(values, name) for name, values in kept.items()],
    )
    model.graph.CopyFrom(graph)
    helper.set_model_props(model, {name: json.dumps(value) for name, value in numbers.items()})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def main() -> None:
    detector, mesh, matte = DetectorNetwork(fold=True), MeshLayers(), MatteLayers()
    restorer, colour, damage = RestorerLayers(), ColourLayers(), DamageLayers()
    patches, colour_patches = LumaPatches(), ColourPatches()
    for network, name in (
        (detector, "face_detector.onnx"),
        (mesh, "face_mesh.onnx"),
        (matte, "person_matte.onnx"),
        (restorer, "face_restorer.onnx"),
        (patches, "face_patches.onnx"),
        (colour_patches, "colour_patches.onnx"),
        (colour, "face_colour.onnx"),
        (damage, "damage_pixels.onnx"),
    ):
        # Batch normalisations count their batches, which no prediction needs and no file keeps.
        network.load_state_dict(read_state(CHECKPOINTS / name), strict=False)
    calibration = read_calibration(CHECKPOINTS / "face_detector.onnx")
    write_detector(CHECKPOINTS / "face_detector.onnx", detector, **calibration)
    write_mesh(CHECKPOINTS / "face_mesh.onnx", mesh)
    write_matte(CHECKPOINTS / "person_matte.onnx", matte)
    write_restorer(CHECKPOINTS / "face_restorer.onnx", restorer)
    write_patches(CHECKPOINTS / "face_patches.onnx", patches)
    write_colour_patches(CHECKPOINTS / "colour_patches.onnx", colour_patches)
    write_colour(CHECKPOINTS / "face_colour.onnx", colour)
    write_damage_pixels(CHECKPOINTS / "damage_pixels.onnx", damage)


if __name__ == "__main__":
    main()
