"""The documentation says what the code does: commands, options with their defaults, links."""

import re
import runpy
import shlex
import shutil
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import typer
from PIL import Image
from skimage import data

import nostalgia
from nostalgia.cli.app import app
from nostalgia.cli.wording import flag_of
from nostalgia.declarations import declared
from nostalgia.errors import NostalgiaError
from nostalgia.options import AnimateOptions
from nostalgia.types import AdviceKind

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PYTHON_PAGE = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")


def test_the_manual_is_what_the_command_line_says() -> None:
    generator = runpy.run_path(str(ROOT / "docs" / "generate_cli.py"))
    manual = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert manual == generator["manual"](), "run: python docs/generate_cli.py"
    assert "[[" not in manual and "None" not in manual


@pytest.mark.parametrize("words", [("animate",), ("batch", "run")], ids=" ".join)
def test_flags_have_the_defaults_of_the_options(words: tuple[str, ...]) -> None:
    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    flags = {param.opts[0]: param for param in command.params}
    albums = words[0] == "batch"
    defaults = nostalgia.BatchRequest(Path(), Path()).options if albums else AnimateOptions()
    infos = declared(AnimateOptions)
    of_single_faces = {info.per_face for info in infos.values()}
    for name, info in infos.items():
        has_flag = info.on_command_line and (info.albums or not albums)
        if name in of_single_faces or not has_flag:
            continue
        flag, default = flags[flag_of(name)], getattr(defaults, name)
        if info.per_face:
            assert list(flag.default) == [str(default)], name
        else:
            assert flag.default == (default or None if name == "motion_options" else default), name
        if info.limits and not info.metavar:
            assert flag.metavar.endswith(f"{info.limits[0]:g}..{info.limits[1]:g}"), name
        assert info.help in flag.help


def test_commands_and_options_that_pages_show_exist() -> None:
    pages = (
        *("README.md", "docs/groups-and-clips.md", "docs/genealogists.md"),
        "docs/without-a-terminal.md",
    )
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
    """Let the command line read words and do nothing; it refuses unknown ones."""
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands["run" if is_run_by_default(command, words) else words.pop(0)]
    return command.make_context("", words)


def is_run_by_default(command: Any, words: list[str]) -> bool:
    """True for the words of `nostalgia batch INPUT`, which is `nostalgia batch run INPUT`."""
    return command.name == "batch" and words[0] not in command.commands


def test_the_pipeline_page_shows_the_layers() -> None:
    page = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["nostalgia"])
    layers = "".join(f"    {line}\n" for line in layers if line != "__main__")
    assert f"\n\n{layers}\n" in page


def test_the_python_page_lists_every_kind_of_advice_and_no_other() -> None:
    (kinds,) = re.findall(
        r"The `kind` of a piece of advice is one of (.*?)\.\n", PYTHON_PAGE, re.DOTALL
    )
    assert re.findall(r"`([\w-]+)`", kinds) == list(get_args(AdviceKind))


def test_the_python_page_lists_the_options_as_declared() -> None:
    generator = runpy.run_path(str(ROOT / "docs" / "generate_options.py"))
    assert generator["page"]() == PYTHON_PAGE, "run: python docs/generate_options.py"
    rows = re.findall(r"^\| `(\w+)` \| `([^`]*)`", generator["table"](), flags=re.MULTILINE)
    assert dict(rows) == {name: repr(value) for name, value in asdict(AnimateOptions()).items()}


def test_the_python_page_names_every_public_name() -> None:
    assert [name for name in nostalgia.__all__ if not re.search(rf"`{name}\b", PYTHON_PAGE)] == []


def test_the_python_page_lists_every_error_with_its_exit_code() -> None:
    errors = [getattr(nostalgia, name) for name in nostalgia.__all__]
    codes = {
        error.__name__: error.exit_code
        for error in errors
        if isinstance(error, type) and issubclass(error, NostalgiaError)
    }
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", PYTHON_PAGE, flags=re.MULTILINE)
    assert {name: int(code) for name, code in rows} == codes


def names_in(values: Any) -> set[str]:
    """Names of all fields of a JSON value."""
    if isinstance(values, list):
        return set().union(*map(names_in, values))
    if isinstance(values, dict):
        return set(values).union(*map(names_in, values.values()))
    return set()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples of the page use."""
    folder = tmp_path_factory.mktemp("made")
    head = Image.fromarray(np.asarray(data.astronaut())[:300, 70:370]).resize((160, 160))
    pair = Image.new("RGB", (320, 160))
    pair.paste(head, (0, 0))
    pair.paste(head, (160, 0))
    head.save(folder / "old_photo.jpg", quality=95)
    pair.save(folder / "wedding.jpg", quality=95)
    (folder / "photos").mkdir()
    shutil.copyfile(folder / "old_photo.jpg", folder / "photos" / "grandma.jpg")
    nostalgia.animate(folder / "old_photo.jpg", folder / "my_clip.mp4", driver="nod", duration_s=1)
    return folder


def test_the_python_page_lists_the_fields_of_the_report(made: Path) -> None:
    short = {"driver": "smile", "duration_s": 0.2}
    report = nostalgia.animate(
        made / "wedding.jpg", made / "report.mp4", faces=1, **short
    ).report.to_dict()
    assert [name for name in report if f"| `{name}` |" not in PYTHON_PAGE] == []
    del report["options"], report["timing"]["seconds"]
    assert [name for name in names_in(report) if f"`{name}`" not in PYTHON_PAGE] == []


def test_the_python_page_lists_the_fields_of_an_explanation(made: Path) -> None:
    (face,) = nostalgia.explain(made / "old_photo.jpg").to_dict()["faces"]
    assert [name for name in names_in(face) if f"`{name}`" not in PYTHON_PAGE] == []


SECTIONS = dict(re.findall(r"^#+ (.*?)$(.*?)(?=^## |\Z)", PYTHON_PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = {
    title: "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    for title, text in SECTIONS.items()
    if "```python" in text
}
"""Title of a section of the page -> its Python code."""


def test_every_example_belongs_to_a_section() -> None:
    assert len(EXAMPLES) >= 10
    assert sum(map(len, SECTIONS.values())) > 0.9 * len(PYTHON_PAGE)


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_examples_of_the_python_page_run(made, title, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    exec(compile(EXAMPLES[title], title, "exec"), {"__name__": "__main__"})  # noqa: S102


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []
