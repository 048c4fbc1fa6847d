"""Train the face restorer for hours or days; it can be paused, stopped and continued at any time.

    python training/train_restorer.py CROPS.npz... --folder FOLDER [--threads 2] [--until SAMPLES]
    python training/train_restorer.py CROPS.npz... --pack PACK.npz       # crops of train and dev, 42 MB
    python training/train_restorer.py PACK.npz --folder FOLDER --times 8 --minutes 13    # on a GPU

CROPS.npz come from make_face_crops.py. FOLDER receives state.pt (model, average, optimiser; written
whole every few minutes, the one before kept as state.previous.pt), train.log and pid. SIGTERM and
Ctrl-C end the training after the running step and save it; the same command continues it, with the
samples that it would have seen.

    python training/train_restorer.py CROPS.npz... --folder FOLDER --start checkpoints/face_restorer.onnx

begins a new folder with the weights that ship, on all damages and losses at once.

    python training/train_restorer.py --folder FOLDER --export checkpoints/face_restorer.onnx

writes the averaged network as the file that ships; then run training/write_manifest.py.
"""

import argparse
import copy
import os
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from face_crops import FaceCrops, read_crops, write_crops
from face_damage import (
    Sample,
    back_to,
    jpeg_of,
    loss_weights,
    scratches,
)
from onnx_files import read_state, write_restorer
from restorer_batches import Batch, DamagedFaces, collate
from restorer_layers import RestorerLayers
from restorer_losses import MeshFeatures, feature_loss, late_loss, picture_loss
from stoppable import made_ahead
from torch import Tensor, nn

PACK_BYTES, PACK_QUALITY = 42_000_000, 93
"""With the repository less than the 64 MiB that travel to a lent GPU."""

DEV_KINDS = ("none", "tiny", "small", "blur", "grain", "jpeg", "scratched", "faded")
STATE, BEFORE = "state.pt", "state.previous.pt"
SAVE_EVERY_S = 120


FEATURES_FROM, LATE_FROM = 60_000, 150_000
"""Samples after which the mesh features, and the consistency terms, join the loss."""


class Trainer:
    """Model, its running average, the optimiser and the place in the plan."""

    def __init__(
        self,
        device: str,
        rate: float = 1e-3,
        widths: tuple[int, ...] = (24, 48, 96, 144),
        times: int = 1,
    ) -> None:
        torch.manual_seed(0)
        self.device, self.rate, self.times = device, rate, times
        self.model = RestorerLayers(widths).to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.features = MeshFeatures().to(device, memory_format=torch.channels_last)
        self.number, self.samples, self.spent = 0, 0, 0.0
        # Without instructions for it, bfloat16 takes ten times as long as float32.
        self.half = device == "cuda" or torch.cpu._is_avx512_bf16_supported()

    def step(self, batch: Batch, parts: tuple[Tensor, ...]) -> dict[str, float]:
        """Learn from one batch; returns the terms of the loss."""
        damaged, clean, weights, place, reduced = (p.to(self.device) for p in parts)
        warm, slow = min(1, (self.number + 1) / 300), (1 + batch.before / 400_000) ** -0.5
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * warm * slow
        terms = {}
        with torch.autocast(self.device, torch.bfloat16, enabled=self.half):
            restored = damaged + self.model(damaged, place)
        loss = terms["picture"] = picture_loss(restored, clean, weights)
        # every other batch: the features cost as much as the restorer
        if batch.before >= FEATURES_FROM and batch.number % 2:
            with torch.autocast(self.device, torch.bfloat16, enabled=self.half):
                terms["features"] = feature_loss(self.features, restored, clean, place)
            loss = loss + 0.1 * terms["features"]
        if batch.before >= LATE_FROM and batch.number % 8 == 2:
            with torch.autocast(self.device, torch.bfloat16, enabled=self.half):
                terms["late"] = late_loss(self.model, restored, damaged, place, reduced)
            loss = loss + 0.1 * terms["late"]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        keep = min(0.9995, (self.number + 1) / (self.number + 50))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
            for mean, now in pairs:
                mean.lerp_(now, 1 - keep)
        self.number, self.samples = batch.number + 1, batch.before + batch.size
        return {name: term.item() for name, term in terms.items()}

    def save(self, folder: Path) -> None:
        """Write state.pt whole; the one before becomes state.previous.pt."""
        state = {
            "model": self.model.state_dict(), "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(), "number": self.number,
            "samples": self.samples, "spent": self.spent, "widths": self.model.widths,
        }  # fmt: skip
        part = folder / "state.part.pt"
        torch.save(state, part)
        if (folder / STATE).exists():
            os.replace(folder / STATE, folder / BEFORE)
        os.replace(part, folder / STATE)

    def load(self, folder: Path) -> bool:
        """Continue from the last state that can be read; False if there is none."""
        for name in (STATE, BEFORE):
            try:
                state = torch.load(folder / name, weights_only=True, map_location=self.device)
            except (OSError, RuntimeError, EOFError):
                continue
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.number, self.samples, self.spent = (
                state[key] for key in ("number", "samples", "spent")
            )
            return True
        return False

    def start(self, path: Path) -> None:
        """Begin with the weights of a file that ships, after the stages that a new network needs."""
        state = read_state(path)
        self.model.load_state_dict(state)
        self.average.load_state_dict(state)
        self.samples = LATE_FROM


def load_average(path: Path) -> RestorerLayers:
    """The averaged network of a state file, ready for use."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    model = RestorerLayers(tuple(state["widths"]))
    model.load_state_dict(state["average"])
    return model.eval()


def dev_damage(clean: np.ndarray, kind: str, seed: int, margin: float = 1.0) -> np.ndarray:
    """The damages of ../shared/eval/restore.py; smaller than `clean` or not.

    margin: side of the picture in crops; a face is 0.76 crops high.
    """
    rng = np.random.default_rng(seed)
    height = 0.76 / margin
    side, per_150 = clean.shape[0], clean.shape[0] * height / 150

    def soft(shape: tuple[int, int], levels: float) -> np.ndarray:
        drawn = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), 0.8)
        return drawn / drawn.std() * levels / 255

    def reduced(face_px: float) -> np.ndarray:
        size = round(face_px / height)
        return (
            cv2.resize(clean, (size, size), interpolation=cv2.INTER_AREA) if size < side else clean
        )

    if kind == "tiny":
        small = reduced(32)
        return small + soft(small.shape, 3)
    if kind == "small":
        return jpeg_of(reduced(64), 60)
    if kind == "blur":
        return cv2.GaussianBlur(clean, (0, 0), 3.2 * per_150)
    if kind == "grain":
        return clean + soft(clean.shape, 22)
    if kind == "jpeg":
        return jpeg_of(reduced(100), 14)
    if kind == "scratched":
        return scratches(clean, rng)
    if kind == "faded":
        faded = cv2.GaussianBlur(clean, (0, 0), 1.2 * per_150) * 0.45 + 95 / 255
        return faded + soft(clean.shape, 6)
    return clean


def dev_set(crops: FaceCrops, side: int, most: int) -> dict[str, tuple[Tensor, ...]]:
    """For each kind: damaged, clean, weights and place of the same whole crops."""
    chosen = [i for i in range(len(crops)) if len(crops.pictures[i]) >= side]
    chosen = sorted(chosen, key=lambda i: (-len(crops.pictures[i]), crops.names[i]))[:most]
    out = {}
    for kind in DEV_KINDS:
        rows = []
        for seed, i in enumerate(chosen):
            luma = cv2.resize(crops.pictures[i], (side, side), interpolation=cv2.INTER_AREA)
            clean = luma.astype(np.float32) / 255
            kept = dev_damage(clean, kind, seed)
            weights = (loss_weights(crops.points[i], crops.edges[i], side) >= 1).astype(np.float32)
            place = np.float32([0, 0, 1, side / kept.shape[0]])
            rows.append(Sample(back_to(kept, side), clean, weights, place, kind))
        out[kind] = collate(rows)[:4]
    return out


@torch.no_grad()
def validate(model: nn.Module, sets: dict[str, tuple[Tensor, ...]], device: str) -> str:
    """Median PSNR (dB) over the faces, damaged > restored, per damage; undamaged: against the photo."""
    words = []
    for kind, parts in sets.items():
        damaged, clean, weights, place = parts
        restored = [
            (d.to(device) + model(d.to(device), p.to(device))).clamp(0, 1).cpu()
            for d, p in zip(damaged.split(16), place.split(16), strict=True)
        ]

        def psnr(x: Tensor, clean: Tensor = clean, weights: Tensor = weights) -> float:
            error = ((x - clean) ** 2 * weights).sum((1, 2, 3)) / weights.sum((1, 2, 3))
            return (-10 * torch.log10(error + 1e-9)).median().item()

        after = psnr(torch.cat(restored))
        words.append(
            f"{kind} {after:.1f}" if kind == "none" else f"{kind} {psnr(damaged):.1f}>{after:.1f}"
        )
    return "dev dB " + ", ".join(words)


def pack(crops: FaceCrops, out: Path) -> None:
    """Write as many crops as fit into PACK_BYTES, those of the largest sides and rare sources first."""
    rng = np.random.default_rng(0)
    sources, counts = np.unique(crops.sources, return_counts=True)
    number = dict(zip(sources, counts, strict=True))
    order = sorted(
        rng.permutation(len(crops)),
        key=lambda i: (-len(crops.pictures[i]), number[crops.sources[i]]),
    )
    fits, too_many = 0, len(order) + 1
    while too_many - fits > max(1, len(order) // 200):
        middle = (fits + too_many) // 2
        write_crops(out, crops.take(np.array(order[:middle])), PACK_QUALITY)
        small = out.stat().st_size <= PACK_BYTES
        fits, too_many = (middle, too_many) if small else (fits, middle)
    write_crops(out, crops.take(np.array(order[:fits])), PACK_QUALITY)
    print(f"{fits} of {len(crops)} crops, {out.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("crops", type=Path, nargs="*")
    parser.add_argument("--folder", type=Path, default=Path("restorer"))
    parser.add_argument("--pack", type=Path), parser.add_argument("--export", type=Path)
    parser.add_argument("--start", type=Path, help="weights to begin with in a new folder")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--until", type=float, default=float("inf"), help="samples")
    parser.add_argument("--times", type=int, default=1, help="larger batches, for a GPU")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that make damaged pictures"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument(
        "--log-every", type=float, default=180, help="seconds; dev every third time"
    )
    a = parser.parse_args()
    if a.export:
        write_restorer(a.export, load_average(a.folder / STATE))
        return
    if not a.crops:
        parser.error("name the files of crops")
    crops = read_crops(a.crops)
    if a.pack:
        pack(crops.take(np.flatnonzero(crops.splits != "test")), a.pack)
        return
    torch.set_num_threads(a.threads), cv2.setNumThreads(1), torch.set_flush_denormal(True)
    a.folder.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    trainer = Trainer(device, a.rate, times=a.times)
    known = trainer.load(a.folder)
    if a.start and not known:
        trainer.start(a.start)
    log = (a.folder / "train.log").open("a", buffering=1)

    def say(text: str) -> None:
        line = f"{time.strftime('%m-%d %H:%M')} {text}"
        print(line, flush=True), print(line, file=log)

    (a.folder / "pid").write_text(f"{os.getpid()}\n")
    size = sum(p.numel() for p in trainer.model.parameters())
    say(
        f"{'continued at' if known else 'begun at'} {trainer.samples} samples; {size / 1e6:.2f} M"
        f" parameters; {len(crops.of('train'))} crops of train, {len(crops.of('dev'))} of dev; {device}"
    )
    sets = dev_set(crops.of("dev"), 128, 32)
    dataset = DamagedFaces(crops.of("train"), trainer.number, trainer.samples, a.times)
    loader = made_ahead(dataset, a.workers)
    stopped: list[int] = []
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, lambda number, _: stopped.append(number))
    began = tick = shown = time.monotonic()
    saved, waited, seen, times_shown, sums = began, 0.0, 0, 0, {}
    for batch, parts in loader:
        waited += time.monotonic() - tick
        for name, value in trainer.step(batch, parts).items():
            sums.setdefault(name, []).append(value)
        now = time.monotonic()
        trainer.spent, seen, tick = trainer.spent + now - tick, seen + batch.size, now
        over = stopped or now - began > a.minutes * 60 or trainer.samples >= a.until
        if now - shown > a.log_every or over:
            losses = ", ".join(f"{k} {np.mean(v):.4f}" for k, v in sums.items())
            say(
                f"samples {trainer.samples} stage {batch.stage} {losses};"
                f" {seen / (now - shown):.1f} samples/s, {waited / (now - shown):.0%} waiting for data"
            )
            times_shown += 1
            if times_shown % 3 == 1 or over:
                say(validate(trainer.average, sets, device))
            shown, seen, waited, sums = time.monotonic(), 0, 0.0, {}
            tick = shown
        if now - saved > SAVE_EVERY_S or over:
            trainer.save(a.folder)
            saved = tick = time.monotonic()
        if over:
            say(f"saved at {trainer.samples} samples")
            break


if __name__ == "__main__":
    main()
