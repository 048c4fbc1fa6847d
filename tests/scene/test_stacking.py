"""Who stands before whom: larger faces, and heads that are seen before somebody's body."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.photo.crop import crop_corner, crop_face
from nostalgia.scene.stacking import drawing_order
from nostalgia.types import HeadPose

FRONTAL = HeadPose(0.0, 0.0, 0.0)
WIDTH, HEIGHT = 700, 700


def ellipse(centre_xy, half_wh):
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return np.hypot((x - centre_xy[0]) / half_wh[0], (y - centre_xy[1]) / half_wh[1]) < 1


def head_of(face):
    centre = face.landmarks[:, :2].mean(axis=0)
    return ellipse(centre, (0.5 * face.height_px, 0.7 * face.height_px))


def persons(*faces_and_shapes):
    """The crops of faces whose mattes are shapes over the photo, bool (HEIGHT, WIDTH)."""
    photo = photo_of(*(face for face, _ in faces_and_shapes), size_wh=(WIDTH, HEIGHT))
    sources = []
    for face, shape in faces_and_shapes:
        source = crop_face(photo, face, 1.75)
        (x, y), (x0, y0, x1, y1) = crop_corner(source), source.inside_xyxy
        person = np.zeros((source.size_px,) * 2, np.uint8)
        person[y0:y1, x0:x1] = shape[y0 + y : y1 + y, x0 + x : x1 + x] * 255
        sources.append(replace(source, person=person))
    return sources


MOTHER = face_in((250.0, 200.0), 150.0, FRONTAL, number=1)
BODY = ellipse((250, 520), (260, 230))


def test_larger_faces_are_drawn_last():
    faces = [face_in((x, 250.0), size, FRONTAL) for x, size in ((150.0, 150.0), (300.0, 110.0))]
    near, far = persons(*((face, head_of(face)) for face in faces))
    assert drawing_order([near, far]) == (1, 0)
    assert drawing_order([far, near]) == (0, 1)


@pytest.mark.parametrize("centre_xy", [(330.0, 420.0), (250.0, 480.0), (470.0, 380.0)])
def test_a_child_before_its_mothers_body_is_drawn_last(centre_xy):
    child = face_in(centre_xy, 110.0, FRONTAL, number=2)
    mother = (head_of(MOTHER) | BODY) & ~head_of(child)
    assert drawing_order(persons((MOTHER, mother), (child, head_of(child)))) == (0, 1)


def test_a_child_behind_is_drawn_first_though_its_own_body_is_beside_a_head():
    child = face_in((560.0, 160.0), 110.0, FRONTAL, number=2)
    body = ellipse((560, 420), (280, 200)) & ~head_of(MOTHER) & ~BODY
    sources = persons((MOTHER, head_of(MOTHER) | BODY), (child, head_of(child) | body))
    assert drawing_order(sources) == (1, 0)


def test_whoever_is_not_told_from_the_background_is_drawn_by_size():
    child = face_in((330.0, 420.0), 110.0, FRONTAL, number=2)
    mother = (head_of(MOTHER) | BODY) & ~head_of(child)
    sources = persons((MOTHER, mother), (child, head_of(child)))
    assert drawing_order([sources[0], replace(sources[1], person=None)]) == (1, 0)


def test_every_face_has_a_place_where_each_stands_before_another():
    child = face_in((330.0, 420.0), 110.0, FRONTAL, number=2)
    other = face_in((110.0, 420.0), 100.0, FRONTAL, number=3)
    mother = (head_of(MOTHER) | BODY) & ~head_of(child) & ~head_of(other)
    shapes = (MOTHER, mother), (child, head_of(child)), (other, head_of(other))
    assert drawing_order(persons(*shapes)) == (0, 2, 1)
