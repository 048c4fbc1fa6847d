"""Options of the First Order Motion Model: read from text, checked, and named in messages."""

import subprocess
import sys
from dataclasses import fields

import pytest

from nostalgia.declarations import declared
from nostalgia.errors import UsageError
from nostalgia.motion.fomm.options import FommOptions


def test_texts_become_values() -> None:
    read = FommOptions.from_mapping(
        {"smoothing": "0.3", "adapt_scale": "false", "align_corners": "Yes", "output": "network"}
    )
    assert read == FommOptions(smoothing=0.3, adapt_scale=False, output="network")


def test_values_stay_values_and_nothing_is_the_default() -> None:
    assert FommOptions.from_mapping({"smoothing": 1, "adapt_scale": False}) == FommOptions(
        smoothing=1.0, adapt_scale=False
    )
    assert FommOptions.from_mapping({}) == FommOptions()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"smothing": 0.3}, "no option 'smothing'; did you mean smoothing?"),
        ({"qqq": 1}, "its options are output, movement, adapt_scale"),
        ({"smoothing": "much"}, "must be a number from 0 to 1"),
        ({"smoothing": 1.5}, "must be a number from 0 to 1"),
        ({"smoothing": "nan"}, "must be a number from 0 to 1"),
        ({"smoothing": True}, "must be a number from 0 to 1"),
        ({"output": "best"}, "must be native or network"),
        ({"movement": "none"}, "must be relative or absolute"),
        ({"precision": "half"}, "must be auto or float32 or bfloat16"),
        ({"adapt_scale": "maybe"}, "must be true or false"),
        ({"landmarks": 68}, "must be a word"),
    ],
)
def test_wrong_options_are_refused_by_name(given: dict, words: str) -> None:
    with pytest.raises(UsageError, match="motion_options=") as refused:
        FommOptions.from_mapping(given)
    assert words in str(refused.value)


def test_the_constructor_checks_too() -> None:
    with pytest.raises(UsageError, match="motion_options={'smoothing': 2.0}"):
        FommOptions(smoothing=2.0)


def test_every_option_is_described() -> None:
    described = declared(FommOptions)
    assert list(described) == [each.name for each in fields(FommOptions)]
    assert all(info.help.endswith(".") for info in described.values())


def test_listing_the_options_loads_no_network() -> None:
    code = "import sys, nostalgia.motion.fomm.options; print('torch' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert printed.stdout.strip() == "False", printed.stderr
