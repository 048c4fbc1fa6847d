"""A face that is turned aside: its far outline turns as one line, its far side hardly smiles."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic_face import face_in, photo_of, smile_deltas

from nostalgia.geometry import rotation_from_pose
from nostalgia.imaging import read_at
from nostalgia.motion.grid import grid_over
from nostalgia.motion.mesh.expression import SHARP, find_units, prepare_field
from nostalgia.motion.mesh.far_side import evened_far_side, outline_of, turned_aside
from nostalgia.motion.mesh.head import HeadSurface, displace_head, prepare_head
from nostalgia.photo.crop import crop_face
from nostalgia.types import FaceCrop, Float32, HeadPose

UNIT = 150.0
LEFT_CORNER, RIGHT_CORNER = 61, 291


def turned(yaw: float) -> FaceCrop:
    """A head turned aside, with hair up to 0.9 face heights above its middle, on a layer."""
    face = face_in((400.0, 400.0), UNIT, HeadPose(yaw, 0.0, 0.0))
    source = crop_face(photo_of(face, size_wh=(800, 800)), face, 1.75)
    person = np.zeros((source.size_px,) * 2, np.uint8)
    x, y = (int(v) for v in source.landmarks[:, :2].mean(axis=0))
    cv2.ellipse(person, (x, y), (int(0.45 * UNIT), int(0.9 * UNIT)), 0, 0, 360, 255, -1)
    return replace(source, person=person)


def read_from(
    source: FaceCrop, head: HeadSurface, values: Float32, places_px: Float32
) -> np.ndarray:
    """Values (h, w, C) of the head's window at places (N, 2) of the crop: (N, C)."""
    step = grid_over(source.size_px, source.face_height_px).step_px
    at = places_px / np.float32(step) - np.float32([head.columns.start, head.rows.start])
    return np.asarray(read_at(values, np.asarray(at[None], np.float32))[0])


def far_bend(yaw: float, back: float) -> float:
    """How far the far outline, from the brow to the jaw, bends in a turn back, face heights."""
    source = turned(yaw)
    head = prepare_head(source, grid_over(source.size_px, source.face_height_px), ())
    turn = rotation_from_pose(HeadPose(back, 0.0, 0.0))
    moved = displace_head(head, turn, np.zeros(3), 1.0)
    outline = outline_of(source.landmarks)[:, :2]
    away = outline - source.landmarks[:, :2].mean(axis=0)
    heights = np.linspace(-0.25, 0.3, 12) * UNIT
    side = outline[away[:, 0] * yaw > 0]
    side = side[np.argsort(side[:, 1])]
    middle = float(source.landmarks[:, 1].mean())
    x = np.interp(heights + middle, side[:, 1], side[:, 0])
    places = np.stack([x, heights + middle], axis=-1).astype(np.float32)
    shift = read_from(source, head, moved, places)[:, 0]
    return float(np.abs(shift - np.polyval(np.polyfit(heights, shift, 1), heights)).max())


@pytest.mark.parametrize("yaw", [38.0, -38.0])
def test_the_far_cheek_does_not_cave_in_between_eye_and_mouth(yaw: float) -> None:
    assert far_bend(yaw, -0.35 * yaw) < 0.008


def test_a_face_to_the_camera_keeps_its_depth() -> None:
    line = np.linspace(-1.0, 1.0, 41, dtype=np.float32)
    depth = np.random.default_rng(0).normal(size=(41, 41)).astype(np.float32)
    points = face_in((0.0, 0.0), 1.0, HeadPose(0.0, 0.0, 0.0)).landmarks
    outline = outline_of(points)
    assert evened_far_side(depth, outline, line, line, np.eye(3)) is depth


def test_only_the_far_side_is_evened() -> None:
    line = np.linspace(-1.0, 1.0, 81, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    depth = np.asarray(np.cos(8 * y), np.float32)
    turn = rotation_from_pose(HeadPose(35.0, 0.0, 0.0))
    points = face_in((0.0, 0.0), 1.0, HeadPose(35.0, 0.0, 0.0)).landmarks
    evened = evened_far_side(depth, outline_of(points), line, line, turn)
    assert np.array_equal(evened[x < -0.2], depth[x < -0.2])
    column = int(np.searchsorted(line, points[:, 0].max()))
    beside = np.abs(y[:, column]) < 0.15
    assert np.ptp(evened[beside, column]) < 0.5 * np.ptp(depth[beside, column])


def test_a_face_outside_the_grid_changes_nothing() -> None:
    line = np.linspace(5.0, 6.0, 21, dtype=np.float32)
    turn = rotation_from_pose(HeadPose(35.0, 0.0, 0.0))
    points = face_in((0.0, 0.0), 1.0, HeadPose(35.0, 0.0, 0.0)).landmarks
    flat = np.zeros((21, 21), np.float32)
    assert not evened_far_side(flat, outline_of(points), line, line, turn).any()


@pytest.mark.parametrize("yaw", [-30.0, 30.0])
def test_the_side_is_that_of_the_nose_however_the_head_leans(yaw: float) -> None:
    for roll in (0.0, 40.0, 180.0):
        turn = rotation_from_pose(HeadPose(yaw, 0.0, roll))
        across, aside = turned_aside(turn)
        assert aside == pytest.approx(np.sin(np.radians(yaw)), abs=1e-6)
        assert across @ turn[:2, 0] > 0


def lifts(yaw: float, deltas: Float32, marks: tuple[int, ...]) -> list[float]:
    """Lift of landmarks of a turned face for these deltas, face heights."""
    source = turned(yaw)
    head = prepare_head(source, grid_over(source.size_px, source.face_height_px), ())
    field = prepare_field(source, grid_over(source.size_px, source.face_height_px), head)
    units = find_units(np.stack([deltas, deltas]))
    whole = np.zeros((*head.mask.shape[:2], 2), np.float32)
    whole[field.rows, field.columns] = np.tensordot(
        units.weights[0], field.fields(units, SHARP), axes=1
    )
    places = source.landmarks[list(marks), :2]
    return [-float(lift) for lift in read_from(source, head, whole, places)[:, 1]]


def test_the_far_corner_of_a_turned_mouth_rises_less() -> None:
    smile = smile_deltas(0.04)
    left, right = lifts(0.0, smile, (LEFT_CORNER, RIGHT_CORNER))
    assert right == pytest.approx(left, rel=0.02)
    near, far = lifts(32.0, smile, (LEFT_CORNER, RIGHT_CORNER))
    assert near == pytest.approx(left, rel=0.1)
    assert 0.4 * near < far < 0.75 * near


def test_raised_brows_leave_the_hairline_alone() -> None:
    deltas = np.zeros((478, 3), np.float32)
    deltas[[105, 66, 334, 296, 108, 337, 109, 67, 338, 297], 1] = -0.02
    brow, *hairline = lifts(0.0, deltas, (105, 109, 67, 338))
    assert brow > 0.01
    assert max(np.abs(hairline)) < 0.002
