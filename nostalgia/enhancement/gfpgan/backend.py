"""GFPGAN as an enhancer: a network that has seen many faces repaints this one, and is held back.

Wang, Li, Zhang, Shan, "Towards Real-World Blind Face Restoration with Generative Facial Prior",
2021. The face is laid on the network's template, repainted, and the difference is brought back to
the photo's own pixels through the face's soft mask. What the photo knows better it keeps: the
brightness of the face, its grain, its one tint where it has one, and by `fidelity` its light.
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
    lay_back,
    scaled,
    template_from_crop,
)
from nostalgia.enhancement.gfpgan.package import build_network
from nostalgia.enhancement.gfpgan.weights import find_weights, load_weights
from nostalgia.enhancement.grain import measure_grain, remove_noise
from nostalgia.enhancement.tone import one_hue
from nostalgia.enhancement.working_face import LUMA, WorkingFace, add_shift, working_face
from nostalgia.errors import BackendError
from nostalgia.faces.regions import reach_xyxy
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32

SMALLEST_FACE_PX = 16.0  # below, the network would invent a face
LIGHT_SIGMA_PX = 0.2 * EYE_TO_EYE_PX  # template pixels; coarser than that is light, finer is detail
GRAIN_KEPT = 0.7  # share of the skin's grain that comes back at strength 1


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
            CheckpointError: they are missing or cannot be used.
            BackendError: the device is not there.
        """
        device = checked_device(options.device)
        network = build_network()
        load_weights(find_weights(options.enhancement_checkpoint), network)
        return cls(network.to(device), options.fidelity, device)

    def enhance(self, source: FaceCrop, strength: float) -> FaceCrop:
        """Return the crop with a repainted face; see `FaceEnhancer.enhance`.

        `strength` is the share of the network's change that is taken. `fidelity`, of the options,
        is the share that is left out of the change's coarse part (wider than a fifth of the way
        from eye to eye: light, shadow, the modelling of cheeks) and of the change of colour.

        Raises:
            BackendError: the network's picture is no picture.
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
        change = lay_back(change, chain(matrix, in_crop), (width, height))
        shift = face_shift(face, change, self._fidelity, strength)
        return replace(source, pixels=add_shift(source.pixels, shift, box))

    def _repaint(self, pixels: Float32) -> Float32:
        """The network's picture of a face on the template: RGB float32 (512, 512, 3), 0..255."""
        with torch.inference_mode(), threads(thread_count()):
            planes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
            batch = torch.from_numpy(planes / 127.5 - 1)
            picture, _ = self._network(
                batch.to(self._device), return_rgb=False, randomize_noise=False
            )
            painted = picture[0].float().cpu().numpy().transpose(1, 2, 0)
        if painted.shape != pixels.shape or not np.isfinite(painted).all():
            raise BackendError(
                "GFPGAN's weights give no picture; type: nostalgia checkpoints verify, or use"
                " --enhancement embedded"
            )
        return np.asarray((np.clip(painted, -1, 1) + 1) * 127.5, np.float32)


def keep_light(change: Float32, fidelity: float) -> Float32:
    """The change (levels, float32 (512, 512, 3)) less the share `fidelity` of its coarse part."""
    coarse = cv2.GaussianBlur(change, (0, 0), LIGHT_SIGMA_PX)
    return np.asarray(change - fidelity * coarse, np.float32)


def face_shift(face: WorkingFace, change: Float32, fidelity: float, strength: float) -> Float32:
    """Levels to add to each working pixel, float32 (h, w, 3); exactly 0 outside the face's mask.

    change: float32 (h, w, 3), what the network would have in each pixel. The mean brightness of the
    skin stays, colour stays in a photo of one tint, and the photo's own grain comes back.
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
    """The photo's own grain (levels), as much as the repainted luma lacks of it."""
    before = measure_grain(face.luma, face.regions.skin)
    wanted = before * (1 - strength * (1 - GRAIN_KEPT))
    lacking = np.sqrt(max(wanted**2 - measure_grain(luma, face.regions.skin) ** 2, 0.0))
    radius = int(np.clip(round(0.01 * face.face_height_px), 1, 4))
    grain = face.luma - remove_noise(face.luma, before, radius)
    grain *= 1 - 0.7 * face.regions.features
    return np.asarray(grain * min(lacking / before, 1.0), np.float32)
