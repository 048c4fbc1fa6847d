"""Networks without weights: a finder that finds given faces in every photo."""

from unittest.mock import create_autospec

from synthetic_face import face_in, photo_of

from nostalgia.faces.finder import FaceFinder
from nostalgia.options import DetectionOptions
from nostalgia.scene.models import Models
from nostalgia.types import Face, HeadPose

FACE = face_in((90, 100), 90, HeadPose(0.0, 0.0, 0.0))
PIXELS = photo_of(FACE, size_wh=(180, 200)).pixels
"""A face and a photo of it alone."""


def finder_of(*faces: Face) -> FaceFinder:
    """A stand-in whose `find` is a mock that returns the faces; it can restore none."""
    finder = create_autospec(FaceFinder, instance=True)
    finder.find.return_value = faces
    finder.look_closer.side_effect = lambda photo, faces: tuple(faces)
    finder.in_box.side_effect = lambda photo, box_xyxy: faces[0]
    assert isinstance(finder, FaceFinder)
    return finder


def models_of(finder: FaceFinder) -> type[Models]:
    """The networks of a session, its finders replaced; give it to `nostalgia.pipeline.Models`."""

    class FixedFinder(Models):
        def finder(self, options: DetectionOptions | None = None) -> FaceFinder:
            return finder

    return FixedFinder
