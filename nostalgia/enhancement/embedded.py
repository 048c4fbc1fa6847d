"""The embedded enhancer: repairs scratches, undoes blur, then restores the face by own networks.

The result is a shift of the photo's own pixels, computed at up to WORKING_FACE_PX pixels of face
height and added at full size through soft masks: outside the masks every pixel is the photo's, and
a huge scan keeps its finest grain. Strength 0 is the photo.

Of faces below SMALLEST_KNOWN_PX nobody can say whose they are, and the network would have to
invent them; `classical` sharpens them a little.
"""

from dataclasses import replace
from typing import Self

import cv2
import numpy as np

from nostalgia.enhancement.classical import classical_shift
from nostalgia.enhancement.colour import ColourNetwork
from nostalgia.enhancement.damage import repair_person
from nostalgia.enhancement.deblurring import deblurred_face
from nostalgia.enhancement.grain import borrowed_grain
from nostalgia.enhancement.restorer import RestorerNetwork
from nostalgia.enhancement.toning import toned
from nostalgia.enhancement.working_face import WorkingFace, add_shift, working_face
from nostalgia.faces.regions import reach_xyxy
from nostalgia.geometry import scalar_step
from nostalgia.options import AnimateOptions
from nostalgia.types import FaceCrop, Float32, UInt8

SMALLEST_FACE_PX = 16.0  # below, there is nothing to restore
SMALLEST_KNOWN_PX = 24.0
FADING_IN_PX = (30.0, 54.0)
"""Face heights between which the networks' changes grow from nothing to the whole: what they make
of 32 pixels is measured less like the person (won_id -0.03, 24 portraits)."""

WHOLE_FROM = 0.8
"""Strength from which tones, strong grain, colour and what is known of a place are changed as far
as they can be: all are sure, and half of a veil of grain is still a veil. Of the rest of detail,
strength 0.8 is 0.8."""


class EmbeddedEnhancer:
    """Restores detail, tones and colour with networks that ship; repairs specks and scratches."""

    name = "embedded"
    looks_at_person = True

    def __init__(
        self, network: RestorerNetwork | None = None, colour: ColourNetwork | None = None
    ) -> None:
        """Enhance with networks; None = the one that ships.

        Raises:
            CheckpointError: the file of one that ships is missing or damaged.
        """
        self._network = network or RestorerNetwork.load()
        self._colour = colour or ColourNetwork.load()

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
        known = scalar_step(*FADING_IN_PX, own_height_px)
        if own_height_px >= SMALLEST_KNOWN_PX and known == 0:
            return source
        box = reach_xyxy(source.landmarks, source.face_height_px, source.size_px)
        if box[2] - box[0] < 8 or box[3] - box[1] < 8:
            return source
        source = replace(source, pixels=_mended(source, strength))
        face = working_face(source, box)
        if own_height_px < SMALLEST_KNOWN_PX:
            shift = classical_shift(face, strength)[..., None]
            return replace(source, pixels=add_shift(source.pixels, shift, box))
        shift, tones = self._shift(face, strength, source.enlarged * face.scale)
        pixels = toned(source, np.float32(known) * tones)
        return replace(source, pixels=add_shift(pixels, np.float32(known) * shift, box))

    def _shift(
        self, photo: WorkingFace, strength: float, enlarged: float
    ) -> tuple[Float32, Float32]:
        """Levels to add to each working pixel, RGB float32 (h, w, 3), and by luma, (256,).

        enlarged: working pixels per pixel of the photo.
        """
        regions = photo.regions
        face = deblurred_face(photo, enlarged)
        found = self._network.residual(face, enlarged)
        sure = min(strength / WHOLE_FROM, 1.0)
        sharper = face.luma - photo.luma
        change = sure * found.sure + strength * (sharper + found.detail)
        taken = found.sure + sharper + found.detail
        change += strength * borrowed_grain(photo.luma, taken, regions)
        detail = np.asarray(change * regions.detail, np.float32)
        shift = np.repeat(detail[..., None], 3, axis=-1)
        tones = np.asarray(sure * found.tones, np.float32)
        tone = np.interp(photo.luma, np.arange(256), tones).astype(np.float32) * regions.tone
        colour = self._colour.shift(face, photo.luma + tone + detail, enlarged)
        shift += sure * regions.tone[..., None] * colour
        if face is not photo:
            hues = face.pixels.astype(np.float32) - photo.pixels - sharper[..., None]
            shift += strength * regions.detail[..., None] * hues
        return np.asarray(shift, np.float32), tones


def _mended(source: FaceCrop, strength: float) -> UInt8:
    """The crop's pixels without tears, scratches and specks, wholly from strength 0.5 on."""
    filled = repair_person(source)
    share = min(2 * strength, 1.0)
    if share == 1.0 or filled is source.pixels:
        return filled
    return np.asarray(cv2.addWeighted(filled, share, source.pixels, 1 - share, 0), np.uint8)
