"""2D-FAN-4, the 68-point landmarker of the package face-alignment, with weights from disk.

Bulat and Tzimiropoulos, "How far are we from solving the 2D & 3D face alignment problem?", 2017.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import torch
from torch import nn

from nostalgia.faces.face_alignment_package import load_network, package_box
from nostalgia.geometry import bounding_box
from nostalgia.options import AnimateOptions
from nostalgia.types import Float32, Float64, UInt8

WEIGHTS = "face-alignment-2dfan4"
CACHED = ("2DFAN4-11f355bf06.pth.tar", "2DFAN4-cd938726ad.zip")
"""Tensors of face-alignment 1.5, and TorchScript of versions 1.3 and 1.4."""
_STACKS = 4
_CUT_PX = 400
"""Side of the square round a face, after reduction."""
_CUT_SIDES = 1.1
"""Side of that square over the sum of width and height of the face's box; the network's own crop
has 200 / 195."""
_UP = 0.12
"""Distance of the centre of the package's crop above the centre of the box, in box heights."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Surroundings of a face, at a bounded size.

    pixels: RGB uint8 (h, w, 3). step_xy: pixels of the picture per pixel of the cut. corner_xy:
    top-left corner of the cut in the picture. centre_xy, scale: those of the package's crop, in
    pixels of the cut.
    """

    pixels: UInt8
    step_xy: Float64
    corner_xy: Float64
    centre_xy: Float64
    scale: float


class FaceAlignmentLandmarker:
    """Finds the 68 points with 2D-FAN-4, on the face and on its mirror image; keeps no state."""

    name = "face-alignment"

    def __init__(self, network: nn.Module, device: str) -> None:
        self._network, self._device = network, device

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Read the weights from the store, or from the cache of face-alignment.

        Raises:
            CheckpointError: the weights are missing or cannot be used; nothing is downloaded.
            BackendError: the package is not installed, or torch does not find the device.
        """
        module = "face_alignment.models"
        network = load_network(module, WEIGHTS, CACHED, options.device, _network)
        return cls(network.to(options.device).eval(), options.device)

    def points68(self, pixels: UInt8, landmarks: Float32) -> Float32:
        """See `Landmarker.points68`; the mesh only locates the face."""
        from face_alignment import utils

        cut = _cut(pixels, landmarks, utils.REFERENCE_SCALE)
        crop = utils.crop(cut.pixels, cut.centre_xy, cut.scale).transpose(2, 0, 1)
        face = torch.from_numpy(crop.astype(np.float32) / 255)[None].to(self._device)
        with torch.inference_mode():
            answers = self._network(torch.cat([face, utils.flip(face)]))
        heat = (answers[-1] if isinstance(answers, list) else answers).cpu()
        heat = heat[:1] + utils.flip(heat[1:], is_label=True)
        side_px = utils.SCALE_FACTOR * cut.scale
        points = (_peaks(heat[0].numpy()) - 0.5) * side_px + cut.centre_xy
        return np.asarray(points * cut.step_xy + cut.corner_xy - 0.5, np.float32)


def _peaks(heat: Float32) -> Float64:
    """Peak of each map (N, 64, 64): float64 (N, 2), x then y, 0..1 from edge to edge.

    Like `get_preds_fromhm` of the package, a quarter of a pixel towards the higher neighbour; that
    function takes ten seconds to compile in each process, and returns whole pixels.
    """
    count, side, _ = heat.shape
    rows, columns = np.divmod(heat.reshape(count, -1).argmax(axis=1), side)
    each = np.arange(count)
    peaks = np.stack([columns, rows], axis=1) + 0.5
    inside = ((peaks > 1) & (peaks < side - 1)).all(axis=1)
    rows, columns = np.clip(rows, 1, side - 2), np.clip(columns, 1, side - 2)
    slopes = np.stack(
        [
            heat[each, rows, columns + 1] - heat[each, rows, columns - 1],
            heat[each, rows + 1, columns] - heat[each, rows - 1, columns],
        ],
        axis=1,
    )
    moved: Float64 = (peaks + np.where(inside[:, None], np.sign(slopes) * 0.25, 0)) / side
    return moved


def _cut(pixels: UInt8, landmarks: Float32, reference_scale: float) -> _Cut:
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = package_box(bounding_box(landmarks))
    sides = max(x1 - x0 + y1 - y0, 8.0)
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2 - _UP * (y1 - y0)])
    half = sides * _CUT_SIDES / 2
    first = np.clip(np.floor(centre - half), 0, [width - 1, height - 1]).astype(int)
    last = np.clip(np.ceil(centre + half), first + 1, [width, height]).astype(int)
    part = pixels[first[1] : last[1], first[0] : last[0]]
    size = np.maximum(np.round((last - first) * _CUT_PX / (2 * half)), 1).astype(int)
    way = cv2.INTER_AREA if 2 * half > _CUT_PX else cv2.INTER_LINEAR
    step = (last - first) / size
    return _Cut(
        np.asarray(cv2.resize(part, (int(size[0]), int(size[1])), interpolation=way), np.uint8),
        step,
        first.astype(np.float64),
        (centre - first) / step,
        float(sides / step.mean() / reference_scale),
    )


def _network(models: Any, path: Path) -> nn.Module:
    """Build the network from tensors (face-alignment 1.5) or TorchScript (1.3 and 1.4)."""
    if _is_torchscript(path):
        script: nn.Module = torch.jit.load(  # type: ignore[no-untyped-call]
            path, map_location="cpu"
        )
        return script
    network: nn.Module = models.FAN(_STACKS)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())
