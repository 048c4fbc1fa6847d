"""Losses of the restorer: nearer to the clean picture, first where a face is recognised, nothing invented."""

import torch
from mesh_layers import MeshLayers
from onnx_files import read_state
from torch import Tensor, nn
from torch.nn import functional as F

from nostalgia.files import checkpoint_path


class MeshFeatures(nn.Module):
    """Features of our own mesh network, frozen: where it sees lids, brows and lips."""

    def __init__(self) -> None:
        super().__init__()
        self.mesh = MeshLayers()
        state = read_state(checkpoint_path("face_mesh.onnx"))
        # Batch normalisations count their batches, which no file keeps.
        self.mesh.load_state_dict(state, strict=False)
        self.mesh.eval().requires_grad_(False)

    def forward(self, luma: Tensor) -> tuple[list[Tensor], Tensor]:
        """Features of four depths and the landmarks of whole crops (B, 1, S, S) 0..1."""
        side = luma.shape[-1]
        x = luma[..., : side - side // 16, side // 32 : side - side // 32]
        x = F.interpolate(x, (128, 128), mode="bilinear", align_corners=False, antialias=False)
        mean, deviation = x.mean((2, 3), keepdim=True), x.std((2, 3), keepdim=True)
        x = ((x - mean) / (deviation + 0.03)).contiguous(memory_format=torch.channels_last)
        kept = [self.mesh.stem(x)]
        for number, stage in enumerate(self.mesh.stages):
            kept.append(stage(kept[-1]))
            if number == 4:
                break
        late = self.mesh.stages[5:](kept[-1])
        flat = self.mesh.squeeze(late).flatten(1).float()
        with torch.autocast(luma.device.type, enabled=False):  # landmarks need more than 8 bits
            shape = self.mesh.shape(self.mesh.hidden(flat)).view(len(flat), -1, 3) * 0.2
        return [kept[0], kept[2], kept[5], late], shape


def charbonnier(difference: Tensor, soft: float = 1e-5) -> Tensor:
    """Nearly the absolute value; squares of much less than `soft` count as squares."""
    return torch.sqrt(difference * difference + soft)


def picture_loss(restored: Tensor, clean: Tensor, weights: Tensor) -> Tensor:
    """Charbonnier, gradients in two scales, and the tones of quarters; weighed by place."""
    total = weights.sum() + 1e-6
    apart = restored - clean
    loss = (charbonnier(apart) * weights).sum() / total
    for dim in (2, 3):
        rim = weights.narrow(dim, 0, weights.shape[dim] - 1)
        loss = loss + 0.7 * (charbonnier(apart.diff(dim=dim)) * rim).sum() / total
    half, half_weights = F.avg_pool2d(apart, 2), F.avg_pool2d(weights, 2)
    for dim in (2, 3):
        rim = half_weights.narrow(dim, 0, half_weights.shape[dim] - 1)
        loss = loss + 0.5 * (charbonnier(half.diff(dim=dim)) * rim).sum() / (total / 4)
    low, low_weights = F.avg_pool2d(apart, 8), F.avg_pool2d(weights, 8)
    return loss + 0.3 * (charbonnier(low) * low_weights).sum() / (total / 64)


def patch_loss(apart: Tensor, weights: Tensor, soft: float, edges: float) -> Tensor:
    """Charbonnier and, `edges` as much, gradients; weighed by place. Planes (B, C, S, S)."""
    total = apart.shape[1] * weights.sum() + 1e-6
    loss = (charbonnier(apart, soft) * weights).sum() / total
    for dim in (2, 3):
        rim = weights.narrow(dim, 0, weights.shape[dim] - 1)
        loss = loss + edges * (charbonnier(apart.diff(dim=dim), soft) * rim).sum() / total
    return loss


def feature_loss(features: MeshFeatures, restored: Tensor, clean: Tensor, place: Tensor) -> Tensor:
    """Difference of the mesh network's features and landmarks, on whole crops only."""
    whole = place[:, 2] > 0.999
    if not whole.any():
        return restored.sum() * 0
    with torch.no_grad():
        wanted, shape = features(clean[whole])
    found, moved = features(restored[whole])
    apart = [
        (a - b).abs().float().mean() / (b.abs().float().mean() + 1e-3)
        for a, b in zip(found, wanted, strict=True)
    ]
    return sum(apart) / len(apart) + 30 * (moved - shape).abs().mean()


def late_loss(
    model: nn.Module, restored: Tensor, damaged: Tensor, place: Tensor, reduced: Tensor
) -> Tensor:
    """Restoring twice changes nothing; reduced again, the restored picture is the damaged one."""
    again = place.clone()
    again[:, 3] = 1
    loss = charbonnier(model(restored.detach().clamp(0, 1), again)).mean()
    for least, step in ((1.15, 2), (2.0, 4), (4.0, 8)):
        most = {2: 2.0, 4: 4.0, 8: 16.0}[step]
        only = reduced * ((place[:, 3] > least) & (place[:, 3] <= most))
        apart = F.avg_pool2d(restored - damaged, step).abs().mean((1, 2, 3))
        loss = loss + (apart * only).sum() / len(only)
    return loss
