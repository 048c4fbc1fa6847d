"""Layers of the colour restorer: a small UNet on chroma that is led by restored luma."""

import torch
from torch import Tensor
from unet import UNet

PLANES = 3
"""Input planes beside the picture's: x and y on the template, and log2 of the enlargement."""


class ColourLayers(UNet):
    """Planes (B, 4, S, S) and place (B, 4) to the residual (B, 2, S, S); S divides by 8.

    Planes: restored luma and the photo's own, 0..1; Cb and Cr of ITU-R BT.601, levels / 64.
    The residual is that of Cb and Cr, levels / 64. place: as in `restorer_layers.RestorerLayers`.
    """

    def __init__(self, widths: tuple[int, ...] = (20, 40, 64)) -> None:
        super().__init__(4, PLANES, 2, widths, 1, 2)

    def forward(self, planes: Tensor, place: Tensor) -> Tensor:
        """See the class."""
        half = planes.shape[-1] // 2
        line = (torch.arange(half, device=planes.device, dtype=torch.float32) + 0.5) / half
        x, y = (4 * (place[:, k, None] + place[:, 2, None] * line - 0.5) for k in (0, 1))
        told = [
            x[:, None, None, :].expand(-1, 1, half, -1),
            y[:, None, :, None].expand(-1, 1, -1, half),
            torch.log2(place[:, 3].clamp(min=1))[:, None, None, None].expand(-1, 1, half, half),
        ]
        residual, _ = self.through(
            torch.cat([planes[:, :2] - 0.5, planes[:, 2:]], 1), torch.cat(told, 1)
        )
        return residual
