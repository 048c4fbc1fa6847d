"""Help pages, completion in a shell, and the version."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

import nostalgia
from nostalgia.cli.app import app
from nostalgia.declarations import declared
from nostalgia.options import AnimateOptions

RUN = "import sys; sys.argv[0] = 'nostalgia'; from nostalgia.cli.app import main; main()"


def pages(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Words that lead to every command and group."""
    yield words
    for name, child in getattr(command, "commands", {}).items():
        yield from pages(child, (*words, name))


PAGES = tuple(pages(typer.main.get_command(app)))


@pytest.fixture
def help_of(run, monkeypatch: pytest.MonkeyPatch):
    """Help page of a command, as a terminal of 80 columns shows it."""
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: run(*words, "--help").stdout


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_help_fits_80_columns_and_cuts_no_name(help_of, words) -> None:
    lines = help_of(*words).splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if "…" in line or "[[" in line or "<" in line]


def panels(page: str) -> dict[str, str]:
    """Title of a panel of a help page -> its text, in their order."""
    parts = page.split("╭─ ")[1:]
    return {part.partition(" ─")[0]: part for part in parts}


def test_animate_and_batch_are_on_top(help_of) -> None:
    rows = panels(help_of())["Commands"].splitlines()[1:]
    names = [row[2:].split()[0] for row in rows if row[:2] == "│ " and row[2:3] != " "]
    assert names[:2] == ["animate", "batch"]
    assert len(names) == len(typer.main.get_command(app).commands)


@pytest.mark.parametrize("words", [("animate",), ("batch", "run"), ("explain",), ("bench",)])
def test_options_of_experts_come_last(help_of, words) -> None:
    assert list(panels(help_of(*words)))[-1] == "Backends (expert)"


def test_output_and_overwrite_are_in_the_first_panel_of_options(help_of) -> None:
    first = next(text for name, text in panels(help_of("animate")).items() if name != "Arguments")
    assert "--output" in first and " -o " in first and "--overwrite" in first


def test_a_paragraph_of_help_is_not_broken_inside(help_of) -> None:
    lines = [line.strip() for line in help_of("verify").splitlines()]
    assert any("something else moves, or if" in line for line in lines)


def test_version(run) -> None:
    expected = f"nostalgia {nostalgia.__version__}\n"
    assert run("--version").stdout == run("version").stdout == expected


def flags_of(*words: str) -> set[str]:
    """All options of a command."""
    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    return {name for param in command.params for name in param.opts if name.startswith("--")}


def test_batch_has_every_option_of_animate_but_those_of_one_photo() -> None:
    infos = declared(AnimateOptions)
    of_single_faces = {info.per_face for info in infos.values()}
    of_one_photo = {
        f"--{info.flag or name.replace('_', '-')}"
        for name, info in infos.items()
        if not info.albums and name not in of_single_faces
    }
    assert of_one_photo == {"--face-box", "--audio"}
    places = {"--overwrite", "--poster", "--report", "--json"}
    assert flags_of("animate") - flags_of("batch", "run") == of_one_photo | places


def completed(*words: str) -> list[str]:
    """Completions of the last word that bash is offered."""
    typed = ("nostalgia", *words)
    environment = os.environ | {
        "_NOSTALGIA_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(typed),
        "COMP_CWORD": str(len(typed) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("animate", "--driver", "sm"), ["smile"]),
        (("animate", "--driver", "2=sm"), ["2=smile"]),
        (("batch", "photos", "--driver", "sm"), ["smile"]),
        (("batch", "--driver", "sm"), ["smile"]),
        (("batch", "--driv"), ["--driver"]),
        (("batch", "photos", "--dry"), ["--dry-run"]),
        (("batch", "run", "photos", "--once"), ["--once-then-still"]),
        (("batch", "sta"), ["status"]),
        (("animate", "--crop", "f"), ["face"]),
        (("drivers", "preview", "sm"), ["smile"]),
        (("drivers", "remove", "sm"), []),
        (("checkpoints", "pull", "gfp"), ["gfpgan-1.4", "gfpgan-1.3"]),
    ],
)
def test_a_shell_completes(words, expected) -> None:
    assert completed(*words) == expected
