"""Layers of the face restorer: residual UNet on luma that is told what is wrong with the picture.

The same code measures the picture in training and at use, so the numbers mean the same in both.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from unet import UNet

PLANES = 9
"""Input planes beside the luma: six numbers of `measure`, side, x and y on the template."""


class RestorerLayers(UNet):
    """Luma (B, 1, S, S) 0..1 and its place (B, 4) to the residual (B, 1, S, S); S divides by 16.

    place: x and y of the crop's corner and its extent on the template (0, 0, 1 for a whole crop),
    and by how much the photo was enlarged to make it (1 if it was not). Restored = luma + strength
    x residual.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 48, 96, 144), blocks: int = 2) -> None:
        super().__init__(1, PLANES, 1, widths, blocks, blocks)
        # contrast and brightness of the whole face: a product of picture and numbers, which
        # convolutions learn slowly
        self.tone = nn.Sequential(
            nn.Linear(widths[-1] + PLANES - 2, 32), nn.LeakyReLU(0.1), nn.Linear(32, 2)
        )
        nn.init.zeros_(self.tone[2].weight)
        nn.init.zeros_(self.tone[2].bias)

    def forward(self, luma: Tensor, place: Tensor) -> Tensor:
        """See the class."""
        told = planes(luma, place)
        detail, lowest = self.through(luma - 0.5, told)
        tone = self.tone(torch.cat([lowest.mean((2, 3)), told[:, : PLANES - 2, 0, 0]], 1)).float()
        gain, shift = tone[:, :, None, None].split(1, 1)
        return detail + gain * (luma - 0.5) + shift


@torch.no_grad()
def planes(luma: Tensor, place: Tensor) -> Tensor:
    """Planes (B, PLANES, S/2, S/2) of what is measured and of where each pixel lies."""
    count, _, side, _ = luma.shape
    half = side // 2
    line = (torch.arange(half, device=luma.device, dtype=torch.float32) + 0.5) / half
    x = (place[:, 0, None] + place[:, 2, None] * line)[:, None, None, :].expand(-1, 1, half, -1)
    y = (place[:, 1, None] + place[:, 2, None] * line)[:, None, :, None].expand(-1, 1, -1, half)
    scale = torch.log2(half / 64 / place[:, 2])
    numbers = torch.cat([measure(luma, place[:, 3]), scale[:, None]], 1)
    constant = numbers[:, :, None, None].expand(count, PLANES - 2, half, half)
    return torch.cat([constant, 4 * (x - 0.5), 4 * (y - 0.5)], 1)


@torch.no_grad()
def measure(luma: Tensor, enlarged: Tensor) -> Tensor:
    """Six numbers of about -2..2 for each luma (B, 1, S, S) 0..1: float32 (B, 6).

    Fine and coarse noise (Immerkaer, "Fast noise variance estimation", 1996, with the median),
    blur (share of the finest detail), black, white, and log2 of the enlargement.
    """
    luma = luma.float()
    kernel = luma.new_tensor([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])[None, None]

    def noise(picture: Tensor) -> Tensor:
        slopes = F.conv2d(picture, kernel).abs().flatten(1).sort(1).values
        return slopes[:, (slopes.shape[1] - 1) // 2] * (1.4826 / 6)

    coarse = F.avg_pool2d(luma, 2)
    quarter = F.avg_pool2d(coarse, 2)

    def detail(picture: Tensor) -> Tensor:
        smooth = F.avg_pool2d(picture, 3, 1, 1, count_include_pad=False)
        return (picture - smooth).abs().mean((1, 2, 3))

    tones = quarter.flatten(1).sort(1).values
    last = tones.shape[1] - 1
    # whole numbers: a tensor's size has no round() while the network is written to a file
    black, white = tones[:, (2 * last + 50) // 100], tones[:, (98 * last + 50) // 100]
    return torch.stack(
        [
            torch.log2(noise(luma) * 255 + 0.5) / 2,
            torch.log2(noise(coarse) * 255 + 0.5) / 2,
            torch.log2((detail(luma) + 1e-3) / (detail(coarse) + 1e-3)),
            2 * black,
            2 * white - 1,
            torch.log2(enlarged.clamp(min=1)),
        ],
        1,
    )
