"""Squares of a photo: the crop of a face that will move, its way back, and a network's input.

Two squares are cut around a face. `crop_face` keeps the photo's own pixels and everything that
moves with the face; `paste_crop` writes it back. `face_square` is the tight square that networks
trained on VoxCeleb expect, that of the original code's ``crop-video.py``: the bounding box of all
frames, made square on its longer side and enlarged by a tenth at either end.
"""

import math
from dataclasses import replace

import cv2
import numpy as np

from nostalgia.types import Face, FaceCrop, Float32, Photo, PixelBox, UInt8

_MIN_HALF_PX = 8
_BORDER_PX = 2
_SQUARE_MARGIN = 0.1
_MIN_SQUARE_PX = 8


def crop_face(
    photo: Photo, face: Face, margin: float, print_xyxy: PixelBox | None = None
) -> FaceCrop:
    """Cut the square that holds a face and everything that moves with it.

    The crop is axis-aligned and keeps the photo's own pixels: photo_from_crop is an integer
    translation. Where the square leaves the photo it is padded by repeating the border pixels. It
    extends no further than the photo does on its longest side, so that a face that fills a scan
    of 24 megapixels does not need a crop of 80.

    Args:
        photo: the whole picture.
        face: landmarks in photo pixels.
        margin: half the square's side in face heights.
        print_xyxy: the part of the picture that is the print, photo pixels: what is beyond it is
            no more of the photo than what is beyond the picture. None = all of it.
    """
    centre_x, centre_y = (float(v) for v in face.landmarks[:, :2].mean(axis=0))
    reach = max(centre_x, photo.width - centre_x, centre_y, photo.height - centre_y)
    half = min(margin * face.height_px, reach + _BORDER_PX)
    half_px = max(math.ceil(half), _MIN_HALF_PX)
    x0, y0 = round(centre_x) - half_px, round(centre_y) - half_px
    size = 2 * half_px + 1
    left, top, right, bottom = print_xyxy or (0, 0, photo.width, photo.height)
    inside = max(left - x0, 0), max(top - y0, 0), min(right - x0, size), min(bottom - y0, size)
    return FaceCrop(
        pixels=_cut(photo.pixels, (x0, y0), inside, size),
        photo_from_crop=np.array([[1.0, 0.0, x0], [0.0, 1.0, y0]]),
        landmarks=face.landmarks.astype(np.float32) - np.array([x0, y0, 0], np.float32),
        pose=face.pose,
        inside_xyxy=inside,
        face_height_px=face.height_px,
        face_number=face.number,
        doubts=face.doubts,
    )


def crop_corner(source: FaceCrop) -> tuple[int, int]:
    """Photo pixel (x, y) of the crop's top-left corner; negative where the crop is padded."""
    return round(float(source.photo_from_crop[0, 2])), round(float(source.photo_from_crop[1, 2]))


def recrop(source: FaceCrop, pixels: UInt8) -> FaceCrop:
    """Same crop of another version of the photo, such as a frame in which a neighbour moved.

    pixels: RGB uint8 (H, W, 3), of the photo's size.
    """
    cut = _cut(pixels, crop_corner(source), source.inside_xyxy, source.size_px)
    return replace(source, pixels=cut)


def paste_crop(pixels: UInt8, source: FaceCrop) -> None:
    """Write the part of a crop that lies inside its photo over that photo, in place.

    Args:
        pixels: RGB uint8 (H, W, 3), of the photo's size.
        source: the crop, possibly in another version, such as an enhanced one.
    """
    x, y = crop_corner(source)
    x0, y0, x1, y1 = source.inside_xyxy
    pixels[y0 + y : y1 + y, x0 + x : x1 + x] = source.pixels[y0:y1, x0:x1]


def face_square(landmarks: Float32) -> PixelBox:
    """Square around a face, or around all its positions in a clip.

    Args:
        landmarks: float32 (478, 3) or (T, 478, 3), pixels.

    Returns:
        x0, y0, x1, y1 in whole pixels; may extend beyond the picture.
    """
    points = landmarks.reshape(-1, landmarks.shape[-1])[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    longer = float((high - low).max())
    side = max(round(longer * (1 + 2 * _SQUARE_MARGIN)), _MIN_SQUARE_PX)
    x0, y0 = (round(float(v)) for v in (low + high - side) / 2)
    return x0, y0, x0 + side, y0 + side


def cut_square(pixels: UInt8, square_xyxy: PixelBox, side_px: int) -> UInt8:
    """Cut a square out of a picture and resize it: RGB uint8 (side_px, side_px, 3).

    Border pixels are repeated where the square extends beyond the picture.
    """
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = square_xyxy
    columns = np.clip(np.arange(x0, x1), 0, width - 1)
    rows = np.clip(np.arange(y0, y1), 0, height - 1)
    inside = x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height
    part = pixels[y0:y1, x0:x1] if inside else pixels[np.ix_(rows, columns)]
    interpolation = cv2.INTER_AREA if x1 - x0 > side_px else cv2.INTER_CUBIC
    resized = cv2.resize(part, (side_px, side_px), interpolation=interpolation)
    return np.asarray(resized, np.uint8)


def _cut(pixels: UInt8, corner_xy: tuple[int, int], inside_xyxy: PixelBox, size: int) -> UInt8:
    """Square of a picture, padded by repeating the border pixels of what of it is inside."""
    (x, y), (x0, y0, x1, y1) = corner_xy, inside_xyxy
    part = pixels[y + y0 : y + y1, x + x0 : x + x1]
    if inside_xyxy == (0, 0, size, size):
        return np.ascontiguousarray(part)
    sides = y0, size - y1, x0, size - x1
    return np.asarray(cv2.copyMakeBorder(part, *sides, cv2.BORDER_REPLICATE), np.uint8)
