"""Layers of the person-matte network; train_matte.py trains their weights."""

import torch
from mesh_layers import ResidualBlock
from torch import Tensor, nn
from torch.nn import functional as F

INPUTS = 4
"""Red, green, blue, and the place of the face."""


class Joined(nn.Module):
    """A step of the decoder: deep features enlarged, joined by those of the encoder at this size.

    Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015.
    """

    def __init__(self, deep: int, skip: int, target: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(deep, target, 1, bias=False)
        self.side = nn.Conv2d(skip, target, 1, bias=False)
        self.norm = nn.BatchNorm2d(target)
        self.block = ResidualBlock(target, target)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        """Features (B, deep, H, W) and (B, skip, 2H, 2W) in, (B, target, 2H, 2W) out."""
        large = F.interpolate(self.narrow(deep), scale_factor=2.0, mode="nearest")
        return self.block(torch.relu(self.norm(large + self.side(skip))))


class Finest(nn.Module):
    """The last step of the decoder, to four logits for each pixel: without norms, for they cost most here."""

    def __init__(self, deep: int, skip: int, width: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(deep, width, 1)
        self.side = nn.Conv2d(skip, width, 1)
        self.mixed = nn.Conv2d(width, width, 3, 1, 1)
        self.last = nn.Conv2d(width, 4, 3, 1, 1)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        """Features (B, deep, H, W) and (B, skip, 2H, 2W) in, (B, 4, 2H, 2W) out."""
        large = F.interpolate(self.narrow(deep), scale_factor=2.0, mode="nearest")
        return self.last(torch.relu(self.mixed(torch.relu(large + self.side(skip)))))


class MatteLayers(nn.Module):
    """Crops (B, 4, 192, 192), 0..1, to matte logits (B, 192, 192) and doubts (B,).

    A doubt is the expected 1 - soft IoU of the matte, 0..1.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 40, 72, 104, 104)) -> None:
        super().__init__()
        w0, w1, w2, w3, w4 = widths
        self.stem = nn.Sequential(nn.Conv2d(INPUTS, w0, 5, 2, 2), nn.ReLU())
        self.to48 = nn.Sequential(ResidualBlock(w0, w1, 2))
        self.to24 = nn.Sequential(ResidualBlock(w1, w2, 2), ResidualBlock(w2, w2))
        self.to12 = nn.Sequential(ResidualBlock(w2, w3, 2), ResidualBlock(w3, w3))
        self.to6 = nn.Sequential(ResidualBlock(w3, w4, 2))
        self.whole = nn.Sequential(nn.Linear(w4, w4), nn.ReLU())
        self.up12 = Joined(w4, w3, 80)
        self.up24 = Joined(80, w2, 64)
        self.up48 = Joined(64, w1, 40)
        self.finest = Finest(40, w0, 16)
        self.doubt = nn.Sequential(nn.Linear(w4 + 84, 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        at96 = self.stem(crops - 0.5)
        at48 = self.to48(at96)
        at24 = self.to24(at48)
        at12 = self.to12(at24)
        at6 = self.to6(at12)
        whole = self.whole(at6.mean((2, 3)))
        up12 = self.up12(at6 + whole[:, :, None, None], at12)
        fours = self.finest(self.up48(self.up24(up12, at24), at48), at96)
        logits = F.pixel_shuffle(fours, 2)[:, 0].float()
        # How undecided the matte is, and how much of it there is, over the crop and near the face.
        sure = torch.sigmoid(logits.detach())
        open_ = 4 * sure * (1 - sure)
        signs = [
            each
            for plane in (sure, open_)
            for each in (plane.mean((1, 2)), plane[:, 48:144, 48:144].mean((1, 2)))
        ]
        features = torch.cat([whole.float(), up12.mean((2, 3)).float(), torch.stack(signs, 1)], 1)
        return logits, torch.sigmoid(self.doubt(features)[:, 0])
