"""The UNet that all networks on faces' crops and on pictures share: it works on blocks of 2 x 2 pixels."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Residual(nn.Module):
    """Two 3x3 convolutions round a shortcut, no normalisation (it would move the tones)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, 1, 1)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1)
        nn.init.kaiming_normal_(self.conv1.weight, 0.1)
        nn.init.normal_(self.conv2.weight, std=0.3 * (2 / (9 * width)) ** 0.5)
        for conv in (self.conv1, self.conv2):
            nn.init.zeros_(conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, H, W) in and out."""
        return x + self.conv2(F.leaky_relu(self.conv1(x), 0.1))


class UNet(nn.Module):
    """Planes (B, inputs, S, S) and (B, told, S/2, S/2) to (B, outputs, S, S).

    S divides by 2 ** len(widths). Ronneberger, Fischer, Brox, "U-Net", 2015, with sums instead of
    stacks, and Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016, for the blocks.

    blocks: residuals a level; deepest: of the lowest one. It begins as good as silent.
    """

    def __init__(
        self, inputs: int, told: int, outputs: int, widths: tuple[int, ...], blocks: int,
        deepest: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.widths = widths
        pairs = list(zip(widths[:-1], widths[1:], strict=True))

        def chain(width: int, count: int = blocks) -> nn.Sequential:
            return nn.Sequential(*(Residual(width) for _ in range(count)))

        self.enter = nn.Conv2d(4 * inputs + told, widths[0], 3, 1, 1)
        self.down = nn.ModuleList(chain(w) for w in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(w, v, 2, 2) for w, v in pairs)
        self.middle = chain(widths[-1], deepest)
        self.grow = nn.ModuleList(nn.ConvTranspose2d(v, w, 2, 2) for w, v in pairs)
        self.up = nn.ModuleList(chain(w) for w in widths[:-1])
        self.leave = nn.Conv2d(widths[0], 4 * outputs, 3, 1, 1)
        nn.init.normal_(self.leave.weight, std=1e-3)
        nn.init.zeros_(self.leave.bias)

    def through(self, x: Tensor, told: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The answer, float32, and the features of the lowest level."""
        x = F.pixel_unshuffle(x, 2)
        if told is not None:
            x = torch.cat([x, told], 1)
        x = self.enter(x.contiguous(memory_format=torch.channels_last))
        kept = []
        for down, shrink in zip(self.down, self.shrink, strict=True):
            x = down(x)
            kept.append(x)
            x = shrink(x)
        lowest = x = self.middle(x)
        levels = list(zip(self.grow, self.up, kept, strict=True))
        for grow, up, skip in reversed(levels):
            x = up(grow(x) + skip)
        return F.pixel_shuffle(self.leave(x), 2).float(), lowest
