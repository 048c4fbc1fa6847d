"""Quarter turns of photos and of what lies in their pixels.

A turn is in degrees clockwise, a multiple of 90: a photo whose heads point to the left is turned by
90 to stand upright. Boxes are turned by their edges, landmarks by the middles of pixels.
"""

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nostalgia.geometry import turned_box
from nostalgia.types import Face, FaceCrop, Float32, HeadPose, Photo, PixelBox

AnyArray = TypeVar("AnyArray", bound=NDArray[Any])

TURNS = (90, 180, 270)
"""The turns that change a photo."""


def turned_pixels(pixels: AnyArray, turn: int) -> AnyArray:
    """A picture or a map (H, W, ...), turned; contiguous, itself without a turn."""
    if turn % 360 == 0:
        return pixels
    return np.ascontiguousarray(np.rot90(pixels, -(turn // 90) % 4))  # type: ignore[return-value]


def turned_wh(size_wh: tuple[int, int], turn: int) -> tuple[int, int]:
    """Width and height after a turn."""
    return size_wh if turn % 180 == 0 else (size_wh[1], size_wh[0])


def turned_pixel_box(box_xyxy: PixelBox, turn: int, size_wh: tuple[int, int]) -> PixelBox:
    """`turned_box` for whole pixels."""
    x0, y0, x1, y1 = (round(edge) for edge in turned_box(box_xyxy, turn, size_wh))
    return x0, y0, x1, y1


def turned_points(points: Float32, turn: int, size_wh: tuple[int, int]) -> Float32:
    """Points float32 (..., 2 or 3), x and y in pixels of a picture of this size, after its turn."""
    x, y = points[..., 0], points[..., 1]
    width, height = size_wh
    for _ in range(turn // 90 % 4):
        x, y = height - 1 - y, x
        width, height = height, width
    return np.concatenate([np.stack([x, y], -1), points[..., 2:]], -1).astype(np.float32)


def turned_photo(photo: Photo, turn: int) -> Photo:
    """A photo turned clockwise; `rotated` says by how much it is turned in all."""
    if turn % 360 == 0:
        return photo
    own_wh = turned_wh(photo.own_wh, turn) if photo.own_wh else None
    rotated = (photo.rotated + turn) % 360
    return replace(photo, pixels=turned_pixels(photo.pixels, turn), own_wh=own_wh, rotated=rotated)


def turned_face(face: Face, turn: int, size_wh: tuple[int, int]) -> Face:
    """A face after the turn of its photo of this size; it keeps its number."""
    if turn % 360 == 0:
        return face
    return replace(
        face,
        box_xyxy=turned_box(face.box_xyxy, turn, (size_wh[0] - 1, size_wh[1] - 1)),
        landmarks=turned_points(face.landmarks, turn, size_wh),
        pose=_turned_pose(face.pose, turn),
    )


def turned_crop(crop: FaceCrop, turn: int, photo_wh: tuple[int, int]) -> FaceCrop:
    """A face's crop after the turn of its photo of this size."""
    size = crop.size_px
    x, y = (round(float(edge)) for edge in crop.photo_from_crop[:, 2])
    x0, y0, _, _ = turned_pixel_box((x, y, x + size, y + size), turn, photo_wh)
    return replace(
        crop,
        pixels=turned_pixels(crop.pixels, turn),
        photo_from_crop=np.array([[1.0, 0.0, x0], [0.0, 1.0, y0]]),
        landmarks=turned_points(crop.landmarks, turn, (size, size)),
        pose=_turned_pose(crop.pose, turn),
        inside_xyxy=turned_pixel_box(crop.inside_xyxy, turn, (size, size)),
        person=turned_pixels(crop.person, turn) if crop.person is not None else None,
    )


def _turned_pose(pose: HeadPose, turn: int) -> HeadPose:
    return replace(pose, roll=(pose.roll + turn + 180) % 360 - 180)
