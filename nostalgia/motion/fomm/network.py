"""The whole model: keypoints of pictures, a source encoded once, frames painted from it."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nostalgia.motion.fomm.blocks import make_fast
from nostalgia.motion.fomm.dense_motion import FlowFields
from nostalgia.motion.fomm.generator import Generator
from nostalgia.motion.fomm.keypoint_detector import KeypointDetector
from nostalgia.motion.fomm.keypoints import Keypoints
from nostalgia.motion.fomm.layout import ModelLayout
from nostalgia.types import UInt8

SIDE_PX = 256


@dataclass(frozen=True, slots=True)
class EncodedSource:
    """A source picture as the network knows it: made once, asked for every frame.

    small: float32 (1, 3, 64, 64). features: float32 (1, C, 64, 64).
    """

    keypoints: Keypoints
    small: Tensor
    features: Tensor


@dataclass(frozen=True, slots=True)
class FirstOrderModel:
    """Both networks in evaluation mode, without state between calls.

    align_corners: True as the released weights were trained (torch 1.0); False as the original
    code runs them since torch 1.3. decoder_dtype: float32, or bfloat16 where that is faster.
    """

    detector: KeypointDetector
    generator: Generator
    align_corners: bool = True
    decoder_dtype: torch.dtype = torch.float32

    @classmethod
    def build(cls, layout: ModelLayout, align_corners: bool = True) -> "FirstOrderModel":
        """The networks with weights yet to be loaded."""
        detector = KeypointDetector(layout.keypoints, layout.detector).eval()
        generator = Generator(layout).eval()
        return cls(detector.requires_grad_(False), generator.requires_grad_(False), align_corners)

    def tuned(self, decoder_dtype: torch.dtype = torch.float32) -> "FirstOrderModel":
        """The same function, faster. Changes the networks: this model is not to be used again."""
        for network in (self.detector, self.generator):
            make_fast(network)
        self.generator.tune(decoder_dtype)
        return FirstOrderModel(self.detector, self.generator, self.align_corners, decoder_dtype)

    @torch.inference_mode()
    def keypoints(self, pictures: Tensor) -> Keypoints:
        """Keypoints of float32 (B, 3, 256, 256), RGB 0..1."""
        found: Keypoints = self.detector(pictures)
        return found

    @torch.inference_mode()
    def encode(self, source: Tensor) -> EncodedSource:
        """All that depends on the source alone; float32 (1, 3, 256, 256), RGB 0..1."""
        small: Tensor = self.generator.dense_motion_network.down(source)
        return EncodedSource(self.keypoints(source), small, self.generator.encode(source))

    @torch.inference_mode()
    def flow(self, source: EncodedSource, driving: Keypoints) -> FlowFields:
        """Deformation and occlusion of the frames with these keypoints."""
        fields: FlowFields = self.generator.dense_motion_network(
            source.small, source.keypoints, driving, self.align_corners
        )
        return fields

    @torch.inference_mode()
    def paint(self, source: EncodedSource, flow: FlowFields) -> Tensor:
        """The network's own frames: float32 (B, 3, 256, 256), RGB 0..1."""
        return self.generator.decode(
            source.features, flow.deformation, flow.occlusion_map, self.align_corners
        )


def pictures_from_frames(frames: UInt8) -> Tensor:
    """RGB uint8 (B, 256, 256, 3) -> float32 (B, 3, 256, 256), 0..1."""
    scaled = np.ascontiguousarray(frames.transpose(0, 3, 1, 2), np.float32) / np.float32(255)
    return torch.from_numpy(scaled)
