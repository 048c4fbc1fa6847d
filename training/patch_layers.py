"""Layers that know where they are in a face: each patch of an aligned crop has weights of its own.

A face that is cut out by its eyes and mouth has its lids, nostrils and lips at nearly the same
places, so that a patch's neighbourhood and its place say most of what it can show: Ma, Zhang, Qi,
"Hallucinating face by position-patch", 2010; Taigman et al., "DeepFace", 2014, for layers of this
kind. Both halves of a face share their weights: the right one is seen in a mirror.
"""

import numpy as np
import torch
from restorer_layers import measure
from torch import Tensor, nn
from torch.nn import functional as F

BLOCKS = 16
"""Patches along each side of a crop; half as many have weights of their own."""
PLACES = BLOCKS * BLOCKS // 2
SIDE = 128
CHROMA_SIDE = 64


class PatchLayers(nn.Module):
    """Planes (B, C, S, S) and numbers (B, T) to `outputs` planes (B, outputs, S, S), S = 16 x block.

    Of each block and as much around it, fixed and whitened features are taken. Shared layers look
    at them, told by the whole crop's mean features and by the numbers what is wrong with it; then
    one linear map answers that is the same everywhere, and one that is each place's own.

    kept: fixed features. few: of them, for the places' own maps. wide: of the shared layers.
    told: what they are told. size: of the answers with which a training begins.
    """

    def __init__(
        self, inputs: int, outputs: int, block: int, numbers: int,
        kept: int, few: int, wide: int, told: int, size: float,
    ) -> None:  # fmt: skip
        super().__init__()
        self.block, self.size = block, size
        self.register_buffer("basis", torch.zeros(kept, inputs, 3 * block, 3 * block))
        self.register_buffer("mean", torch.zeros(kept))
        self.know = nn.Sequential(
            nn.Linear(numbers + 2 * kept, 64), nn.LeakyReLU(0.1),
            nn.Linear(64, told), nn.LeakyReLU(0.1),
        )  # fmt: skip
        self.enter, self.deeper = nn.Linear(kept, wide), nn.Linear(wide, wide)
        self.gates = nn.ModuleList(nn.Linear(told, count) for count in (2 * wide, 2 * wide, kept))
        self.few = nn.Linear(kept, few, bias=False)
        answers = outputs * block * block
        self.common = nn.Linear(kept + wide + told, answers)
        self.own = nn.Parameter(torch.zeros(PLACES, few + wide + told, answers))
        self.own_shift = nn.Parameter(torch.zeros(PLACES, 1, answers))
        for layer in (*self.gates, self.common):
            nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)
        nn.init.eye_(self.few.weight)

    def through(self, planes: Tensor, numbers: Tensor) -> Tensor:
        """See the class."""
        seen = F.conv2d(halves(planes, self.block), self.basis, self.mean, stride=self.block)
        seen = seen.flatten(2).permute(2, 0, 1)  # places, halves of all faces, features
        levels = torch.cat([seen.mean(0), seen.abs().mean(0)], 1)
        left, right = levels.chunk(2)
        told = self.know(torch.cat([numbers, (left + right) / 2], 1)).repeat(2, 1)
        gain, shift = self.gates[0](told).chunk(2, 1)
        hidden = F.leaky_relu(self.enter(seen) * (1 + gain) + shift, 0.1)
        gain, shift = self.gates[1](told).chunk(2, 1)
        hidden = hidden + F.leaky_relu(self.deeper(hidden) * (1 + gain) + shift, 0.1)
        seen = seen * (1 + self.gates[2](told))
        rest = [hidden, told.expand(PLACES, -1, -1)]
        answers = self.common(torch.cat([seen, *rest], 2)) + self.own_shift
        answers = answers + torch.cat([self.few(seen), *rest], 2) @ self.own
        answers = answers.permute(1, 2, 0).unflatten(2, (BLOCKS, BLOCKS // 2))
        left, right = (F.pixel_shuffle(answers, self.block) * self.size).chunk(2)
        return torch.cat([left, right.flip(3)], 3)

    @torch.no_grad()
    def set_basis(self, planes: Tensor, views: Tensor, noise: float) -> None:
        """Whiten linear views of patches, the most varied first.

        planes: float32 (B, C, S, S) of damaged faces. views: (N, C * 9 * block ** 2), N at least
        `kept`. noise: standard deviation that is added to all features, so that faint ones stay so.
        """
        step = 3 * self.block
        patches = F.unfold(halves(planes, self.block), step, stride=self.block)
        seen = patches.permute(0, 2, 1).reshape(-1, patches.shape[1]).double() @ views.double().T
        mean = seen.mean(0)
        spread, axes = torch.linalg.eigh((seen - mean).T @ (seen - mean) / len(seen))
        white = (axes / (spread.clamp(min=0) + noise**2).sqrt()).T.flip(0)[: len(self.mean)]
        self.basis.copy_((white @ views.double()).view_as(self.basis))
        self.mean.copy_(-white @ mean)


class LumaPatches(PatchLayers):
    """Luma (B, 1, 128, 128) 0..1 of aligned faces to the residual, (B, 1, 128, 128).

    enlarged: (B,), by how much the photo was enlarged to make the crop; 1 if it was not.
    """

    def __init__(self) -> None:
        super().__init__(1, 1, SIDE // BLOCKS, 6, kept=208, few=72, wide=152, told=24, size=0.1)

    def forward(self, luma: Tensor, enlarged: Tensor) -> Tensor:
        """See the class."""
        return self.through(luma - 0.5, measure(luma, enlarged))

    def begin(self, luma: Tensor) -> None:
        """Take features of damaged lumas: the middle pixel by pixel, the rest by its low waves."""
        self.set_basis(luma - 0.5, _middle_and_waves(3 * self.block, 12, 8), 0.6 / 255)


class ColourPatches(PatchLayers):
    """Luma 0..1 and Cb, Cr in levels / 64, (B, 3, 128, 128), to the residual of Cb and Cr, (B, 2, 64, 64).

    Chroma is that of ITU-R BT.601, around 0. enlarged: as for `LumaPatches`.
    """

    def __init__(self) -> None:
        block = CHROMA_SIDE // BLOCKS
        super().__init__(3, 2, block, 1, kept=160, few=64, wide=96, told=16, size=0.2)

    def forward(self, planes: Tensor, enlarged: Tensor) -> Tensor:
        """See the class."""
        return self.through(reduced(planes), torch.log2(enlarged)[:, None])

    def begin(self, planes: Tensor) -> None:
        """Take features of damaged pictures."""
        views = torch.eye(self.basis[0].numel())
        self.set_basis(reduced(planes), views, 1 / 255)


def halves(planes: Tensor, block: int) -> Tensor:
    """Left halves and mirrored right ones (2 B, C, S + 2 block, S / 2 + 2 block), a block around each."""
    wide = F.pad(planes, (block,) * 4, mode="replicate")
    width = planes.shape[3] // 2 + 2 * block
    return torch.cat([wide[..., :width], wide.flip(3)[..., :width]], 0)


def reduced(planes: Tensor) -> Tensor:
    """Luma around 0 and chroma at half the size."""
    half = F.avg_pool2d(planes, 2)
    return torch.cat([half[:, :1] - 0.5, half[:, 1:]], 1)


def _middle_and_waves(side: int, middle: int, waves: int) -> Tensor:
    """Linear views of a patch: (middle ** 2 + waves ** 2, side ** 2)."""
    rim = (side - middle) // 2
    place = np.pad(np.arange(middle**2).reshape(middle, middle) + 1, rim).ravel()
    pixels = np.eye(middle**2 + 1)[1:][:, place]
    along = np.cos(np.pi * np.arange(waves)[:, None] * (np.arange(side) + 0.5) / side)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return torch.from_numpy(np.vstack([pixels, np.kron(along, along)]))
