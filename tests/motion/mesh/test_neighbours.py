"""Heads side by side: each turns as a whole, none drags another's face, nothing tears."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic_face import face_in, photo_of, track_of

from nostalgia.motion.grid import jacobian_determinant
from nostalgia.motion.mesh.backend import MeshBackend, MeshSource
from nostalgia.photo.crop import crop_corner, crop_face
from nostalgia.types import Face, FaceCrop, Float32, HeadPose

WIDTH, HEIGHT = 640, 420


def pair(apart: float, roll: float = 0.0, tall: float = 110.0) -> tuple[list[Face], list[FaceCrop]]:
    """Two faces, `apart` face heights from each other, the second `tall` pixels high."""
    faces = [
        face_in((320 - 55 * apart, 210.0), 110.0, HeadPose(0.0, 0.0, roll), 1),
        face_in((320 + 55 * apart, 200.0), tall, HeadPose(0.0, 0.0, -roll), 2),
    ]
    photo = photo_of(*faces, size_wh=(WIDTH, HEIGHT))
    return faces, [crop_face(photo, face, 1.75) for face in faces]


def prepared_pair(apart: float, roll: float = 0.0) -> list[tuple[FaceCrop, MeshSource]]:
    faces, sources = pair(apart, roll)
    both = []
    for source, other in zip(sources, reversed(faces), strict=True):
        corner = np.array([*crop_corner(source), 0], np.float32)
        both.append((source, MeshBackend().prepare(source, [other.landmarks - corner])))
    return both


def mask_on(source: FaceCrop, prepared: MeshSource, landmarks: Float32) -> Float32:
    mask = MeshBackend().motion_mask(prepared)
    x, y = np.rint(landmarks[:, :2] / prepared.grid.step_px).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < len(mask)) & (y < len(mask))
    return mask[y[inside], x[inside]]


@pytest.mark.parametrize("roll", [0.0, 12.0])
def test_a_head_turns_as_a_whole_beside_another(roll: float) -> None:
    for source, prepared in prepared_pair(1.3, roll):
        assert mask_on(source, prepared, source.landmarks).min() > 0.9
    for source, prepared in prepared_pair(0.85, roll):
        own = mask_on(source, prepared, source.landmarks)
        assert np.median(own) > 0.95 and own.mean() > 0.85, "cheek to cheek"


@pytest.mark.parametrize("roll", [0.0, 12.0])
def test_no_head_drags_the_face_beside_it(roll: float) -> None:
    (left, moves_left), (right, moves_right) = prepared_pair(0.9, roll)
    way = np.array([*crop_corner(right), 0], np.float32) - [*crop_corner(left), 0]
    assert mask_on(left, moves_left, right.landmarks + way.astype(np.float32)).max() < 0.02
    assert mask_on(right, moves_right, left.landmarks - way.astype(np.float32)).max() < 0.02


def test_a_still_head_far_away_changes_nothing() -> None:
    faces, (source, _) = pair(2.9)
    far = faces[1].landmarks - np.array([*crop_corner(source), 0], np.float32)
    alone, beside = (MeshBackend().prepare(source, others) for others in ([], [far]))
    track = track_of((15.0, 0.0, 0.0))
    for one, two in zip(
        MeshBackend().perform(alone, track, 1.0, 0),
        MeshBackend().perform(beside, track, 1.0, 0),
        strict=True,
    ):
        assert np.array_equal(one.deformation, two.deformation)


@pytest.mark.parametrize("apart", [0.7, 0.9, 1.2])
def test_two_heads_that_move_against_each_other_tear_nothing(apart: float) -> None:
    """The map of the whole frame, one head after the other, has neither folds nor steps."""
    line_x, line_y = np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32)
    identity = np.stack(np.meshgrid(line_x, line_y), axis=-1)
    whole = identity.copy()
    for (source, prepared), way in zip(prepared_pair(apart), (1.0, -1.0), strict=True):
        track = track_of((20.0 * way, 8.0 * way, 12.0 * way))
        motion = list(MeshBackend().perform(prepared, track, 1.0, 0))[len(track) // 2]
        nodes = replace(motion, fills=()).deformation
        size = source.size_px
        places = cv2.resize(nodes, (size, size), interpolation=cv2.INTER_LINEAR)
        x, y = crop_corner(source)
        x0, y0, x1, y1 = source.inside_xyxy
        part = (places[y0:y1, x0:x1] + 1) * ((size - 1) / 2) + np.array([x, y], np.float32)
        inner = (slice(y0 + y, y1 + y), slice(x0 + x, x1 + x))
        whole[inner] = cv2.remap(whole, part.astype(np.float32), np.empty(0), cv2.INTER_LINEAR)
    shift = cv2.GaussianBlur(whole - identity, (0, 0), 1.5)
    assert np.abs(shift).max() > 2, "both heads move"
    area = jacobian_determinant(shift)
    assert area.min() > 0.25
    assert area.max() < 5.0
