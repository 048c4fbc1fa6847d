"""Faces of photos that lie on their side or head: turns are tried where nothing sure is found."""

from nostalgia.faces.finder import SURE_SCORE, FaceFinder
from nostalgia.geometry import turned_box
from nostalgia.options import DetectionOptions
from nostalgia.photo.turning import TURNS, turned_face, turned_photo
from nostalgia.types import BoxXYXY, Face, Photo

_UPSIDE_DOWN = 0.985
"""Score below which a face in a given box may be upside down. On press photos the network gives at
most 0.98 to a face that is, and at least 0.99 to one that stands upright or lies on its side."""
_LYING_DEG = 60.0
"""Roll from which a face does not stand upright."""


def find_in_any_turn(
    photo: Photo, finder: FaceFinder, options: DetectionOptions
) -> tuple[tuple[Face, ...], int]:
    """The faces of a photo, in its own pixels, and the turn that sets it upright.

    The photo as it is comes first. Only if it shows nothing sure that stands upright is it searched
    turned by 90, 180 and 270 degrees, and only what is sure there counts against it.

    Returns:
        The faces, numbered as in the upright photo, and degrees clockwise; 0 if the photo stands
        upright, or nothing sure is found in any turn.
    """
    faces = finder.find(photo, options)
    best, surest = 0, _sureness(faces)
    if surest > 0:
        return faces, 0
    for turn in TURNS:
        turned = turned_photo(photo, turn)
        found = finder.find(turned, options)
        if _sureness(found) > surest:
            best, surest = turn, _sureness(found)
            size_wh = (turned.width, turned.height)
            faces = tuple(turned_face(face, -turn, size_wh) for face in found)
    return faces, best


def find_in_box(
    photo: Photo, finder: FaceFinder, box_xyxy: BoxXYXY
) -> tuple[tuple[Face, ...], int]:
    """The face in a box that the user gives, and the turn that sets it upright.

    Its landmarks are read on their side as well, but not upside down.

    Raises:
        UsageError: the box does not fit the photo.
    """
    face = finder.in_box(photo, box_xyxy)
    if face.score < _UPSIDE_DOWN:
        size_wh = (photo.width, photo.height)
        box = BoxXYXY(turned_box(box_xyxy, 180, size_wh))
        turned = finder.in_box(turned_photo(photo, 180), box)
        if turned.score > face.score:
            face = turned_face(turned, 180, size_wh)
    roll = face.pose.roll
    return (face,), -round(roll / 90) * 90 % 360 if abs(roll) > _LYING_DEG else 0


def _sureness(faces: tuple[Face, ...]) -> float:
    """Sum of the scores of the faces that surely are some, and that stand upright."""
    return sum(
        face.score
        for face in faces
        if face.score >= SURE_SCORE and abs(face.pose.roll) <= _LYING_DEG
    )
