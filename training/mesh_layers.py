"""Layers of the face-mesh network; train_mesh.py trains their weights."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

DOUBTED = ("left eye", "right eye", "mouth", "rest")
"""Parts of the face of which the network says how far off it may be; left as in the image."""


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions round a shortcut.

    He et al., "Deep Residual Learning for Image Recognition", 2016, fig. 2.
    """

    def __init__(self, origin: int, target: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(origin, target, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(target)
        self.conv2 = nn.Conv2d(target, target, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(target)
        self.shortcut = (
            nn.Identity()
            if stride == 1 and origin == target
            else nn.Sequential(
                nn.Conv2d(origin, target, 1, stride, bias=False), nn.BatchNorm2d(target)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, H, W) in, (B, D, H / stride, W / stride) out."""
        y = torch.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return torch.relu(y + self.shortcut(x))


class MeshLayers(nn.Module):
    """Contrast-normalised grey crops (B, 1, 128, 128) to landmarks, logits and doubts.

    Landmarks (B, 478, 3) come in crop units: x and y 0..1 over the crop, z in the same unit towards
    the camera. Logits (B,) of being a face. Doubts (B, 4): the mean distance from the truth that
    the network expects of the landmarks of each part in `DOUBTED`, crop units.
    """

    def __init__(self, widths: tuple[int, ...] = (32, 48, 112, 192), points: int = 478) -> None:
        super().__init__()
        w0, w1, w2, w3 = widths
        self.points = points
        self.stem = nn.Sequential(
            nn.Conv2d(1, w0, 5, 2, 2, bias=False), nn.BatchNorm2d(w0), nn.ReLU()
        )
        self.stages = nn.Sequential(
            ResidualBlock(w0, w1, 2), ResidualBlock(w1, w1),
            ResidualBlock(w1, w2, 2), ResidualBlock(w2, w2), ResidualBlock(w2, w2),
            ResidualBlock(w2, w3, 2), ResidualBlock(w3, w3), ResidualBlock(w3, w3),
        )  # fmt: skip
        self.squeeze = nn.Sequential(
            nn.Conv2d(w3, 48, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU()
        )
        self.hidden = nn.Sequential(nn.Linear(48 * 64, 256), nn.LayerNorm(256), nn.SiLU())
        self.shape = nn.Linear(256, points * 3)
        self.face = nn.Linear(256, 1)
        self.doubt = nn.Linear(256, len(DOUBTED))
        self.register_buffer("mean", torch.zeros(points, 3))
        nn.init.normal_(self.shape.weight, std=1e-3)
        nn.init.zeros_(self.shape.bias)
        nn.init.normal_(self.doubt.weight, std=1e-3)
        nn.init.constant_(self.doubt.bias, -4.6)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        x = self.squeeze(self.stages(self.stem(crops)))
        x = self.hidden(x.flatten(1)).float()
        landmarks = self.shape(x).view(-1, self.points, 3) * 0.2 + self.mean
        return landmarks, self.face(x)[:, 0], torch.exp(self.doubt(x).clamp(-8, 0))


def grow(network: MeshLayers, state: Mapping[str, Tensor]) -> None:
    """Start from the weights of a narrower network: the same function, with channels that are unused at first.

    Chen et al., "Net2Net: Accelerating Learning via Knowledge Transfer", 2016, but the new channels
    are random and their outgoing weights are zero.
    """
    grown = network.state_dict()
    for name, mine in grown.items():
        old = state.get(name)
        if old is None or not mine.is_floating_point():
            continue
        if mine.shape == old.shape:
            mine.copy_(old)
            continue
        if mine.ndim == 4:
            mine[:, old.shape[1] :] = 0
        mine[tuple(slice(0, n) for n in old.shape)] = old
    network.load_state_dict(grown)
