"""The 68 iBUG landmarks, selected from the 478 of the mesh."""

import numpy as np
import pytest

from nostalgia import registry
from nostalgia.faces.base import Landmarker
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.landmarks.points68 import POINTS_68, MeshLandmarker
from nostalgia.faces.topology import LEFT_EYE, LIPS, RIGHT_EYE
from nostalgia.motion.fomm.options import FommOptions
from nostalgia.options import AnimateOptions

MIRRORED = [
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31,
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
]  # fmt: skip
"""Index of the mirror image of each landmark, in the order of 300-W."""


@pytest.fixture(scope="module")
def mean68() -> np.ndarray:
    """The mean face, frontal, x then y, y downwards: float32 (68, 2)."""
    mean = load_face_shape().mean
    return MeshLandmarker.load(AnimateOptions()).points68(np.zeros((4, 4, 3), np.uint8), mean)


def test_it_implements_the_protocol():
    backend = registry.load("landmarks", FommOptions().landmarks).load(AnimateOptions())
    assert isinstance(backend, Landmarker)
    assert backend.name == "mesh"


def test_each_landmark_is_selected_once(mean68):
    assert len(set(POINTS_68)) == 68
    assert mean68.shape == (68, 2)
    assert mean68.dtype == np.float32


def test_the_mirror_of_the_mesh_is_the_mirror_of_the_68():
    mirror = load_face_shape().mirror
    assert [int(mirror[point]) for point in POINTS_68] == [POINTS_68[k] for k in MIRRORED]


def test_groups_lie_where_300w_has_them(mean68):
    x, y = mean68.T
    assert (np.diff(x[3:14]) > 0).all()  # along the chin, from the image-left
    assert int(y.argmax()) == 8
    assert (np.diff(x[17:27]) > 0).all()
    assert max(y[17:27]) < min(y[36:48])
    assert (np.diff(y[27:31]) > 0).all()
    assert (np.diff(x[31:36]) > 0).all()
    assert min(y[31:36]) > y[30]
    for first in (36, 42):
        assert x[first] < x[first + 1] < x[first + 2] < x[first + 3]
        assert y[first + 1] < y[first + 5]
        assert y[first + 2] < y[first + 4]
    assert x[48] < x[60] < x[64] < x[54]
    assert (np.diff(x[48:55]) > 0).all()
    assert y[51] < y[62] <= y[66] < y[57]


def test_eyes_and_lips_are_points_of_eyes_and_lips():
    assert set(POINTS_68[36:42]) <= set(LEFT_EYE)
    assert set(POINTS_68[42:48]) <= set(RIGHT_EYE)
    assert set(POINTS_68[48:]) <= set(LIPS)


def test_jaw_steps_are_about_equal(mean68):
    steps = np.linalg.norm(np.diff(mean68[:17], axis=0), axis=1)
    assert steps.max() < 3 * steps.min()
