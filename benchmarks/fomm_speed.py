"""The First Order Motion Model per frame: run plainly, and tuned as nostalgia runs it.

python benchmarks/fomm_speed.py [--frames 12] [--threads 2] [--json FILE]

The network has the released layout (vox-256) and seeded random weights: what it paints means
nothing, and takes as long. Plainly means: eager, float32, the source worked out again for every
frame. All ways take turns at each frame, so that a busy computer slows all alike; figures are
medians. PSNR is that of the painted frames against the plain ones.
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
"""A driving frame float32 (1, 3, 256, 256), RGB 0..1, to the painted one."""

PLAIN = "plain"
WARM_UP = 2


def main() -> None:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=12, help="how many are measured")
    parser.add_argument("--threads", type=int, default=2, help="of torch")
    parser.add_argument("--json", type=Path, help="write all that was measured")
    words = parser.parse_args()
    torch.set_num_threads(words.threads)
    values = measure(words.frames)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {words.threads} threads,"
        f" torch {torch.__version__}, {words.frames} frames\n"
    )
    print(table(values))
    if words.json:
        told = {"torch": torch.__version__, "threads": words.threads, "ways": values}
        words.json.write_text(json.dumps(told, indent=2) + "\n")


def measure(frames: int) -> dict[str, dict[str, Any]]:
    """Milliseconds, times as fast as plain, and PSNR of each way."""
    model, source, driving = random_model(), *random_pictures(WARM_UP + frames)
    ways = ways_to_paint(model, source, driving[0])
    spent: dict[str, list[float]] = {name: [] for name in ways}
    errors: dict[str, list[float]] = {name: [] for name in ways}
    for number, frame in enumerate(driving):
        painted = {}
        for name, paint in ways.items():
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


def ways_to_paint(model: FirstOrderModel, source: Tensor, first: Tensor) -> dict[str, Paint]:
    """The plain way, one that keeps the source's keypoints, and the tuned ones."""
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
    """A copy of the model as the backend runs it, the source encoded once."""
    own = FirstOrderModel(copy.deepcopy(model.detector), copy.deepcopy(model.generator))
    fast = own.tuned(dtype)
    encoded = fast.encode(source)

    def paint(frame: Tensor) -> Tensor:
        driven = relative_motion(encoded.keypoints, fast.keypoints(frame), initial)
        return fast.paint(encoded, fast.flow(encoded, driven))

    return paint


def random_model(seed: int = 1) -> FirstOrderModel:
    """vox-256 with weights that keep values of about one size on their way through it."""
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
    """A source of soft blots, and driving frames of the same with noise."""
    generator = torch.Generator().manual_seed(seed)
    blots = torch.rand(1, 3, SIDE_PX // 16, SIDE_PX // 16, generator=generator)
    source = interpolate(blots, size=(SIDE_PX, SIDE_PX), mode="bicubic").clamp(0, 1)
    noise = (torch.randn(source.shape, generator=generator) for _ in range(count))
    return source, [(source + 0.05 * each).clamp(0, 1) for each in noise]


def psnr_db(mean_square: float) -> float | None:
    """Decibels for values of 0..1; None where nothing differs."""
    return round(float(-10 * np.log10(mean_square)), 1) if mean_square > 0 else None


def table(values: dict[str, dict[str, Any]]) -> str:
    """The measurements as a Markdown table: one row per way."""
    lines = [
        "| way | ms a frame | times as fast | least ms | PSNR, dB |",
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
