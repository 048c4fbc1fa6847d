"""An analysis fits options that would find the same faces and number them alike."""

from dataclasses import replace

import numpy as np
import pytest
from pipeline_stand_ins import finder_of
from synthetic_face import face_in, photo_of

from nostalgia.errors import UsageError
from nostalgia.faces.finder import FaceFinder
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.scene.analysis import Analysis, detection_of, find_faces
from nostalgia.types import HeadPose, Photo

FACE = face_in((90, 100), 90, HeadPose(0.0, 0.0, 0.0))
PHOTO = photo_of(FACE, size_wh=(180, 200))
BOX = (20.0, 30.0, 120.0, 160.0)


def analysis(**changes) -> Analysis:
    finder = finder_of(FACE)
    return find_faces(PHOTO, AnimateOptions(**changes), lambda options: finder)


def test_it_has_the_faces_and_how_they_were_found():
    found = analysis(order="largest", device="cuda", detection="face-alignment")
    assert found.faces == (FACE,) and found.photo is PHOTO and found.face_box is None
    assert found.detection == DetectionOptions("face-alignment", "cuda", order="largest")
    assert analysis(face_box=BOX).face_box == BOX


@pytest.mark.parametrize(
    "changes",
    [{"order": "largest"}, {"detection": "face-alignment"}, {"device": "cuda"}, {"face_box": BOX}],
)
def test_options_of_detection_decide_whether_it_fits(changes):
    options = AnimateOptions()
    other = replace(options, **changes)
    assert analysis().fits(options) and not analysis().fits(other)
    assert analysis(**changes).fits(other) and not analysis(**changes).fits(options)


def test_other_options_do_not():
    other = AnimateOptions(strength=0.5, faces=[2], driver="smile", motion="fomm", max_side=99)
    assert analysis().fits(other)


def test_the_finder_gets_the_options_of_detection():
    finder, asked = finder_of(FACE), []

    def load(options: DetectionOptions) -> FaceFinder:
        asked.append(options)
        return finder

    options = AnimateOptions(order="largest", device="mps")
    find_faces(PHOTO, options, load)
    assert asked == [detection_of(options)]
    finder.find.assert_called_once_with(PHOTO, detection_of(options))


def test_a_box_beyond_the_photo_is_refused():
    finder = FaceFinder.load()
    wall = Photo(np.full((60, 60, 3), 99, np.uint8))
    with pytest.raises(UsageError, match="face box .* does not fit the photo"):
        find_faces(wall, AnimateOptions(face_box=(0, 0, 61, 40)), lambda options: finder)


@pytest.mark.parametrize(("height", "fits"), [(900, True), (200, False)])
def test_a_reduced_photo_is_read_again_only_if_auto_shows_small_heads_nearer(height, fits):
    reduced = Photo(np.zeros((500, 500, 3), np.uint8), own_wh=(4000, 4000))
    face = face_in((2000, 2000), height, HeadPose(0.0, 0.0, 0.0))
    found = Analysis(reduced, (face,), detection_of(AnimateOptions()))
    assert found.fits(AnimateOptions(crop="auto")) is fits
    assert found.fits(AnimateOptions())
    assert replace(found, photo=replace(reduced, own_wh=None)).fits(AnimateOptions(crop="auto"))
