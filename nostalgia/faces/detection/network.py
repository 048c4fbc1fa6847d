"""Network of the embedded face detector: normalised luma in, a grid of predictions out.

Anchor-free after Zhou, Wang and Kraehenbuehl, "Objects as Points", 2019: each cell of a grid with
8 pixels per cell predicts how likely it is the centre of a face, and that face's box and five
points. The network sees only luma, with the local mean and contrast removed, so that a colour cast,
fading or an uneven print has no effect. Weights: `training/train_detector.py`.
"""

from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nostalgia.types import Float32

STRIDE_PX = 8
REFERENCE_FACE_PX = 32.0
CONTRAST_WINDOW_PX = 97


class Candidates(NamedTuple):
    """Candidate faces.

    logits: float32 (N,). boxes: float32 (N, 4) xyxy. points: float32 (N, 5, 2). All in pixels of
    the same picture.
    """

    logits: Float32
    boxes: Float32
    points: Float32


def normalise_luma(luma: Float32) -> Float32:
    """Remove the local mean and contrast of a picture.

    Args:
        luma: float32 (H, W), 0..1.

    Returns:
        float32 (H, W), mean about 0, spread about 1, clipped to -4..4.
    """
    window = (CONTRAST_WINDOW_PX, CONTRAST_WINDOW_PX)
    mean = cv2.blur(luma, window, borderType=cv2.BORDER_REPLICATE)
    square = cv2.blur(luma * luma, window, borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0))
    contrast = 0.6 * spread + 0.4 * float(luma.std()) + 0.01
    return np.clip((luma - mean) / contrast, -4.0, 4.0).astype(np.float32)


class ConvUnit(nn.Module):
    """Convolution, normalisation (folded into the weights for inference) and ReLU."""

    def __init__(
        self, inputs: int, outputs: int, size: int, stride: int = 1, fold: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=fold)
        self.norm: nn.Module = nn.Identity() if fold else nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the whole unit."""
        return torch.relu_(self.linear(x))

    def linear(self, x: Tensor) -> Tensor:
        """Apply the unit without its ReLU."""
        normalised: Tensor = self.norm(self.conv(x))
        return normalised


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, channels: int, fold: bool = False) -> None:
        super().__init__()
        self.first = ConvUnit(channels, channels, 3, fold=fold)
        self.second = ConvUnit(channels, channels, 3, fold=fold)

    def forward(self, x: Tensor) -> Tensor:
        """Add the result of two convolutions to the input."""
        return torch.relu(x + self.second.linear(self.first(x)))


class DetectorNetwork(nn.Module):
    """Maps normalised luma (B, 1, H, W), H and W multiples of 32, to (B, 15, H / 8, W / 8).

    Channels: 0 logit of a face centre; 1-2 offset of the box centre from the cell's centre, in face
    sizes; 3-4 logarithm of box width and height over 32 pixels; 5-14 five points relative to the
    cell's centre, in face sizes. Face size: square root of box width times height.
    """

    def __init__(self, fold: bool = False) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            ConvUnit(1, 16, 5, 2, fold), ConvUnit(16, 32, 3, 2, fold), Residual(32, fold)
        )
        self.eighth = nn.Sequential(
            ConvUnit(32, 64, 3, 2, fold), Residual(64, fold), Residual(64, fold)
        )
        self.sixteenth = nn.Sequential(
            ConvUnit(64, 96, 3, 2, fold), Residual(96, fold), Residual(96, fold)
        )
        self.coarsest = nn.Sequential(ConvUnit(96, 128, 3, 2, fold), Residual(128, fold))
        self.coarsest_up = ConvUnit(128, 96, 1, fold=fold)
        self.sixteenth_up = ConvUnit(96, 64, 1, fold=fold)
        self.head = ConvUnit(64, 64, 3, fold=fold)
        self.answer = nn.Conv2d(64, 15, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Predict for every cell of 8 x 8 pixels; see the class."""
        eighth = self.eighth(self.stem(x))
        sixteenth = self.sixteenth(eighth)
        coarsest = self.coarsest_up(self.coarsest(sixteenth))
        sixteenth = sixteenth + nn.functional.interpolate(coarsest, scale_factor=2.0)
        eighth = eighth + nn.functional.interpolate(self.sixteenth_up(sixteenth), scale_factor=2.0)
        answer: Tensor = self.answer(self.head(eighth))
        return answer


class CalibratedNetwork(nn.Module):
    """Contents of the checkpoint: the folded network and the curve from its logits to scores.

    calibration: float32 (2,), slope and offset; score = sigmoid(slope * logit + offset).
    """

    calibration: Tensor

    def __init__(self, network: DetectorNetwork, slope: float = 1.0, offset: float = 0.0) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("calibration", torch.tensor([slope, offset]))


def folded_weights(state: Mapping[str, Tensor], epsilon: float = 1e-5) -> dict[str, Tensor]:
    """Fold the batch normalisations of a trained `DetectorNetwork` into its convolutions.

    Returns:
        The state of `DetectorNetwork(fold=True)`.
    """
    folded: dict[str, Tensor] = {}
    for key, weight in state.items():
        unit, _, last = key.rpartition(".conv.weight")
        if last == "" and unit:
            gain = state[f"{unit}.norm.weight"] / torch.sqrt(
                state[f"{unit}.norm.running_var"] + epsilon
            )
            folded[key] = weight * gain[:, None, None, None]
            shift = state[f"{unit}.norm.bias"] - state[f"{unit}.norm.running_mean"] * gain
            folded[f"{unit}.conv.bias"] = shift
        elif ".norm." not in key:
            folded[key] = weight
    return folded


def decode(values: Float32, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Candidates:
    """Convert the network's predictions in some cells to pixels of its input.

    Args:
        values: float32 (N, 15), the channels of `DetectorNetwork`.
        rows: int64 (N,), of the cells.
        columns: int64 (N,), of the cells.
    """
    cell = (np.stack([columns, rows], 1).astype(np.float32) + 0.5) * STRIDE_PX - 0.5
    sides = np.exp(np.clip(values[:, 3:5], -3, 4)) * REFERENCE_FACE_PX
    size = np.sqrt(sides[:, :1] * sides[:, 1:])
    centre = cell + values[:, 1:3] * size
    points = cell[:, None] + values[:, 5:].reshape(-1, 5, 2) * size[:, None]
    boxes = np.concatenate([centre - sides / 2, centre + sides / 2], 1)
    return Candidates(values[:, 0], boxes.astype(np.float32), np.asarray(points, np.float32))
