"""The part of a photo that a clip shows: all of it or what is around the faces, once or twice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nostalgia.rendering.limits import SizeLimit
from nostalgia.types import CHIN, FOREHEAD, BoxXYXY, Face, Float64, PixelBox, UInt8

Layout = Literal["alone", "beside", "below"]
"""The moving picture on its own, to the right of the still photo, or below it."""

_SQUARE_SIDE = 2.6
"""Side of the square around one face, face heights: head with hair, neck and shoulders."""

_BELOW_MIDDLE = 0.18
"""Distance from the middle of a face down to that of its square, face heights."""

LARGE_HEADS = 0.17
"""Least height of a face over the side of a square of the clip's area, where all of it is shown:
on a telephone, the eyes of smaller ones are hardly seen."""

_NEAR_HEADS = 0.27
"""The same in a nearer view, if the smallest of its faces decides."""
_LEAST_NEAR_PX = 360
"""Side of the smallest square that a nearer view may have the area of."""
_LEAST_GAIN = 1.25
"""A nearer view that enlarges by less than this is not worth the loss of the whole photo."""
_NEAR_RATIOS = (3 / 4, 3 / 2)
"""Least and largest width over height of a nearer view."""
_ASIDE, _ABOVE, _BELOW = 1.25, 1.15, 1.7
"""Reach of a nearer view from the middle of a face, face heights: shoulders, hat and chest."""

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
    side_px = _even(min(math.ceil((most - least).max()), *size_wh))
    window = _placed((least + most) / 2, (side_px, side_px), size_wh)
    return _part_view(faces, window, size_wh, crop_margin, side_by_side=side_by_side)


def near_view(
    faces: Sequence[Face],
    size_wh: tuple[int, int],
    crop_margin: float,
    *,
    side_by_side: bool = False,
) -> View:
    """View of the whole photo if its heads are large enough, else a nearer one of all faces.

    The nearer one has even sides and the photo's own pixels. Where it would hardly be nearer,
    because the faces are far apart or the photo is small, the whole photo is shown.

    Args:
        faces: those that move, at least one, in pixels of the photo.
        size_wh: width and height of the photo.
        crop_margin: half the side of a face's crop, in face heights.
        side_by_side: show the still picture too.
    """
    window = None if heads_are_large(faces, size_wh) else _near_window(faces, size_wh)
    if window is None or _side(size_wh) < _LEAST_GAIN * _side(box_size(window)):
        return whole_view(size_wh, side_by_side=side_by_side)
    return _part_view(faces, window, size_wh, crop_margin, side_by_side=side_by_side)


def heads_are_large(faces: Sequence[Face], size_wh: tuple[int, int]) -> bool:
    """True if every face is large enough to be watched in a clip of the whole photo."""
    return all(face.height_px >= LARGE_HEADS * _side(size_wh) for face in faces)


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
    x, y = _middle_xy(face) + _BELOW_MIDDLE * (
        face.landmarks[CHIN, :2] - face.landmarks[FOREHEAD, :2]
    )
    half = _SQUARE_SIDE * face.height_px / 2
    return BoxXYXY((float(x) - half, float(y) - half, float(x) + half, float(y) + half))


def _middle_xy(face: Face) -> Float64:
    """Middle between chin and forehead, shifted towards the back of a turned head."""
    x, y = (face.landmarks[CHIN, :2] + face.landmarks[FOREHEAD, :2]) / 2
    x -= math.sin(math.radians(face.pose.yaw)) * _BEHIND_FACE * face.height_px
    return np.array([x, y], np.float64)


def _placed(centre_xy: Float64, part_wh: tuple[int, int], size_wh: tuple[int, int]) -> PixelBox:
    """Part of a photo of this size, around a point or as near to it as the edges allow."""
    x0, y0 = (
        min(max(round(float(centre) - side / 2), 0), length - side)
        for centre, side, length in zip(centre_xy, part_wh, size_wh, strict=True)
    )
    return x0, y0, x0 + part_wh[0], y0 + part_wh[1]


def _near_window(faces: Sequence[Face], size_wh: tuple[int, int]) -> PixelBox:
    """Heads and shoulders of all faces, with some air, in a common picture format."""
    upper = np.array([_ASIDE, _ABOVE])
    lower = np.array([_ASIDE, _BELOW])
    centres = [(_middle_xy(face), face.height_px) for face in faces]
    least = np.maximum(np.min([xy - upper * height for xy, height in centres], axis=0), 0)
    most = np.minimum(np.max([xy + lower * height for xy, height in centres], axis=0), size_wh)
    width, height = (float(side) for side in np.maximum(most - least, 1))
    width = max(width, _NEAR_RATIOS[0] * height)
    height = max(height, width / _NEAR_RATIOS[1])
    smallest = min(face.height_px for face in faces)
    more = max(max(smallest / _NEAR_HEADS, _LEAST_NEAR_PX) / _side((width, height)), 1.0)
    sides = (math.ceil(more * side) for side in (width, height))
    part_wh = [_even(min(side, length)) for side, length in zip(sides, size_wh, strict=True)]
    return _placed((least + most) / 2, (part_wh[0], part_wh[1]), size_wh)


def _part_view(
    faces: Sequence[Face],
    window_xyxy: PixelBox,
    size_wh: tuple[int, int],
    crop_margin: float,
    *,
    side_by_side: bool,
) -> View:
    """View of a part of a photo, and of all pixels that the faces in it need."""
    shown = [face for face in faces if is_within(face, window_xyxy)]
    edges = np.array([window_xyxy, *(_reach(face, size_wh, crop_margin) for face in shown)])
    x0, y0, x1, y1 = (int(v) for v in [*edges[:, :2].min(0), *edges[:, 2:].max(0)])
    return View((x0, y0, x1, y1), window_xyxy, _layout(window_xyxy, side_by_side=side_by_side))


def _side(size_wh: tuple[float, float]) -> float:
    """Side of a square of this area."""
    return math.sqrt(size_wh[0] * size_wh[1])


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
