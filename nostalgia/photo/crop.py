"""The square round a face that will move, cut out of the photo without resampling."""

import math

import numpy as np

from nostalgia.types import Face, FaceCrop, Photo, UInt8

_MIN_HALF_PX = 8
_BORDER_PX = 2


def crop_face(photo: Photo, face: Face, margin: float) -> FaceCrop:
    """Cut the square that holds a face and everything that moves with it.

    The crop is axis-aligned and keeps the photo's own pixels: photo_from_crop is an integer
    translation. Where the square leaves the photo it is padded by repeating the border pixels. It
    never reaches further than the photo does on its longest side, so that a face that fills a
    scan of 24 megapixels does not ask for a crop of 80.

    Args:
        photo: the whole picture.
        face: landmarks in photo pixels.
        margin: half the square's side in face heights.
    """
    centre_x, centre_y = (float(v) for v in face.landmarks[:, :2].mean(axis=0))
    reach = max(centre_x, photo.width - centre_x, centre_y, photo.height - centre_y)
    half = min(margin * face.height_px, reach + _BORDER_PX)
    half_px = max(math.ceil(half), _MIN_HALF_PX)
    x0, y0 = round(centre_x) - half_px, round(centre_y) - half_px
    size = 2 * half_px + 1
    inside = (
        max(-x0, 0),
        max(-y0, 0),
        min(photo.width - x0, size),
        min(photo.height - y0, size),
    )
    landmarks = face.landmarks.astype(np.float32) - np.array([x0, y0, 0], np.float32)
    return FaceCrop(
        pixels=_cut(photo.pixels, x0, y0, size),
        photo_from_crop=np.array([[1.0, 0.0, x0], [0.0, 1.0, y0]]),
        landmarks=landmarks,
        pose=face.pose,
        inside_xyxy=inside,
        face_height_px=face.height_px,
        face_number=face.number,
    )


def crop_corner(source: FaceCrop) -> tuple[int, int]:
    """Photo pixel (x, y) of the crop's top-left corner; negative where the crop is padded."""
    return round(float(source.photo_from_crop[0, 2])), round(float(source.photo_from_crop[1, 2]))


def recrop(source: FaceCrop, pixels: UInt8) -> FaceCrop:
    """The same crop of another picture of the photo, such as a frame where a neighbour moved.

    pixels: RGB uint8 (H, W, 3), of the photo's size.
    """
    x0, y0 = crop_corner(source)
    return FaceCrop(
        pixels=_cut(pixels, x0, y0, source.size_px),
        photo_from_crop=source.photo_from_crop,
        landmarks=source.landmarks,
        pose=source.pose,
        inside_xyxy=source.inside_xyxy,
        face_height_px=source.face_height_px,
        face_number=source.face_number,
    )


def _cut(pixels: UInt8, x0: int, y0: int, size: int) -> UInt8:
    height, width = pixels.shape[:2]
    left, top = max(-x0, 0), max(-y0, 0)
    right, bottom = max(x0 + size - width, 0), max(y0 + size - height, 0)
    part = pixels[max(y0, 0) : y0 + size, max(x0, 0) : x0 + size]
    if left or top or right or bottom:
        return np.pad(part, ((top, bottom), (left, right), (0, 0)), mode="edge")
    return np.ascontiguousarray(part)
