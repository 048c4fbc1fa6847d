"""Train the network that finds damaged pixels for some hours; it can be stopped and continued.

    python training/train_damage_pixels.py PHOTOS... --folder FOLDER [--minutes 150]
    python training/train_damage_pixels.py --folder FOLDER --export checkpoints/damage_pixels.onnx

PHOTOS are folders of undamaged pictures, JPEG or PNG. One picture in 25, chosen by its name, is
kept for the figures: precision and recall in pixels. Then run training/write_manifest.py.
"""

from pathlib import Path

import cv2
import numpy as np
import torch
from damage_layers import DamageLayers
from damage_pictures import damaged_view
from numpy.typing import NDArray
from onnx_files import write_damage_pixels
from stoppable import NumberedBatches, StoppableTraining, averaged, made_ahead, options
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from train_damage import read_pictures

SIDE, BATCH, JUDGED = 256, 8, 96
Parts = tuple[Tensor, Tensor, Tensor]


class DamagedViews(NumberedBatches):
    """Batches (luma, damage, judged), made in other processes."""

    def __init__(self, pictures: list[NDArray[np.uint8]], number: int) -> None:
        self.pictures, self.number = pictures, number

    def batch(self, number: int, size: int = BATCH) -> Parts:
        rng = np.random.default_rng([13, number])
        views = [damaged_view(self.pictures, SIDE, rng) for _ in range(size)]
        luma, damage, judged = (
            torch.from_numpy(np.stack([getattr(view, part) for view in views]))
            for part in ("luma", "damage", "judged")
        )
        return luma[:, None], damage, judged[:, None]


def loss_of(logits: Tensor, damage: Tensor, judged: Tensor) -> Tensor:
    """Cross-entropy, and one less the Dice coefficient of the whole batch, where pixels are judged."""
    cross = binary_cross_entropy_with_logits(logits, damage, reduction="none")
    found = torch.sigmoid(logits) * judged
    both = (found * damage).sum((0, 2, 3))
    dice = 1 - (2 * both + 50) / ((found + damage * judged).sum((0, 2, 3)) + 50)
    return 20 * (cross * judged).mean() + dice.mean()


@torch.no_grad()
def validate(model: nn.Module, parts: Parts) -> str:
    """Precision and recall in pixels at some thresholds, of bright and of dark damage."""
    luma, damage, judged = parts
    odds = torch.cat([torch.sigmoid(model(part)) for part in luma.split(8)])
    words = []
    for kind, name in enumerate(("bright", "dark")):
        for least in (0.3, 0.5, 0.8):
            found = (odds[:, kind] > least) & (judged[:, 0] > 0)
            right = float((found & (damage[:, kind] > 0)).sum())
            precision, recall = (
                right / max(int(found.sum()), 1),
                right / float(damage[:, kind].sum()),
            )
            words.append(f"{name} {least}: {precision:.2f} {recall:.2f}")
    return "precision and recall " + ", ".join(words)


def main() -> None:
    parser = options(__doc__, 150, 2e-3)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--most", type=int, default=870, help="pictures of a folder")
    a = parser.parse_args()
    if a.export:
        write_damage_pixels(a.export, averaged(a.folder, DamageLayers()))
        return
    if not a.photos:
        parser.error("name the folders of photos")
    torch.manual_seed(0), torch.set_num_threads(a.threads), cv2.setNumThreads(1)
    pictures, kept = read_pictures(a.photos, a.most, SIDE)
    training = StoppableTraining(a.folder, DamageLayers(), a.rate, a.minutes)
    training.say(f"{len(pictures)} pictures, {len(kept)} kept for the figures")
    # Forked before torch computes anything here: its threads would be missing there.
    batches = iter(made_ahead(DamagedViews(pictures, training.number), a.workers))
    judged = DamagedViews(kept, 0).batch(0, JUDGED)
    training.report = lambda: validate(training.average, judged)
    training.begin()
    for luma, damage, where in batches:
        if not training.learn(loss_of(training.model(luma), damage, where), len(luma)):
            break


if __name__ == "__main__":
    main()
