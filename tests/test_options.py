"""Options that make no sense are refused with what to type; all others pass."""

import math

import pytest

from nostalgia.errors import UsageError
from nostalgia.option_rules import RANGES, check_options
from nostalgia.options import AnimateOptions, FommOptions

FIELD = {"duration": "duration_s", "max-side": "max_side"}


def with_number(field: str, number: float) -> AnimateOptions:
    if field.startswith("fomm-"):
        return AnimateOptions(fomm=FommOptions(**{field.removeprefix("fomm-"): number}))
    return AnimateOptions(**{field: number})


def test_the_defaults_pass():
    check_options(AnimateOptions())


@pytest.mark.parametrize("name", RANGES)
def test_the_ends_of_each_range_pass_and_nothing_beyond(name):
    least, most = RANGES[name]
    field = FIELD.get(name, name)
    for number in (least, most):
        check_options(with_number(field, number))
    for number in (least - 1, most + 1, math.nan, math.inf):
        with pytest.raises(UsageError, match=f"--{name} must be a number from"):
            check_options(with_number(field, number))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loop": 2, "duration_s": 3.0}, "leave one of them out"),
        ({"loop": 2, "once_then_still": True}, "leave out --loop"),
        ({"order": "tallest"}, "left-right or largest"),
        ({"crop": "head"}, "photo or face"),
        ({"fomm": FommOptions(output="best")}, "--fomm-output must be native or network"),
        ({"fomm": FommOptions(movement="none")}, "--fomm-movement must be relative or absolute"),
        ({"fomm": FommOptions(precision="half")}, "--fomm-precision must be auto or"),
        ({"poster": "a.png"}, "should end in .jpg"),
        ({"face_strengths": {2: 2.5}}, "--strength 2="),
        ({"face_strengths": {0: 1.0}}, "numbered from 1"),
        ({"face_drivers": {0: "smile"}}, "numbered from 1"),
        ({"face_drivers": {1: ""}}, "names no driver"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_type(changes, words):
    with pytest.raises(UsageError, match=words):
        check_options(AnimateOptions(**changes))


def test_what_goes_together_passes():
    check_options(
        AnimateOptions(
            once_then_still=True,
            duration_s=9.0,
            crop="face",
            side_by_side=True,
            poster="a.JPEG",
            preview=True,
            face_drivers={1: "smile", 3: "nod"},
            face_strengths={2: 0.0},
        )
    )
