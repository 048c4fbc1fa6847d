"""The occlusion-aware generator: paints a frame from the source's warped features."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample, pixel_shuffle

from nostalgia.motion.fomm.blocks import DownBlock, ResBlock, SameBlock, UpBlock, widen
from nostalgia.motion.fomm.dense_motion import DenseMotionNetwork
from nostalgia.motion.fomm.layout import ModelLayout


class Generator(nn.Module):
    """Generator: paper, section 3.3. Encoding depends on the source alone and is done once."""

    def __init__(self, layout: ModelLayout) -> None:
        super().__init__()
        sizes = [min(layout.most, layout.width * 2**i) for i in range(layout.down_blocks + 1)]
        steps = list(zip(sizes[:-1], sizes[1:], strict=True))
        self.first = SameBlock(3, layout.width, kernel=7)
        self.down_blocks = nn.ModuleList(DownBlock(a, b) for a, b in steps)
        self.dense_motion_network = DenseMotionNetwork(layout.keypoints, layout.dense_motion)
        self.bottleneck = nn.Sequential()
        for number in range(layout.res_blocks):
            self.bottleneck.add_module(f"r{number}", ResBlock(sizes[-1]))
        self.up_blocks = nn.ModuleList(UpBlock(b, a) for a, b in reversed(steps))
        self.final = nn.Conv2d(layout.width, 3, 7, padding=3)
        self.wide_final: nn.Conv2d | None = None

    def encode(self, source: Tensor) -> Tensor:
        """Float32 (1, 3, 256, 256), RGB 0..1 -> features float32 (1, C, 64, 64)."""
        features = self.first(source)
        for block in self.down_blocks:
            features = block(features)
        return cast(Tensor, features.float())

    def tune(self, dtype: torch.dtype) -> None:
        """Speed up painting: split up blocks, a last convolution of four pixels at a time.

        dtype: precision of the painting layers.
        """
        self.wide_final = widen(self.final)
        for layers in (self.bottleneck, self.up_blocks, self.wide_final):
            layers.to(dtype)
        for block in self.up_blocks:
            cast(UpBlock, block).split()

    def decode(
        self, features: Tensor, deformation: Tensor, occlusion_map: Tensor, align_corners: bool
    ) -> Tensor:
        """Paint B frames.

        Args:
            features: output of `encode`, float32 (1, C, 64, 64).
            deformation: float32 (B, 64, 64, 2).
            occlusion_map: float32 (B, 1, 64, 64).
            align_corners: for the grid sampling.

        Returns:
            float32 (B, 3, 256, 256), RGB 0..1.
        """
        shared = features.expand(len(deformation), -1, -1, -1)
        warped = grid_sample(shared, deformation, padding_mode="zeros", align_corners=align_corners)
        last = self.final if self.wide_final is None else self.wide_final
        x = self.bottleneck((warped * occlusion_map).to(last.weight.dtype))
        for block in self.up_blocks:
            x = block(x)
        x = last(x)
        return torch.sigmoid(x if last is self.final else pixel_shuffle(x, 2)).float()
