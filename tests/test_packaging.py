"""Metadata of the package agrees with its code, and the wheel holds what the package needs."""

import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import nostalgia
from nostalgia.registry import BUILT_IN, EXTRA_OF_MODULE

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def name_of(requirement: str) -> str:
    """The distribution's name in a requirement, spelled as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def test_entry_points_are_the_built_in_backends() -> None:
    declared = PROJECT["entry-points"]
    assert {group.removeprefix("nostalgia."): rows for group, rows in declared.items()} == {
        group: dict(rows) for group, rows in BUILT_IN.items()
    }


def test_extras_that_messages_name_exist() -> None:
    assert set(EXTRA_OF_MODULE.values()) <= set(PROJECT["optional-dependencies"])


def test_every_requirement_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {name_of(line) for line in lines if "==" in line}
    extras = PROJECT["optional-dependencies"].values()
    required = {
        name_of(each) for each in [*PROJECT["dependencies"], *(e for x in extras for e in x)]
    }
    assert required - {PROJECT["name"]} <= pinned


def test_the_core_has_one_opencv_and_the_extras_another_of_the_same_version() -> None:
    def owners(requirements: list[str]) -> set[str]:
        return {name for name in map(name_of, requirements) if name.startswith("opencv")}

    assert owners(PROJECT["dependencies"]) == {"opencv-python-headless"}
    assert owners(PROJECT["optional-dependencies"]["learned"]) == {"opencv-python"}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if line.startswith("opencv"))
    assert pinned["opencv-python"] == pinned["opencv-python-headless"]


def test_the_core_is_free_of_what_the_extras_bring() -> None:
    core = {name_of(each) for each in PROJECT["dependencies"]}
    heavy = {"torch", "scipy", "scikit-image", "moviepy", "face-alignment", "opencv-python"}
    assert core.isdisjoint(heavy)


def test_the_changelog_lists_the_version() -> None:
    assert f"## {nostalgia.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by hatchling in the environment of this process."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_code_weights_and_drivers_and_no_training(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.name.startswith(f"photo_nostalgia-{nostalgia.__version__}-")
    assert {"nostalgia/__init__.py", "nostalgia/py.typed", "nostalgia/cli/app.py"} <= names
    assert "nostalgia/album/pages/templates/page.html" in names
    page = {f"nostalgia/app/page/{name}" for name in ("index.html", "main.js", "words/de.js")}
    assert page <= names
    for folder in ("checkpoints", "driving_videos"):
        expected = {
            f"nostalgia/_data/{folder}/{path.name}"
            for path in (ROOT / folder).iterdir()
            if path.is_file() and not path.name.startswith(".")
        }
        assert expected and expected <= names
    assert not [name for name in names if name.startswith(("training", "tests", "benchmarks"))]


def test_the_packaged_copy_of_the_data_is_found(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "from nostalgia.files import *\nprint(checkpoints_folder(), driving_videos_folder())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    data = tmp_path / "nostalgia" / "_data"
    assert done.stdout.split() == [str(data / "checkpoints"), str(data / "driving_videos")]


def test_the_manifest_lists_the_checkpoints_as_they_are() -> None:
    writer = runpy.run_path(str(ROOT / "training" / "write_manifest.py"))
    manifest = (ROOT / "checkpoints" / "manifest.toml").read_text(encoding="utf-8")
    assert manifest == writer["manifest"](), "run: python training/write_manifest.py"
    rows = tomllib.loads(manifest)["checkpoint"]
    assert {row["file"] for row in rows if not row["urls"]} == set(writer["MADE_BY"])
    assert "fomm-vox" in {row["name"] for row in rows}
