"""Sizes of the three networks, as the shapes of their weights show them."""

from collections.abc import Mapping
from dataclasses import dataclass

Shapes = Mapping[str, tuple[int, ...]]
"""Names of tensors and their shapes."""


@dataclass(frozen=True, slots=True)
class HourglassLayout:
    """Sizes of an hourglass.

    width: channels at full size. blocks: number of halvings. most: largest number of channels.
    """

    width: int
    blocks: int
    most: int


@dataclass(frozen=True, slots=True)
class ModelLayout:
    """Everything that the constructors need; vox-256 and vox-adv-256 share one layout."""

    keypoints: int
    detector: HourglassLayout
    dense_motion: HourglassLayout
    width: int
    most: int
    down_blocks: int
    res_blocks: int


VOX_256 = ModelLayout(
    keypoints=10,
    detector=HourglassLayout(32, 5, 1024),
    dense_motion=HourglassLayout(64, 5, 1024),
    width=64,
    most=256,
    down_blocks=2,
    res_blocks=6,
)


def read_layout(detector: Shapes, generator: Shapes) -> ModelLayout:
    """Return the layout of the networks whose weights have these shapes.

    Raises:
        KeyError, ValueError: they are not weights of this model.
    """
    down = _numbered(generator, "down_blocks.")
    return ModelLayout(
        keypoints=detector["kp.weight"][0],
        detector=_hourglass(detector, "predictor."),
        dense_motion=_hourglass(generator, "dense_motion_network.hourglass."),
        width=generator["first.conv.weight"][0],
        most=generator[f"down_blocks.{down - 1}.conv.weight"][0],
        down_blocks=down,
        res_blocks=_numbered(generator, "bottleneck.r"),
    )


def _hourglass(shapes: Shapes, prefix: str) -> HourglassLayout:
    blocks = _numbered(shapes, f"{prefix}encoder.down_blocks.")
    last = f"{prefix}decoder.up_blocks.{blocks - 1}.conv.weight"
    deepest = f"{prefix}encoder.down_blocks.{blocks - 1}.conv.weight"
    return HourglassLayout(shapes[last][0], blocks, shapes[deepest][0])


def _numbered(shapes: Shapes, prefix: str) -> int:
    """Number of the modules PREFIX0, PREFIX1, ..."""
    numbers = {name[len(prefix) :].split(".")[0] for name in shapes if name.startswith(prefix)}
    if not numbers:
        raise ValueError(f"it has no {prefix}")
    return 1 + max(map(int, numbers))
