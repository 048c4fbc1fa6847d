"""The mesh backend: a neutral frame is the photo, nothing folds, still parts stay still."""

import numpy as np
import pytest
from moved_crop import moved_crop
from synthetic_face import face_in, photo_of, track_of

from nostalgia.dense_motion import DenseMotion
from nostalgia.motion.grid import jacobian_determinant
from nostalgia.motion.mesh.backend import MeshBackend, MeshSource
from nostalgia.photo.crop import crop_corner, crop_face
from nostalgia.types import Face, FaceCrop, Float32, HeadPose, Photo

POSES = [
    HeadPose(0.0, 0.0, 0.0),
    HeadPose(28.0, 6.0, -8.0),
    HeadPose(-40.0, -10.0, 12.0),
    HeadPose(12.0, -18.0, 0.0),
]
EXTREMES = [(20.0, 12.0, 12.0), (-20.0, 12.0, -12.0), (20.0, -12.0, -12.0), (-20.0, -12.0, 12.0)]


def posed(pose: HeadPose, centre_xy: tuple[float, float] = (210.0, 230.0)) -> tuple[Photo, Face]:
    face = face_in(centre_xy, 110.0, pose)
    return photo_of(face), face


def cropped(pose: HeadPose, centre_xy: tuple[float, float] = (210.0, 230.0)) -> FaceCrop:
    return crop_face(*posed(pose, centre_xy), 1.75)


def middle(
    prepared: MeshSource, rotation: tuple[float, float, float], smile: float = 0.0
) -> DenseMotion:
    motions = list(MeshBackend().perform(prepared, track_of(rotation, smile=smile), 1.0, 0))
    return motions[len(motions) // 2]


def shift_px(source: FaceCrop, motion: DenseMotion) -> Float32:
    nodes = motion.deformation.shape[0]
    line = np.linspace(-1, 1, nodes, dtype=np.float32)
    moved = motion.deformation - np.stack(np.meshgrid(line, line), axis=-1)
    return np.asarray(moved * ((source.size_px - 1) / 2), np.float32)


def shift_at(source: FaceCrop, motion: DenseMotion, landmark: int) -> Float32:
    shift = shift_px(source, motion)
    step = (source.size_px - 1) / (len(shift) - 1)
    x, y = (round(float(v) / step) for v in source.landmarks[landmark, :2])
    return np.asarray(shift[y, x], np.float32)


@pytest.mark.parametrize("pose", POSES)
def test_neutral_frames_are_exactly_the_photo(pose: HeadPose) -> None:
    source = cropped(pose)
    backend = MeshBackend()
    prepared = backend.prepare(source)
    track = track_of((9.0, 5.0, 4.0), smile=0.04, opening=0.0)
    motions = list(backend.perform(prepared, track, 1.3, 5))
    region = backend.region(prepared)
    x0, y0, x1, y1 = region
    assert len(motions) == len(track)
    for motion in (motions[0], motions[-1]):
        assert not shift_px(source, motion).any()
        assert motion.fills == ()
        assert np.array_equal(moved_crop(source, motion, region), source.pixels[y0:y1, x0:x1])


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("centre_xy", [(210.0, 230.0), (90.0, 100.0)])
def test_nothing_folds_or_tears_at_the_widest_motion(
    pose: HeadPose, centre_xy: tuple[float, float]
) -> None:
    source = cropped(pose, centre_xy)
    prepared = MeshBackend().prepare(source)
    for rotation in EXTREMES:
        motion = middle(prepared, rotation, smile=0.04)
        step = (source.size_px - 1) / (prepared.grid.nodes - 1)
        area = jacobian_determinant(shift_px(source, motion) / np.float32(step))
        assert area.min() > 0.2
        assert area.max() < 5


@pytest.mark.parametrize("centre_xy", [(210.0, 230.0), (60.0, 90.0)])
def test_pixels_outside_the_motion_mask_never_move(centre_xy: tuple[float, float]) -> None:
    source = cropped(HeadPose(15.0, 0.0, 0.0), centre_xy)
    backend = MeshBackend()
    prepared = backend.prepare(source)
    still = backend.motion_mask(prepared) == 0
    assert still.any()
    for rotation in EXTREMES:
        shift = shift_px(source, middle(prepared, rotation, smile=0.04))
        assert not shift[still].any()
    x0, y0, x1, y1 = backend.region(prepared)
    inside = source.inside_xyxy
    assert inside[0] <= x0 < x1 <= inside[2]
    assert inside[1] <= y0 < y1 <= inside[3]


def test_no_pixel_comes_from_beyond_the_photo() -> None:
    source = cropped(HeadPose(0.0, 0.0, 0.0), (60.0, 90.0))
    prepared = MeshBackend().prepare(source)
    x0, y0, x1, y1 = source.inside_xyxy
    assert x0 > 0 and y0 > 0
    for rotation in EXTREMES:
        motion = middle(prepared, rotation)
        place = (motion.deformation + 1) / 2 * (source.size_px - 1)
        step = (source.size_px - 1) / (prepared.grid.nodes - 1)
        line = np.arange(prepared.grid.nodes) * step
        columns, rows = (line >= x0) & (line < x1), (line >= y0) & (line < y1)
        inner = place[rows][:, columns]
        assert inner[..., 0].min() >= x0 - 0.01 * step
        assert inner[..., 1].min() >= y0 - 0.01 * step


@pytest.mark.parametrize(
    ("rotation", "axis", "sign"),
    [
        ((8.0, 0.0, 0.0), 0, 1),
        ((-8.0, 0.0, 0.0), 0, -1),
        ((0.0, 6.0, 0.0), 1, -1),
        ((0.0, -6.0, 0.0), 1, 1),
    ],
)
def test_the_nose_goes_where_the_head_turns(
    rotation: tuple[float, float, float], axis: int, sign: int
) -> None:
    source = cropped(HeadPose(0.0, 0.0, 0.0))
    motion = middle(MeshBackend().prepare(source), rotation)
    # The pixel at the nose's old position comes from the side that the nose left.
    assert shift_at(source, motion, 1)[axis] * -sign > 0.02 * source.face_height_px


def test_roll_turns_clockwise_and_shoulders_stay() -> None:
    source = cropped(HeadPose(0.0, 0.0, 0.0))
    motion = middle(MeshBackend().prepare(source), (0.0, 0.0, 7.0))
    assert shift_at(source, motion, 10)[0] < -0.05 * source.face_height_px
    shift = shift_px(source, motion)
    step = (source.size_px - 1) / (len(shift) - 1)
    shoulders = round((source.landmarks[:, 1].mean() + 1.5 * source.face_height_px) / step)
    assert np.abs(shift[shoulders]).max() < 0.01 * source.face_height_px


@pytest.mark.parametrize("pose", POSES[:2])
def test_a_smile_lifts_the_corners_and_spares_the_eyes(pose: HeadPose) -> None:
    source = cropped(pose)
    motion = middle(MeshBackend().prepare(source), (0.0, 0.0, 0.0), smile=0.04)
    lift = shift_at(source, motion, 61)
    assert lift[1] > 0.02 * source.face_height_px
    assert np.abs(shift_at(source, motion, 159)).max() < 0.004 * source.face_height_px
    assert np.abs(shift_at(source, motion, 10)).max() < 0.004 * source.face_height_px


@pytest.mark.parametrize("pose", POSES[:2])
def test_an_exaggerated_smile_does_not_fold(pose: HeadPose) -> None:
    source = cropped(pose)
    prepared = MeshBackend().prepare(source)
    track = track_of((0.0, 0.0, 0.0), smile=0.1)
    step = (source.size_px - 1) / (prepared.grid.nodes - 1)
    for motion in MeshBackend().perform(prepared, track, 2.0, 0):
        area = jacobian_determinant(shift_px(source, motion) / np.float32(step))
        assert 0.2 < area.min() and area.max() < 5


def test_a_blink_is_a_fill_and_closes_at_low_strength() -> None:
    source = cropped(HeadPose(0.0, 0.0, 0.0))
    backend = MeshBackend()
    prepared = backend.prepare(source)
    track = track_of(opening=0.0)
    full = list(backend.perform(prepared, track, 1.0, 0))[5]
    faint = list(backend.perform(prepared, track, 0.35, 0))[5]
    assert len(full.fills) == len(faint.fills) == 2
    for one, other in zip(full.fills, faint.fills, strict=True):
        assert np.array_equal(one.pixels, other.pixels)


def test_a_neighbours_face_is_left_alone() -> None:
    here, there = (
        face_in((150.0, 230.0), 110.0, HeadPose(0.0, 0.0, 0.0)),
        face_in((270.0, 230.0), 110.0, HeadPose(0.0, 0.0, 0.0), number=2),
    )
    source = crop_face(photo_of(here, there), here, 1.75)
    neighbour = there.landmarks - np.array([*crop_corner(source), 0], np.float32)
    prepared = MeshBackend().prepare(source, [neighbour])
    shift = shift_px(source, middle(prepared, (12.0, 6.0, 6.0)))
    step = (source.size_px - 1) / (len(shift) - 1)
    for landmark in (1, 33, 263, 61, 291, 10, 152):
        x, y = (round(float(v) / step) for v in neighbour[landmark, :2])
        assert np.abs(shift[y, x]).max() < 0.3
    assert np.abs(shift).max() > 0.03 * source.face_height_px


@pytest.mark.parametrize(
    ("centre_xy", "height_px", "yaw", "twice"),
    [
        ((210.0, 230.0), 24.0, 0.0, False),
        ((210.0, 230.0), 110.0, 60.0, False),
        ((4.0, 476.0), 110.0, 0.0, False),
        ((-30.0, 230.0), 110.0, 0.0, False),
        ((210.0, 230.0), 110.0, 0.0, True),
    ],
    ids=["tiny", "far turned", "in a corner", "centre outside", "found twice"],
)
def test_odd_faces_still_move_without_folding(
    centre_xy: tuple[float, float], height_px: float, yaw: float, twice: bool
) -> None:
    face = face_in(centre_xy, height_px, HeadPose(yaw, 0.0, 0.0))
    source = crop_face(photo_of(face), face, 1.75)
    backend = MeshBackend()
    prepared = backend.prepare(source, [source.landmarks] if twice else [])
    motion = middle(prepared, (9.0, -5.0, 4.0), smile=0.03)
    step = (source.size_px - 1) / (prepared.grid.nodes - 1)
    assert jacobian_determinant(shift_px(source, motion) / np.float32(step)).min() > 0.2
    x0, y0, x1, y1 = backend.region(prepared)
    frame = moved_crop(source, motion, (x0, y0, x1, y1))
    assert frame.shape == (y1 - y0, x1 - x0, 3)


def test_equal_seeds_give_equal_motion_and_others_differ() -> None:
    prepared = MeshBackend().prepare(cropped(HeadPose(0.0, 0.0, 0.0)))
    track = track_of((9.0, 4.0, 3.0), smile=0.03)

    def deformations(seed: int) -> Float32:
        motions = MeshBackend().perform(prepared, track, 1.0, seed)
        return np.stack([motion.deformation for motion in motions])

    assert np.array_equal(deformations(3), deformations(3))
    assert np.abs(deformations(3) - deformations(4)).max() > 1e-3
