"""The public names of the package: documented, importable, and free of the command line's flags."""

import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_clips import write
from PIL import Image
from pipeline_stand_ins import finder_of, models_of
from synthetic_face import face_in, photo_of

import nostalgia
from nostalgia import errors, pipeline
from nostalgia.errors import Cancelled, NostalgiaError, Remedy, option, worded
from nostalgia.types import HeadPose

FACE = face_in((90, 100), 90, HeadPose(0.0, 0.0, 0.0))
SMALL = replace(face_in((40, 40), 20, HeadPose(0.0, 0.0, 0.0), 2), score=0.7)
PIXELS = photo_of(FACE, SMALL, size_wh=(180, 200)).pixels
ERRORS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, NostalgiaError)
]


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo in which a large and a small, doubtful face are found."""
    monkeypatch.setattr(pipeline, "Models", models_of(finder_of(FACE, SMALL)))
    path = tmp_path / "oma.png"
    Image.fromarray(PIXELS).save(path)
    return path


def test_dir_lists_the_public_names_and_no_other() -> None:
    assert dir(nostalgia) == sorted(nostalgia.__all__)
    assert len(set(nostalgia.__all__)) == len(nostalgia.__all__)
    with pytest.raises(AttributeError, match="no attribute 'animat'"):
        nostalgia.animat  # noqa: B018


@pytest.mark.parametrize("name", sorted(nostalgia.__all__))
def test_every_public_name_exists_and_has_a_docstring(name: str) -> None:
    value = getattr(nostalgia, name)
    if name == "__version__":
        assert value.count(".") >= 2
        return
    assert inspect.getdoc(value)
    assert value.__module__.startswith("nostalgia."), "not something imported by accident"
    if inspect.isclass(value):
        generated = f"{value.__name__}("
        assert not inspect.getdoc(value).startswith(generated), "written, not made by dataclass"


@pytest.mark.parametrize(
    "member",
    [m for n, m in inspect.getmembers(nostalgia.Animator, inspect.isfunction) if n[0] != "_"],
    ids=lambda member: member.__name__,
)
def test_every_method_of_the_animator_is_documented(member: Callable[..., Any]) -> None:
    assert inspect.getdoc(member)
    assert {"photo", "progress", "cancel"} <= set(inspect.signature(member).parameters)


def test_importing_the_package_loads_no_network() -> None:
    code = (
        "import sys, nostalgia; nostalgia.AnimateOptions(); dir(nostalgia);"
        "print([name for name in ('torch', 'cv2', 'PIL', 'moviepy') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"


def assert_plain_json(values: dict[str, Any]) -> None:
    assert values and json.loads(json.dumps(values, allow_nan=False)) == values


def test_results_become_plain_json(photo: Path) -> None:
    animator = nostalgia.Animator(enhance=0, driver="nod", duration_s=0.3, fps=10)
    explanation = animator.explain(photo)
    assert_plain_json(animator.animate(photo).report.to_dict())
    assert_plain_json(explanation.to_dict())
    faces = animator.analyse(photo).faces
    assert [face.to_dict()["number"] for face in faces] == [1, 2]
    for face in faces:
        assert_plain_json(face.to_dict())
        assert_plain_json(face.to_dict(with_landmarks=True))
        assert_plain_json(face.pose.to_dict())
    advice = [each for face in explanation.faces for each in face.choice.advice]
    assert {each.kind for each in advice} >= {"doubtful", "tiny-face"}
    for each in advice:
        assert_plain_json(each.to_dict())


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_survives_pickling_with_its_remedy(kind: type[NostalgiaError]) -> None:
    remedy = Remedy(f"set {option('turn', 0.5)}", {"turn": 0.5, "faces": [1, 2]})
    error = kind("too fast", remedy)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.message, again.remedy) == (error.message, remedy)
    assert str(again) == "too fast; set turn=0.5"
    assert pickle.loads(pickle.dumps(kind("alone"))).remedy is None


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_has_an_exit_code_of_its_own_class(kind: type[NostalgiaError]) -> None:
    parent = kind.__mro__[1]
    assert 0 < kind.exit_code < 256
    if parent is NostalgiaError:
        others = [each.exit_code for each in ERRORS if each.__mro__[1] is NostalgiaError]
        assert others.count(kind.exit_code) == 1
    assert hasattr(nostalgia, kind.__name__)


def test_a_message_names_its_options_as_the_front_end_does() -> None:
    changes = {"face_drivers": {2: "nod"}}
    error = nostalgia.UsageError("no", Remedy(f"set {option('face_drivers', {2: 'nod'})}", changes))
    assert str(error) == "no; set face_drivers={2: 'nod'}"
    assert str(error.remedy) == "set face_drivers={2: 'nod'}"
    assert worded(error.message, lambda name, value: f"<{name} {value}>") == (
        "no; set <face_drivers {2: 'nod'}>"
    )
    assert worded(option("loop"), lambda name, value: f"<{name} {value}>") == "<loop None>"


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("doubtful", {"faces": [1]}), ("tiny-face", {"crop": "face"})],
)
def test_advice_can_be_followed_as_it_is(photo: Path, kind: str, changes: dict[str, Any]) -> None:
    animator = nostalgia.Animator(enhance=0, faces=[1, 2])
    found = {
        each.kind: each
        for face in animator.explain(photo).faces
        for each in face.choice.advice
        if each.face == 2
    }
    assert dict(found[kind].changes) == changes
    animator.explain(photo, **found[kind].changes)


Cause = Callable[[nostalgia.Animator, Path], Any]


def _with(**changes: Any) -> Cause:
    return lambda animator, photo: animator.frames(photo, **changes)


def _sound(photo: Path) -> str:
    photo.with_name("song.wav").write_bytes(b"no sound")
    return str(photo.with_name("song.wav"))


def _clip(photo: Path, count: int) -> str:
    write(photo.with_name("film.mp4"), count=count)
    return str(photo.with_name("film.mp4"))


def _existing(photo: Path) -> Path:
    photo.with_name("clip.mp4").write_bytes(b"precious")
    return photo.with_name("clip.mp4")


def _cancelled(animator: nostalgia.Animator, photo: Path) -> None:
    token = nostalgia.CancelToken()
    token.cancel()
    animator.animate(photo, cancel=token)


CAUSES: dict[str, Cause] = {
    "misspelt option": _with(drivr="smile"),
    "number out of range": _with(turn=9),
    "no whole number": _with(loop=2.5),
    "unknown word": _with(crop="head"),
    "loop and duration": _with(loop=2, duration_s=3.0),
    "loop and rest": _with(loop=2, once_then_still=True),
    "strength of face 0": _with(face_strengths={0: 1.0}),
    "strength too large": _with(face_strengths={1: 9.0}),
    "driver without a name": _with(face_drivers={1: ""}),
    "face that does not exist": _with(faces=[7]),
    "faces that are no numbers": _with(faces="one"),
    "driver of a face that does not exist": _with(face_drivers={5: "nod"}),
    "strength of a face that does not exist": _with(face_strengths={5: 1.0}),
    "unknown driver": _with(driver="grin"),
    "unknown motion backend": _with(motion="puppet"),
    "unknown restorer": _with(enhancement="magic"),
    "options of the mesh": _with(motion_options={"smoothing": 0.5}),
    "unknown option of fomm": _with(motion="fomm", motion_options={"smoth": 0.5}),
    "missing weights of fomm": _with(motion="fomm"),
    "missing weights of gfpgan": _with(enhancement="gfpgan"),
    "missing checkpoint": _with(motion="fomm", checkpoint="missing.pth.tar"),
    "no usable face": _with(min_face_px=500.0),
    "missing driving clip": _with(driver="missing.mp4"),
    "driving clip without a face": lambda a, p: nostalgia.add_driver(_clip(p, 12), "uncle"),
    "missing photo": lambda a, p: a.frames(p.with_name("missing.jpg")),
    "no photo": lambda a, p: a.frames(b"<html>"),
    "too many pixels": lambda a, p: nostalgia.read_photo(p, nostalgia.PhotoOptions(max_pixels=9)),
    "array of floats": lambda a, p: a.frames(np.zeros((9, 9, 3))),
    "no place for the clip": lambda a, p: a.animate(PIXELS),
    "existing clip": lambda a, p: a.animate(p, _existing(p)),
    "existing poster": lambda a, p: a.animate(p, poster=_existing(p).rename(p.with_suffix(".jpg"))),
    "clip onto the photo": lambda a, p: a.animate(p, p, format="mp4"),
    "poster that is no JPEG": lambda a, p: a.animate(p, poster=p.with_name("poster.png")),
    "folder as a clip": lambda a, p: a.animate(p, p.parent),
    "missing folder": lambda a, p: a.animate(p, p.parent / "missing" / "clip.mp4"),
    "sound of a GIF": lambda a, p: a.animate(p, p.with_suffix(".gif"), audio=_sound(p)),
    "broken sound": lambda a, p: a.animate(p, audio=_sound(p)),
    "missing driver to remove": lambda a, p: nostalgia.remove_driver("uncle"),
    "driver to remove that ships": lambda a, p: nostalgia.remove_driver("nod"),
    "name of a new driver": lambda a, p: nostalgia.add_driver(_clip(p, 12), "a name?"),
    "name of a shipped driver": lambda a, p: nostalgia.add_driver(_clip(p, 12), "nod"),
    "cancelled": _cancelled,
    "missing clip to verify": lambda a, p: nostalgia.verify(p.with_name("missing.mp4"), p),
    "missing source of a batch": lambda a, p: nostalgia.run_batch(
        nostalgia.BatchRequest(p.with_name("missing"), p.with_name("out"))
    ),
    "jobs of a batch": lambda a, p: nostalgia.run_batch(
        nostalgia.BatchRequest(p.parent, p.with_name("out"), jobs=0)
    ),
    "living without a reason": lambda a, p: nostalgia.run_batch(
        nostalgia.BatchRequest(p.parent, p.with_name("out"), include_living=True)
    ),
}


@pytest.mark.parametrize("name", CAUSES)
def test_messages_name_options_as_python_does(photo: Path, name: str) -> None:
    animator = nostalgia.Animator(enhance=0, driver="nod", duration_s=0.3, fps=10)
    with pytest.raises(NostalgiaError) as caught:
        CAUSES[name](animator, photo)
    shown = str(caught.value)
    assert "--" not in shown and "--" not in caught.value.message
    assert "type:" not in shown
    assert all(ord(letter) < 0xE000 for letter in shown), "an option is left unworded"
    assert len(shown) > 10 or isinstance(caught.value, Cancelled)


def test_a_photo_without_a_face_suggests_a_box(photo: Path, monkeypatch) -> None:
    monkeypatch.setattr(pipeline, "Models", models_of(finder_of()))
    for method in ("animate", "frames", "enhance", "explain"):
        with pytest.raises(nostalgia.FaceError) as caught:
            getattr(nostalgia.Animator(), method)(photo)
        assert str(caught.value) == "no face was found in oma.png; mark one with face_box"


def test_advice_and_warnings_name_options_as_python_does(photo: Path) -> None:
    animator = nostalgia.Animator(enhance=0, preview=True, loop=2, face_drivers={2: "nod"})
    report = animator.animate(photo, faces=[1]).report.to_dict()
    text = json.dumps([report["warnings"], report["faces"], animator.explain(photo).to_dict()])
    assert "--" not in text
    assert "loop" in report["warnings"][0]
    assert "face_drivers={2: 'nod'} has no effect" in report["warnings"][1]


def test_results_can_be_shown_in_a_notebook(photo: Path) -> None:
    animator = nostalgia.Animator(enhance=0, driver="nod", duration_s=0.3, fps=10)
    analysis = animator.analyse(photo)
    results = (
        analysis,
        animator.animate(analysis),
        animator.frames(analysis),
        animator.enhance(analysis),
        animator.explain(analysis),
    )
    for result in results:
        shown = repr(result)
        assert shown.startswith(type(result).__name__)
        assert "array(" not in shown and len(shown) < 8000


def test_results_can_be_compared_and_faces_collected(photo: Path) -> None:
    animator = nostalgia.Animator(enhance=0, driver="nod", duration_s=0.3, fps=10)
    analysis, again = animator.analyse(photo), animator.analyse(photo)
    assert analysis.faces == pickle.loads(pickle.dumps(again.faces))
    assert analysis.faces[1] in set(again.faces)
    assert analysis.faces[0] != analysis.faces[1]
    assert analysis.photo != again.photo, "a photo is compared by identity"
    first, second = (animator.animate(analysis, overwrite=True).report for _ in range(2))
    assert first.faces == second.faces
    assert animator.explain(analysis) == animator.explain(analysis)
    assert animator.enhance(analysis) != animator.enhance(analysis)


def test_the_repr_of_an_error_is_its_text() -> None:
    error = nostalgia.UsageError("no", Remedy(f"set {option('turn', 0.5)}"))
    assert repr(error) == "UsageError('no; set turn=0.5')"


def test_a_photo_in_a_missing_folder_is_reported_as_missing(tmp_path: Path) -> None:
    with pytest.raises(nostalgia.InputError, match=r"oma\.jpg: no such file"):
        nostalgia.animate(tmp_path / "missing" / "oma.jpg")


def test_a_batch_takes_paths_as_strings(tmp_path: Path) -> None:
    request = nostalgia.BatchRequest(str(tmp_path), f"{tmp_path}/out", media=[str(tmp_path)])
    assert request == nostalgia.BatchRequest(tmp_path, tmp_path / "out", media=(tmp_path,))
