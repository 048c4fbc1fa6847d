"""The frame that every frame of a clip would equal if nothing in it moved."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np

from nostalgia.clips.provenance import Provenance
from nostalgia.errors import InputError
from nostalgia.rendering.framing import Framing, Layout
from nostalgia.rendering.label import PILL, SOFT, prepare_label
from nostalgia.types import PixelBox, UInt8

LAYOUTS: tuple[Layout, ...] = ("alone", "beside", "below")
_SAME_SHAPE = 0.012
"""Largest relative difference between the aspect ratios of a photo and its reduced copy."""


@dataclass(frozen=True, slots=True)
class ReferenceFrame:
    """A clip at rest.

    pixels: RGB uint8 (H, W, 3), of the clip's size. area_xyxy: the part of it where the moving
    picture lies. shown_xyxy: the part of the photo that is shown, in photo pixels. is_scaled: True
    if the photo had to be resized. label: text of the visible mark.
    """

    pixels: UInt8
    area_xyxy: PixelBox
    shown_xyxy: PixelBox
    is_scaled: bool = False
    label: str = ""

    @property
    def scale(self) -> float:
        """Pixels of the clip per pixel of the photo."""
        return (self.area_xyxy[2] - self.area_xyxy[0]) / (self.shown_xyxy[2] - self.shown_xyxy[0])


def possible_reference_frames(
    photo: UInt8, size_wh: tuple[int, int], provenance: Provenance | None
) -> Iterator[ReferenceFrame]:
    """Yield what a clip of this size can show of a photo before anything moves.

    There are several where rounding leaves a pixel open, or the layout is unknown.

    Args:
        photo: RGB uint8 (H, W, 3).
        size_wh: width and height of the clip, pixels.
        provenance: that of the clip; without it the clip must show the whole photo, once or twice.

    Raises:
        InputError: the clip shows something else, without stating what.
    """
    height, width = photo.shape[:2]
    shown: PixelBox = (0, 0, width, height)
    if provenance is not None and provenance.shown_xyxy is not None:
        shown = provenance.shown_xyxy
    if shown[2] > width or shown[3] > height:
        raise InputError(
            f"the clip shows a part of a larger photo than this one of {width} x {height}"
        )
    part = photo[shown[1] : shown[3], shown[0] : shown[2]]
    layouts = [each for each in LAYOUTS if provenance is None or provenance.layout in ("", each)]
    framings = [each for layout in layouts for each in _framings(part, size_wh, layout)]
    if not framings:
        raise InputError(
            f"the clip of {size_wh[0]} x {size_wh[1]} does not show this photo of {width} x"
            f" {height}, or shows an unknown part of it: they cannot be compared"
        )
    for framing in framings:
        still = _still(part, shown, framing, size_wh)
        yield _labelled(still, provenance) if provenance is not None else still


def _still(
    part: UInt8, shown: PixelBox, framing: Framing, size_wh: tuple[int, int]
) -> ReferenceFrame:
    is_scaled = framing.frame_wh != (part.shape[1], part.shape[0])
    if is_scaled:
        interpolation = cv2.INTER_AREA if framing.frame_wh[0] < part.shape[1] else cv2.INTER_CUBIC
        part = np.asarray(cv2.resize(part, framing.frame_wh, interpolation=interpolation), np.uint8)
    pixels = framing.show(part, part)
    odd = ((0, size_wh[1] - pixels.shape[0]), (0, size_wh[0] - pixels.shape[1]), (0, 0))
    return ReferenceFrame(np.pad(pixels, odd, mode="edge"), framing.moving_xyxy, shown, is_scaled)


def _framings(part: UInt8, size_wh: tuple[int, int], layout: Layout) -> list[Framing]:
    """Ways in which a part of a photo can fill a clip: at its own size, or scaled.

    An odd row or column may have been doubled (to make the clip even) or cut off.
    """
    height, width = part.shape[:2]
    framings = []
    for (wide, high), more_x, more_y in product(_sizes(size_wh, layout), (0, 1), (0, 1)):
        framing = Framing((0, 0, wide, high), (wide + more_x, high + more_y), layout)
        odd = [full - shown for full, shown in zip(size_wh, framing.size_wh, strict=True)]
        ratio = (wide + more_x) * height / ((high + more_y) * width)
        if abs(ratio - 1) > _SAME_SHAPE + 1 / min(wide, high) or not set(odd) <= {0, 1}:
            continue
        if framing.frame_wh == (width, height):
            return [framing]
        framings.append(framing)
    return framings


def _sizes(size_wh: tuple[int, int], layout: Layout) -> list[tuple[int, int]]:
    """Sizes that one picture in a clip may have, the most likely first."""
    width, height = size_wh
    widths, heights = [width, width - 1], [height, height - 1]
    if layout == "beside":
        widths = list(range(width // 2, int(width * 0.47) - 2, -1))
    if layout == "below":
        heights = list(range(height // 2, int(height * 0.47) - 2, -1))
    return [(wide, high) for high in heights for wide in widths if wide > 0 and high > 0]


def _labelled(still: ReferenceFrame, provenance: Provenance) -> ReferenceFrame:
    """Add the visible mark that the clip claims to have, if nostalgia would draw it so."""
    x0, y0, x1, y1 = provenance.label_xyxy or (0, 0, 0, 0)
    height, width = still.pixels.shape[:2]
    if not provenance.label or x1 > width or y1 > height:
        return still
    for style in (SOFT, PILL):
        label = prepare_label(
            width, height, provenance.label, area_xyxy=still.area_xyxy, style=style
        )
        left, top, right, bottom = label.place_xyxy
        if (right - left, bottom - top) == (x1 - x0, y1 - y0):
            marked = label.at((x0, y0)).laid(still.pixels)
            return replace(still, pixels=marked, label=label.text)
    return still
