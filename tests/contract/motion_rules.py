"""Rules for motion backends: one function per rule, given a loaded backend.

Plain functions, so that the suite can be run on backends that are broken on purpose.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
from motion_reach import motion_reach
from moved_crop import moved_crop
from synthetic_face import face_in, photo_of, track_of

from nostalgia.dense_motion import DenseMotion
from nostalgia.photo.crop import crop_corner, crop_face
from nostalgia.types import Face, FaceCrop, Float32, HeadPose, MotionTrack, UInt8

MARGIN = 1.75
FRONTAL, TURNED = HeadPose(0.0, 0.0, 0.0), HeadPose(18.0, -6.0, 7.0)
MIDDLE_XY = (210.0, 230.0)
SWING = (9.0, 4.0, 6.0)
LENGTH, MIDDLE = 5, 2
ROUNDING = 1e-5
"""Tolerance of polynomials in float32."""


def driving_frames(length: int = LENGTH) -> list[UInt8]:
    """Squares of 256 pixels in which a drawn face turns, moves aside and comes back."""
    return [frame.copy() for frame in _driving_frames(length)]


@cache
def _driving_frames(length: int) -> list[UInt8]:
    swing = np.sin(np.linspace(0, np.pi, length)) ** 2
    swing[[0, -1]] = 0
    poses = [HeadPose(14 * s, 5 * s, 8 * s) for s in swing]
    faces = [
        face_in((128 + 12 * s, 132 - 4 * s), 120.0, pose)
        for s, pose in zip(swing, poses, strict=True)
    ]
    return [photo_of(face, size_wh=(256, 256)).pixels for face in faces]


def track_for(backend, rotation: tuple[float, float, float] = SWING) -> MotionTrack:
    """Neutral, a swing with a smile and a blink, neutral; with signals if they are needed."""
    track = track_of(rotation, smile=0.03, opening=0.1, length=LENGTH)
    if not backend.reads_signals:
        return track
    signals = backend.extract_signals(iter(driving_frames(len(track))))
    changes = signals - signals[0]
    changes[-1] = 0
    return replace(track, signals=changes, signals_start=signals[0])


def crop_at(
    centre_xy: tuple[float, float] = MIDDLE_XY, pose: HeadPose = FRONTAL, height_px: float = 110.0
) -> FaceCrop:
    """A crop whose arrays no other rule sees."""
    drawn = _drawn_crop(centre_xy, pose, height_px)
    return replace(drawn, pixels=drawn.pixels.copy(), landmarks=drawn.landmarks.copy())


@cache
def _drawn_crop(centre_xy: tuple[float, float], pose: HeadPose, height_px: float) -> FaceCrop:
    face = face_in(centre_xy, height_px, pose)
    return crop_face(photo_of(face), face, MARGIN)


def performance(backend, source: FaceCrop, strength: float = 1.0) -> list[DenseMotion]:
    return list(backend.perform(backend.prepare(source), track_for(backend), strength, 5))


def shift_px(motion: DenseMotion, source: FaceCrop) -> Float32:
    """Shift of each node in crop pixels, exactly 0 where the deformation is the identity."""
    line = np.linspace(-1, 1, len(motion.deformation), dtype=np.float32)
    identity = np.stack(np.meshgrid(line, line), axis=-1)
    return (motion.deformation - identity) * np.float32((source.size_px - 1) / 2)


def assert_still(motion: DenseMotion, source: FaceCrop) -> None:
    """Assert that the motion leaves every pixel of the photo unchanged."""
    whole = (0, 0, source.size_px, source.size_px)
    assert not shift_px(motion, source).any(), "the deformation is not exactly the identity"
    assert motion.fills == (), "fills in a neutral frame"
    assert motion.shades == (), "shades in a neutral frame"
    assert np.array_equal(moved_crop(source, motion, whole), source.pixels)


def assert_equal(one: DenseMotion, other: DenseMotion) -> None:
    assert np.array_equal(one.deformation, other.deformation)
    assert len(one.fills) == len(other.fills)
    for a, b in zip(one.fills, other.fills, strict=True):
        assert a.corner_xy == b.corner_xy
        assert np.array_equal(a.pixels, b.pixels) and np.array_equal(a.occlusion, b.occlusion)
    assert len(one.shades) == len(other.shades)
    for dark, again in zip(one.shades, other.shades, strict=True):
        assert dark.box_xyxy == again.box_xyxy and np.array_equal(dark.gain, again.gain)
    assert (one.painting is None) == (other.painting is None)
    if one.painting is not None and other.painting is not None:
        assert one.painting.box_xyxy == other.painting.box_xyxy
        assert np.array_equal(one.painting.pixels, other.painting.pixels)
        assert np.array_equal(one.painting.occlusion, other.painting.occlusion)


def neutral_frames_are_exactly_the_photo(backend) -> None:
    for pose in (FRONTAL, TURNED):
        source = crop_at(pose=pose)
        motions = performance(backend, source)
        assert_still(motions[0], source)
        assert_still(motions[-1], source)


def something_moves(backend) -> None:
    source = crop_at()
    whole = (0, 0, source.size_px, source.size_px)
    moved = moved_crop(source, performance(backend, source)[MIDDLE], whole)
    assert (moved != source.pixels).any(axis=-1).sum() > 0.1 * source.face_height_px**2


def strength_0_is_the_photo(backend) -> None:
    source = crop_at()
    for motion in performance(backend, source, strength=0.0):
        assert_still(motion, source)


def there_is_one_motion_per_frame(backend) -> None:
    prepared, track = backend.prepare(crop_at()), track_for(backend)
    assert len(list(backend.perform(prepared, track, 1.0, 0))) == len(track)
    assert len(list(backend.perform(prepared, track, 1.0, None))) == len(track), "as recorded"


def motions_are_yielded_lazily(backend) -> None:
    prepared, track = backend.prepare(crop_at()), track_for(backend)
    motions = backend.perform(prepared, track, 1.0, 5)
    assert isinstance(motions, Iterator)
    begun = next(motions)
    again = next(backend.perform(prepared, track, 1.0, 5))
    assert_equal(begun, again)


def arrays_have_the_declared_types(backend) -> None:
    source = crop_at()
    for motion in performance(backend, source):
        nodes = len(motion.deformation)
        assert motion.deformation.dtype == np.float32
        assert motion.deformation.shape == (nodes, nodes, 2)
        assert np.isfinite(motion.deformation).all()
        for fill in motion.fills:
            assert fill.pixels.dtype == np.uint8
            assert fill.pixels.shape == (*fill.occlusion.shape, 3)
            assert_share(fill.occlusion)
        for shade in motion.shades:
            assert shade.gain.dtype == np.float32 and shade.gain.min() > 0
            x0, y0, x1, y1 = shade.box_xyxy
            assert x0 < x1 and y0 < y1
        if (painting := motion.painting) is not None:
            assert painting.pixels.dtype == np.float32
            assert painting.pixels.shape == (*painting.occlusion.shape, 3)
            assert painting.pixels.min() >= 0 and painting.pixels.max() <= 255
            assert_share(painting.occlusion)


def assert_share(values: Float32) -> None:
    assert values.dtype == np.float32
    assert values.min() >= -ROUNDING and values.max() <= 1 + ROUNDING


def nothing_moves_outside_the_mask(backend) -> None:
    for centre_xy in (MIDDLE_XY, (60.0, 90.0)):
        source = crop_at(centre_xy)
        prepared = backend.prepare(source)
        mask = backend.motion_mask(prepared)
        assert mask.shape == (len(mask), len(mask)) and mask.max() > 0
        assert_share(mask)
        whole = (0, 0, source.size_px, source.size_px)
        still = ~motion_reach(mask, source.size_px)
        assert still.any()
        for motion in backend.perform(prepared, track_for(backend), 1.5, 5):
            if mask.shape == motion.deformation.shape[:2]:
                assert not shift_px(motion, source)[mask == 0].any()
            assert np.array_equal(moved_crop(source, motion, whole)[still], source.pixels[still])


def nothing_moves_outside_the_region(backend) -> None:
    for source in (
        crop_at(),
        crop_at((60.0, 90.0)),
        crop_at((4.0, 476.0)),
        crop_at((-30.0, 230.0)),
    ):
        prepared = backend.prepare(source)
        x0, y0, x1, y1 = backend.region(prepared)
        left, top, right, bottom = source.inside_xyxy
        assert left <= x0 < x1 <= right and top <= y0 < y1 <= bottom, "not inside the photo"
        outside = np.zeros((source.size_px, source.size_px), bool)
        outside[top:bottom, left:right] = True
        outside[y0:y1, x0:x1] = False
        whole = (0, 0, source.size_px, source.size_px)
        for motion in backend.perform(prepared, track_for(backend), 1.5, 5):
            moved = moved_crop(source, motion, whole)
            assert np.array_equal(moved[outside], source.pixels[outside])


def odd_faces_can_be_moved(backend) -> None:
    for source in (
        crop_at(height_px=9.0),
        crop_at((4.0, 476.0)),
        crop_at((-30.0, 230.0)),
        crop_at(pose=HeadPose(60.0, 0.0, 0.0)),
    ):
        prepared = backend.prepare(source)
        for motion in backend.perform(prepared, track_for(backend), 2.0, 5):
            assert np.isfinite(motion.deformation).all()
            x0, y0, x1, y1 = backend.region(prepared)
            frame = moved_crop(source, motion, (x0, y0, x1, y1))
            assert frame.shape == (y1 - y0, x1 - x0, 3)


def equal_input_gives_equal_output(backend) -> None:
    source = crop_at(pose=TURNED)
    for one, other in zip(performance(backend, source), performance(backend, source), strict=True):
        assert_equal(one, other)


def no_state_is_kept(backend) -> None:
    """Two faces prepared together and performed in turns move as each does on its own."""
    sources = crop_at(), crop_at((150.0, 260.0), TURNED, 84.0)
    track = track_for(backend)
    alone = [list(backend.perform(backend.prepare(source), track, 1.0, 5)) for source in sources]
    prepared = [backend.prepare(source) for source in sources]
    in_turns = [backend.perform(each, track, 1.0, 5) for each in prepared]
    for pair in zip(*in_turns, *alone, strict=True):
        assert_equal(pair[0], pair[2])
        assert_equal(pair[1], pair[3])


def a_neighbours_face_is_left_alone(backend) -> None:
    here, there = pair_of_faces()
    source = crop_face(photo_of(here, there), here, MARGIN)
    neighbour = there.landmarks - np.array([*crop_corner(source), 0], np.float32)
    prepared = backend.prepare(source, [neighbour])
    for motion in backend.perform(prepared, track_for(backend), 1.0, 5):
        shift = shift_px(motion, source)
        step = (source.size_px - 1) / (len(shift) - 1)
        columns, rows = np.rint(neighbour[(1, 33, 263, 61, 291, 10, 152), :2] / step).astype(int).T
        assert np.abs(shift[rows, columns]).max() < 0.003 * source.face_height_px


def pair_of_faces() -> tuple[Face, Face]:
    return face_in((150.0, 230.0), 110.0, FRONTAL), face_in((270.0, 230.0), 110.0, FRONTAL, 2)


def arguments_are_not_modified(backend) -> None:
    source, track = crop_at(), track_for(backend)
    neighbour = source.landmarks + np.array([150, 0, 0], np.float32)
    given = (source.pixels, source.landmarks, neighbour, track.rotation_deg, track.expression)
    before = [values.copy() for values in given]
    list(backend.perform(backend.prepare(source, [neighbour]), track, 1.0, 5))
    for values, copy in zip(given, before, strict=True):
        assert np.array_equal(values, copy)


def signals_are_read_off_driving_frames(backend) -> None:
    assert isinstance(backend.reads_signals, bool)
    if not backend.reads_signals:
        return
    frames = driving_frames(5)
    signals = backend.extract_signals(iter(frames))
    assert signals.dtype == np.float32 and signals.ndim == 2 and len(signals) == len(frames)
    assert np.isfinite(signals).all()
    assert np.array_equal(signals, backend.extract_signals(frames)), (
        "the same frames, other signals"
    )
    assert all((one != other).any() for one, other in pairwise(signals)), "blind"


RULES = (
    neutral_frames_are_exactly_the_photo,
    something_moves,
    strength_0_is_the_photo,
    there_is_one_motion_per_frame,
    motions_are_yielded_lazily,
    arrays_have_the_declared_types,
    nothing_moves_outside_the_mask,
    nothing_moves_outside_the_region,
    odd_faces_can_be_moved,
    equal_input_gives_equal_output,
    no_state_is_kept,
    a_neighbours_face_is_left_alone,
    arguments_are_not_modified,
    signals_are_read_off_driving_frames,
)
