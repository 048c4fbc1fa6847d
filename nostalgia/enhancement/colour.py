"""Colour of a face: what compression, reduction and noise took, restored by two small networks.

Both see the chroma of an aligned crop and answer with a residual. The first one sees the photo's
own resolution beside the restored luma, which leads the colour, and takes out noise and blocks; the
second one knows what each place of a face looks like. Grey pictures stay exactly grey.
"""

from collections.abc import Callable

import cv2
import numpy as np

from nostalgia.enhancement.aligned_face import (
    LEAST_SIDE_PX,
    laid_out,
    levels_of,
    own_side,
    seen_side,
    unit_template,
    warp_to,
)
from nostalgia.enhancement.working_face import LUMA, WorkingFace
from nostalgia.geometry import scalar_step
from nostalgia.types import Float32, Float64, UInt8
from nostalgia.weights.network import shipped_network

_NETWORK_LEVELS = 64  # of chroma, in 1/64 of which the network counts
_CHANGES, _PATCH_CHANGES = (0.25, 0.5), (0.5, 1.0)
"""Mean changes (levels) that are none, and that are laid out whole, of the first network and of the
patches. Good pictures get 0.2 and 0.3, those of common compression 0.4 and 1.4."""

_COLOURED = (1.5, 3.0)
"""Levels of chroma that do not follow from the luma: up to 2.3 in tinted prints, 2.6 and more in
colour photos."""


class ColourNetwork:
    """Colour restorer of checkpoints/face_colour.onnx and colour_patches.onnx; keeps no state."""

    def __init__(
        self,
        predict: Callable[[Float32, Float32], Float32],
        patches: Callable[[Float32, Float32], Float32],
    ) -> None:
        """Restore with any networks.

        predict: maps planes, float32 (1, 4, S, S): restored luma and the photo's own, 0..1, Cb and
        Cr in levels / 64; and place, float32 (1, 4), as for `RestorerNetwork`; to the residual of
        Cb and Cr, levels / 64, float32 (1, 2, S, S).
        patches: maps planes without the restored luma, float32 (1, 3, S, S), S = LEAST_SIDE_PX, and
        the enlargement, float32 (1,), to the residual, float32 (1, 2, S / 2, S / 2).
        """
        self._predict, self._patches = predict, patches

    @classmethod
    def load(cls) -> "ColourNetwork":
        """Load the networks that ship.

        Raises:
            CheckpointError: a file is missing or damaged.
        """
        network, patches = shipped_network("face-colour"), shipped_network("colour-patches")
        return cls(
            lambda planes, place: network.run(planes, place)[0],
            lambda planes, enlarged: patches.run(planes, enlarged)[0],
        )

    def shift(self, face: WorkingFace, luma: Float32, enlarged: float) -> Float32:
        """Levels to add to each working pixel, RGB float32 (h, w, 3); luma does not change.

        Args:
            face: the working picture.
            luma: float32 (h, w), 0..255, restored; it leads the colour.
            enlarged: working pixels per pixel of the photo.
        """
        if is_grey(face.pixels):
            return np.zeros((*luma.shape, 3), np.float32)
        unit = unit_template(face.landmarks)
        own_side_px = own_side(unit, enlarged)
        side_px = seen_side(own_side_px)
        planes = _planes(warp_to(face.pixels, unit, side_px))
        lead = warp_to(levels_of(luma), unit, side_px).astype(np.float32) / np.float32(255)
        place = np.array([[0, 0, 1, max(1.0, side_px / own_side_px)]], np.float32)
        found = self._predict(np.stack([lead, *planes])[None], place)[0]
        shift = _laid_out(found, _CHANGES, unit, luma)
        planes = _planes(warp_to(levels_of(face.pixels + shift), unit, LEAST_SIDE_PX))
        place = np.array([max(1.0, LEAST_SIDE_PX / own_side_px)], np.float32)
        coloured = scalar_step(*_COLOURED, _not_by_luma(planes))
        if coloured == 0:
            return shift
        found = coloured * self._patches(planes[None], place)[0]
        # A cast is the picture's own; patches would give every face the same complexion.
        found = found - found[_inner(found)].mean((1, 2), keepdims=True)
        reduced = max(1.0, own_side_px / LEAST_SIDE_PX)
        changes = (reduced * _PATCH_CHANGES[0], reduced * _PATCH_CHANGES[1])
        return shift + _laid_out(found, changes, unit, luma)


def _planes(crop: UInt8) -> Float32:
    """Luma 0..1, and Cb and Cr as the networks count them: float32 (3, S, S)."""
    planes = [crop @ LUMA / np.float32(255), *chroma(crop) / np.float32(_NETWORK_LEVELS)]
    return np.stack(planes).astype(np.float32)


def _not_by_luma(planes: Float32) -> float:
    """Levels (standard deviation) of chroma that no parabola of the luma explains."""
    rim = planes.shape[-1] // 8
    inner = planes[:, rim:-rim, rim:-rim].transpose(1, 2, 0)
    areas = cv2.resize(inner, (24, 24), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    luma, hues = areas[:, 0].astype(np.float64), areas[:, 1:].astype(np.float64)
    powers = np.vander(luma, 3)
    rest = hues - powers @ np.linalg.lstsq(powers, hues, rcond=None)[0]
    return _NETWORK_LEVELS * float(np.sqrt((rest**2).mean()))


def _inner(found: Float32) -> tuple[slice, ...]:
    rim = found.shape[-1] // 5
    return np.s_[:, rim:-rim, rim:-rim]


def _laid_out(
    found: Float32, changes: tuple[float, float], unit: Float64, luma: Float32
) -> Float32:
    """A network's answer as RGB levels of each pixel, float32 (h, w, 3); 0 if it is hardly one."""
    found = found * np.float32(_NETWORK_LEVELS)
    share = scalar_step(*changes, float(np.abs(found[_inner(found)]).mean()))
    if share == 0:
        return np.zeros((*luma.shape, 3), np.float32)
    size_wh = (luma.shape[1], luma.shape[0])
    return rgb_of_chroma(*(share * laid_out(plane, unit, size_wh) for plane in found))


def is_grey(pixels: UInt8) -> bool:
    """Whether no pixel of a picture, RGB uint8 (h, w, 3), has a colour."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    return bool((red == green).all() and (green == blue).all())


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
