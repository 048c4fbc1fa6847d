"""Train the face-mesh network on the CPU; resumable, writes checkpoints/face_mesh.onnx at the end.

The pictures are fetched by name and never committed (checkpoints/face_mesh.md lists them); labels by
label_faces.py and label_looks.py, pictures without faces by label_context.py.

    python training/train_mesh.py STATE.pt --context context.json --minutes 100 \
        --faces facial_expressions/images labels.npz --faces member_photos/images/wiki wiki.npz \
        --start checkpoints/face_mesh.onnx --out checkpoints/face_mesh.onnx

Stop it with SIGTERM at any time: it saves every two minutes and goes on from there.
"""

import argparse
import copy
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch
from mesh_batches import Batch, FaceSamples, normalise
from mesh_layers import MeshLayers, grow
from onnx_files import read_state, write_mesh
from torch import Tensor
from torch.nn import functional as F

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.landmarks.mesh import CROP_FACE_HEIGHTS
from nostalgia.faces.topology import (
    EYES_AND_IRISES,
    LEFT_BROW,
    LEFT_EYE,
    LEFT_IRIS,
    LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_IRIS,
)

LID_PAIRS = (
    (159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373), (13, 14), (82, 87), (312, 317),
)  # fmt: skip
PARTS = (LEFT_EYE + LEFT_IRIS, RIGHT_EYE + RIGHT_IRIS, LIPS)
FIVE = [468, 473, 1, 61, 291]
"""What another detector says of a profile: eyes, tip of the nose, corners of the mouth."""
REST = tuple(set(range(478)) - set(sum(PARTS, ())))


SHARED: list[FaceSamples] = []
"""The samples, for the processes that make batches."""


def point_weights() -> Tensor:
    """The weight of each landmark in the loss, 1 on average."""
    weights = torch.ones(478)
    weights[list(LEFT_BROW + RIGHT_BROW)] = 1.5
    weights[list(LIPS)] = 2.5
    weights[list(EYES_AND_IRISES)] = 4.0
    return weights / weights.mean()


def loss_of(answer: tuple[Tensor, Tensor, Tensor], batch: Batch, weights: Tensor) -> Tensor:
    """Smooth L1 in percent of the crop, openings of lids and lips, the face score, and the doubts.

    The doubts are the scale of a Laplace distribution of the error (Kendall and Gal, "What
    Uncertainties Do We Need in Bayesian Deep Learning for Computer Vision?", 2017, section 2.2),
    learned beside the landmarks: they do not excuse an error.
    """
    shape, logit, doubts = answer
    points = batch.points
    apart = F.smooth_l1_loss(shape * 100, points * 100, reduction="none", beta=0.5) * torch.tensor(
        [1.0, 1.0, 0.4]
    )
    upper, lower = zip(*LID_PAIRS, strict=True)
    gap = (shape[:, upper, :2] - shape[:, lower, :2]) - (
        points[:, upper, :2] - points[:, lower, :2]
    )
    gaps = F.smooth_l1_loss(gap * 100, gap * 0, reduction="none", beta=0.3).mean((1, 2))
    distance = (shape - points)[..., :2].norm(dim=-1).detach()
    errors = torch.stack([distance[:, list(part)].mean(1) for part in (*PARTS, REST)], 1)
    doubt = (errors / doubts + torch.log(doubts)).mean(1)
    per_face = (apart.sum(-1) * weights).mean(1) + 4 * gaps + 0.15 * doubt
    landmarks = (per_face * batch.known).sum() / batch.known.sum().clamp(min=1)
    off = F.smooth_l1_loss(shape[:, FIVE, :2] * 100, batch.five * 100, reduction="none", beta=2.0)
    profiles = (off.mean((1, 2)) * batch.located).sum() / batch.known.sum().clamp(min=1)
    score = F.binary_cross_entropy_with_logits(logit, batch.is_face)
    return landmarks + profiles + 0.5 * score


@torch.no_grad()
def validate(model: MeshLayers, samples: FaceSamples) -> dict[str, float]:
    """Errors on people held out, in % of the outer-eye-corner distance, on plain and on damaged crops."""
    model.eval()
    out = {}
    for name, wide, plain in (("clean", False, True), ("damaged", True, False)):
        state, samples.rng = samples.rng, np.random.default_rng(5)
        chosen = samples.rng.permutation(samples.held_out)[:320]
        pairs = [samples.face(int(i), wide, plain) for i in chosen]
        empty = normalise(np.array([samples.no_face() for _ in range(128)]))
        samples.rng = state
        points = torch.from_numpy(np.array([p for _, p in pairs]))
        shape, logit, doubts = model(normalise(np.array([c for c, _ in pairs])))
        apart = (shape - points)[..., :2].norm(dim=-1)
        errors = apart / (points[:, 33] - points[:, 263])[:, :2].norm(dim=-1, keepdim=True) * 100
        mean = errors.mean(1)
        out |= {
            name: mean.median().item(),
            name + "_p90": mean.quantile(0.9).item(),
            name + "_eyes": errors[:, list(EYES_AND_IRISES)].mean(1).median().item(),
            name + "_lips": errors[:, list(LIPS)].mean(1).median().item(),
        }
        parts = torch.stack([apart[:, list(part)].mean(1) for part in (*PARTS, REST)], 1)
        told = torch.corrcoef(torch.stack([parts.log().flatten(), doubts.log().flatten()]))
        out[name + "_told"] = told[0, 1].item()
        out[name + "_missed"] = (logit < 0).float().mean().item()
        out[name + "_false"] = (model(empty)[1] > 0).float().mean().item()
    model.train()
    return {k: round(v, 3) for k, v in out.items()}


def first_model(start: Path | None) -> MeshLayers:
    """The network at the beginning, from random weights or from those of a narrower one."""
    model = MeshLayers()
    shape = load_face_shape()
    model.mean.copy_(torch.from_numpy(shape.mean / CROP_FACE_HEIGHTS + np.float32([0.5, 0.5, 0])))
    if start is not None:
        grow(model, read_state(start))
    return model.to(memory_format=torch.channels_last)


def _start_maker() -> None:
    """A maker draws other random numbers than its parent and its neighbours."""
    SHARED[0].rng = np.random.default_rng([int(time.time()), os.getpid()])
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def _make(size: int) -> list[np.ndarray]:
    """The parts of a batch."""
    batch = SHARED[0].batch(size)
    return [getattr(batch, part.name).numpy() for part in fields(batch)]


def save(
    path: Path,
    model: MeshLayers,
    average: MeshLayers,
    optimiser: torch.optim.Optimizer,
    step: int,
    spent: float,
) -> None:
    """Write all that a restart needs."""
    part = path.with_suffix(".part")
    state = {
        "model": model.state_dict(), "average": average.state_dict(),
        "optimiser": optimiser.state_dict(), "step": step, "spent": spent,
    }  # fmt: skip
    torch.save(state, part)
    part.replace(path)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("state", type=Path)
    parser.add_argument("--faces", nargs=2, type=Path, action="append", metavar=("FOLDER", "NPZ"))
    parser.add_argument("--context", type=Path, required=True)
    parser.add_argument("--profiles", type=Path)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--minutes", type=float, default=100)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--makers", type=int, default=1, help="processes that make batches")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    model = first_model(a.start)
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=a.rate, weight_decay=0.02)
    step, spent = 0, 0.0
    samples = FaceSamples(a.faces, a.context, a.profiles, seed=int(time.time()))
    SHARED.append(samples)
    # Forked before torch computes anything: the pictures are shared, not copied.
    ahead = ProcessPoolExecutor(a.makers, get_context("fork"), _start_maker)
    coming = [ahead.submit(_make, a.batch) for _ in range(a.makers + 1)]
    if a.state.exists():
        saved = torch.load(a.state, weights_only=True)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step, spent = saved["step"], saved["spent"]
    weights, tick, shown, total = point_weights(), time.time(), time.time(), 0.0
    while spent < a.minutes * 60:
        done = spent / (a.minutes * 60)
        for group in optimiser.param_groups:
            group["lr"] = float(
                a.rate * min(1, (step + 1) / 300) * 0.5 * (1 + np.cos(np.pi * done)) + 1e-6
            )
        batch = Batch(*(torch.from_numpy(part) for part in coming.pop(0).result()))
        coming.append(ahead.submit(_make, a.batch))
        with torch.autocast("cpu", torch.bfloat16):
            found, logit, doubts = model(batch.crops.contiguous(memory_format=torch.channels_last))
        answer = found.float(), logit.float(), doubts.float()
        loss = loss_of(answer, batch, weights)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for p, q in zip(
                average.state_dict().values(), model.state_dict().values(), strict=True
            ):
                p.lerp_(q, 1 - keep) if p.is_floating_point() else p.copy_(q)
        step, total = step + 1, total * 0.98 + loss.item() * 0.02
        spent, tick = spent + time.time() - tick, time.time()
        if time.time() - shown > 120:
            shown = time.time()
            print(
                f"step {step} minutes {spent / 60:.1f} loss {total:.3f} {validate(average, samples)}",
                flush=True,
            )
            save(a.state, model, average, optimiser, step, spent)
    ahead.shutdown(cancel_futures=True)
    save(a.state, model, average, optimiser, step, spent)
    print(f"step {step} {validate(average, samples)}", flush=True)
    if a.out:
        write_mesh(a.out, average)


if __name__ == "__main__":
    main()
