"""Which of the found faces is the one that a tree, or a name inside the photo, points at."""

from collections.abc import Sequence

from nostalgia.album.batch.planning import WHOLE
from nostalgia.types import Face

Box = tuple[float, float, float, float]

_CLEARLY = 1.3
"""How much better than the next one a face must fill a crop that holds several."""
_TOUCHES = 0.3


def crop_in_photo(
    crop_px: Box | None, crop_share: Box | None, size_wh: tuple[int, int]
) -> Box | None:
    """A person's part of a photo as x0, y0, x1, y1 in its pixels, kept inside it.

    None where there is none, where it is empty, and where it is the whole photo, which says nothing
    of where a face is.
    """
    width, height = size_wh
    box = crop_px
    if box is None and crop_share is not None:
        x, y, w, h = crop_share
        box = (x * width, y * height, w * width, h * height)
    if box is None:
        return None
    x0, y0 = max(box[0], 0.0), max(box[1], 0.0)
    x1, y1 = min(box[0] + box[2], float(width)), min(box[1] + box[3], float(height))
    area = max(x1 - x0, 0.0) * max(y1 - y0, 0.0)
    return (x0, y0, x1, y1) if 0 < area < WHOLE * width * height else None


def faces_in_crop(faces: Sequence[Face], crop_xyxy: Box) -> list[int]:
    """Numbers of the faces that a crop may mean: one where it is clear, none where nobody is.

    A face is in the crop when the centre of its box is; where none is, a face that a part of the
    crop covers counts. Of several, the one that fills the crop clearly best is meant.
    """
    inside = [face for face in faces if _holds(crop_xyxy, face.box_xyxy)]
    if not inside:
        inside = [face for face in faces if _shared(face.box_xyxy, crop_xyxy) >= _TOUCHES]
    ranked = sorted(inside, key=lambda face: -_overlap(face.box_xyxy, crop_xyxy))
    if len(ranked) > 1:
        best, second = (_overlap(face.box_xyxy, crop_xyxy) for face in ranked[:2])
        if best >= _CLEARLY * second:
            return [ranked[0].number]
    return [face.number for face in ranked]


def _holds(crop: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return crop[0] <= x < crop[2] and crop[1] <= y < crop[3]


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _common(one: Box, other: Box) -> float:
    low = max(one[0], other[0]), max(one[1], other[1])
    high = min(one[2], other[2]), min(one[3], other[3])
    return _area((*low, *high))


def _shared(face: Box, crop: Box) -> float:
    """How much of a face a crop covers, 0..1."""
    return _common(face, crop) / max(_area(face), 1e-6)


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    common = _common(one, other)
    return common / max(_area(one) + _area(other) - common, 1e-6)
