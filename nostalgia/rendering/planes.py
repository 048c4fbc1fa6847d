"""A picture as the planes that are rendered: RGB, or luma and half-size chroma as in the MP4.

Rendering an MP4 in its own Y'CbCr 4:2:0 planes moves half the bytes of RGB, and no frame has to be
converted. The chroma samples lie in the middle of their four pixels, as ffmpeg makes them; the MP4
says so (H.264 table E-2, chroma_sample_loc_type 1).
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.dense_motion import Fill, Shade
from nostalgia.imaging import LUMA
from nostalgia.types import Float32, PixelBox, UInt8

_RED, _GREEN, _BLUE = LUMA
_LUMA = np.array([_RED, _GREEN, _BLUE, 0.0])
_BLUE_LESS_LUMA = (np.array([0.0, 0.0, 1.0, 0.0]) - _LUMA) / (2 * (1 - _BLUE))
_RED_LESS_LUMA = (np.array([1.0, 0.0, 0.0, 0.0]) - _LUMA) / (2 * (1 - _RED))
_LUMA_RANGE, _CHROMA_RANGE = 219 / 255, 224 / 255
_NO_CHANGE = 1e-3
SHOULDER, OVEREXPOSED = 3.0, 1.1
"""How steeply a change of light ends towards white, and where, in whites."""

_OF_RGB = np.eye(3, 4, dtype=np.float32)
_OF_LUMA = (_LUMA_RANGE * _LUMA + [0, 0, 0, 16])[None].astype(np.float32)
_OF_CHROMA = np.asarray(
    _CHROMA_RANGE * np.stack([_BLUE_LESS_LUMA, _RED_LESS_LUMA]) + [0, 0, 0, 128], np.float32
)
"""Limited-range BT.709 (ITU-R BT.709-6, 3.2-3.4): rows times (R, G, B, 1), 0..255."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One plane of a picture.

    samples: uint8 (h, w, C), a view into the picture; each is the value at the middle of a square
    of `step_px` x `step_px` pixels. from_rgb: float32 (C, 4), times (R, G, B, 1) gives the values.
    """

    samples: UInt8
    step_px: int
    from_rgb: Float32

    def lay(self, colours: NDArray[np.generic], cover: Float32, corner_xy: tuple[int, int]) -> None:
        """Mix colours into the plane, in place; what leaves the plane is cut off.

        Args:
            colours: RGB uint8 or float32 (h, w, 3), 0..255.
            cover: float32 (h, w), 0..1, 0 = the plane stays as it is.
            corner_xy: pixel of the picture where the colours begin.
        """
        height, width, _ = self.samples.shape
        x, y = corner_xy
        left, top = max(-x, 0), max(-y, 0)
        right, bottom = width * self.step_px - x, height * self.step_px - y
        part = (slice(top, max(bottom, top)), slice(left, max(right, left)))
        colours, cover = colours[part], cover[part][..., None]
        if not cover.size:
            return
        x, y = x + left, y + top
        values = np.asarray(cv2.transform(colours.astype(np.float32), self.from_rgb), np.float32)
        added, kept = values.reshape(*cover.shape[:2], -1) * cover, 1 - cover
        if self.step_px == 2:
            added, kept = _halved(added, (x, y), 0.0), _halved(kept, (x, y), 1.0)
            x, y = x // 2, y // 2
        place = self.samples[y : y + kept.shape[0], x : x + kept.shape[1]]
        place[...] = np.rint(np.clip(place * kept + added, 0, 255)).astype(np.uint8)

    def add(self, luma: Float32, colour: Float32, box_xyxy: PixelBox) -> None:
        """Add luma, float32 (h, w), 0..255, over a box of whole steps inside the plane, in place.

        colour: float32 (3,), what red, green and blue change by where the luma changes by 1.
        """
        weights = self.from_rgb[:, :3] @ colour
        if np.abs(weights).max() < _NO_CHANGE:
            return
        x0, y0, x1, y1 = self.box(box_xyxy)
        if self.step_px > 1:
            luma = np.asarray(cv2.resize(luma, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA))
        part = self.samples[y0:y1, x0:x1]
        added = cv2.merge([luma * weight for weight in weights])
        part[...] = cv2.add(part, added, dtype=cv2.CV_8U).reshape(part.shape)

    def box(self, box_xyxy: PixelBox) -> PixelBox:
        """The samples of a box whose edges are multiples of the step."""
        x0, y0, x1, y1 = (edge // self.step_px for edge in box_xyxy)
        return x0, y0, x1, y1

    def inner(self, box_xyxy: PixelBox) -> PixelBox:
        """The samples of any box that show nothing beyond it."""
        x0, y0, x1, y1 = box_xyxy
        step = self.step_px
        return -(-x0 // step), -(-y0 // step), x1 // step, y1 // step


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that can be rendered.

    pixels: RGB uint8 (H, W, 3); or, `planar`, as ffmpeg's nv12: uint8 (H * 3 / 2, W), the rows of
    luma, then rows of half as many pairs of chroma, H and W even.
    """

    pixels: UInt8
    planar: bool = False

    @property
    def planes(self) -> tuple[Plane, ...]:
        """RGB as one plane, or luma and chroma."""
        if not self.planar:
            return (Plane(self.pixels, 1, _OF_RGB),)
        width, height = self.size_wh
        chroma = self.pixels[height:].reshape(height // 2, width // 2, 2)
        return Plane(self.pixels[:height, :, None], 1, _OF_LUMA), Plane(chroma, 2, _OF_CHROMA)

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height * 2 // 3 if self.planar else height

    @property
    def align_px(self) -> int:
        """Edges of boxes that can be copied are multiples of this."""
        return 2 if self.planar else 1

    def copy(self) -> Self:
        """The same picture in memory of its own."""
        return type(self)(self.pixels.copy(), self.planar)

    def aligned(self, box_xyxy: PixelBox) -> PixelBox:
        """A box with its edges moved out to multiples of `align_px`, inside the picture."""
        x0, y0, x1, y1 = box_xyxy
        a, (width, height) = self.align_px, self.size_wh
        left, top = max(x0 - x0 % a, 0), max(y0 - y0 % a, 0)
        right, bottom = min(x1 + x1 % a, width), min(y1 + y1 % a, height)
        return left, top, max(right, left), max(bottom, top)

    def inside(self, box_xyxy: PixelBox) -> PixelBox:
        """A box with its edges moved in to multiples of `align_px`."""
        x0, y0, x1, y1 = box_xyxy
        a = self.align_px
        return x0 + x0 % a, y0 + y0 % a, x1 - x1 % a, y1 - y1 % a

    def cut(self, box_xyxy: PixelBox) -> Self:
        """Copy of an aligned box."""
        x0, y0, x1, y1 = box_xyxy
        width, height = max(x1 - x0, 0), max(y1 - y0, 0)
        shape = (height * 3 // 2, width) if self.planar else (height, width, 3)
        part = type(self)(np.empty(shape, np.uint8), self.planar)
        part.paste(self, (x0, y0, x0 + width, y0 + height), (0, 0))
        return part

    def paste(
        self, other: "Picture", box_xyxy: PixelBox, at_xy: tuple[int, int] | None = None
    ) -> None:
        """Copy an aligned box of another picture into this one, in place.

        at_xy: pixel of this picture where the box begins, aligned; None for the same place.
        """
        x0, y0, x1, y1 = box_xyxy
        x, y = at_xy or (x0, y0)
        for mine, theirs in zip(self.planes, other.planes, strict=True):
            left, top, right, bottom = mine.box((x, y, x + x1 - x0, y + y1 - y0))
            x0_, y0_, x1_, y1_ = theirs.box(box_xyxy)
            mine.samples[top:bottom, left:right] = theirs.samples[y0_:y1_, x0_:x1_]

    def lay(self, fill: Fill) -> None:
        """Lay a fill, whose corner is a pixel of this picture, over all planes, in place."""
        for plane in self.planes:
            plane.lay(fill.pixels, 1 - fill.occlusion, fill.corner_xy)

    def shade(self, shade: Shade) -> None:
        """Lay a shade, whose box is in pixels of this picture, over all planes, in place.

        What leaves the picture is cut off. Where the picture is nearly white the light changes
        less, as on film that was exposed for longer.
        """
        x0, y0, x1, y1 = shade.box_xyxy
        width, height = self.size_wh
        left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
        if right <= left or bottom <= top:
            return
        rows, columns = shade.gain.shape
        across, down = columns / (x1 - x0), rows / (y1 - y0)
        place = np.array(
            [
                [across, 0.0, (left + 0.5 - x0) * across - 0.5],
                [0.0, down, (top + 0.5 - y0) * down - 0.5],
            ]
        )
        more = cv2.warpAffine(
            shade.gain - 1, place, (right - left, bottom - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        first = self.planes[0]
        part = np.ascontiguousarray(first.samples[top:bottom, left:right])
        levels = np.arange(256, dtype=np.float32)
        if self.planar:
            levels = (levels - first.from_rgb[0, 3]) / np.float32(_LUMA_RANGE)
        else:
            part = np.asarray(cv2.transform(part, _LUMA[None, :3]), np.uint8)
        light = np.minimum(levels, SHOULDER * (OVEREXPOSED * 255 - levels))
        added = np.asarray(cv2.multiply(cv2.LUT(part, light), more), np.float32)
        colour = np.array(shade.colour, np.float32)
        for plane in self.planes:
            box = (left, top, right, bottom)
            if plane.step_px > 1:
                box = self.inside(box)
            luma = added[box[1] - top : box[3] - top, box[0] - left : box[2] - left]
            if luma.size:
                plane.add(luma, colour, box)


def _halved(values: Float32, corner_xy: tuple[int, int], outside: float) -> Float32:
    """Mean over squares of 2 x 2 pixels of a picture: float32 (h, w, C) to about half of both.

    corner_xy: pixel where the values begin. outside: value of pixels of a square beyond them.
    """
    height, width, channels = values.shape
    left, top = corner_xy[0] % 2, corner_xy[1] % 2
    whole_hw = (height + top + (height + top) % 2, width + left + (width + left) % 2)
    whole = np.full((*whole_hw, channels), outside, np.float32)
    whole[top : top + height, left : left + width] = values
    whole = whole[::2] + whole[1::2]
    return np.asarray((whole[:, ::2] + whole[:, 1::2]) / 4, np.float32)
