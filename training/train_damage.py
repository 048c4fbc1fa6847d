"""Learn which thin and small structures of a picture are damage; minutes on one core.

    python training/train_damage.py PHOTOS... [--views 1500] [--minutes 20] [--out checkpoints/damage.npz]

PHOTOS are folders of undamaged pictures, JPEG or PNG. One picture in 25, chosen by its name, is
kept for the figures that are printed: precision and recall in pixels.
"""

import argparse
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import torch
from damage_pictures import damaged_view
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from nostalgia.enhancement.damage.candidates import FEATURES, candidates
from nostalgia.enhancement.damage.learned import MEMBERS

SIDE = 320
LONGEST_PX = 900
HIDDEN = (32, 16)
MOST_OF_A_KIND = 40
"""Parts that are learned from one view, polarity, width and contrast."""
Parts = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


def read_pictures(
    folders: list[Path], most: int, side: int = SIDE
) -> tuple[list[NDArray[np.uint8]], ...]:
    """Lumas for training and for figures, at most `most` of each folder, evenly chosen.

    side: of the views that are cut out of them.
    """
    parts: tuple[list[NDArray[np.uint8]], ...] = ([], [])
    for folder in folders:
        files = sorted(
            p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")
        )
        for file in files[:: max(1, len(files) // most)]:
            luma = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
            if luma is None or min(luma.shape) < 100:
                continue
            scale = min(LONGEST_PX / max(luma.shape), 1.0)
            scale = max(scale, (side + 1) / min(luma.shape))
            if scale != 1:
                how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
                luma = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=how)
            parts[zlib.crc32(file.stem.encode()) % 25 == 0].append(luma)
    return parts


def parts_of(
    pictures: list[NDArray[np.uint8]], count: int, seed: int, minutes: float = 1e9
) -> Parts:
    """Features (n, FEATURES), share of damaged pixels (n,), and weight in pixels (n,)."""
    end = time.monotonic() + 60 * minutes
    features, shares, weights = [], [], []
    rng = np.random.default_rng(seed)
    for _ in range(count):
        if time.monotonic() > end:
            break
        view = damaged_view(pictures, SIDE, rng)
        for found in candidates(np.rint(view.luma * 255).astype(np.float32)):
            area = np.bincount(found.part)
            at = found.rows, found.columns
            damage = view.damage[0 if found.bright else 1][at]
            share = np.bincount(found.part, damage) / area
            unsure = np.bincount(found.part, 1 - view.judged[at]) / area
            kept = np.flatnonzero((unsure < 0.6) | (share > 0.5))
            if len(kept) > MOST_OF_A_KIND:
                odds = np.sqrt(area[kept]) * (1 + 3 * (share[kept] > 0.5))
                kept = rng.choice(kept, MOST_OF_A_KIND, replace=False, p=odds / odds.sum())
            features.append(found.features[kept])
            shares.append(share[kept])
            weights.append(area[kept])
    return tuple(np.concatenate(p).astype(np.float32) for p in (features, shares, weights))


def network() -> nn.Sequential:
    first, second = HIDDEN
    return nn.Sequential(
        nn.Linear(FEATURES, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(),
        nn.Linear(second, 1),
    )  # fmt: skip


def train(parts: Parts, epochs: int) -> tuple[nn.Sequential, NDArray, NDArray]:
    """The network, and mean and deviation of the features."""
    features, shares, weights = parts
    mean, deviation = features.mean(0), features.std(0) + 1e-3
    x = torch.from_numpy((features - mean) / deviation)
    y = torch.from_numpy((shares > 0.5).astype(np.float32))
    # Half-damaged parts teach neither; a long wrong part is worse than a short one.
    w = torch.from_numpy(np.where((shares > 0.2) & (shares < 0.5), 0.3, 1) * weights**0.35)
    torch.manual_seed(0)
    model = network()
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-3)
    steps = epochs * len(x) // 4096 + 1
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        chosen = torch.randint(len(x), (4096,))
        logits = model(x[chosen])[:, 0]
        loss = (
            binary_cross_entropy_with_logits(logits, y[chosen], reduction="none") * w[chosen]
        ).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return model, mean, deviation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("checkpoints/damage.npz"))
    parser.add_argument("--views", type=int, default=1500)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--most", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=25)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    pictures, kept = read_pictures(options.photos, options.most)
    print(len(pictures), "pictures,", len(kept), "kept for the figures", flush=True)
    parts = parts_of(pictures, options.views, 1, options.minutes)
    print(len(parts[0]), "parts,", float((parts[1] > 0.5).mean()), "of them damage", flush=True)
    arrays, models = {}, []
    rng = np.random.default_rng(0)
    for member in range(MEMBERS):
        chosen = rng.random(len(parts[0])) < 0.7
        model, mean, deviation = train(tuple(p[chosen] for p in parts), options.epochs)
        models.append((model, mean, deviation))
        arrays |= {f"{member}_mean": mean, f"{member}_deviation": deviation}
        for number, layer in enumerate(m for m in model if isinstance(m, nn.Linear)):
            arrays[f"{member}_weight_{number}"] = layer.weight.detach().numpy()
            arrays[f"{member}_bias_{number}"] = layer.bias.detach().numpy()
    np.savez(options.out, **{k: v.astype(np.float32) for k, v in arrays.items()})
    features, shares, weights = parts_of(kept, 40, 2)
    with torch.no_grad():
        odds = np.mean([
            torch.sigmoid(model(torch.from_numpy((features - mean) / deviation))[:, 0]).numpy()
            for model, mean, deviation in models
        ], 0)  # fmt: skip
    for threshold in (0.5, 0.7, 0.9, 0.95):
        found = odds > threshold
        right = (weights * shares)[found].sum()
        print(threshold, "precision", round(float(right / weights[found].sum()), 3),
              "recall", round(float(right / (weights * shares).sum()), 3))  # fmt: skip


if __name__ == "__main__":
    main()
