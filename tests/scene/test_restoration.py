"""Faces are restored in place, and only if they still resemble the person."""

from dataclasses import replace
from unittest.mock import create_autospec

import numpy as np
import pytest

from nostalgia.enhancement.base import FaceEnhancer
from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.errors import Cancelled
from nostalgia.faces.finder import FaceFinder
from nostalgia.options import AnimateOptions
from nostalgia.scene.restoration import crops_of, restore_faces, with_likeness
from nostalgia.types import Face, FaceChoice, FaceCrop, Photo

OPTIONS = AnimateOptions(enhance=1.0)


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder.load()


@pytest.fixture(scope="module")
def photo() -> Photo:
    data = pytest.importorskip("skimage.data")
    return Photo(np.ascontiguousarray(np.asarray(data.astronaut())[:300, 70:370]))


@pytest.fixture(scope="module")
def face(finder: FaceFinder, photo: Photo) -> Face:
    (found,) = finder.find(photo)
    return found


def enhancer_that(change) -> FaceEnhancer:
    """A stand-in that changes the pixels of a crop."""

    def enhance(source: FaceCrop, strength: float) -> FaceCrop:
        return replace(source, pixels=change(source.pixels))

    enhancer = create_autospec(EmbeddedEnhancer, instance=True)
    enhancer.enhance.side_effect = enhance
    return enhancer


def test_a_face_that_resembles_the_person_is_restored(finder, photo, face):
    before = photo.pixels.copy()
    enhancer = enhancer_that(lambda pixels: np.clip(pixels * 1.1, 0, 255).astype(np.uint8))
    restored = restore_faces(photo, crops_of(photo, [face]), OPTIONS, enhancer, finder.mesh)
    assert restored.warnings == ()
    assert restored.likeness[1] > 0.88
    assert not np.array_equal(restored.pixels, photo.pixels)
    assert np.array_equal(photo.pixels, before)
    (source,) = restored.sources
    x, y = (round(float(v)) for v in source.photo_from_crop[:, 2])
    x0, y0, x1, y1 = source.inside_xyxy
    shown = restored.pixels[y0 + y : y1 + y, x0 + x : x1 + x]
    assert np.array_equal(source.pixels[y0:y1, x0:x1], shown), "cut from the restored photo"
    assert enhancer.enhance.call_args.args[1] == 1.0


def test_a_face_of_another_person_is_refused_with_a_warning(finder, photo, face):
    enhancer = enhancer_that(lambda pixels: np.ascontiguousarray(pixels[::-1]))
    restored = restore_faces(photo, crops_of(photo, [face]), OPTIONS, enhancer, finder.mesh)
    assert np.array_equal(restored.pixels, photo.pixels)
    (warning,) = restored.warnings
    assert warning.startswith("face 1 was left unrestored: embedded's result no longer resembled")
    assert restored.likeness[1] < 0.88


def test_restoring_can_be_stopped_before_each_face(finder, photo, face):
    enhancer = enhancer_that(lambda pixels: pixels)
    checks = []

    def check() -> None:
        checks.append(enhancer.enhance.call_count)
        if len(checks) == 2:
            raise Cancelled

    other = replace(face, number=2)
    with pytest.raises(Cancelled):
        restore_faces(photo, crops_of(photo, [face, other]), OPTIONS, enhancer, finder.mesh, check)
    assert checks == [0, 1]


def test_only_restored_faces_get_a_likeness(face):
    choices = (FaceChoice(face), FaceChoice(replace(face, number=2)))
    assert [each.likeness for each in with_likeness(choices, {2: 0.95})] == [None, 0.95]
