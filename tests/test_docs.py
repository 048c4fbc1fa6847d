"""The documentation says what the code does: commands, options with their defaults, links."""

import dataclasses
import inspect
import re
import runpy
from pathlib import Path

import pytest
import typer

import nostalgia
import nostalgia.report
from nostalgia.cli.app import app
from nostalgia.options import AnimateOptions

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FLAGS = {"duration_s": "duration", "format": "clip_format"}
"""Where a flag is not called as its option."""
WITHOUT_FLAG = {"enhancement", "motion", "min_face_px", "max_yaw_deg"}
"""Options that only Python sets: one backend of each kind so far, and limits of what can move."""
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
    for name in set(DEFAULTS) - WITHOUT_FLAG - set(PER_FACE.values()):
        if name in PER_FACE:
            assert flags[name] is None and DEFAULTS[PER_FACE[name]] == {}
            assert shown[name] == (f"{DEFAULTS[name]:g}" if name == "strength" else DEFAULTS[name])
        else:
            assert flags[FLAGS.get(name, name)] == DEFAULTS[name], name


def test_the_python_page_lists_every_option_with_its_default() -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", page, flags=re.MULTILINE))
    assert rows == {name: repr(default) for name, default in DEFAULTS.items()}


def test_the_python_page_names_every_public_name() -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    assert [name for name in nostalgia.__all__ if not re.search(rf"\b{name}\b", page)] == []


def test_the_python_page_lists_the_fields_of_the_report() -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    source = inspect.getsource(nostalgia.report.build_report)
    fields = re.findall(r'^ +"(\w+)":', source, flags=re.MULTILINE)
    assert len(fields) >= 9
    assert [name for name in fields if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []
