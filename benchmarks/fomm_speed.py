"""Time per frame of the First Order Motion Model: plain, and tuned as nostalgia runs it.

python benchmarks/fomm_speed.py [--frames 12] [--threads 2] [--json FILE]

The network has the released layout (vox-256) and seeded random weights: its output is meaningless
but takes the same time. Plain means eager execution in float32, with the source encoded again for
every frame. The methods alternate frame by frame, so that a busy computer slows all of them alike;
figures are medians. PSNR compares the painted frames with those of the plain method.
"""

import argparse
import copy
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from nostalgia.motion.fomm.keypoints import Keypoints, relative_motion
from nostalgia.motion.fomm.layout import VOX_256
from nostalgia.motion.fomm.network import SIDE_PX, FirstOrderModel

Paint = Callable[[Tensor], Tensor]
"""Maps a driving frame, float32 (1, 3, 256, 256), RGB 0..1, to the painted frame."""

PLAIN = "plain"
WARM_UP = 2


def main() -> None:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=12, help="number of measured frames")
    parser.add_argument("--threads", type=int, default=2, help="number of torch threads")
    parser.add_argument("--json", type=Path, help="write all measurements to this file")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    values = measure(arguments.frames)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {arguments.threads} threads,"
        f" torch {torch.__version__}, {arguments.frames} frames\n"
    )
    print(table(values))
    if arguments.json:
        report = {"torch": torch.__version__, "threads": arguments.threads, "methods": values}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


def measure(frames: int) -> dict[str, dict[str, Any]]:
    """Milliseconds, speed-up over the plain method, and PSNR of each method."""
    model, source, driving = random_model(), *random_pictures(WARM_UP + frames)
    methods = paint_methods(model, source, driving[0])
    spent: dict[str, list[float]] = {name: [] for name in methods}
    errors: dict[str, list[float]] = {name: [] for name in methods}
    for number, frame in enumerate(driving):
        painted = {}
        for name, paint in methods.items():
            start = time.perf_counter()
            painted[name] = paint(frame)
            if number >= WARM_UP:
                spent[name].append(time.perf_counter() - start)
        for name, picture in painted.items():
            errors[name].append(float(((picture - painted[PLAIN]) ** 2).mean()))
    plain_s = statistics.median(spent[PLAIN])
    return {
        name: {
            "milliseconds": round(statistics.median(seconds) * 1000, 1),
            "least_milliseconds": round(min(seconds) * 1000, 1),
            "times_as_fast": round(plain_s / statistics.median(seconds), 2),
            "times_as_fast_at_least": round(min(spent[PLAIN]) / min(seconds), 2),
            "psnr_db": psnr_db(max(errors[name])),
        }
        for name, seconds in spent.items()
    }


def paint_methods(model: FirstOrderModel, source: Tensor, first: Tensor) -> dict[str, Paint]:
    """The plain method, one that keeps the keypoints of the source, and the tuned methods."""
    initial, kept = model.keypoints(first), model.keypoints(source)

    @torch.inference_mode()
    def plain(frame: Tensor) -> Tensor:
        encoded = model.encode(source)
        driven = relative_motion(encoded.keypoints, model.keypoints(frame), initial)
        return model.paint(encoded, model.flow(encoded, driven))

    @torch.inference_mode()
    def original(frame: Tensor) -> Tensor:
        driven = relative_motion(kept, model.keypoints(frame), initial)
        generator = model.generator
        flow = generator.dense_motion_network(
            generator.dense_motion_network.down(source), kept, driven, model.align_corners
        )
        return generator.decode(
            generator.encode(source), flow.deformation, flow.occlusion_map, model.align_corners
        )

    return {
        PLAIN: plain,
        "plain, source keypoints kept": original,
        "tuned, float32": tuned(model, source, initial, torch.float32),
        "tuned, bfloat16": tuned(model, source, initial, torch.bfloat16),
    }


def tuned(model: FirstOrderModel, source: Tensor, initial: Keypoints, dtype: torch.dtype) -> Paint:
    """A copy of the model as the backend runs it, with the source encoded once."""
    own = FirstOrderModel(copy.deepcopy(model.detector), copy.deepcopy(model.generator))
    fast = own.tuned(dtype)
    encoded = fast.encode(source)

    def paint(frame: Tensor) -> Tensor:
        driven = relative_motion(encoded.keypoints, fast.keypoints(frame), initial)
        return fast.paint(encoded, fast.flow(encoded, driven))

    return paint


def random_model(seed: int = 1) -> FirstOrderModel:
    """vox-256 with random weights that keep activations at about the same magnitude."""
    generator = torch.Generator().manual_seed(seed)
    model = FirstOrderModel.build(VOX_256)
    for network in (model.detector, model.generator):
        for name, tensor in network.state_dict().items():
            if tensor.dim() == 4 and not name.endswith("down.weight"):
                spread = (2 / tensor[0].numel()) ** 0.5
                tensor.copy_(torch.randn(tensor.shape, generator=generator) * spread)
            elif name.endswith(("norm.weight", "norm1.weight", "norm2.weight", "running_var")):
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    model.detector.jacobian.weight.mul_(0.1)
    model.detector.jacobian.bias.copy_(torch.eye(2).flatten().repeat(VOX_256.keypoints))
    model.generator.final.weight.mul_(0.1)
    return model


def random_pictures(count: int, seed: int = 2) -> tuple[Tensor, list[Tensor]]:
    """A source image of soft blobs, and driving frames that add noise to it."""
    generator = torch.Generator().manual_seed(seed)
    blots = torch.rand(1, 3, SIDE_PX // 16, SIDE_PX // 16, generator=generator)
    source = interpolate(blots, size=(SIDE_PX, SIDE_PX), mode="bicubic").clamp(0, 1)
    noise = (torch.randn(source.shape, generator=generator) for _ in range(count))
    return source, [(source + 0.05 * each).clamp(0, 1) for each in noise]


def psnr_db(mean_square: float) -> float | None:
    """PSNR in decibels for values of 0..1; None if there is no difference."""
    return round(float(-10 * np.log10(mean_square)), 1) if mean_square > 0 else None


def table(values: dict[str, dict[str, Any]]) -> str:
    """The measurements as a Markdown table, one row per method."""
    lines = [
        "| method | ms per frame | times as fast | least ms | PSNR, dB |",
        "| --- " + "| ---: " * 4 + "|",
    ]
    for name, row in values.items():
        psnr = "equal" if row["psnr_db"] is None else row["psnr_db"]
        lines.append(
            f"| {name} | {row['milliseconds']} | {row['times_as_fast']} |"
            f" {row['least_milliseconds']} | {psnr} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
