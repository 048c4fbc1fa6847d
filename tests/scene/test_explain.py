"""What `explain` says is what `animate` would do; estimates grow with the work."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.errors import FaceError
from nostalgia.options import AnimateOptions
from nostalgia.scene import scene
from nostalgia.scene.explain import explain
from nostalgia.types import Face, HeadPose, Photo

LEFT = face_in((110, 150), 110, HeadPose(8.0, 3.0, 0.0), 1)
RIGHT = face_in((280, 150), 100, HeadPose(-20.0, 0.0, 0.0), 2)
PHOTO = photo_of(LEFT, RIGHT, size_wh=(400, 300))

Find = Callable[..., None]


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Find:
    """Tells what a stand-in for the networks finds."""

    def finds(*faces: Face) -> None:
        class Finder:
            mesh = None  # nothing is enhanced here

            def find(self, photo, options=None):
                return faces

        monkeypatch.setattr(scene, "load_finder", lambda options: Finder())

    return finds


@pytest.mark.parametrize(
    "options",
    [
        AnimateOptions(enhance=0),
        AnimateOptions(enhance=0, seed=5),
        AnimateOptions(enhance=0, once_then_still=True, duration_s=4.0),
        AnimateOptions(enhance=0, faces="2", face_drivers={2: "nod"}),
    ],
)
def test_it_casts_as_the_scene_does(find, options) -> None:
    find(LEFT, RIGHT)
    explanation, real = explain(PHOTO, options), scene.prepare_scene(PHOTO, options)
    matches = [face.match for face in explanation.faces if face.match is not None]
    for match, performed in zip(matches, real.casting.matches, strict=True):
        assert match.driver.name == performed.driver.name
        assert match.driver.mirrored == performed.driver.mirrored
        assert match.why == performed.why
    assert explanation.clip is not None
    assert explanation.clip.frames == real.timeline.frames
    assert explanation.clip.fps == real.casting.fps
    assert [face.reason for face in explanation.faces] == [c.reason for c in real.choices]


def test_a_face_that_stays_still_can_be_asked_for(find) -> None:
    find(LEFT, replace(RIGHT, pose=HeadPose(75.0, 0.0, 0.0)))
    still = explain(PHOTO).faces[1]
    assert still.match is None
    assert "turned too far" in still.reason
    assert still.how_to_move == "--faces 1,2"
    assert "turned-far" in {advice.kind for advice in still.advice}
    assert explain(PHOTO, AnimateOptions(faces="1,2")).faces[1].match is not None


def test_without_a_face_it_fails_as_animate_does(find) -> None:
    find()
    with pytest.raises(FaceError, match="--face-box"):
        explain(PHOTO)


def test_a_large_photo_is_told_with_time_and_memory(find) -> None:
    find(LEFT)
    small = explain(PHOTO)
    large = explain(Photo(np.zeros((3200, 4000, 3), np.uint8), sha256="00"))
    assert small.advice == ()
    (advice,) = large.advice
    assert advice.kind == "large-photo"
    assert "13 megapixels" in advice.text
    assert "--max-side" in advice.what_to_do
    assert small.clip is not None and large.clip is not None
    assert large.clip.seconds > 2 * small.clip.seconds
    assert large.clip.memory_mib > small.clip.memory_mib
    assert large.clip.size_kib > small.clip.size_kib


def test_more_faces_take_longer(find) -> None:
    find(LEFT, RIGHT)
    both, one = explain(PHOTO).clip, explain(PHOTO, AnimateOptions(faces="1", driver="calm")).clip
    assert both is not None and one is not None
    assert both.seconds > one.seconds
