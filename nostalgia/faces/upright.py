"""Faces of photos that lie on their side or head: turns are tried where nothing sure is found."""

from nostalgia.faces.finder import SURE_SCORE, FaceFinder, number_again
from nostalgia.options import DetectionOptions
from nostalgia.photo.turning import TURNS, turned_face, turned_photo
from nostalgia.types import Face, Photo


def find_in_any_turn(
    photo: Photo, finder: FaceFinder, options: DetectionOptions
) -> tuple[tuple[Face, ...], int]:
    """The faces of a photo, in its own pixels, and the turn that sets it upright.

    The photo as it is comes first. Only if it shows nothing sure is it searched turned by 90, 180
    and 270 degrees, and only what is sure there counts against it.

    Returns:
        The faces, numbered, and degrees clockwise; 0 if the photo stands upright, or nothing sure
        is found in any turn.
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
            faces = number_again([turned_face(face, -turn, size_wh) for face in found], options)
    return faces, best


def _sureness(faces: tuple[Face, ...]) -> float:
    """Sum of the scores of the faces that surely are some."""
    return sum(face.score for face in faces if face.score >= SURE_SCORE)
