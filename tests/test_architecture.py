"""Rules of the house that a linter cannot say: cheap imports, who may know torch, module sizes."""

import ast
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "nostalgia"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("torch", "cv2", "numpy", "scipy", "moviepy", "skimage", "face_alignment", "PIL")
MAY_IMPORT_TORCH = {"weights/npz.py", "compute.py"}
"""Modules about networks, besides those in NETWORK_FOLDERS."""
NETWORK_FOLDERS = ("faces/detection/", "faces/landmarks/", "motion/fomm/", "enhancement/gfpgan")
LONGEST_MODULE = 400
EMPTY_NAMES = ("utils", "helpers", "misc", "common", "manager", "data", "process")

BARE_APP = """
import typer
app = typer.Typer()
@app.command()
def one(word: str = "a") -> None: "One."
@app.command()
def two(word: str = "a") -> None: "Two."
app()
"""


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def fresh(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own, in which nothing was imported yet."""
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )


def imported_by(code: str, *words: str) -> set[str]:
    told = fresh(f"{code}\nimport sys; print('LOADED', *sys.modules)", *words)
    assert told.returncode == 0, told.stderr
    return set(told.stdout.rsplit("LOADED", 1)[1].split())


def module_level_imports(module: Path) -> set[str]:
    """First parts of the names that a module imports when it is imported itself."""
    names: set[str] = set()
    nodes = list(ast.parse(module.read_text(encoding="utf-8")).body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Try | ast.ClassDef) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test)
        ):
            nodes += node.body
    return names


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert imported_by("import nostalgia").isdisjoint(HEAVY)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['nostalgia', '--help']\nfrom nostalgia.cli.app import main\n"
    code += "try: main()\nexcept SystemExit as end: assert end.code == 0"
    assert imported_by(code).isdisjoint(HEAVY)


def test_public_names_exist() -> None:
    import nostalgia

    for name in nostalgia.__all__:
        assert getattr(nostalgia, name) is not None


def test_importing_every_module_of_the_package_warns_of_nothing() -> None:
    names = [
        "nostalgia."
        + name_of(module).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for module in MODULES
        if module.name != "__main__.py" and module != PACKAGE / "__init__.py"
    ]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    told = fresh(code, *names)
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""


def test_help_takes_at_most_three_times_as_long_as_that_of_a_bare_typer_app(tmp_path) -> None:
    bare = tmp_path / "bare.py"
    bare.write_text(BARE_APP)
    commands = {"bare": [str(bare), "--help"], "ours": ["-m", "nostalgia", "--help"]}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(5):  # in turns, so that a busy machine slows both
        for name, words in commands.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *words], capture_output=True, check=True)
            seconds[name].append(time.perf_counter() - start)
    assert min(seconds["ours"]) <= 3 * min(seconds["bare"]), {
        name: statistics.median(values) for name, values in seconds.items()
    }


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_torch_is_known_only_where_networks_are(module: Path) -> None:
    name = name_of(module)
    if name not in MAY_IMPORT_TORCH and not name.startswith(NETWORK_FOLDERS):
        assert "torch" not in module_level_imports(module)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_modules_are_short_and_have_names_that_say_something(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    assert module.stem not in EMPTY_NAMES
    assert module.parent.name not in EMPTY_NAMES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_but_the_command_line_prints_or_exits(module: Path) -> None:
    if name_of(module).startswith("cli/"):
        return
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert calls.isdisjoint({"print", "exit", "sys.exit", "os._exit"})
