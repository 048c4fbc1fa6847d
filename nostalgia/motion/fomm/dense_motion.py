"""Dense motion: from sparse keypoint motion to a deformation of every pixel and its occlusion."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample

from nostalgia.motion.fomm.blocks import Hourglass, QuarterSize, coordinate_grid
from nostalgia.motion.fomm.keypoints import Keypoints, inverse
from nostalgia.motion.fomm.layout import HourglassLayout

KEYPOINT_VARIANCE = 0.01


@dataclass(frozen=True, slots=True)
class FlowFields:
    """Dense motion of B frames, on a grid of a quarter of the picture's size.

    deformation: float32 (B, h, w, 2), [-1, 1], x then y: where each output cell comes from.
    occlusion_map: float32 (B, 1, h, w), 1 = the warped source is trusted.
    mask: float32 (B, K + 1, h, w), shares of the background and of each keypoint in the motion.
    sparse_deformed: float32 (B, K + 1, 3, h, w), the source moved by each of them alone.
    """

    deformation: Tensor
    occlusion_map: Tensor
    mask: Tensor
    sparse_deformed: Tensor


class DenseMotionNetwork(nn.Module):
    """Dense motion network: paper, section 3.2."""

    def __init__(self, keypoints: int, layout: HourglassLayout) -> None:
        super().__init__()
        self.hourglass = Hourglass(layout.width, 4 * (keypoints + 1), layout.blocks, layout.most)
        features = self.hourglass.out_channels
        self.mask = nn.Conv2d(features, keypoints + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(features, 1, 7, padding=3)
        self.down = QuarterSize()

    def forward(
        self, small: Tensor, source: Keypoints, driving: Keypoints, align_corners: bool
    ) -> FlowFields:
        """Compute the motion of the source that the keypoints describe.

        Args:
            small: float32 (1, 3, h, w), the source at a quarter of its size (`self.down`).
            source: its keypoints, B = 1.
            driving: keypoints of B frames, transferred to the source (see `relative_motion`).
            align_corners: for every grid sampling, as in training.
        """
        count, points, _ = driving.value.shape
        height, width = small.shape[2:]
        grid = coordinate_grid(height, width).to(small)
        motions = sparse_motions(grid, source, driving)
        pictures = small[:, None].expand(count, points + 1, -1, -1, -1).flatten(0, 1)
        deformed = grid_sample(
            pictures, motions.flatten(0, 1), padding_mode="zeros", align_corners=align_corners
        ).view(count, points + 1, -1, height, width)
        heat = _bells(grid, driving) - _bells(grid, source)
        heat = torch.cat([torch.zeros_like(heat[:, :1]), heat], dim=1)
        seen = torch.cat([heat[:, :, None], deformed], dim=2).flatten(1, 2)
        features = self.hourglass(seen)
        mask = torch.softmax(self.mask(features), dim=1)
        return FlowFields(
            deformation=torch.einsum("bkhw,bkhwc->bhwc", mask, motions),
            occlusion_map=torch.sigmoid(self.occlusion(features)),
            mask=mask,
            sparse_deformed=deformed,
        )


def sparse_motions(grid: Tensor, source: Keypoints, driving: Keypoints) -> Tensor:
    """First-order motion round every keypoint: float32 (B, K + 1, h, w, 2), identity first.

    T(z) = p_source + J_source J_driving^-1 (z - p_driving): paper, equation 4.
    """
    count = len(driving)
    maps = source.jacobian @ inverse(driving.jacobian)
    away = grid[None, None] - driving.value[:, :, None, None]
    moved = torch.einsum("bkij,bkhwj->bkhwi", maps, away) + source.value[:, :, None, None]
    still = grid[None, None].expand(count, 1, *grid.shape)
    return torch.cat([still, moved], dim=1)


def _bells(grid: Tensor, keypoints: Keypoints) -> Tensor:
    """A Gaussian round every keypoint, float32 (B, K, h, w), 1 at its centre."""
    away = grid[None, None] - keypoints.value[:, :, None, None]
    return torch.exp(-0.5 * (away**2).sum(-1) / KEYPOINT_VARIANCE)
