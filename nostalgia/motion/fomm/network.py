"""The whole model: keypoints of pictures, a source encoded once, frames painted from it.

Siarohin et al., "First Order Motion Model for Image Animation", NeurIPS 2019.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nostalgia.motion.fomm.blocks import Hourglass, QuarterSize, coordinate_grid, make_fast
from nostalgia.motion.fomm.dense_motion import FlowFields
from nostalgia.motion.fomm.generator import Generator
from nostalgia.motion.fomm.keypoints import Keypoints
from nostalgia.motion.fomm.layout import HourglassLayout, ModelLayout
from nostalgia.types import UInt8

SIDE_PX = 256
TEMPERATURE = 0.1


class KeypointDetector(nn.Module):
    """An hourglass at a quarter of the size, one heat map and four jacobian maps per keypoint.

    The heat maps are 6 pixels smaller than the features, and their coordinates still span [-1, 1],
    as in the original: source and driver are treated alike.
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
        """Float32 (B, 3, 256, 256), RGB 0..1 -> keypoints of every picture."""
        features = self.predictor(self.down(pictures))
        logits = self.kp(features)
        count, _, height, width = logits.shape
        heat = torch.softmax(logits.flatten(2) / TEMPERATURE, dim=2)
        grid = coordinate_grid(height, width).to(heat).flatten(0, 1)
        maps = self.jacobian(features).view(count, self.keypoints, 4, height * width)
        jacobian = torch.einsum("bkn,bkjn->bkj", heat, maps)
        return Keypoints(heat @ grid, jacobian.view(count, self.keypoints, 2, 2))


@dataclass(frozen=True, slots=True)
class EncodedSource:
    """A source picture as the network encodes it, once for all frames.

    small: float32 (1, 3, 64, 64). features: float32 (1, C, 64, 64).
    """

    keypoints: Keypoints
    small: Tensor
    features: Tensor


@dataclass(frozen=True, slots=True)
class FirstOrderModel:
    """Both networks in evaluation mode, without state between calls.

    align_corners: True as the released weights were trained (torch 1.0); False as the original
    code runs on torch 1.3 and later. decoder_dtype: float32, or bfloat16 where that is faster.
    """

    detector: KeypointDetector
    generator: Generator
    align_corners: bool = True
    decoder_dtype: torch.dtype = torch.float32

    @classmethod
    def build(cls, layout: ModelLayout, align_corners: bool = True) -> "FirstOrderModel":
        """Build the networks, whose weights have yet to be loaded."""
        detector = KeypointDetector(layout.keypoints, layout.detector).eval()
        generator = Generator(layout).eval()
        return cls(detector.requires_grad_(False), generator.requires_grad_(False), align_corners)

    def tuned(self, decoder_dtype: torch.dtype = torch.float32) -> "FirstOrderModel":
        """Return the same function, faster; it takes over the networks of this model."""
        for network in (self.detector, self.generator):
            make_fast(network)
        self.generator.tune(decoder_dtype)
        return FirstOrderModel(self.detector, self.generator, self.align_corners, decoder_dtype)

    @torch.inference_mode()
    def keypoints(self, pictures: Tensor) -> Keypoints:
        """Detect the keypoints of pictures: float32 (B, 3, 256, 256), RGB 0..1."""
        found: Keypoints = self.detector(pictures)
        return found

    @torch.inference_mode()
    def encode(self, source: Tensor) -> EncodedSource:
        """Compute everything that depends on the source alone: float32 (1, 3, 256, 256), 0..1."""
        small: Tensor = self.generator.dense_motion_network.down(source)
        return EncodedSource(self.keypoints(source), small, self.generator.encode(source))

    @torch.inference_mode()
    def flow(self, source: EncodedSource, driving: Keypoints) -> FlowFields:
        """Compute deformation and occlusion of the frames with these keypoints."""
        fields: FlowFields = self.generator.dense_motion_network(
            source.small, source.keypoints, driving, self.align_corners
        )
        return fields

    @torch.inference_mode()
    def paint(self, source: EncodedSource, flow: FlowFields) -> Tensor:
        """Paint the network's own frames: float32 (B, 3, 256, 256), RGB 0..1."""
        return self.generator.decode(
            source.features, flow.deformation, flow.occlusion_map, self.align_corners
        )


def pictures_from_frames(frames: UInt8) -> Tensor:
    """RGB uint8 (B, 256, 256, 3) -> float32 (B, 3, 256, 256), 0..1."""
    scaled = np.ascontiguousarray(frames.transpose(0, 3, 1, 2), np.float32) / np.float32(255)
    return torch.from_numpy(scaled)
