"""Network of the embedded face detector; train_detector.py trains its weights."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn


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

    Channels: see `nostalgia.faces.detection.network.decode`.
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


@torch.inference_mode()
def unfold(folded: Mapping[str, Tensor], pixels: Tensor) -> dict[str, Tensor]:
    """Put batch normalisations back into a folded state: the same function, ready to train on.

    pixels: float32 (B, 1, H, W), typical input, on which the normalisations are measured.

    Returns:
        The state of `DetectorNetwork()`.
    """
    network = DetectorNetwork(fold=True).eval()
    network.load_state_dict(folded)
    state = DetectorNetwork().state_dict()
    state.update({k: v.clone() for k, v in folded.items() if k in state})

    def measure(name: str) -> Callable[[nn.Module, object, Tensor], None]:
        def seen(layer: nn.Module, _inputs: object, answer: Tensor) -> None:
            variance, mean = torch.var_mean(answer, (0, 2, 3))
            bias = folded[f"{name}.conv.bias"]
            state[f"{name}.norm.running_mean"] = mean - bias
            state[f"{name}.norm.running_var"] = variance
            state[f"{name}.norm.weight"] = torch.sqrt(variance + 1e-5)
            state[f"{name}.norm.bias"] = mean.clone()

        return seen

    for name, layer in network.named_modules():
        if isinstance(layer, ConvUnit):
            layer.conv.register_forward_hook(measure(name))
    network(pixels)
    return {key: value.clone() for key, value in state.items()}
