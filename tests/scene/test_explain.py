"""An explanation agrees with the clip that would be made; estimates grow with the work."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pipeline_stand_ins import finder_of, models_of
from synthetic_face import face_in, photo_of

from nostalgia import pipeline
from nostalgia.errors import BackendError, FaceError, UsageError
from nostalgia.options import AnimateOptions
from nostalgia.pipeline import Animator, explain
from nostalgia.types import Face, HeadPose, Photo, StillReason

LEFT = face_in((110, 150), 110, HeadPose(8.0, 3.0, 0.0), 1)
RIGHT = face_in((280, 150), 100, HeadPose(-20.0, 0.0, 0.0), 2)
PHOTO = photo_of(LEFT, RIGHT, size_wh=(400, 300))

Find = Callable[..., None]


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Find:
    """Decides which faces are found in any photo."""

    def found(*faces: Face) -> None:
        monkeypatch.setattr(pipeline, "Models", models_of(finder_of(*faces)))

    return found


@pytest.mark.parametrize(
    "options",
    [
        AnimateOptions(enhance=0),
        AnimateOptions(enhance=0, seed=5),
        AnimateOptions(enhance=0, once_then_still=True, duration_s=4.0),
        AnimateOptions(enhance=0, faces="2", face_drivers={2: "nod"}),
        AnimateOptions(enhance=0, crop="face", max_side=200),
    ],
)
def test_it_casts_as_the_clip_does(find, options) -> None:
    find(LEFT, RIGHT)
    animator = Animator(options)
    explanation, scene = animator.explain(PHOTO), animator.frames(PHOTO).scene
    choices = [face.choice for face in explanation.faces]
    matches = [choice.match for choice in choices if choice.match is not None]
    for match, performed in zip(matches, scene.casting.matches, strict=True):
        assert match.driver.name == performed.driver.name
        assert match.driver.mirrored == performed.driver.mirrored
        assert match.why == performed.why
    assert explanation.clip is not None
    assert explanation.clip.frames == scene.timeline.frames
    assert explanation.clip.fps == scene.casting.fps
    assert [c.strength for c in choices] == [c.strength for c in scene.choices]
    assert [c.advice for c in choices] == [c.advice for c in scene.choices]
    reasons = [c.still.reason if c.still else None for c in choices]
    assert reasons == [c.still.reason if c.still else None for c in scene.choices]


def test_a_face_that_stays_still_can_be_chosen(find) -> None:
    find(LEFT, replace(RIGHT, pose=HeadPose(75.0, 0.0, 0.0)))
    still = explain(PHOTO).faces[1]
    assert still.choice.match is None
    assert still.choice.still is not None
    assert still.choice.still.reason is StillReason.TURNED_TOO_FAR
    assert dict(still.choice.still.remedy.changes) == {"faces": [1, 2]}
    assert still.to_dict()["how_to_move"].startswith("faces=[1, 2] ")
    assert "turned-far" in {advice.kind for advice in still.choice.advice}
    chosen = explain(PHOTO, **still.choice.still.remedy.changes)
    assert chosen.faces[1].choice.match is not None


def test_a_photo_whose_faces_all_stay_still_is_explained(find) -> None:
    find(replace(LEFT, pose=HeadPose(75.0, 0.0, 0.0)))
    explanation = explain(PHOTO)
    assert explanation.clip is None
    assert not explanation.faces[0].choice.moves
    assert "turned-far" in {advice.kind for advice in explanation.faces[0].choice.advice}
    assert json.loads(json.dumps(explanation.to_dict()))["clip"] is None


def test_without_a_face_it_fails_as_animate_does(find) -> None:
    find()
    for call in (explain, lambda photo: Animator().frames(photo)):
        with pytest.raises(FaceError, match="no face was found.*face_box"):
            call(PHOTO)
    with pytest.raises(FaceError, match="no face was found"):
        Animator(face_drivers={1: "smile"}).frames(PHOTO)


def test_options_that_make_no_sense_are_refused(find) -> None:
    find(LEFT)
    with pytest.raises(UsageError, match="turn must be a number from 0 to 2, not 9"):
        explain(PHOTO, turn=9)
    with pytest.raises(UsageError, match="there is no face 3: the photo has 1"):
        explain(PHOTO, faces=[3])


@pytest.mark.parametrize("group", ["motion", "enhancement"])
def test_a_backend_that_does_not_exist_is_refused_as_for_the_clip(find, group) -> None:
    find(LEFT)
    with pytest.raises(BackendError, match=f"no {group} backend is called 'magic'"):
        explain(PHOTO, **{group: "magic"})


def test_a_large_photo_gets_advice_about_time_and_memory(find) -> None:
    find(LEFT)
    small = explain(PHOTO)
    photo = Photo(np.zeros((3200, 4000, 3), np.uint8), sha256="00")
    large, usual = explain(photo, size="full"), explain(photo)
    assert small.advice == usual.advice == ()
    (advice,) = large.advice
    assert (advice.kind, advice.face) == ("large-photo", None)
    assert "13 megapixels" in advice.text
    assert "browsers show a few frames a second" in advice.text
    assert dict(advice.changes) == {"size": "uhd"}
    assert "size='uhd'" in str(advice.remedy)
    assert usual.clip is not None and usual.clip.level == "5.1"
    assert small.clip is not None and large.clip is not None
    assert large.clip.seconds > 2 * small.clip.seconds
    assert large.clip.memory_mib > small.clip.memory_mib
    assert large.clip.size_kib > small.clip.size_kib


def test_more_faces_take_longer(find) -> None:
    find(LEFT, RIGHT)
    both, one = explain(PHOTO).clip, explain(PHOTO, faces=1, driver="calm").clip
    assert both is not None and one is not None
    assert both.seconds > one.seconds


def test_warnings_are_those_of_the_photo_and_of_the_options(find) -> None:
    find(LEFT, RIGHT)
    photo = replace(PHOTO, warnings=("the file ends too early",))
    warnings = explain(photo, faces=1, face_drivers={2: "nod"}).to_dict()["warnings"]
    assert warnings[0] == "the file ends too early"
    assert warnings[1].startswith("face_drivers={2: 'nod'} has no effect: face 2 stays still")


def test_what_a_preview_ignores_is_a_warning_as_for_the_clip(find) -> None:
    find(LEFT)
    warnings = explain(PHOTO, preview=True, duration_s=3.0).to_dict()["warnings"]
    assert warnings == ["a preview is one second long: it ignores duration_s"]
