"""Colour of a face: what compression, reduction and noise took, restored by a small network.

The network sees the chroma of an aligned crop beside the photo's luma and the restored one, which
leads the colour, and answers with a residual of the chroma. Grey pictures stay exactly grey.
"""

from collections.abc import Callable

import numpy as np

from nostalgia.enhancement.aligned_face import (
    laid_out,
    levels_of,
    own_side,
    seen_side,
    unit_template,
    warp_to,
)
from nostalgia.enhancement.working_face import LUMA, WorkingFace
from nostalgia.geometry import scalar_step
from nostalgia.types import Float32, UInt8
from nostalgia.weights.network import shipped_network

_NETWORK_LEVELS = 64  # of chroma, in 1/64 of which the network counts
_CHANGES = (0.25, 0.5)
"""Mean changes (levels) that are none, and that are laid out whole: good pictures get 0.2, those of
little colour noise or common compression 0.4 and more."""


class ColourNetwork:
    """Colour restorer of checkpoints/face_colour.onnx; keeps no state between calls."""

    def __init__(self, predict: Callable[[Float32, Float32], Float32]) -> None:
        """Restore with any network.

        predict: maps planes, float32 (1, 4, S, S): restored luma and the photo's own, 0..1, Cb and
        Cr in levels / 64; and place, float32 (1, 4), as for `RestorerNetwork`; to the residual of
        Cb and Cr, levels / 64, float32 (1, 2, S, S).
        """
        self._predict = predict

    @classmethod
    def load(cls) -> "ColourNetwork":
        """Load the network that ships.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        network = shipped_network("face-colour")
        return cls(lambda planes, place: network.run(planes, place)[0])

    def shift(self, face: WorkingFace, luma: Float32, enlarged: float) -> Float32:
        """Levels to add to each working pixel, RGB float32 (h, w, 3); luma does not change.

        Args:
            face: the working picture.
            luma: float32 (h, w), 0..255, restored; it leads the colour.
            enlarged: working pixels per pixel of the photo.
        """
        if not np.ptp(face.pixels, axis=-1).any():
            return np.zeros((*luma.shape, 3), np.float32)
        unit = unit_template(face.landmarks)
        own_side_px = own_side(unit, enlarged)
        side_px = seen_side(own_side_px)
        crop = warp_to(face.pixels, unit, side_px)
        lead = warp_to(levels_of(luma), unit, side_px).astype(np.float32)
        planes = np.stack([lead / 255, crop @ LUMA / 255, *chroma(crop) / _NETWORK_LEVELS])
        place = np.array([[0, 0, 1, max(1.0, side_px / own_side_px)]], np.float32)
        found = self._predict(planes[None].astype(np.float32), place)[0] * _NETWORK_LEVELS
        rim = side_px // 5
        share = scalar_step(*_CHANGES, float(np.abs(found[:, rim:-rim, rim:-rim]).mean()))
        if share == 0:
            return np.zeros((*luma.shape, 3), np.float32)
        size_wh = (luma.shape[1], luma.shape[0])
        blue, red = (share * laid_out(plane, unit, size_wh) for plane in found)
        return rgb_of_chroma(blue, red)


def rgb_of_chroma(blue: Float32, red: Float32) -> Float32:
    """RGB less luma, float32 (h, w, 3), of Cb and Cr of ITU-R BT.601."""
    return np.stack([1.402 * red, -0.344136 * blue - 0.714136 * red, 1.772 * blue], -1)


def chroma(pixels: UInt8 | Float32) -> Float32:
    """Cb and Cr of ITU-R BT.601, float32 (2, h, w) around 0; exactly 0 of grey pixels.

    pixels: RGB (h, w, 3), 0..255.
    """
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    red, blue = red - green, blue - green
    planes = [(0.886 * blue - 0.299 * red) / 1.772, (0.701 * red - 0.114 * blue) / 1.402]
    return np.stack(planes).astype(np.float32)
