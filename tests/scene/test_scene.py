"""Clips in other shapes, frame by frame before they are encoded."""

from dataclasses import replace

import numpy as np
import pytest

from nostalgia.errors import FaceError, UsageError
from nostalgia.options import AnimateOptions
from nostalgia.scene.scene import PREVIEW_SIDE_PX, prepare_scene
from nostalgia.types import Photo

SHORT = AnimateOptions(duration_s=0.6, fps=12.5, driver="smile")


@pytest.fixture(scope="module")
def astronaut() -> Photo:
    data = pytest.importorskip("skimage.data")
    return Photo(np.ascontiguousarray(data.astronaut()[:400, 40:421]), sha256="ab" * 32)


@pytest.fixture(scope="module")
def pair(astronaut) -> Photo:
    """Two astronauts, the right one half as tall."""
    pixels = np.full((400, 900, 3), 90, np.uint8)
    pixels[:, :381] = astronaut.pixels
    pixels[200:, 700:890] = astronaut.pixels[::2, ::2][:, :190]
    return Photo(pixels, sha256="cd" * 32)


def frames_of(photo, options):
    scene = prepare_scene(photo, options)
    return scene, list(scene.frames())


def test_it_rests_exactly_on_the_photo(astronaut):
    options = replace(SHORT, once_then_still=True, duration_s=3.0, enhance=1.0)
    scene, frames = frames_of(astronaut, options)
    assert len(frames) == scene.timeline.frames == 38
    assert scene.timeline.resting >= 12
    assert not np.array_equal(frames[0], astronaut.pixels), "it starts retouched"
    for frame in frames[-scene.timeline.resting - 1 :]:
        assert np.array_equal(frame, astronaut.pixels)


def test_the_way_to_the_photo_has_no_jump(astronaut):
    options = replace(SHORT, once_then_still=True, duration_s=None, enhance=1.0, fps=25.0)
    _, frames = frames_of(astronaut, options)
    steps = [
        np.abs(after.astype(int) - before).mean()
        for before, after in zip(frames, frames[1:], strict=False)
    ]
    assert max(steps[-76:]) <= max(steps[:-76])
    assert steps[-1] == 0.0


def test_rounds_follow_one_another(astronaut):
    once = prepare_scene(astronaut, replace(SHORT, duration_s=None))
    twice = prepare_scene(astronaut, replace(SHORT, duration_s=None, loop=2))
    assert twice.timeline.frames / once.timeline.frames == pytest.approx(2, abs=0.05)


def test_a_portrait_shows_what_the_whole_photo_would(astronaut):
    _, whole = frames_of(astronaut, SHORT)
    scene, square = frames_of(astronaut, replace(SHORT, crop="face"))
    x0, y0, x1, y1 = scene.shown_xyxy
    assert x1 - x0 == y1 - y0 < 381
    for frame, part in zip(whole, square, strict=True):
        assert np.array_equal(part, frame[y0:y1, x0:x1])


def test_a_portrait_of_a_group_is_of_the_largest(pair):
    scene, frames = frames_of(pair, replace(SHORT, crop="face"))
    reasons = [choice.reason for choice in scene.choices]
    assert reasons[0] == "" and "--crop face" in reasons[1]
    assert len(scene.parts) == 1
    assert scene.photo.width < pair.width, "only what is needed is worked on"
    alone, _ = frames_of(pair, replace(SHORT, crop="face", faces="2"))
    assert alone.shown_xyxy[0] > scene.shown_xyxy[2]
    assert frames[0].shape[0] == frames[0].shape[1]


def test_side_by_side_shows_the_photo_as_read_and_the_moving_one(astronaut):
    _, whole = frames_of(astronaut, SHORT)
    _, both = frames_of(astronaut, replace(SHORT, side_by_side=True))
    for frame, shown in zip(whole, both, strict=True):
        assert np.array_equal(shown[:, :381], astronaut.pixels)
        assert np.array_equal(shown[:, -381:], frame)


def test_a_preview_is_a_small_second(astronaut):
    large = Photo(np.ascontiguousarray(np.repeat(np.repeat(astronaut.pixels, 2, 0), 2, 1)))
    scene, frames = frames_of(large, AnimateOptions(preview=True, side_by_side=True, loop=2))
    assert len(frames) / scene.casting.fps == pytest.approx(1.0, abs=0.05)
    assert PREVIEW_SIDE_PX - 4 <= max(frames[0].shape) <= PREVIEW_SIDE_PX


def test_everything_together(astronaut):
    options = replace(
        SHORT, crop="face", side_by_side=True, once_then_still=True, duration_s=2.0, max_side=200
    )
    scene, frames = frames_of(astronaut, options)
    height, width = frames[0].shape[:2]
    assert len(frames) == 25
    assert width <= 200 and width % 2 == height % 2 == 0
    assert np.array_equal(frames[-1][:, :height], frames[-1][:, -height:])
    assert scene.shown_xyxy[2] > 200, "told in pixels of the photo as read"


def test_a_face_that_is_not_there_cannot_have_a_driver(astronaut):
    with pytest.raises(UsageError, match="no face 4, the photo has 1"):
        prepare_scene(astronaut, replace(SHORT, face_drivers={4: "nod"}))
    with pytest.raises(UsageError, match="--strength 2=0.5: there is no face 2"):
        prepare_scene(astronaut, replace(SHORT, face_strengths={2: 0.5}))


def test_a_driver_for_a_face_that_stays_still_is_told(pair):
    scene = prepare_scene(pair, replace(SHORT, faces="1", face_drivers={2: "nod"}))
    assert len(scene.warnings) == 1
    assert "--driver 2=nod has no effect" in scene.warnings[0]
    assert "--faces" in scene.warnings[0]


def test_each_face_gets_its_own_driver_and_strength_and_advice(pair):
    options = replace(SHORT, face_drivers={2: "nod"}, face_strengths={1: 0.25})
    scene = prepare_scene(pair, options)
    assert [choice.match.driver.name for choice in scene.choices] == ["smile", "nod"]
    assert [choice.strength for choice in scene.choices] == [0.25, 1.0]
    assert all({"kind", "text", "what_to_do"} == set(a) for c in scene.choices for a in c.advice)


def test_one_driver_moves_two_photos_differently(astronaut):
    _, one = frames_of(astronaut, SHORT)
    _, other = frames_of(replace(astronaut, sha256="ef" * 32), SHORT)
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_faces_can_be_numbered_by_size(pair):
    mirrored = Photo(np.ascontiguousarray(pair.pixels[:, ::-1]))
    scene = prepare_scene(mirrored, replace(SHORT, order="largest", faces="1"))
    assert scene.choices[0].face.height_px > scene.choices[1].face.height_px
    assert scene.choices[0].face.number == 1 and not scene.choices[0].reason


def test_nobody_to_move_is_said_with_the_reasons(pair):
    with pytest.raises(FaceError, match="too small"):
        prepare_scene(pair, replace(SHORT, min_face_px=1000.0))
