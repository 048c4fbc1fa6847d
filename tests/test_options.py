"""Options that make no sense are refused with what to change; all others are accepted."""

import json
import math
import typing
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from nostalgia.declarations import changed, check_declared, declare, declared, did_you_mean
from nostalgia.errors import UsageError, option
from nostalgia.motion.fomm.options import FommOptions
from nostalgia.options import AnimateOptions, DetectionOptions, OptionChanges

DECLARED = declared(AnimateOptions)
LIMITED = {name: info.limits for name, info in DECLARED.items() if info.limits}
CHOICES = {name: info.choices for name, info in DECLARED.items() if info.choices}


def test_the_defaults_are_accepted():
    check_declared(AnimateOptions())


def test_every_option_has_a_declaration_in_plain_words():
    assert list(DECLARED) == [field.name for field in fields(AnimateOptions)]
    for name, info in DECLARED.items():
        assert info.help.endswith(".") and info.panel, name
        assert "--" not in info.help, name
        assert info.per_face in ("", *DECLARED), name


def test_single_options_are_typed_like_the_options():
    """`OptionChanges` repeats the fields of `AnimateOptions` for type checkers."""
    as_fields = typing.get_type_hints(AnimateOptions)
    as_changes = typing.get_type_hints(OptionChanges)
    assert as_changes == as_fields
    assert not OptionChanges.__required_keys__


@pytest.mark.parametrize("name", LIMITED)
def test_the_ends_of_each_range_are_accepted_and_nothing_beyond(name):
    least, most = LIMITED[name]
    for number in (least, most):
        assert getattr(AnimateOptions(**{name: number}), name) == number
    for number in (least - 1, most + 1, math.nan, math.inf, "much"):
        with pytest.raises(UsageError, match=f"^{name} must be a number from"):
            AnimateOptions(**{name: number})


@pytest.mark.parametrize("name", CHOICES)
def test_words_are_chosen_from_the_declared_ones(name):
    for word in CHOICES[name]:
        assert getattr(AnimateOptions(**{name: word}), name) == word
    with pytest.raises(UsageError) as caught:
        AnimateOptions(**{name: "tallest"})
    assert str(caught.value) == f"{name} must be {' or '.join(CHOICES[name])}, not 'tallest'"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loop": 2, "duration_s": 3.0}, "leave one of them out"),
        ({"loop": 2, "once_then_still": True}, "leave out loop or once_then_still"),
        ({"face_strengths": {2: 2.5}}, "strength of face 2 must be a number from 0 to 2, not 2.5"),
        ({"face_strengths": {0: 1.0}}, "numbered from 1"),
        ({"face_drivers": {0: "smile"}}, "numbered from 1"),
        ({"faces": [1, "x"]}, r"faces must be all, largest or numbers such as 1,3, not \[1, 'x'\]"),
        ({"faces": []}, r"faces must be all, .*, not \[\]"),
        ({"faces": 1.5}, r"faces must be all, .*, not 1\.5"),
        ({"preview": "yes"}, "preview must be True or False, not 'yes'"),
        ({"face_box": (1, 2)}, "face_box must be four numbers"),
        ({"face_drivers": {"2": "smile"}}, "numbered from 1"),
        ({"loop": 2.5}, "loop must be a whole number, not 2.5"),
        ({"turn": None}, "turn must be a number from 0 to 2, not None"),
        ({"turn": [1.0]}, "turn must be a number from 0 to 2"),
        ({"order": None}, "order must be left-right or largest, not None"),
        ({"face_box": (1, 2)}, "face_box must be four numbers"),
        ({"face_box": "1,2,3,4"}, "face_box must be four numbers"),
        ({"face_box": 5}, "face_box must be four numbers"),
        ({"face_box": (30, 10, 20, 90)}, "right and bottom must be beyond left and top"),
        ({"face_box": (0, 0, math.nan, 90)}, "right and bottom must be beyond left and top"),
        ({"face_drivers": None}, "face_drivers must be a mapping"),
        ({"motion_options": ["smoothing"]}, "motion_options must be a mapping"),
        ({"faces": None}, "faces must be all, largest or numbers such as 1,3, not None"),
        ({"faces": 1.5}, "faces must be all, largest or numbers such as 1,3, not 1.5"),
        ({"face_drivers": {1: ""}}, r"needs the name of a driver.*face_drivers=\{1: 'smile'\}"),
    ],
)
def test_nonsense_is_refused_with_what_to_change(changes, message):
    with pytest.raises(UsageError, match=message):
        AnimateOptions(**changes)
    with pytest.raises(UsageError, match=message):
        replace(AnimateOptions(), **changes)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("output", "best", "native or network"),
        ("movement", "none", "relative or absolute"),
        ("precision", "half", "auto or"),
    ],
)
def test_options_of_a_backend_are_checked_by_it(name, value, message):
    with pytest.raises(UsageError, match=message) as caught:
        FommOptions.from_mapping({name: value})
    assert option("motion_options", {name: value}) in caught.value.message or name in str(
        caught.value
    )
    AnimateOptions(motion_options={name: value})  # the backend is not loaded here


def test_compatible_options_are_accepted_together():
    AnimateOptions(
        once_then_still=True,
        duration_s=9.0,
        crop="face",
        side_by_side=True,
        preview=True,
        face_drivers={1: "smile", 3: "nod"},
        face_strengths={2: 0.0},
    )


@pytest.mark.parametrize(
    ("faces", "form"),
    [
        ([1, 2], "1,2"),
        ((1, 2), "1,2"),
        ("1,2", "1,2"),
        (2, "2"),
        (np.int64(2), "2"),
        (np.array([3, 1]), "3,1"),
        ((number for number in (1, 4)), "1,4"),
        ("all", "all"),
    ],
)
def test_faces_are_numbers_or_words_in_one_form(faces, form):
    options = AnimateOptions(faces=faces)
    assert options.face_selection == form
    assert options == AnimateOptions(faces=form)
    assert replace(options, strength=0.5).face_selection == form


@pytest.mark.parametrize("box", [[1.5, 2.0, 3.0, 4.0], np.array([1.5, 2.0, 3.0, 4.0])])
def test_a_face_box_may_be_a_list_or_an_array(box):
    assert AnimateOptions(face_box=box) == AnimateOptions(face_box=(1.5, 2.0, 3.0, 4.0))


@pytest.mark.parametrize(
    ("name", "meant"), [("stength", "strength"), ("face_driver", "face_drivers"), ("lop", "loop")]
)
def test_a_misspelt_option_is_refused_with_the_right_one(name, meant):
    with pytest.raises(UsageError) as caught:
        changed(AnimateOptions(), {name: 1})
    assert str(caught.value) == f"there is no option {name!r}; did you mean {meant}?"


def test_an_option_like_no_other_is_refused_without_a_guess():
    with pytest.raises(UsageError, match="^there is no option 'xyz'$"):
        changed(AnimateOptions(), {"xyz": 1})
    assert did_you_mean("xyz", list(DECLARED)) == ""


@pytest.mark.parametrize("name", ["driver", "audio", "checkpoint", "enhancement_checkpoint"])
def test_a_path_is_kept_as_text(name):
    options = AnimateOptions(**{name: Path("own") / "file"})
    assert getattr(options, name) == str(Path("own") / "file")
    assert options == AnimateOptions(**{name: str(Path("own") / "file")})


def test_changes_leave_the_options_alone():
    options = AnimateOptions(driver="smile")
    assert changed(options, {"turn": 0.5}) == AnimateOptions(driver="smile", turn=0.5)
    assert options == AnimateOptions(driver="smile")
    assert changed(DetectionOptions(), {"order": "largest"}).order == "largest"


def test_options_of_detection_are_checked():
    with pytest.raises(UsageError, match="order must be left-right or largest, not 'tallest'"):
        DetectionOptions(order="tallest")
    with pytest.raises(UsageError, match="min_score must be a number from 0 to 1, not 5"):
        DetectionOptions(min_score=5)


def test_a_mapping_is_no_default_that_options_share():
    first, second = AnimateOptions(), AnimateOptions()
    assert first.face_drivers == {} and first.face_drivers is not second.face_drivers
    assert declare({1: 2}, "Help.", "Panel").default_factory() == {1: 2}


def test_numbers_and_paths_of_other_libraries_become_plain():
    options = AnimateOptions(
        face_box=np.array([1.0, 2.0, 30.0, 40.0]),
        face_drivers={np.int64(1): Path("own") / "clip.mp4"},
        face_strengths={np.int64(2): np.float32(0.5)},
        turn=np.float32(0.25),
        max_side=np.int64(400),
        motion_options=MappingProxyType({"smoothing": np.float32(0.5)}),
    )
    assert options == AnimateOptions(
        face_box=(1.0, 2.0, 30.0, 40.0),
        face_drivers={1: str(Path("own") / "clip.mp4")},
        face_strengths={2: 0.5},
        turn=0.25,
        max_side=400,
        motion_options={"smoothing": 0.5},
    )
    assert json.loads(json.dumps(asdict(options)))["face_box"] == [1.0, 2.0, 30.0, 40.0]
    assert option("turn", options.turn) == option("turn", 0.25)
