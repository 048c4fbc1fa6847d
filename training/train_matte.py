"""Train the person matte on the CPU; resumable, writes checkpoints/person_matte.onnx at the end.

The pictures are fetched by name and never committed (checkpoints/person_matte.md lists them); labels
and pictures without people by label_mattes.py.

    python training/train_matte.py STATE.pt --places places.npz --minutes 50 \\
        --people press mux.npz --people members wiki.npz --out checkpoints/person_matte.onnx

Stop it at any time: it saves every two minutes and goes on from there.
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
from matte_batches import Batch, MatteSamples
from matte_layers import MatteLayers
from onnx_files import read_state, write_matte
from torch import Tensor
from torch.nn import functional as F

SHARED: list[MatteSamples] = []
"""The samples, for the processes that make batches."""
EDGE_WEIGHT = 2.0
DOUBT_WEIGHT = 0.3
SAVE_EVERY_S, VALIDATE_EVERY_S = 120, 300
JUDGED = 128
"""People of a part that validation looks at."""


def overlap(alpha: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Soft IoU (B,) of mattes (B, H, W)."""
    both = (weights * alpha * labels).sum((1, 2))
    either = (weights * (alpha + labels - alpha * labels)).sum((1, 2))
    return (both + 1) / (either + 1)


def loss_of(answer: tuple[Tensor, Tensor], labels: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy, more of it at the edge, soft Dice, the steepness of the edge, and the doubt.

    Dice: Milletari et al., "V-Net: Fully Convolutional Neural Networks for Volumetric Medical Image
    Segmentation", 2016, section 3. A crop without weight holds nobody: its doubt should be 1.
    """
    logits, doubt = answer
    alpha = torch.sigmoid(logits)
    middle = F.avg_pool2d(labels[:, None], 9, 1, 4)[:, 0]
    edge = weights * (1 + EDGE_WEIGHT * 4 * middle * (1 - middle))
    share = edge.sum((1, 2)).clamp(min=1)
    entropy = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    cross = (entropy * edge).sum((1, 2)) / share
    dice = 1 - (2 * (weights * alpha * labels).sum((1, 2)) + 1) / (
        (weights * (alpha + labels)).sum((1, 2)) + 1
    )
    slopes = sum(
        (torch.diff(alpha, dim=d) - torch.diff(labels, dim=d))
        .abs()
        .narrow(d, 0, 191)
        .mul(weights.narrow(d, 1, 191))
        .sum((1, 2))
        for d in (1, 2)
    ) / weights.sum((1, 2)).clamp(min=1)
    somebody = (weights.mean((1, 2)) > 0.02).float()
    wrong = 1 - overlap(alpha.detach(), labels, weights) * somebody
    told = F.binary_cross_entropy(doubt, wrong.clamp(0, 1))
    return ((cross + dice + 4 * slopes) * somebody).mean() + DOUBT_WEIGHT * told


def unpacked(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Crops, labels and weights as float32 0..1."""
    crops, labels, weights = (getattr(batch, part.name).float() / 255 for part in fields(batch))
    return crops.contiguous(memory_format=torch.channels_last), labels, weights


@torch.no_grad()
def judged(model: MatteLayers, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """IoU at 0.5, where labels are sure, and doubt of each crop."""
    scores, doubts = [], []
    for start in range(0, len(batch.crops), 32):
        part = Batch(*(getattr(batch, f.name)[start : start + 32] for f in fields(batch)))
        crops, labels, weights = unpacked(part)
        with torch.autocast("cpu", torch.bfloat16):
            logits, doubt = model(crops)
        found, true, sure = logits > 0, labels > 0.5, weights > 0.5
        both, either = (found & true & sure).sum((1, 2)), ((found | true) & sure).sum((1, 2))
        scores.append((both / either.clamp(min=1)).numpy())
        doubts.append(doubt.float().numpy())
    return np.concatenate(scores), np.concatenate(doubts)


def validate(model: MatteLayers, sets: dict[str, Batch]) -> dict[str, float]:
    """Median and tenth percentile of the IoU, and the rank correlation of doubt and error."""
    model.eval()
    out = {}
    for name, batch in sets.items():
        scores, doubts = judged(model, batch)
        somebody = batch.weights.float().mean((1, 2)).numpy() > 5
        scores, doubts = scores[somebody], doubts[somebody]
        ranks = np.corrcoef(np.argsort(np.argsort(1 - scores)), np.argsort(np.argsort(doubts)))
        out |= {name: np.median(scores), name + "_p10": np.quantile(scores, 0.1)}
        out[name + "_told"] = ranks[0, 1]
    model.train()
    return {name: round(float(value), 3) for name, value in out.items()}


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
    model: MatteLayers,
    average: MatteLayers,
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
    parser.add_argument("--people", nargs=2, action="append", metavar=("NAME", "NPZ"))
    parser.add_argument("--places", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="an .onnx file to begin with")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--makers", type=int, default=1, help="processes that make batches")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    samples = MatteSamples([(name, Path(file)) for name, file in a.people], a.places, seed=5)
    sets = {"plain": samples.plain("dev", JUDGED)}
    samples.parts["train"], people = samples.parts["dev"], samples.parts["train"]
    odds, samples.odds = (
        samples.odds,
        np.full(len(samples.parts["dev"]), 1 / len(samples.parts["dev"])),
    )
    sets["made"] = samples.batch(JUDGED)
    samples.parts["train"], samples.odds = people, odds
    SHARED.append(samples)
    # Forked before torch computes anything: the pictures are shared, not copied.
    ahead = ProcessPoolExecutor(a.makers, get_context("fork"), _start_maker)
    coming = [ahead.submit(_make, a.batch) for _ in range(a.makers + 2)]
    model = MatteLayers()
    if a.start:
        mine = model.state_dict()
        begun = {
            n: v for n, v in read_state(a.start).items() if n in mine and mine[n].shape == v.shape
        }
        model.load_state_dict(begun, strict=False)
    model = model.to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=a.rate, weight_decay=0.02)
    step, spent = 0, 0.0
    if a.state.exists():
        saved = torch.load(a.state, weights_only=True)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step, spent = saved["step"], saved["spent"]
    tick = shown = saved_at = time.time()
    total = 0.0
    while spent < a.minutes * 60:
        done = spent / (a.minutes * 60)
        for group in optimiser.param_groups:
            group["lr"] = float(
                a.rate * min(1, (step + 1) / 150) * 0.5 * (1 + np.cos(np.pi * done)) + 1e-6
            )
        batch = Batch(*(torch.from_numpy(part) for part in coming.pop(0).result()))
        coming.append(ahead.submit(_make, a.batch))
        crops, labels, weights = unpacked(batch)
        with torch.autocast("cpu", torch.bfloat16):
            logits, doubt = model(crops)
        loss = loss_of((logits.float(), doubt.float()), labels, weights)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        keep = min(0.995, step / (step + 20))
        with torch.no_grad():
            for p, q in zip(
                average.state_dict().values(), model.state_dict().values(), strict=True
            ):
                p.lerp_(q, 1 - keep) if p.is_floating_point() else p.copy_(q)
        step, total = step + 1, total * 0.98 + loss.item() * 0.02
        spent, tick = spent + time.time() - tick, time.time()
        if time.time() - saved_at > SAVE_EVERY_S:
            saved_at = time.time()
            save(a.state, model, average, optimiser, step, spent)
        if time.time() - shown > VALIDATE_EVERY_S:
            shown = time.time()
            print(
                f"step {step} minutes {spent / 60:.1f} loss {total:.3f} {validate(average, sets)}",
                flush=True,
            )
    ahead.shutdown(cancel_futures=True)
    save(a.state, model, average, optimiser, step, spent)
    print(f"step {step} {validate(average, sets)}", flush=True)
    if a.out:
        write_matte(a.out, average)


if __name__ == "__main__":
    main()
