"""The damage network: a small U-Net on luma that marks bright and dark damage, pixel by pixel."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle, pixel_unshuffle


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1), nn.LeakyReLU(0.1, inplace=True)
    )


class DamageLayers(nn.Module):
    """Luma float32 (B, 1, H, W), 0..1, H and W multiples of 16, to logits (B, 2, H, W): bright, dark."""

    def __init__(self) -> None:
        super().__init__()
        self.at_half = nn.Sequential(_block(4, 16), _block(16, 16))
        self.at_quarter = nn.Sequential(_block(16, 32, 2), _block(32, 32))
        self.at_eighth = nn.Sequential(_block(32, 40, 2), _block(40, 40))
        self.at_sixteenth = nn.Sequential(_block(40, 40, 2), _block(40, 40), _block(40, 40))
        self.up_eighth = _block(80, 32)
        self.up_quarter = _block(64, 16)
        self.up_half = _block(32, 16)
        self.out = nn.Conv2d(16, 8, 1)

    def forward(self, luma: Tensor) -> Tensor:
        half = self.at_half(pixel_unshuffle(luma * 2 - 1, 2))
        quarter = self.at_quarter(half)
        eighth = self.at_eighth(quarter)
        deep = self.at_sixteenth(eighth)
        for layer, beside in (
            (self.up_eighth, eighth), (self.up_quarter, quarter), (self.up_half, half),
        ):  # fmt: skip
            deep = layer(torch.cat([interpolate(deep, scale_factor=2.0), beside], 1))
        return pixel_shuffle(self.out(deep), 2)
