"""The embedded enhancer: repairs specks and scratches, then restores the face by its own network.

The result is a shift of the photo's own pixels, computed at up to WORKING_FACE_PX pixels of face
height and added at full size through soft masks: outside the masks every pixel is the photo's,
chroma is unchanged, and a huge scan keeps its finest grain. Strength 0 is the photo.

Of faces below SMALLEST_KNOWN_PX nobody can say whose they are, and the network would have to
invent them; `classical` sharpens them a little.
"""

from dataclasses import replace
from typing import Self

import cv2
import numpy as np

from nostalgia.enhancement.classical import classical_shift
from nostalgia.enhancement.damage import fill_damage, find_damage
from nostalgia.enhancement.grain import borrowed_grain
from nostalgia.enhancement.restorer import RestorerNetwork
from nostalgia.enhancement.working_face import WorkingFace, add_shift, working_face
from nostalgia.faces.regions import reach_xyxy
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32, UInt8

SMALLEST_FACE_PX = 16.0  # below, there is nothing to restore
SMALLEST_KNOWN_PX = 24.0


class EmbeddedEnhancer:
    """Restores detail and tones with a network that ships; repairs specks and scratches."""

    name = "embedded"

    def __init__(self, network: RestorerNetwork | None = None) -> None:
        """Enhance with a network; None = the one that ships.

        Raises:
            CheckpointError: the file of that one is missing or damaged.
        """
        self._network = network or RestorerNetwork.load()

    @classmethod
    def load(cls, options: AnimateOptions) -> Self:
        """Return the enhancer with the network that ships; errors as in `__init__`."""
        return cls()

    def enhance(self, source: FaceCrop, strength: float) -> FaceCrop:
        """Return the crop with a clearer face; see `FaceEnhancer.enhance`."""
        own_height_px = source.face_height_px / source.enlarged
        if strength <= 0 or own_height_px < SMALLEST_FACE_PX:
            return source
        strength = min(float(strength), 1.0)
        box = reach_xyxy(source.landmarks, source.face_height_px, source.size_px)
        if box[2] - box[0] < 8 or box[3] - box[1] < 8:
            return source
        face = working_face(source, box)
        if own_height_px < SMALLEST_KNOWN_PX:
            shift = classical_shift(face, strength)[..., None]
        else:
            shift = self._shift(face, strength, source.enlarged * face.scale)
        return replace(source, pixels=add_shift(source.pixels, shift, box))

    def _shift(self, face: WorkingFace, strength: float, enlarged: float) -> Float32:
        """Levels to add to each working pixel: float32 (h, w, 1), (h, w, 3) if damage was repaired.

        enlarged: working pixels per pixel of the photo.
        """
        regions = face.regions
        pixels, repair = repaired(face, strength)
        found = self._network.residual(face, pixels, enlarged)
        luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
        detail = found.detail + borrowed_grain(luma, found.detail, regions)
        shift = strength * (found.tone * regions.tone + detail * regions.detail)[..., None]
        return np.asarray(shift if repair is None else shift + repair, np.float32)


def repaired(face: WorkingFace, strength: float) -> tuple[UInt8, Float32 | None]:
    """The working pixels without specks and scratches, and levels (h, w, 3) that remove them.

    The levels are None where there are none.
    """
    damage = find_damage(face.luma, face.regions, face.face_height_px)
    if not damage.any():
        return face.pixels, None
    filled = fill_damage(face.pixels, damage)
    weight = min(2 * strength, 1.0) * face.regions.detail[..., None]
    return filled, np.asarray((filled.astype(np.float32) - face.pixels) * weight, np.float32)
