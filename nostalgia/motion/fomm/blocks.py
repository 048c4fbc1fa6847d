"""Building blocks of the three networks; their attribute names are those of the released weights.

Siarohin et al., "First Order Motion Model for Image Animation", NeurIPS 2019, supplementary A.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, pad, relu
from torch.nn.utils.fusion import fuse_conv_bn_eval

ANTI_ALIAS_SIGMA = 1.5
ANTI_ALIAS_SIZE = 13
QUARTER = 4


class SameBlock(nn.Module):
    """Convolution, batch norm, ReLU at the same size."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
        self.norm: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, inputs, H, W) -> (B, outputs, H, W)."""
        return relu(self.norm(self.conv(x)), inplace=True)

    def fold(self) -> None:
        """Fold the batch norm into the convolution."""
        self.conv = fuse_conv_bn_eval(self.conv, cast(nn.BatchNorm2d, self.norm))
        self.norm = nn.Identity()


class DownBlock(SameBlock):
    """A `SameBlock`, then the mean of 2 x 2 pixels."""

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, inputs, H, W) -> (B, outputs, H / 2, W / 2)."""
        return avg_pool2d(super().forward(x), 2)


class UpBlock(SameBlock):
    """Nearest-neighbour upsampling to twice the size, then a `SameBlock`."""

    phases: tuple[Tensor, ...] = ()

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, inputs, H, W) -> (B, outputs, 2 H, 2 W)."""
        if self.phases:
            return relu(self._at_input_size(x), inplace=True)
        return super().forward(interpolate(x, scale_factor=2.0, mode="nearest"))

    def split(self) -> None:
        """Convolve before the pixels are repeated: 4/9 of the work, the same sums.

        Under a 3 x 3 kernel on repeated pixels each output pixel sees 2 x 2 different ones. The
        weights that it adds up depend on its position among the four copies: top-left, top-right,
        bottom-left, bottom-right. The block must be folded.
        """
        kernel = self.conv.weight
        rows = (_add_up(kernel, 2, 0), _add_up(kernel, 2, 1))
        self.phases = tuple(
            _add_up(row, 3, column).contiguous(memory_format=torch.channels_last)
            for row in rows
            for column in (0, 1)
        )

    def _at_input_size(self, x: Tensor) -> Tensor:
        count, _, height, width = x.shape
        padded = pad(x, (1, 1, 1, 1)).contiguous(memory_format=torch.channels_last)
        out = x.new_empty(count, 2 * height, 2 * width, self.conv.out_channels)
        out = out.permute(0, 3, 1, 2)
        for number, phase in enumerate(self.phases):
            row, column = divmod(number, 2)
            seen = padded[:, :, row : row + height + 1, column : column + width + 1]
            out[:, :, row::2, column::2] = conv2d(seen, phase, self.conv.bias)
        return out


def _add_up(kernel: Tensor, axis: int, phase: int) -> Tensor:
    """Reduce three weights along an axis to two, as an even (0) or odd (1) output pixel needs."""
    first, middle, last = kernel.unbind(axis)
    pair = (first, middle + last) if phase == 0 else (first + middle, last)
    return torch.stack(pair, dim=axis)


def widen(conv: nn.Conv2d) -> nn.Conv2d:
    """Return the same convolution for `pixel_shuffle(..., 2)`: four pixels at a time, same sums.

    With few output channels most lanes of a processor stay idle; this one has four times as many.
    The kernel must be odd and the stride 1.
    """
    side = conv.kernel_size[0]
    wide = nn.Conv2d(
        conv.in_channels, 4 * conv.out_channels, side + 1, stride=2, padding=conv.padding[0]
    )
    kernel = torch.zeros(conv.out_channels, 4, *wide.weight.shape[1:])
    for phase in range(4):
        row, column = divmod(phase, 2)
        kernel[:, phase, :, row : row + side, column : column + side] = conv.weight
    assert conv.bias is not None
    wide.weight = nn.Parameter(kernel.flatten(0, 1), requires_grad=False)
    wide.bias = nn.Parameter(conv.bias.repeat_interleave(4), requires_grad=False)
    wide.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return wide.to(conv.weight.dtype)


class ResBlock(nn.Module):
    """Pre-activated residual block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(channels)
        self.norm2: nn.Module = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, C, H, W) -> the same shape."""
        inner = self.conv1(relu(self.norm1(x), inplace=True))
        return cast(Tensor, self.conv2(relu(self.norm2(inner), inplace=True))).add_(x)

    def fold(self) -> None:
        """Fold the second norm into the first convolution; a ReLU follows the first norm."""
        self.conv1 = fuse_conv_bn_eval(self.conv1, cast(nn.BatchNorm2d, self.norm2))
        self.norm2 = nn.Identity()


class Encoder(nn.Module):
    """The contracting half of an hourglass."""

    def __init__(self, width: int, inputs: int, blocks: int, most: int) -> None:
        super().__init__()
        sizes = [inputs, *(min(most, width * 2 ** (i + 1)) for i in range(blocks))]
        self.down_blocks = nn.ModuleList(
            DownBlock(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the input and every block's output."""
        outputs = [x]
        for block in self.down_blocks:
            outputs.append(block(outputs[-1]))
        return outputs


class Decoder(nn.Module):
    """The expanding half; each block gets the last one's output and the encoder's of its size."""

    def __init__(self, width: int, inputs: int, blocks: int, most: int) -> None:
        super().__init__()
        self.up_blocks = nn.ModuleList()
        for level in reversed(range(blocks)):
            skip = 1 if level == blocks - 1 else 2
            self.up_blocks.append(
                UpBlock(skip * min(most, width * 2 ** (level + 1)), min(most, width * 2**level))
            )
        self.out_channels = width + inputs

    def forward(self, skips: list[Tensor]) -> Tensor:
        """All of `Encoder`'s outputs -> float (B, width + inputs, H, W)."""
        x = skips.pop()
        for block in self.up_blocks:
            x = torch.cat([block(x), skips.pop()], dim=1)
        return x


class Hourglass(nn.Module):
    """Encoder and decoder with skip connections at every size, including the input's."""

    def __init__(self, width: int, inputs: int, blocks: int, most: int) -> None:
        super().__init__()
        self.encoder = Encoder(width, inputs, blocks, most)
        self.decoder = Decoder(width, inputs, blocks, most)
        self.out_channels = self.decoder.out_channels

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, inputs, H, W) -> (B, width + inputs, H, W); sides divisible by 2 ** blocks."""
        return cast(Tensor, self.decoder(self.encoder(x)))


class QuarterSize(nn.Module):
    """Reduction to a quarter of the size: a Gaussian of 1.5 pixels, then every fourth pixel.

    The border counts as black, and the first of four pixels is kept, as in the original.
    """

    weight: Tensor

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        offset = torch.arange(ANTI_ALIAS_SIZE) - ANTI_ALIAS_SIZE // 2
        bell = torch.exp(-(offset**2) / (2 * ANTI_ALIAS_SIGMA**2))
        kernel = bell[:, None] * bell[None, :]
        kernel = (kernel / kernel.sum()).expand(channels, 1, -1, -1).clone()
        self.register_buffer("weight", kernel)

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, C, H, W) -> (B, C, H / 4, W / 4)."""
        return conv2d(
            x, self.weight, padding=ANTI_ALIAS_SIZE // 2, stride=QUARTER, groups=x.shape[1]
        )


def coordinate_grid(height: int, width: int) -> Tensor:
    """Return coordinates float32 (H, W, 2), x then y; -1 and 1 are centres of the border pixels."""
    y, x = torch.meshgrid(
        2 * torch.arange(height, dtype=torch.float32) / (height - 1) - 1,
        2 * torch.arange(width, dtype=torch.float32) / (width - 1) - 1,
        indexing="ij",
    )
    return torch.stack([x, y], dim=-1)


def make_fast(network: nn.Module) -> None:
    """Fold batch norms and split the up blocks of hourglasses, except at 2 x 2 pixels.

    The network must be in evaluation mode; its results stay the same.
    """
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for block in network.modules():
        if isinstance(block, SameBlock | ResBlock):
            block.fold()
    for block in network.modules():
        if isinstance(block, Decoder):
            for up_block in list(block.up_blocks)[1:]:
                cast(UpBlock, up_block).split()
