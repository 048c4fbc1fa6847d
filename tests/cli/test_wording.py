"""Messages of the library as the command line words them."""

from dataclasses import fields

import pytest
import typer

from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.reel.options import ReelOptions
from nostalgia.cli.app import app
from nostalgia.cli.errors import one_line
from nostalgia.cli.wording import flag_of, flag_wording, in_flags
from nostalgia.declarations import declared
from nostalgia.errors import Remedy, UsageError, option
from nostalgia.options import AnimateOptions


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("turn", 0.5, "--turn 0.5"),
        ("turn", None, "--turn"),
        ("duration_s", 3.0, "--duration 3"),
        ("overwrite", True, "--overwrite"),
        ("label", False, "--no-label"),
        ("faces", [1, 3], "--faces 1,3"),
        ("face_drivers", {1: "smile", 2: "nod"}, "--driver 1=smile --driver 2=nod"),
        ("face_strengths", {2: 0.5}, "--strength 2=0.5"),
        ("motion_options", {"smoothing": 0.3}, "--motion-option smoothing=0.3"),
        ("album_title", "The Bergs", "--title 'The Bergs'"),
        ("consent", {"I9": "by letter"}, "--consent 'I9=by letter'"),
    ],
)
def test_an_option_is_worded_as_it_is_typed(name, value, words) -> None:
    assert flag_wording(name, value) == words
    assert in_flags(f"use {option(name, value) if value is not None else option(name)}!") == (
        f"use {words}!"
    )


def test_an_error_names_its_remedy_in_flags_and_on_one_line() -> None:
    error = UsageError("two\nlines", Remedy(f"set {option('max_side', 640)}", {"max_side": 640}))
    assert one_line(error) == "two lines; set --max-side 640"
    assert str(error) == "two\nlines; set max_side=640"


def flags(*words: str) -> set[str]:
    """All options of a command."""
    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    return {name for param in command.params for name in param.opts}


def test_every_flag_that_a_message_may_name_exists() -> None:
    infos = declared(AnimateOptions)
    assert {flag_of(name) for name, info in infos.items() if info.on_command_line} <= flags(
        "animate"
    )
    requested = {each.name for each in fields(BatchRequest)} - {"source", "options"}
    assert {flag_of(name) for name in requested} <= flags("batch", "run")
    joined = {each.name for each in fields(ReelOptions)} - {"width", "height"}
    assert {flag_of(name) for name in joined} <= flags("batch", "reel")
