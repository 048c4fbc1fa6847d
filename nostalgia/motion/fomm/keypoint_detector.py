"""Where the keypoints of a picture are, and the local map round each of them."""

import torch
from torch import Tensor, nn

from nostalgia.motion.fomm.blocks import Hourglass, QuarterSize, coordinate_grid
from nostalgia.motion.fomm.keypoints import Keypoints
from nostalgia.motion.fomm.layout import HourglassLayout

TEMPERATURE = 0.1


class KeypointDetector(nn.Module):
    """An hourglass at a quarter of the size, one heat map and four jacobian maps per keypoint.

    The heat maps are 6 pixels smaller than the features, and their coordinates are stretched to
    [-1, 1] all the same, in the original as here: it holds for source and driver alike.
    """

    def __init__(self, keypoints: int, layout: HourglassLayout) -> None:
        super().__init__()
        self.keypoints = keypoints
        self.down = QuarterSize()
        self.predictor = Hourglass(layout.width, 3, layout.blocks, layout.most)
        features = self.predictor.out_channels
        self.kp = nn.Conv2d(features, keypoints, 7)
        self.jacobian = nn.Conv2d(features, 4 * keypoints, 7)

    def forward(self, pictures: Tensor) -> Keypoints:
        """Float32 (B, 3, 256, 256), RGB 0..1 -> the keypoints of every picture."""
        features = self.predictor(self.down(pictures))
        logits = self.kp(features)
        count, _, height, width = logits.shape
        heat = torch.softmax(logits.flatten(2) / TEMPERATURE, dim=2)
        grid = coordinate_grid(height, width).to(heat).flatten(0, 1)
        maps = self.jacobian(features).view(count, self.keypoints, 4, height * width)
        jacobian = torch.einsum("bkn,bkjn->bkj", heat, maps)
        return Keypoints(heat @ grid, jacobian.view(count, self.keypoints, 2, 2))
