"""The documentation says what the code does: commands, options with their defaults, links."""

import dataclasses
import inspect
import re
import runpy
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

import nostalgia
import nostalgia.scene.advice
import nostalgia.scene.report
from nostalgia.cli.app import app
from nostalgia.options import AnimateOptions, FommOptions

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FLAGS = {"duration_s": "duration", "format": "clip_format"}
"""Where a flag is not called as its option."""
WITHOUT_FLAG = {"min_face_px", "max_yaw_deg"}
"""Options that only Python sets: limits of what can move."""
PER_FACE = {"driver": "face_drivers", "strength": "face_strengths"}
"""Flags that can be given several times: for all faces, and for single ones."""
DEFAULTS = {
    field.name: getattr(AnimateOptions(), field.name)
    for field in dataclasses.fields(AnimateOptions)
}


def test_the_manual_is_what_the_command_line_says() -> None:
    generator = runpy.run_path(str(ROOT / "docs" / "generate_cli.py"))
    manual = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert manual == generator["manual"](), "run: python docs/generate_cli.py"


def test_flags_have_the_defaults_of_the_options() -> None:
    command = typer.main.get_command(app).commands["animate"]
    flags = {param.name: param.default for param in command.params}
    shown = {param.name: getattr(param, "show_default", None) for param in command.params}
    assert WITHOUT_FLAG < set(DEFAULTS)
    for field in dataclasses.fields(FommOptions):
        assert flags[f"fomm_{field.name}"] == getattr(DEFAULTS["fomm"], field.name)
    for name in set(DEFAULTS) - WITHOUT_FLAG - set(PER_FACE.values()) - {"fomm"}:
        if name in PER_FACE:
            assert flags[name] is None and DEFAULTS[PER_FACE[name]] == {}
            assert shown[name] == (f"{DEFAULTS[name]:g}" if name == "strength" else DEFAULTS[name])
        else:
            assert flags[FLAGS.get(name, name)] == DEFAULTS[name], name


def test_commands_and_options_that_pages_show_are_there() -> None:
    pages = ("README.md", "docs/groups-and-clips.md", "docs/genealogists.md")
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in pages]
    shown = re.findall(
        r"(?:`|^    |\$ )(nostalgia [^`\n]*?)(?:`|$|  )", "".join(texts), flags=re.MULTILINE
    )
    parts = re.findall(r"`(-[^`]+)`", "".join(texts[:2]))
    assert len(shown) > 30 and len(parts) > 20
    for line in shown:
        parse(shlex.split(line)[1:])
    flags = {flag for param in parse(["animate", "p"]).command.params for flag in param.opts}
    for part in parts:
        words = shlex.split(part)
        if len(words) > 1:
            parse(["animate", "p", *words])
        else:
            assert part in flags | {"--auto"}


def parse(words: list[str]) -> Any:
    """Let the command line read words without doing anything; it refuses what it does not know."""
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands["run" if is_run_by_default(command, words) else words.pop(0)]
    return command.make_context("", words)


def is_run_by_default(command: Any, words: list[str]) -> bool:
    """Whether words are of `nostalgia batch INPUT`, which is `nostalgia batch run INPUT`."""
    return command.name == "batch" and words[0] not in command.commands


def test_the_pipeline_page_shows_the_layers() -> None:
    page = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = project["tool"]["importlinter"]["contracts"]
    layers = "".join(f"    {line}\n" for line in contract["layers"] if line != "__main__")
    assert f"\n\n{layers}\n" in page


def test_the_python_page_names_every_kind_of_advice() -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    kinds = re.findall(r'Advice\(\s*"([\w-]+)"', inspect.getsource(nostalgia.scene.advice))
    assert len(kinds) >= 15
    assert [kind for kind in kinds if f"`{kind}`" not in page] == []


def test_the_python_page_lists_every_option_with_its_default() -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", page, flags=re.MULTILINE))
    assert rows == {name: repr(default) for name, default in DEFAULTS.items()}


def test_the_python_page_names_every_public_name() -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    assert [name for name in nostalgia.__all__ if not re.search(rf"\b{name}\b", page)] == []


def test_the_python_page_lists_the_fields_of_the_report() -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    source = inspect.getsource(nostalgia.scene.report.build_report)
    fields = re.findall(r'^ +"(\w+)":', source, flags=re.MULTILINE)
    assert len(fields) >= 9
    assert [name for name in fields if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []
