"""The part of a photo that a clip shows, cut out and reduced to the clip's size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from nostalgia.options import AnimateOptions
from nostalgia.photo.turning import turned_face, turned_pixel_box, turned_wh
from nostalgia.rendering.framing import (
    View,
    box_size,
    is_within,
    near_view,
    portrait_view,
    scaled_wh,
    whole_view,
)
from nostalgia.scene.analysis import Analysis
from nostalgia.scene.sizes import clip_limit
from nostalgia.scene.upright import Upright
from nostalgia.types import Face, FaceChoice, Photo, Stillness, StillReason

CROP_MARGIN = 1.75
"""Half the side of a face's crop, in face heights."""

_OUTSIDE_CROP = Stillness(StillReason.OUTSIDE_CROP, "outside the square that is shown")


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a photo that is worked on. scale: at most 1, clip pixels per photo pixel."""

    view: View
    scale: float

    def photo(self, photo: Photo) -> Photo:
        """The part of the photo that is worked on, reduced.

        A photo that was read in reduced form must be shown whole.
        """
        x0, y0, x1, y1 = self.view.work_xyxy
        part = photo.pixels if photo.own_wh else photo.pixels[y0:y1, x0:x1]
        size_wh = scaled_wh(box_size(self.view.work_xyxy), self.scale)
        if size_wh != (part.shape[1], part.shape[0]):
            part = np.asarray(cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
        return replace(photo, pixels=np.ascontiguousarray(part), own_wh=None)

    def face(self, face: Face) -> Face:
        """The face in the pixels of that part."""
        return _placed(face, self.view.work_xyxy[:2], self.scale)

    def upright(self, analysis: Analysis, choices: Sequence[FaceChoice]) -> Upright:
        """That part of the photo, and every face in its pixels, set upright."""
        faces = [self.face(choice.face) for choice in choices]
        return Upright.of(self.photo(analysis.photo), faces, analysis.upright_turn)


def at_clip_size(
    photo: Photo, faces: Sequence[Face], options: AnimateOptions, kind: str = "mp4"
) -> list[Face]:
    """The faces as large as in the clip, where they are judged; a preview's like the clip's.

    If none of them is large enough there, a nearer view is judged in the photo's own pixels.

    kind: format of the clip: "mp4", "gif" or "webp".
    """
    view = whole_view((photo.width, photo.height), side_by_side=options.side_by_side)
    scale = 1.0
    if options.crop != "face":
        scale = view.scale(clip_limit(replace(options, preview=False), kind=kind))
    if options.crop == "auto" and max(face.height_px for face in faces) * scale < (
        options.min_face_px
    ):
        scale = 1.0
    return [_placed(face, (0, 0), scale) for face in faces]


def choose_view(
    photo: Photo, choices: Sequence[FaceChoice], options: AnimateOptions, turn: int = 0
) -> tuple[View, tuple[FaceChoice, ...]]:
    """The part of a photo that is shown; faces outside it stay still.

    choices: choices for the faces in photo pixels, at least one of which moves. turn: degrees
    clockwise that set the photo upright.
    """
    size_wh = (photo.width, photo.height)
    if options.crop in (None, "photo"):
        return whole_view(size_wh, side_by_side=options.side_by_side), tuple(choices)
    moving = [turned_face(choice.face, turn, size_wh) for choice in choices if choice.moves]
    upright_wh = turned_wh(size_wh, turn)
    view_of = near_view if options.crop == "auto" else portrait_view
    upright = view_of(moving, upright_wh, CROP_MARGIN, side_by_side=options.side_by_side)
    view = replace(
        upright,
        work_xyxy=turned_pixel_box(upright.work_xyxy, -turn, upright_wh),
        window_xyxy=turned_pixel_box(upright.window_xyxy, -turn, upright_wh),
    )
    return view, tuple(
        choice if is_within(choice.face, view.window_xyxy) or not choice.moves
        else replace(choice, still=_OUTSIDE_CROP)
        for choice in choices
    )  # fmt: skip


def _placed(face: Face, corner_xy: Sequence[int], scale: float) -> Face:
    """A face in the pixels of a part of its photo that begins at the corner and is reduced."""
    x, y = corner_xy
    if scale == 1.0 and (x, y) == (0, 0):
        return face
    x0, y0, x1, y1 = face.box_xyxy
    box = ((x0 - x) * scale, (y0 - y) * scale, (x1 - x) * scale, (y1 - y) * scale)
    landmarks = (face.landmarks - np.array([x, y, 0], np.float32)) * np.float32(scale)
    return replace(face, box_xyxy=box, landmarks=np.asarray(landmarks, np.float32))
