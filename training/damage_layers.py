"""Layers of the network that finds damaged pixels: a small UNet on the luma of any picture."""

from torch import Tensor, nn
from unet import UNet

RARE = -4.0
"""Logit at which every pixel begins: most are sound."""


class DamageLayers(UNet):
    """Luma (B, 1, H, W) 0..1 to logits (B, 2, H, W) of bright and of dark damage; H, W divide by 32."""

    def __init__(self, widths: tuple[int, ...] = (12, 24, 48, 64, 64)) -> None:
        super().__init__(1, 0, 2, widths, 1, 1)
        nn.init.constant_(self.leave.bias, RARE)

    def forward(self, luma: Tensor) -> Tensor:
        """See the class."""
        logits, _ = self.through(luma - 0.5)
        return logits
