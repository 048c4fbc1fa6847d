"""Finds the face that a tree, or a name inside the photo, refers to."""

from collections.abc import Sequence

from nostalgia.album.batch.shared_photos import WHOLE
from nostalgia.geometry import box_area, intersection_area
from nostalgia.types import BoxXYWH, BoxXYXY, Face

_CLEAR_LEAD = 1.3
"""Ratio by which a face must overlap a crop of several faces better than the next one."""
_MIN_COVERED = 0.3
"""Share of a face that a crop must cover if it holds no face's centre."""


def crop_in_photo(
    crop_px: BoxXYWH | None, crop_share: BoxXYWH | None, size_wh: tuple[int, int]
) -> BoxXYXY | None:
    """A person's part of a photo in pixels, clipped to the photo.

    None if there is none, if it is empty, or if it is the whole photo, which marks nobody.

    Args:
        crop_px: x, y, width, height in pixels.
        crop_share: the same as shares 0..1 of the photo's width and height.
        size_wh: size of the photo in pixels.
    """
    width, height = size_wh
    box = crop_px
    if box is None and crop_share is not None:
        x, y, w, h = crop_share
        box = BoxXYWH((x * width, y * height, w * width, h * height))
    if box is None:
        return None
    x0, y0 = max(box[0], 0.0), max(box[1], 0.0)
    x1, y1 = min(box[0] + box[2], float(width)), min(box[1] + box[3], float(height))
    area = max(x1 - x0, 0.0) * max(y1 - y0, 0.0)
    return BoxXYXY((x0, y0, x1, y1)) if 0 < area < WHOLE * width * height else None


def faces_in_crop(faces: Sequence[Face], crop_xyxy: BoxXYXY) -> list[int]:
    """Numbers of the faces that a crop may refer to: one if clear, none if nobody is in it.

    A face is in the crop if the centre of its box is; if no centre is, a face counts that is
    covered in part. Of several, the one that overlaps the crop clearly best is meant.
    """
    inside = [face for face in faces if _holds_centre(crop_xyxy, face)]
    if not inside:
        inside = [face for face in faces if _covered_share(face, crop_xyxy) >= _MIN_COVERED]
    ranked = sorted(inside, key=lambda face: -_overlap(face, crop_xyxy))
    if len(ranked) > 1:
        best, second = (_overlap(face, crop_xyxy) for face in ranked[:2])
        if best >= _CLEAR_LEAD * second:
            return [ranked[0].number]
    return [face.number for face in ranked]


def _holds_centre(crop: BoxXYXY, face: Face) -> bool:
    x0, y0, x1, y1 = face.box_xyxy
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return crop[0] <= x < crop[2] and crop[1] <= y < crop[3]


def _covered_share(face: Face, crop: BoxXYXY) -> float:
    """Share of a face that a crop covers, 0..1."""
    return intersection_area(face.box_xyxy, crop) / max(box_area(face.box_xyxy), 1e-6)


def _overlap(face: Face, crop: BoxXYXY) -> float:
    """Intersection over union of face and crop."""
    common = intersection_area(face.box_xyxy, crop)
    return common / max(box_area(face.box_xyxy) + box_area(crop) - common, 1e-6)
