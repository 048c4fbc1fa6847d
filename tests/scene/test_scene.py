"""Clips in other shapes, frame by frame before they are encoded."""

from dataclasses import replace

import numpy as np
import pytest

from nostalgia.errors import FaceError, UsageError, option
from nostalgia.options import AnimateOptions
from nostalgia.pipeline import Animator
from nostalgia.scene.frames import Frames
from nostalgia.scene.scene import Scene
from nostalgia.scene.sizes import PREVIEW_SIDE_PX
from nostalgia.types import Photo, StillReason

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


@pytest.fixture(scope="module")
def animator() -> Animator:
    """One for all tests, so that the networks are loaded once."""
    return Animator()


@pytest.fixture
def scene_of(animator):
    """Makes the scene of a photo."""

    def prepared(photo: Photo, options: AnimateOptions) -> Scene:
        animator.options = options
        return animator.frames(photo).scene

    return prepared


@pytest.fixture
def frames_of(scene_of):
    """Makes the scene of a photo and renders all its frames."""

    def rendered(photo: Photo, options: AnimateOptions):
        scene = scene_of(photo, options)
        return scene, list(Frames(scene))

    return rendered


def test_it_rests_exactly_on_the_photo(frames_of, astronaut):
    options = replace(SHORT, once_then_still=True, duration_s=3.0, enhance=1.0)
    scene, frames = frames_of(astronaut, options)
    assert len(frames) == scene.timeline.frames == 38
    assert scene.timeline.resting >= 12
    assert not np.array_equal(frames[0], astronaut.pixels), "it starts retouched"
    for frame in frames[-scene.timeline.resting - 1 :]:
        assert np.array_equal(frame, astronaut.pixels)


def test_fading_to_the_photo_has_no_jump(frames_of, astronaut):
    options = replace(SHORT, once_then_still=True, duration_s=None, enhance=1.0, fps=25.0)
    _, frames = frames_of(astronaut, options)
    steps = [
        np.abs(after.astype(int) - before).mean()
        for before, after in zip(frames, frames[1:], strict=False)
    ]
    assert max(steps[-76:]) <= max(steps[:-76])
    assert steps[-1] == 0.0


def test_loops_follow_one_another(scene_of, astronaut):
    once = scene_of(astronaut, replace(SHORT, duration_s=None))
    twice = scene_of(astronaut, replace(SHORT, duration_s=None, loop=2))
    assert twice.timeline.frames / once.timeline.frames == pytest.approx(2, abs=0.05)


def test_a_portrait_shows_what_the_whole_photo_would(frames_of, astronaut):
    _, whole = frames_of(astronaut, SHORT)
    scene, square = frames_of(astronaut, replace(SHORT, crop="face"))
    x0, y0, x1, y1 = scene.shown_xyxy
    assert x1 - x0 == y1 - y0 < 381
    for frame, part in zip(whole, square, strict=True):
        assert np.array_equal(part, frame[y0:y1, x0:x1])


def test_a_portrait_of_a_group_is_of_the_largest(frames_of, pair):
    scene, frames = frames_of(pair, replace(SHORT, crop="face"))
    assert [choice.moves for choice in scene.choices] == [True, False]
    assert scene.choices[1].still.reason is StillReason.OUTSIDE_CROP
    assert len(scene.layers) == 1
    assert scene.photo.width < pair.width, "only what is needed is worked on"
    alone, _ = frames_of(pair, replace(SHORT, crop="face", faces="2"))
    assert alone.shown_xyxy[0] > scene.shown_xyxy[2]
    assert frames[0].shape[0] == frames[0].shape[1]


def test_side_by_side_shows_the_photo_as_read_and_the_moving_one(frames_of, astronaut):
    _, whole = frames_of(astronaut, SHORT)
    _, both = frames_of(astronaut, replace(SHORT, side_by_side=True))
    for frame, shown in zip(whole, both, strict=True):
        assert np.array_equal(shown[:, :381], astronaut.pixels)
        assert np.array_equal(shown[:, -381:], frame)


def test_a_preview_is_a_small_second(frames_of, astronaut):
    large = Photo(np.ascontiguousarray(np.repeat(np.repeat(astronaut.pixels, 2, 0), 2, 1)))
    scene, frames = frames_of(large, AnimateOptions(preview=True, side_by_side=True))
    assert len(frames) / scene.casting.fps == pytest.approx(1.0, abs=0.05)
    assert PREVIEW_SIDE_PX - 4 <= max(frames[0].shape) <= PREVIEW_SIDE_PX


def test_everything_together(frames_of, astronaut):
    options = replace(
        SHORT, crop="face", side_by_side=True, once_then_still=True, duration_s=2.0, max_side=200
    )
    scene, frames = frames_of(astronaut, options)
    height, width = frames[0].shape[:2]
    assert len(frames) == 25
    assert width <= 200 and width % 2 == height % 2 == 0
    assert np.array_equal(frames[-1][:, :height], frames[-1][:, -height:])
    assert scene.shown_xyxy[2] > 200, "in pixels of the photo as read"


def test_a_face_that_does_not_exist_cannot_have_a_driver(scene_of, astronaut):
    with pytest.raises(UsageError, match="there is no face 4: the photo has 1"):
        scene_of(astronaut, replace(SHORT, face_drivers={4: "nod"}))
    with pytest.raises(UsageError, match=r"face_strengths=\{2: 0.5\}: there is no face 2"):
        scene_of(astronaut, replace(SHORT, face_strengths={2: 0.5}))


def test_a_driver_for_a_face_that_stays_still_warns(scene_of, pair):
    scene = scene_of(pair, replace(SHORT, faces="1", face_drivers={2: "nod"}))
    assert len(scene.warnings) == 1
    assert f"{option('face_drivers', {2: 'nod'})} has no effect" in scene.warnings[0]
    assert option("faces") in scene.warnings[0]


def test_each_face_gets_its_own_driver_and_strength_and_advice(scene_of, pair):
    options = replace(SHORT, face_drivers={2: "nod"}, face_strengths={1: 0.25})
    scene = scene_of(pair, options)
    assert [choice.match.driver.name for choice in scene.choices] == ["smile", "nod"]
    assert [choice.strength for choice in scene.choices] == [0.25, 1.0]
    advice = [each for choice in scene.choices for each in choice.advice]
    assert advice, "the smaller astronaut deserves some"
    assert {each.face for each in advice} <= {1, 2}


def test_one_driver_moves_two_photos_differently(frames_of, astronaut):
    _, one = frames_of(astronaut, SHORT)
    _, other = frames_of(replace(astronaut, sha256="ef" * 32), SHORT)
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_faces_can_be_numbered_by_size(scene_of, pair):
    mirrored = Photo(np.ascontiguousarray(pair.pixels[:, ::-1]))
    scene = scene_of(mirrored, replace(SHORT, order="largest", faces="1"))
    assert scene.choices[0].face.height_px > scene.choices[1].face.height_px
    assert scene.choices[0].face.number == 1 and scene.choices[0].moves


def test_without_a_usable_face_the_error_has_the_reasons(scene_of, pair):
    with pytest.raises(FaceError, match="too small"):
        scene_of(pair, replace(SHORT, min_face_px=1000.0))


def test_each_iteration_renders_the_same_frames(frames_of, astronaut):
    scene, frames = frames_of(astronaut, SHORT)
    for again, first in zip(Frames(scene), frames, strict=True):
        assert np.array_equal(again, first)


def test_the_photo_is_kept_only_where_frames_show_it(scene_of, astronaut):
    assert not scene_of(astronaut, SHORT).needs_photo
    assert scene_of(astronaut, replace(SHORT, side_by_side=True)).needs_photo
    assert scene_of(astronaut, replace(SHORT, once_then_still=True)).needs_photo
