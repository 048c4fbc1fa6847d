"""Train the restorer's patches for an hour or longer; it can be stopped and continued at any time.

    python training/train_patches.py CROPS.npz... --folder FOLDER [--minutes 75] [--threads 1]
    python training/train_patches.py --folder FOLDER --export checkpoints/face_patches.onnx

CROPS.npz come from make_face_crops.py. FOLDER receives state.pt (written whole every few minutes)
and train.log. SIGTERM and Ctrl-C end the training after the running step; the same command
continues it with the samples that it would have seen. Then run training/write_manifest.py.
"""

from pathlib import Path

import cv2
import numpy as np
import torch
from face_crops import FaceCrops, read_crops
from face_damage import Luma, clean_view, damage, eight_bit, loss_weights
from numpy.random import Generator
from onnx_files import write_patches
from patch_layers import SIDE, LumaPatches
from photo_damage import MARGIN, in_a_photo, sharpened_back
from restorer_losses import patch_loss
from stoppable import NumberedBatches, StoppableTraining, averaged, made_ahead, options
from torch import Tensor, nn
from train_restorer import DEV_KINDS, dev_damage

from nostalgia.enhancement.grain import calmed

ODDS = {
    "none": 0.1, "grain": 0.09, "noise": 0.03, "jpeg": 0.15, "blur": 0.09, "small": 0.22,
    "scratched": 0.06, "faded": 0.1, "mixed": 0.12, "sharpened": 0.04,
}  # fmt: skip
"""Share of each damage."""
BATCH = 64
SOFT = 4e-4
SHARPER = 3.0
"""How often portraits of the sharp collections are drawn, to one of the press photos."""
Parts = tuple[Tensor, Tensor, Tensor, Tensor]


def make_sample(clean: Luma, kind: str, rng: Generator) -> tuple[Luma, float]:
    """A clean luma (S, S) 0..1 as the product would show it to the network, and its enlargement."""
    if kind == "none" and rng.random() < 0.5:
        return np.clip(damage(clean, kind, rng), 0, 1), 1.0
    plain = kind in ("none", "sharpened") or rng.random() < 0.6
    larger = 1.0 if plain else rng.uniform(1, 1.7)

    def hurt(photo: Luma) -> Luma:
        return sharpened_back(photo, rng) if kind == "sharpened" else damage(photo, kind, rng)

    luma, enlarged = in_a_photo(clean, hurt, rng, larger)
    if kind in ("grain", "noise") and rng.random() < 0.3:
        luma = calmed(eight_bit(luma))[0].astype(np.float32) / 255
    if kind in ("faded", "mixed"):
        luma = _toned(luma, clean, kind == "faded", rng)
    return luma, enlarged


def _toned(luma: Luma, clean: Luma, always: bool, rng: Generator) -> Luma:
    """Black and white brought back, nearly as they were: tones are not the patches' work."""
    inner = np.s_[SIDE // 8 : -SIDE // 8, SIDE // 8 : -SIDE // 8]
    here, there = luma[inner].ravel(), clean[inner].ravel()
    around = here - here.mean()
    gain = float(np.clip(around @ (there - there.mean()) / (around @ around + 1e-4), 0.7, 3.0))
    if not always and gain <= 1.15:
        return luma
    gain *= np.exp(rng.normal(0, 0.06))
    toned = (luma - here.mean()) * gain + there.mean() + rng.normal(0, 3 / 255)
    return np.clip(toned, 0, 1).astype(np.float32)


class PatchPictures(NumberedBatches):
    """Batches (damaged, clean, enlarged, weights), made in other processes."""

    def __init__(self, crops: FaceCrops, number: int) -> None:
        large = [i for i, picture in enumerate(crops.pictures) if len(picture) >= SIDE]
        self.crops, self.number = crops.take(np.array(large)), number
        odds = np.where(self.crops.sources == "muxspace/facial_expressions", 1, SHARPER)
        self.odds = odds / odds.sum()

    def batch(self, number: int) -> Parts:
        rng = np.random.default_rng([13, number])
        chosen = rng.choice(len(self.crops), BATCH, p=self.odds)
        kinds = rng.choice(list(ODDS), BATCH, p=list(ODDS.values()))
        rows = []
        for index, kind in zip(chosen, kinds, strict=True):
            clean, points, edges, _ = clean_view(self.crops, int(index), SIDE, rng, whole=True)
            clean = eight_bit(clean ** np.float32(np.exp(rng.normal(0, 0.15)))) / np.float32(255)
            luma, enlarged = make_sample(clean, str(kind), rng)
            weights = loss_weights(points, edges, SIDE)
            rows.append((luma[None], clean[None], np.float32(enlarged), weights[None]))
        damaged, clean, enlarged, weights = (
            torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)
        )
        return damaged, clean, enlarged, weights


def dev_set(crops: FaceCrops) -> dict[str, Parts]:
    """Each damage of ../shared/eval/restore.py on the same crops, tones brought back."""
    out = {}
    for kind in DEV_KINDS:
        rows = []
        for number, picture in enumerate(crops.pictures):
            if len(picture) < SIDE:
                continue
            rng = np.random.default_rng([3, number])
            clean = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA) / np.float32(
                255
            )
            damaged, enlarged = in_a_photo(
                clean, lambda photo, k=kind, n=number: dev_damage(photo, k, n, MARGIN), rng
            )
            if kind == "faded":
                damaged = _toned(damaged, clean, True, rng)
            weights = loss_weights(crops.points[number], crops.edges[number], SIDE)
            rows.append((damaged[None], clean[None], np.float32(enlarged), weights[None]))
        out[kind] = tuple(torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True))
    return out


@torch.no_grad()
def validate(model: nn.Module, sets: dict[str, Parts]) -> str:
    """Median PSNR (dB) of the luma in the face over the crops, damaged > restored, per damage."""
    words = []
    for kind, (damaged, clean, enlarged, weights) in sets.items():
        inside = (weights >= 1).float()

        def psnr(luma: Tensor, clean: Tensor = clean, inside: Tensor = inside) -> float:
            error = ((luma - clean) ** 2 * inside).sum((1, 2, 3)) / inside.sum((1, 2, 3))
            return (-10 * torch.log10(error + 1e-9)).median().item()

        parts = zip(damaged.split(BATCH), enlarged.split(BATCH), strict=True)
        restored = torch.cat([(luma + model(luma, e)).clamp(0, 1) for luma, e in parts])
        words.append(f"{kind} {psnr(damaged):.2f}>{psnr(restored):.2f}")
    return "dev dB " + ", ".join(words)


def main() -> None:
    parser = options(__doc__, 75, 1e-3)
    parser.add_argument("crops", nargs="*", type=Path)
    a = parser.parse_args()
    if a.export:
        write_patches(a.export, averaged(a.folder, LumaPatches()))
        return
    if not a.crops:
        parser.error("name the files of crops")
    torch.manual_seed(0), torch.set_num_threads(a.threads), cv2.setNumThreads(1)
    crops, model = read_crops(a.crops), LumaPatches()
    training = StoppableTraining(a.folder, model, a.rate, a.minutes)
    training.say(f"{len(crops.of('train'))} crops of train, {len(crops.of('dev'))} of dev")
    data = PatchPictures(crops.of("train"), training.number)
    # Forked before torch computes anything here: its threads would be missing there.
    batches = iter(made_ahead(data, a.workers))
    if training.number == 0:
        model.begin(torch.cat([data.batch(10**6 + k)[0] for k in range(40)]))
        training.average.load_state_dict(model.state_dict())
    sets = dev_set(crops.of("dev"))
    training.report = lambda: validate(training.average, sets)
    training.begin()
    for damaged, clean, enlarged, weights in batches:
        apart = damaged + training.model(damaged, enlarged) - clean
        if not training.learn(patch_loss(apart, weights, SOFT, 0.7), BATCH):
            break


if __name__ == "__main__":
    main()
