"""Train the network that finds damage; half an hour on one core.

    python training/train_damage.py PHOTOS... --out damage.pt [--minutes 25] [--threads 1]
    python training/train_damage.py --export damage.pt          # writes checkpoints/photo_damage.onnx

PHOTOS are folders of undamaged pictures, JPEG or PNG. One picture in 25, chosen by its name, is
kept for the figures that are printed. SIGTERM saves and ends; the same command goes on.
"""

import argparse
import signal
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import torch
from damage_layers import DamageLayers
from damage_pictures import damaged_view
from numpy.typing import NDArray
from onnx_files import CHECKPOINTS, write_damage
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

SIDE, BATCH, RATE = 160, 12, 2e-3
LONGEST_PX = 900
REPORT_EVERY = 200


def read_pictures(folders: list[Path], most: int) -> tuple[list[NDArray[np.uint8]], ...]:
    """Lumas for training and for figures, at most `most` of each folder, evenly chosen."""
    parts: tuple[list[NDArray[np.uint8]], ...] = ([], [])
    for folder in folders:
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
        for file in files[:: max(1, len(files) // most)]:
            luma = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
            if luma is None or min(luma.shape) < SIDE:
                continue
            scale = LONGEST_PX / max(luma.shape)
            if scale < 1:
                luma = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            parts[zlib.crc32(file.stem.encode()) % 25 == 0].append(luma)
    return parts


def batch_of(pictures: list[NDArray[np.uint8]], seed: int, count: int) -> tuple[Tensor, ...]:
    """Lumas (B, 1, S, S), damage (B, 2, S, S) and judged places (B, 1, S, S)."""
    rng = np.random.default_rng(seed)
    views = [damaged_view(pictures, SIDE, rng) for _ in range(count)]
    return (
        torch.from_numpy(np.stack([v.luma[None] for v in views])),
        torch.from_numpy(np.stack([v.damage for v in views])),
        torch.from_numpy(np.stack([v.judged[None] for v in views])),
    )


def loss_of(logits: Tensor, damage: Tensor, judged: Tensor) -> Tensor:
    """Cross entropy, with a Dice term against the rarity of damage."""
    entropy = binary_cross_entropy_with_logits(logits, damage, reduction="none") * judged
    share = torch.sigmoid(logits) * judged
    dice = (2 * (share * damage).sum() + 50) / ((share + damage).sum() + 50)
    return entropy.mean() * 4 + 0.3 * (1 - dice)


@torch.no_grad()
def figures(network: DamageLayers, batch: tuple[Tensor, ...]) -> str:
    """Precision and recall in pixels at three thresholds."""
    luma, damage, judged = batch
    share = torch.sigmoid(network(luma))
    words = []
    for threshold in (0.5, 0.8, 0.95):
        found = (share > threshold) * judged
        right = (found * damage).sum()
        words.append(f"{threshold}: {right / found.sum():.3f} {right / damage.sum():.3f}")
    return "  ".join(words)


def train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    network = DamageLayers().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
    number, spent = 0, 0.0
    if options.out.exists():
        state = torch.load(options.out)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        number, spent = state["number"], state["spent"]
    pictures, kept = read_pictures(options.photos, options.most)
    print(len(pictures), len(kept), "pictures", flush=True)
    judged = batch_of(kept, 7, 60)
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    last, losses = time.monotonic(), []
    while not ended and spent < 60 * options.minutes:
        now = time.monotonic()
        spent, last = spent + now - last, now
        share = spent / (60 * options.minutes)
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (number + 1) / 100) * (0.02 + 0.98 * (1 - share) ** 1.2)
        luma, damage, where = batch_of(pictures, 1000 + number, BATCH)
        loss = loss_of(network(luma.contiguous(memory_format=torch.channels_last)), damage, where)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        number += 1
        if number % REPORT_EVERY == 0:
            words = f"{number} {spent:.0f} s  loss {np.mean(losses):.4f}  {figures(network, judged)}"
            print(words, flush=True)
            losses = []
            save(options.out, network, optimiser, number, spent)
    save(options.out, network, optimiser, number, spent)
    print("end", number, figures(network, judged), flush=True)


def save(
    path: Path, network: DamageLayers, optimiser: torch.optim.Optimizer, number: int, spent: float
) -> None:
    state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save(state | {"number": number, "spent": spent}, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--export", type=Path)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--most", type=int, default=900)
    options = parser.parse_args()
    if options.export:
        network = DamageLayers()
        network.load_state_dict(torch.load(options.export)["network"])
        write_damage(CHECKPOINTS / "photo_damage.onnx", network)
    else:
        train(options)


if __name__ == "__main__":
    main()
