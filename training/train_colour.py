"""Train the colour restorer for an hour or longer; it can be stopped and continued at any time.

    python training/train_colour.py CROPS.npz... --folder FOLDER [--minutes 60] [--threads 1]
    python training/train_colour.py --folder FOLDER --export checkpoints/face_colour.onnx

CROPS.npz come from make_face_crops.py; crops without colour are left out. FOLDER receives state.pt
(written whole every few minutes) and train.log. SIGTERM and Ctrl-C end the training after the
running step; the same command continues it with the samples that it would have seen. The restorer
that ships leads the colour, so train that one first. Then run training/write_manifest.py.
"""

from pathlib import Path

import cv2
import numpy as np
import torch
from colour_damage import ODDS, ColourSample, chroma_spread, make_colour_sample
from colour_layers import ColourLayers
from face_crops import FaceCrops, read_crops
from onnx_files import CHECKPOINTS, read_state, write_colour
from restorer_layers import RestorerLayers
from restorer_losses import charbonnier
from stoppable import NumberedBatches, StoppableTraining, averaged, made_ahead, options
from torch import Tensor, nn

LEAST_SPREAD = 3.0  # levels; of less, a picture is grey or brown
BATCH, SIDE, LARGE_SIDE = 16, 128, 192
Parts = tuple[Tensor, Tensor, Tensor, Tensor]


class ColourPictures(NumberedBatches):
    """Batches (planes, clean chroma, weights, place), made in other processes."""

    def __init__(self, crops: FaceCrops, number: int) -> None:
        self.crops, self.number = crops, number
        self.large = np.array([len(picture) >= LARGE_SIDE for picture in crops.pictures])
        self.restorer = load_restorer()

    def batch(self, number: int) -> Parts:
        rng = np.random.default_rng([11, number])
        large = number % 5 == 0 and bool(self.large.any())
        which = np.flatnonzero(self.large) if large else np.arange(len(self.crops))
        chosen = rng.choice(which, BATCH // 2 if large else BATCH)
        side = LARGE_SIDE if large else SIDE
        samples = [make_colour_sample(self.crops, int(i), side, rng) for i in chosen]
        # The restorer takes longer than all else: every fourth batch is led by its answer.
        leads = restored(self.restorer, samples) if number % 4 == 1 else between(samples, rng)
        return collated(samples, leads)


def coloured_crops(paths: list[Path]) -> FaceCrops:
    """The crops of files, less those that are grey or brown."""
    crops = read_crops(paths, colour=True)
    coloured = [i for i, p in enumerate(crops.pictures) if chroma_spread(p) >= LEAST_SPREAD]
    return crops.take(np.array(coloured))


def load_restorer() -> RestorerLayers:
    """The face restorer that ships."""
    restorer = RestorerLayers()
    restorer.load_state_dict(read_state(CHECKPOINTS / "face_restorer.onnx"))
    return restorer.eval().requires_grad_(False)


@torch.no_grad()
def restored(restorer: RestorerLayers, samples: list[ColourSample]) -> Tensor:
    """Luma (B, 1, S, S) as the restorer leaves it."""
    luma = torch.from_numpy(np.stack([s.damaged[:1] for s in samples]))
    place = torch.from_numpy(np.stack([s.place for s in samples]))
    return (luma + restorer(luma, place)).clamp(0, 1)


def between(samples: list[ColourSample], rng: np.random.Generator) -> Tensor:
    """Luma (B, 1, S, S) on a part of the way from damaged to clean."""
    parts = [s.damaged[:1] + (s.clean - s.damaged)[:1] * rng.uniform(0, 0.8) for s in samples]
    return torch.from_numpy(np.stack(parts).astype(np.float32))


def collated(samples: list[ColourSample], leads: Tensor) -> Parts:
    """Tensors (B, 4, S, S), (B, 2, S, S), (B, 1, S, S) and (B, 4)."""
    damaged, clean, weights, place = (
        torch.from_numpy(np.stack([getattr(s, part) for s in samples]))
        for part in ("damaged", "clean", "weights", "place")
    )
    return torch.cat([leads, damaged], 1), clean[:, 1:], weights[:, None], place


def loss_of(found: Tensor, clean: Tensor, weights: Tensor) -> Tensor:
    """Charbonnier, gradients, and the colour of areas; weighed by place."""
    apart, total = found - clean, 2 * weights.sum() + 1e-6
    loss = (charbonnier(apart) * weights).sum() / total
    for dim in (2, 3):
        rim = weights.narrow(dim, 0, weights.shape[dim] - 1)
        loss = loss + 0.5 * (charbonnier(apart.diff(dim=dim)) * rim).sum() / total
    low, low_weights = (nn.functional.avg_pool2d(part, 8) for part in (apart, weights))
    return loss + 0.3 * (charbonnier(low) * low_weights).sum() / (total / 64)


def dev_set(crops: FaceCrops, restorer: RestorerLayers) -> dict[str, Parts]:
    """Each damage on the same crops."""
    out = {}
    for kind in ODDS:
        samples: list[ColourSample] = []
        for number in range(len(crops)):
            rng = np.random.default_rng([3, number])
            samples.append(make_colour_sample(crops, number, SIDE, rng, kind))
        out[kind] = collated(samples, restored(restorer, samples))
    return out


@torch.no_grad()
def validate(model: nn.Module, sets: dict[str, Parts]) -> str:
    """Median PSNR (dB) of chroma in the face over the crops, damaged > restored, per damage."""
    words = []
    for kind, (planes, clean, weights, place) in sets.items():
        inside = (weights >= 1).float()

        def psnr(chroma: Tensor, clean: Tensor = clean, inside: Tensor = inside) -> float:
            error = (((chroma - clean) / 4) ** 2 * inside).sum((1, 2, 3)) / (
                2 * inside.sum((1, 2, 3))
            )
            return (-10 * torch.log10(error + 1e-9)).median().item()

        after = psnr(planes[:, 2:] + model(planes, place))
        words.append(f"{kind} {psnr(planes[:, 2:]):.1f}>{after:.1f}")
    return "dev dB " + ", ".join(words)


def main() -> None:
    parser = options(__doc__, 60, 1.5e-3)
    parser.add_argument("crops", nargs="*", type=Path)
    a = parser.parse_args()
    if a.export:
        write_colour(a.export, averaged(a.folder, ColourLayers()))
        return
    if not a.crops:
        parser.error("name the files of crops")
    torch.manual_seed(0), torch.set_num_threads(a.threads), cv2.setNumThreads(1)
    crops = coloured_crops(a.crops)
    training = StoppableTraining(a.folder, ColourLayers(), a.rate, a.minutes)
    training.say(f"{len(crops.of('train'))} crops of train, {len(crops.of('dev'))} of dev")
    data = ColourPictures(crops.of("train"), training.number)
    # Forked before torch computes anything here: its threads would be missing there.
    batches = iter(made_ahead(data, a.workers))
    sets = dev_set(crops.of("dev"), load_restorer())
    training.report = lambda: validate(training.average, sets)
    training.begin()
    for planes, clean, weights, place in batches:
        found = planes[:, 2:] + training.model(planes, place)
        if not training.learn(loss_of(found, clean, weights), len(planes)):
            break


if __name__ == "__main__":
    main()
