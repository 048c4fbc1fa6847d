"""The part of a photo that a clip shows: all of it or a square around the faces, once or twice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nostalgia.rendering.limits import SizeLimit
from nostalgia.types import CHIN, FOREHEAD, BoxXYXY, Face, Float64, PixelBox, UInt8

Layout = Literal["alone", "beside", "below"]
"""The moving picture on its own, to the right of the still photo, or below it."""

SQUARE_SIDE = 2.6
"""Side of the square around one face, face heights: head with hair, neck and shoulders."""

BELOW_MIDDLE = 0.18
"""Distance from the middle of a face down to that of its square, face heights."""

_BEHIND_FACE = 0.2
_STACK_ABOVE = 4 / 3
_GAP = 0.01
_GAP_COLOUR = 250


@dataclass(frozen=True, slots=True)
class View:
    """The parts of a photo that are processed and shown, in its own pixels.

    work_xyxy: all pixels that the shown faces need. window_xyxy: the part of them that is shown.
    whole: True if the photo is shown as it is; parts of a photo are shown with even sides.
    """

    work_xyxy: PixelBox
    window_xyxy: PixelBox
    layout: Layout = "alone"
    whole: bool = False

    def scale(self, limit: SizeLimit) -> float:
        """Factor, at most 1, that reduces the clip until the limit allows its size."""
        shown_wh = _shown_wh(*box_size(self.window_xyxy), self.layout)
        if limit.allows(shown_wh):
            return 1.0
        k = limit.largest_scale(shown_wh)
        while not limit.allows(self.framing(k).size_wh):
            k -= 0.25 / max(shown_wh)
        return k

    def framing(self, scale: float) -> "Framing":
        """Framing of frames that show `work_xyxy`, reduced by `scale`."""
        x0, y0, _, _ = self.work_xyxy
        work_wh = scaled_wh(box_size(self.work_xyxy), scale)
        if self.whole:
            return Framing((0, 0, *work_wh), work_wh, self.layout)
        width, height = (_even(side) for side in scaled_wh(box_size(self.window_xyxy), scale))
        left = min(round((self.window_xyxy[0] - x0) * scale), work_wh[0] - width)
        top = min(round((self.window_xyxy[1] - y0) * scale), work_wh[1] - height)
        return Framing((left, top, left + width, top + height), work_wh, self.layout)


@dataclass(frozen=True, slots=True)
class Framing:
    """Cuts the shown part out of a frame and places it beside the still photo.

    window_xyxy: the shown part, in pixels of the frame. frame_wh: width and height of the frames.
    """

    window_xyxy: PixelBox
    frame_wh: tuple[int, int]
    layout: Layout = "alone"

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of what is shown, in pixels."""
        return _shown_wh(*box_size(self.window_xyxy), self.layout)

    @property
    def moving_xyxy(self) -> PixelBox:
        """Part of the shown picture where the moving one lies, in its pixels."""
        (width, height), (moving_width, moving_height) = self.size_wh, box_size(self.window_xyxy)
        return width - moving_width, height - moving_height, width, height

    @property
    def phase_xy(self) -> tuple[int, int]:
        """Columns and rows, 0 or 1, to put before a frame so that its even pixels stay even.

        Pairs of pixels share their chroma: a pair of the frame must be a pair of what is shown.
        """
        left, top, _, _ = self.moving_xyxy
        return (left - self.window_xyxy[0]) % 2, (top - self.window_xyxy[1]) % 2

    @property
    def shows_frames(self) -> bool:
        """True if a frame is shown as it is, neither cut nor beside the still photo."""
        return self.layout == "alone" and self.size_wh == self.frame_wh

    def show(self, frame: UInt8, still: UInt8) -> UInt8:
        """The shown picture, RGB uint8; in the layout "alone" a view into the frame.

        Args:
            frame: RGB uint8 (H, W, 3) of `frame_wh`, the moved picture.
            still: the photo as it was read, of the same shape; ignored in the layout "alone".
        """
        x0, y0, x1, y1 = self.window_xyxy
        moving = frame[y0:y1, x0:x1]
        if self.layout == "alone":
            return moving
        width, height = self.size_wh
        shown = np.full((height, width, 3), _GAP_COLOUR, np.uint8)
        shown[: y1 - y0, : x1 - x0] = still[y0:y1, x0:x1]
        left, top, _, _ = self.moving_xyxy
        shown[top:, left:] = moving
        return shown


def whole_view(size_wh: tuple[int, int], *, side_by_side: bool = False) -> View:
    """View of all of a photo of this size."""
    whole = (0, 0, *size_wh)
    return View(whole, whole, _layout(whole, side_by_side=side_by_side), whole=True)


def portrait_view(
    faces: Sequence[Face],
    size_wh: tuple[int, int],
    crop_margin: float,
    *,
    side_by_side: bool = False,
) -> View:
    """View of a square around all faces, or around the largest if that does not fit.

    Args:
        faces: those that move, at least one, in pixels of the photo.
        size_wh: width and height of the photo.
        crop_margin: half the side of a face's crop, in face heights.
        side_by_side: show the still square too.
    """
    squares = [_portrait_square(face) for face in faces]
    least, most = np.min(squares, axis=0)[:2], np.max(squares, axis=0)[2:]
    if len(faces) > 1 and (most - least).max() > min(size_wh):
        largest = max(range(len(faces)), key=lambda i: faces[i].height_px)
        least, most = np.array(squares[largest][:2]), np.array(squares[largest][2:])
    window = _inside((least + most) / 2, float((most - least).max()), size_wh)
    work = [_reach(face, size_wh, crop_margin) for face in faces if is_within(face, window)]
    edges = np.array([window, *work])
    x0, y0, x1, y1 = (int(v) for v in [*edges[:, :2].min(0), *edges[:, 2:].max(0)])
    return View((x0, y0, x1, y1), window, _layout(window, side_by_side=side_by_side))


def is_within(face: Face, window_xyxy: PixelBox) -> bool:
    """True if the middle of a face lies in a part of its photo."""
    x, y = face.landmarks[:, :2].mean(axis=0)
    x0, y0, x1, y1 = window_xyxy
    return bool(x0 <= x < x1 and y0 <= y < y1)


def scaled_wh(size_wh: tuple[int, int], scale: float) -> tuple[int, int]:
    """Width and height times `scale`, in whole pixels and at least 1."""
    return max(round(size_wh[0] * scale), 1), max(round(size_wh[1] * scale), 1)


def _portrait_square(face: Face) -> BoxXYXY:
    """Square around one head with its hair; shifted to show the back of a turned head."""
    chin, forehead = face.landmarks[CHIN, :2], face.landmarks[FOREHEAD, :2]
    x, y = (chin + forehead) / 2 + BELOW_MIDDLE * (chin - forehead)
    x -= math.sin(math.radians(face.pose.yaw)) * _BEHIND_FACE * face.height_px
    half = SQUARE_SIDE * face.height_px / 2
    return BoxXYXY((float(x) - half, float(y) - half, float(x) + half, float(y) + half))


def _inside(centre_xy: Float64, side: float, size_wh: tuple[int, int]) -> PixelBox:
    """Square of even side around a point, moved and shrunk until it lies in the photo."""
    side_px = _even(min(math.ceil(side), *size_wh))
    x0, y0 = (
        min(max(round(float(centre) - side_px / 2), 0), length - side_px)
        for centre, length in zip(centre_xy, size_wh, strict=True)
    )
    return x0, y0, x0 + side_px, y0 + side_px


def _reach(face: Face, size_wh: tuple[int, int], crop_margin: float) -> PixelBox:
    """Part of the photo that a face's crop covers."""
    x, y = (float(v) for v in face.landmarks[:, :2].mean(axis=0))
    half = math.ceil(crop_margin * face.height_px) + 2
    return (
        max(math.floor(x) - half, 0),
        max(math.floor(y) - half, 0),
        min(math.ceil(x) + half + 1, size_wh[0]),
        min(math.ceil(y) + half + 1, size_wh[1]),
    )


def _layout(window_xyxy: PixelBox, *, side_by_side: bool) -> Layout:
    if not side_by_side:
        return "alone"
    width, height = box_size(window_xyxy)
    return "below" if width > _STACK_ABOVE * height else "beside"


def _shown_wh(width: int, height: int, layout: Layout) -> tuple[int, int]:
    gap = _even(max(round(_GAP * max(width, height)), 2))
    if layout == "beside":
        return 2 * width + gap, height
    return (width, 2 * height + gap) if layout == "below" else (width, height)


def box_size(box_xyxy: PixelBox) -> tuple[int, int]:
    """Width and height of a box."""
    return box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1]


def _even(length: int) -> int:
    return max(length - length % 2, min(length, 2))
