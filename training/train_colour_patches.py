"""Train the colour restorer's patches for half an hour or longer; it can be stopped and continued at any time.

    python training/train_colour_patches.py CROPS.npz... --folder FOLDER [--minutes 40] [--threads 1]
    python training/train_colour_patches.py --folder FOLDER --export checkpoints/colour_patches.onnx

CROPS.npz come from make_face_crops.py; crops without colour are left out. FOLDER receives state.pt
(written whole every few minutes) and train.log. SIGTERM and Ctrl-C end the training after the
running step; the same command continues it with the samples that it would have seen. Then run
training/write_manifest.py.
"""

from pathlib import Path

import cv2
import numpy as np
import torch
from colour_damage import CHROMA_LEVELS, damage, varied
from colour_damage import planes as planes_of
from face_crops import FaceCrops
from face_damage import clean_view, loss_weights
from numpy.random import Generator
from onnx_files import write_colour_patches
from patch_layers import SIDE, ColourPatches
from photo_damage import in_a_photo
from restorer_losses import patch_loss
from stoppable import NumberedBatches, StoppableTraining, averaged, made_ahead, options
from torch import Tensor, nn
from torch.nn import functional as F
from train_colour import coloured_crops

ODDS = {
    "none": 0.08, "small": 0.27, "jpeg": 0.3, "blur": 0.07, "noise": 0.06, "grain": 0.03,
    "faded": 0.02, "spread": 0.05, "mixed": 0.12,
}  # fmt: skip
"""Share of each damage."""
BATCH = 48
SOFT = 1e-3
Parts = tuple[Tensor, Tensor, Tensor, Tensor]


class ColourPictures(NumberedBatches):
    """Batches (planes, clean chroma, weights, enlarged), made in other processes."""

    def __init__(self, crops: FaceCrops, number: int) -> None:
        self.crops, self.number = crops, number

    def batch(self, number: int) -> Parts:
        rng = np.random.default_rng([11, number])
        chosen = rng.choice(len(self.crops), BATCH)
        return collated([make_sample(self.crops, int(i), rng) for i in chosen])


def make_sample(
    crops: FaceCrops, number: int, rng: Generator, kind: str = ""
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Damaged and clean planes, weights, and enlargement of a crop in other colours.

    kind: of the damage; "" draws it.
    """
    rgb, points, edges, _ = clean_view(crops, number, SIDE, rng, whole=True)
    rgb = varied(rgb, rng)
    drawn = str(rng.choice(list(ODDS), p=list(ODDS.values())))
    larger = 1.0 if rng.random() < 0.6 else rng.uniform(1, 1.7)

    def hurt(photo: np.ndarray) -> np.ndarray:
        return damage(photo, kind or drawn, rng)

    damaged, enlarged = in_a_photo(rgb, hurt, rng, larger)
    return planes_of(damaged), planes_of(rgb), loss_weights(points, edges, SIDE), enlarged


def collated(samples: list[tuple[np.ndarray, np.ndarray, np.ndarray, float]]) -> Parts:
    """Tensors (B, 3, S, S); chroma and weights at half the size; and (B,)."""
    damaged, clean, weights, enlarged = zip(*samples, strict=True)
    halved = (
        F.avg_pool2d(torch.from_numpy(np.stack(part)), 2)
        for part in ([planes[1:] for planes in clean], [plane[None] for plane in weights])
    )
    return torch.from_numpy(np.stack(damaged)), *halved, torch.tensor(enlarged).float()


def dev_set(crops: FaceCrops) -> dict[str, Parts]:
    """Each damage on the same crops."""
    numbers = range(len(crops))
    return {
        kind: collated(
            [
                make_sample(crops, number, np.random.default_rng([3, number]), kind)
                for number in numbers
            ]
        )
        for kind in ODDS
    }


@torch.no_grad()
def validate(model: nn.Module, sets: dict[str, Parts]) -> str:
    """Error of the chroma in the face (levels), damaged > restored, medians of crops, per damage."""
    words = []
    for kind, (planes, clean, weights, enlarged) in sets.items():
        inside = (weights >= 1).float()

        def error(chroma: Tensor, clean: Tensor = clean, inside: Tensor = inside) -> float:
            apart = ((chroma - clean).abs() * inside).sum((1, 2, 3)) / (2 * inside.sum((1, 2, 3)))
            return CHROMA_LEVELS * apart.median().item()

        before = F.avg_pool2d(planes[:, 1:], 2)
        after = before + model(planes, enlarged)
        words.append(f"{kind} {error(before):.2f}>{error(after):.2f}")
    return "dev levels " + ", ".join(words)


def main() -> None:
    parser = options(__doc__, 40, 1e-3)
    parser.add_argument("crops", nargs="*", type=Path)
    a = parser.parse_args()
    if a.export:
        write_colour_patches(a.export, averaged(a.folder, ColourPatches()))
        return
    if not a.crops:
        parser.error("name the files of crops")
    torch.manual_seed(0), torch.set_num_threads(a.threads), cv2.setNumThreads(1)
    crops, model = coloured_crops(a.crops), ColourPatches()
    training = StoppableTraining(a.folder, model, a.rate, a.minutes)
    training.say(f"{len(crops.of('train'))} crops of train, {len(crops.of('dev'))} of dev")
    data = ColourPictures(crops.of("train"), training.number)
    # Forked before torch computes anything here: its threads would be missing there.
    batches = iter(made_ahead(data, a.workers))
    if training.number == 0:
        model.begin(torch.cat([data.batch(10**6 + k)[0] for k in range(12)]))
        training.average.load_state_dict(model.state_dict())
    sets = dev_set(crops.of("dev"))
    training.report = lambda: validate(training.average, sets)
    training.begin()
    for planes, clean, weights, enlarged in batches:
        apart = F.avg_pool2d(planes[:, 1:], 2) + training.model(planes, enlarged) - clean
        if not training.learn(patch_loss(apart, weights, SOFT, 0.5), len(planes)):
            break


if __name__ == "__main__":
    main()
