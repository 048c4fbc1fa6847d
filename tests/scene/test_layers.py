"""Faces that a moving head leaves alone, and the order in which heads are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of, track_of

from nostalgia.motion.mesh.backend import MeshBackend
from nostalgia.photo.crop import crop_face
from nostalgia.rendering.framing import whole_view
from nostalgia.scene.casting import Casting
from nostalgia.scene.layers import prepare_layers
from nostalgia.types import HeadPose

FRONTAL = HeadPose(0.0, 0.0, 0.0)
LEFT = face_in((150.0, 240.0), 150.0, FRONTAL, number=1)
RIGHT = face_in((300.0, 240.0), 130.0, FRONTAL, number=2)


def layers_of(moving, faces):
    photo = photo_of(LEFT, RIGHT)
    sources = [crop_face(photo, face, 1.75) for face in moving]
    tracks = tuple(track_of((10.0, 0.0, 0.0)) for _ in moving)
    casting = Casting((), tracks, (1.0,) * len(moving), (0,) * len(moving), 25.0, 11)
    framing = whole_view((photo.width, photo.height), side_by_side=False).framing(1.0)
    return prepare_layers(sources, faces, casting, framing, MeshBackend())


def mask_at(layer, face):
    """The motion mask of a layer at the middle of a face."""
    x, y = face.landmarks[:, :2].mean(axis=0) - layer.source.photo_from_crop[:, 2]
    nodes = layer.motion_mask.shape[0]
    step = (layer.source.size_px - 1) / (nodes - 1)
    return layer.motion_mask[round(y / step), round(x / step)]


def test_a_face_that_stays_still_is_left_alone():
    (alone,) = layers_of([LEFT], [LEFT])
    (beside,) = layers_of([LEFT], [LEFT, RIGHT])
    assert mask_at(alone, RIGHT) > 0.05
    assert mask_at(beside, RIGHT) < 0.02
    assert mask_at(beside, LEFT) == pytest.approx(mask_at(alone, LEFT), abs=0.05)


def test_a_face_found_twice_still_moves():
    again = replace(LEFT, number=3, landmarks=LEFT.landmarks + np.float32(4))
    (alone,) = layers_of([LEFT], [LEFT])
    (doubled,) = layers_of([LEFT], [LEFT, again])
    assert np.array_equal(doubled.motion_mask, alone.motion_mask)


def test_the_smaller_head_is_drawn_first():
    layers = layers_of([LEFT, RIGHT], [LEFT, RIGHT])
    assert [layer.source.face_number for layer in layers] == [2, 1]
    assert [layer.overlaps for layer in layers] == [False, True]
