"""GFPGAN as an enhancer: a network trained on many faces repaints this one, within limits.

Wang, Li, Zhang, Shan, "Towards Real-World Blind Face Restoration with Generative Facial Prior",
2021. The face is warped onto the network's template and repainted; the difference is warped back
and added to the photo's own pixels through the face's soft mask. Brightness, grain and the tint of
a monochrome print always stay the photo's own, and its light by `fidelity`.
"""

from dataclasses import replace
from typing import Self

import cv2
import numpy as np
import torch

from nostalgia.compute import checked_device, thread_count, threads
from nostalgia.enhancement.face_template import (
    EYE_TO_EYE_PX,
    chain,
    cut_template,
    paste_back,
    scaled,
    template_from_crop,
)
from nostalgia.enhancement.gfpgan.package import build_network
from nostalgia.enhancement.gfpgan.weights import find_weights, load_weights
from nostalgia.enhancement.grain import measure_grain, remove_noise
from nostalgia.enhancement.tone import one_hue
from nostalgia.enhancement.working_face import LUMA, WorkingFace, add_shift, working_face
from nostalgia.errors import BackendError, option
from nostalgia.faces.regions import reach_xyxy
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32

SMALLEST_FACE_PX = 16.0  # below, the network would invent a face
LIGHT_SIGMA_PX = 0.2 * EYE_TO_EYE_PX  # template pixels; coarser is light, finer is detail
GRAIN_KEPT = 0.7  # share of the skin's grain that strength 1 keeps


class GfpganEnhancer:
    """Repaints a face with GFPGAN 1.3 or 1.4 and keeps the photo's light, tint and grain."""

    name = "gfpgan"

    def __init__(self, network: torch.nn.Module, fidelity: float, device: str = "cpu") -> None:
        self._network = network
        self._fidelity = float(np.clip(fidelity, 0, 1))
        self._device = device

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Read the weights that the options name, else those kept by `nostalgia checkpoints`.

        Raises:
            CheckpointError: they are missing or unusable.
            BackendError: the packages or the device are missing.
        """
        device = checked_device(options.device)
        network = build_network()
        load_weights(find_weights(options.enhancement_checkpoint), network)
        return cls(network.to(device), options.fidelity, device)

    def enhance(self, source: FaceCrop, strength: float) -> FaceCrop:
        """Return the crop with a repainted face; see `FaceEnhancer.enhance`.

        `strength` is the share of the network's change that is applied. The option `fidelity` is
        the share removed from the coarse part of the change (wider than a fifth of the distance
        between the eyes: light, shadow, the modelling of cheeks) and from the change of colour.

        Raises:
            BackendError: the network's output is not a picture.
        """
        if strength <= 0 or source.face_height_px < SMALLEST_FACE_PX:
            return source
        box = reach_xyxy(source.landmarks, source.face_height_px, source.size_px)
        if box[2] - box[0] < 8 or box[3] - box[1] < 8:
            return source
        strength = min(float(strength), 1.0)
        matrix = template_from_crop(source.landmarks)
        before = cut_template(source.pixels, matrix)
        change = keep_light(self._repaint(before) - before, self._fidelity)
        face = working_face(source, box)
        height, width = face.luma.shape
        in_crop = scaled((box[2] - box[0]) / width, (box[3] - box[1]) / height, box[:2])
        change = paste_back(change, chain(matrix, in_crop), (width, height))
        shift = face_shift(face, change, self._fidelity, strength)
        return replace(source, pixels=add_shift(source.pixels, shift, box))

    def _repaint(self, pixels: Float32) -> Float32:
        """Repaint a face on the template: RGB float32 (512, 512, 3), 0..255."""
        with torch.inference_mode(), threads(thread_count()):
            planes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
            batch = torch.from_numpy(planes / 127.5 - 1)
            picture, _ = self._network(
                batch.to(self._device), return_rgb=False, randomize_noise=False
            )
            painted = picture[0].float().cpu().numpy().transpose(1, 2, 0)
        if painted.shape != pixels.shape or not np.isfinite(painted).all():
            raise BackendError(
                "the output of GFPGAN's weights is not a picture: run `nostalgia checkpoints"
                f" verify`, or use {option('enhancement', 'embedded')}"
            )
        return np.asarray((np.clip(painted, -1, 1) + 1) * 127.5, np.float32)


def keep_light(change: Float32, fidelity: float) -> Float32:
    """Remove the share `fidelity` of a change's coarse part; levels, float32 (512, 512, 3)."""
    coarse = cv2.GaussianBlur(change, (0, 0), LIGHT_SIGMA_PX)
    return np.asarray(change - fidelity * coarse, np.float32)


def face_shift(face: WorkingFace, change: Float32, fidelity: float, strength: float) -> Float32:
    """Levels to add to each working pixel, float32 (h, w, 3); exactly 0 outside the face's mask.

    The mean brightness of the skin stays, colour stays in a monochrome photo, and the photo's own
    grain is restored.

    change: float32 (h, w, 3), the network's change in levels.
    """
    regions = face.regions
    luma_change = change @ LUMA
    skin = regions.skin > 0.5
    if skin.any():
        luma_change = luma_change - luma_change[skin].mean()
    coloured = (1 - fidelity) * (1 - one_hue(face.pixels, regions.detail))
    colour = coloured * (change - (change @ LUMA)[..., None])
    grain = _missing_grain(face, face.luma + strength * luma_change, strength)
    shift = strength * (luma_change[..., None] + colour) + grain[..., None]
    return np.asarray(shift * regions.detail[..., None], np.float32)


def _missing_grain(face: WorkingFace, luma: Float32, strength: float) -> Float32:
    """The photo's own grain (levels), as much as is missing in the repainted luma."""
    before = measure_grain(face.luma, face.regions.skin)
    target = before * (1 - strength * (1 - GRAIN_KEPT))
    missing = np.sqrt(max(target**2 - measure_grain(luma, face.regions.skin) ** 2, 0.0))
    radius = int(np.clip(round(0.01 * face.face_height_px), 1, 4))
    grain = face.luma - remove_noise(face.luma, before, radius)
    grain *= 1 - 0.7 * face.regions.features
    return np.asarray(grain * min(missing / before, 1.0), np.float32)
