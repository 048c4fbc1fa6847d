"""Rules of the code that a linter does not know: cheap imports, uses of torch, sizes, messages."""

import ast
import re
import statistics
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from nostalgia.cli.demo import portrait_png

PACKAGE = Path(__file__).parents[1] / "nostalgia"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "torch",
    "onnxruntime",
    "cv2",
    "numpy",
    "scipy",
    "moviepy",
    "skimage",
    "face_alignment",
    "PIL",
)
STAGES = ("photo", "faces", "scene", "drivers", "enhancement", "motion", "rendering", "clips")
EXTRAS_ONLY = ("torch", "scipy", "face_alignment", "skimage", "moviepy")
"""Packages that the core does not bring."""
LEARNED = (
    "compute.py",
    "enhancement/gfpgan/",
    "faces/detection/face_alignment.py",
    "faces/face_alignment_package.py",
    "faces/landmarks/face_alignment.py",
    "motion/fomm/",
)
"""Modules of the backends that the extra learned serves."""
LONGEST_MODULE, LONGEST_MEDIAN, MOST_ROOT_MODULES = 350, 130, 14
EMPTY_NAMES = ("utils", "helpers", "misc", "common", "manager", "data", "process")

FLAG = re.compile(r"(?<![\w-])--([a-z]|$)|\btype: ")
FLAGS_OF_OTHERS = re.compile("ray start --head|pip install --force-reinstall")

BARE_APP = """
import sys
sys.argv = ["bare", "--help"]
import typer
app = typer.Typer()
@app.command()
def one(word: str = "a") -> None: "One."
@app.command()
def two(word: str = "a") -> None: "Two."
try: app()
except SystemExit as end: assert end.code == 0
"""
MAIN = """
import sys
sys.argv = sys.argv[1:]
from nostalgia.cli.app import main
try: main()
except SystemExit as end: assert not end.code, end.code
"""
HELP = """
import sys
sys.argv = ["nostalgia", "--help"]
from nostalgia.cli.app import main
try: main()
except SystemExit as end: assert end.code == 0
"""


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def dotted_name_of(module: Path) -> str:
    parts = module.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def fresh(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter, which has imported nothing yet."""
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )


def imported_by(code: str, *words: str) -> set[str]:
    done = fresh(f"{code}\nimport sys; print('LOADED', *sys.modules)", *words)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rsplit("LOADED", 1)[1].split())


def module_level_imports(module: Path) -> set[str]:
    """First parts of the names that a module imports when it is imported itself."""
    names: set[str] = set()
    nodes = list(tree_of(module).body)
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


def imports_within(module: Path, known: set[str]) -> set[str]:
    """Modules of the package that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= below & known or {node.module}
    return (names & known) - {dotted_name_of(module)}


def messages_of(module: Path) -> list[str]:
    """String literals of a module, without its docstrings."""
    nodes = list(ast.walk(tree_of(module)))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def rooms() -> list[str]:
    """Folders and modules of the library: all but the command line."""
    return sorted({name_of(module).partition("/")[0] for module in MODULES} - {"cli"})


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert imported_by("import nostalgia").isdisjoint(HEAVY)


def test_help_imports_no_stage_and_no_package_besides_typers_own() -> None:
    loaded = imported_by(HELP)
    packages = {name.partition(".")[0] for name in loaded - imported_by(BARE_APP)}
    assert packages - sys.stdlib_module_names <= {"nostalgia"}
    assert {
        name for name in loaded if name.startswith(tuple(f"nostalgia.{s}" for s in STAGES))
    } == set()


def test_public_names_exist() -> None:
    import nostalgia

    for name in nostalgia.__all__:
        assert getattr(nostalgia, name) is not None


@pytest.mark.slow
def test_importing_every_module_of_the_package_warns_of_nothing() -> None:
    names = [dotted_name_of(module) for module in MODULES if module.name != "__main__.py"]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = fresh(code, *names)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_no_module_imports_itself_through_others() -> None:
    known = {dotted_name_of(module) for module in MODULES}
    graph = {dotted_name_of(module): imports_within(module, known) for module in MODULES}
    assert sum(map(len, graph.values())) > len(MODULES), "the imports are found at all"
    TopologicalSorter(graph).prepare()  # raises CycleError


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_only_the_learned_backends_import_packages_of_extras(module: Path) -> None:
    if not name_of(module).startswith(LEARNED):
        assert module_level_imports(module).isdisjoint(EXTRAS_ONLY)


@pytest.mark.slow
def test_all_but_the_learned_backends_can_be_imported_without_the_extras() -> None:
    names = [
        dotted_name_of(module)
        for module in MODULES
        if module.name != "__main__.py" and not name_of(module).startswith(LEARNED)
    ]
    blocked = f"import importlib, sys\nsys.modules.update(dict.fromkeys({EXTRAS_ONLY}))"
    done = fresh(f"{blocked}\nfor name in sys.argv[1:]: importlib.import_module(name)", *names)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_default_animate_loads_the_core_only(tmp_path: Path) -> None:
    portrait = tmp_path / "portrait.png"
    portrait.write_bytes(portrait_png())
    words = ("animate", str(portrait), "--quiet", "--driver", "nod", "--duration", "1")
    loaded = imported_by(MAIN, "nostalgia", *words, "--max-side", "256")
    assert (tmp_path / "portrait.nostalgia.mp4").stat().st_size > 1000
    assert {"onnxruntime", "cv2", "PIL"} <= loaded
    assert loaded.isdisjoint(EXTRAS_ONLY)


def test_modules_are_short_and_few_lie_at_the_root() -> None:
    lines = {
        name_of(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES
    }
    assert {name: count for name, count in lines.items() if count > LONGEST_MODULE} == {}
    with_code = [count for name, count in lines.items() if not name.endswith("__init__.py")]
    assert statistics.median(with_code) <= LONGEST_MEDIAN
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_ROOT_MODULES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_names_of_modules_are_not_empty_words(module: Path) -> None:
    assert module.stem not in EMPTY_NAMES
    assert module.parent.name not in EMPTY_NAMES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_but_the_command_line_prints_or_exits(module: Path) -> None:
    if name_of(module).startswith("cli/"):
        return
    calls = {
        ast.unparse(node.func) for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)
    }
    assert calls.isdisjoint({"print", "exit", "sys.exit", "os._exit"})


@pytest.mark.parametrize("room", rooms())
def test_messages_of_the_library_name_options_and_no_flags(room: str) -> None:
    """Only the command line knows its flags; see `nostalgia.errors.option`."""
    found = [
        (name_of(module), text)
        for module in MODULES
        if name_of(module).partition("/")[0] == room
        for text in messages_of(module)
        if FLAG.search(FLAGS_OF_OTHERS.sub("", text))
    ]
    assert found == []
