"""Everything known about a clip before its first frame, and the frames that follow from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.photo.crop import recrop
from nostalgia.rendering.framing import Framing
from nostalgia.rendering.renderer import render_frame
from nostalgia.scene.casting import Casting
from nostalgia.scene.layers import Layer
from nostalgia.scene.timeline import Timeline
from nostalgia.types import DenseMotion, FaceChoice, Photo, PixelBox, UInt8


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is known before the first frame.

    photo: as it was read, reduced, and cut to what the shown faces need. pixels: RGB uint8
    (H, W, 3), that photo with its animated faces restored. size_wh, choices, shown_xyxy: the size
    of the whole photo as read, every face found in it, and what the clip shows, in its pixels.
    layers: smallest face first, so that the nearest head is drawn last.
    """

    photo: Photo
    pixels: UInt8
    size_wh: tuple[int, int]
    choices: tuple[FaceChoice, ...]
    shown_xyxy: PixelBox
    framing: Framing
    casting: Casting
    timeline: Timeline
    layers: tuple[Layer, ...]
    warnings: tuple[str, ...] = ()

    @property
    def needs_photo(self) -> bool:
        """True if frames show the photo as it was read, so that its pixels must be kept."""
        return self.framing.layout != "alone" or self.timeline.frames > self.timeline.performed

    def frames(self) -> Iterator[UInt8]:
        """Every frame of the clip as it is shown, RGB uint8 (H, W, 3); each call starts afresh.

        The caller may change a frame; the others stay as they are.
        """
        motions = [layer.perform() for layer in self.layers]
        for number in range(self.timeline.performed):
            frame = self._frame([next(each) for each in motions], self.timeline.faded(number))
            yield self.framing.show(frame, self.photo.pixels)
        if self.timeline.resting:
            rest = self.framing.show(self.photo.pixels, self.photo.pixels)
            for _ in range(self.timeline.resting):
                yield rest.copy()

    def _frame(self, motions: Sequence[DenseMotion], faded: float) -> UInt8:
        """One frame, RGB uint8 (H, W, 3): every layer moved, over the ones behind it.

        faded: 0..1, share to which the restoration has faded into the photo as it was read.
        """
        pixels = self.pixels
        if faded > 0:
            mixed = cv2.addWeighted(pixels, 1 - faded, self.photo.pixels, faded, 0)
            pixels = np.asarray(mixed, np.uint8)
        frame = pixels.copy()
        for layer, motion in zip(self.layers, motions, strict=True):
            changed = layer.overlaps or faded > 0
            source = recrop(layer.source, frame) if changed else layer.source
            x0, y0, x1, y1 = layer.region_in_photo
            render_frame(source, motion, layer.region_xyxy, frame[y0:y1, x0:x1])
        return frame
