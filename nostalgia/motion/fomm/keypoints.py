"""Keypoints with their first-order maps, and the transfer of a driver's motion to a source."""

from dataclasses import dataclass

import torch
from scipy.spatial import ConvexHull, QhullError
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Keypoints:
    """K motion points of B pictures.

    value: float32 (B, K, 2), [-1, 1], x then y. jacobian: float32 (B, K, 2, 2), the local map of
    the picture round each point relative to the abstract reference frame (paper, section 3.1).
    """

    value: Tensor
    jacobian: Tensor

    def __len__(self) -> int:
        return int(self.value.shape[0])

    def __getitem__(self, frames: slice) -> "Keypoints":
        return Keypoints(self.value[frames], self.jacobian[frames])


def absolute_motion(driving: Keypoints) -> Keypoints:
    """Return the driver's own keypoints, which transfer the driver's face shape too."""
    return driving


def relative_motion(
    source: Keypoints, driving: Keypoints, initial: Keypoints, scale: float = 1.0
) -> Keypoints:
    """Return the source's keypoints, moved as the driver's have moved since the initial frame.

    Args:
        source: B = 1.
        driving: B frames.
        initial: B = 1, the frame whose pose suits the source.
        scale: factor on the shift, see `movement_scale`; the local maps are not scaled.

    Source: paper, section 3.4.
    """
    return Keypoints(
        scale * (driving.value - initial.value) + source.value,
        driving.jacobian @ inverse(initial.jacobian) @ source.jacobian,
    )


def inverse(jacobian: Tensor) -> Tensor:
    """Invert each 2 x 2 map; 0 for a singular one, as an untrained network gives."""
    inverted, failed = torch.linalg.inv_ex(jacobian)
    return torch.where(failed[..., None, None] == 0, inverted, torch.zeros_like(inverted))


def movement_scale(source: Keypoints, initial: Keypoints) -> float:
    """Spread of the source's keypoints over that of the driver's initial ones.

    The root of the ratio of the areas of their convex hulls; 1 if either area is 0.
    """
    try:
        areas = [ConvexHull(kp.value[0].cpu().numpy()).volume for kp in (source, initial)]
    except QhullError:
        return 1.0
    return float((areas[0] / areas[1]) ** 0.5)
