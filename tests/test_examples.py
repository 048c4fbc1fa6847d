"""Every example runs offline, on a small portrait that comes with scikit-image."""

import os
import runpy
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from installed_example import PACKAGE, install_example
from PIL import Image
from skimage import data

import nostalgia

EXAMPLES = Path(__file__).parents[1] / "examples"
RunExample = Callable[..., str]


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """Head and shoulders of the astronaut, 180 x 180 pixels."""
    path = tmp_path / "photos" / "portrait.png"
    path.parent.mkdir()
    Image.fromarray(np.asarray(data.astronaut())[:300, 70:370]).resize((180, 180)).save(path)
    return path


@pytest.fixture
def run_example(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunExample:
    """Run an example as a script in this process and return its output."""

    def run(name: str, *words: Path) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, words)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run


def is_mp4(path: Path) -> bool:
    return path.read_bytes()[4:8] == b"ftyp"


def test_animate_one_photo(run_example: RunExample, portrait: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    printed = run_example("animate_one_photo.py", portrait, clip)
    assert is_mp4(clip)
    assert str(clip) in printed and "face 1" in printed


def test_list_faces(run_example: RunExample, portrait: Path) -> None:
    (line,) = run_example("list_faces.py", portrait).splitlines()
    assert "face 1" in line and "px apart" in line


def test_choose_faces(run_example: RunExample, portrait: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    assert "animating face 1" in run_example("choose_faces.py", portrait, clip)
    assert is_mp4(clip)


def test_animate_folder(run_example: RunExample, portrait: Path, tmp_path: Path) -> None:
    (portrait.parent / "broken.jpg").write_text("not a photo")
    clips = tmp_path / "clips"
    printed = run_example("animate_folder.py", portrait.parent, clips)
    assert is_mp4(clips / "portrait.png.mp4")
    assert "broken.jpg: " in printed
    assert "skipped" in run_example("animate_folder.py", portrait.parent, clips)


def test_group_with_drivers(run_example: RunExample, portrait: Path, tmp_path: Path) -> None:
    pair = portrait.with_name("pair.png")
    with Image.open(portrait) as face:
        group = Image.new(face.mode, (face.width * 2, face.height))
        group.paste(face, (0, 0))
        group.paste(face.resize((150, 150)), (face.width, 20))
    group.save(pair)
    clip = tmp_path / "clip.mp4"
    printed = run_example("group_with_drivers.py", pair, clip, "nod").splitlines()
    assert is_mp4(clip)
    assert printed[0] == "face 1: nod (nod was asked for)"
    assert printed[1].startswith("face 2: ") and "nod" not in printed[1]


def test_own_driver(
    run_example: RunExample, portrait: Path, own_drivers: Path, tmp_path: Path
) -> None:
    filmed = tmp_path / "filmed.mp4"
    nostalgia.animate(portrait, filmed, preview=True, fps=12)
    clip = tmp_path / "clip.mp4"
    printed = run_example("own_driver.py", filmed, "uncle", portrait, clip)
    assert printed.startswith("uncle: 1.0 s") and str(clip) in printed
    assert is_mp4(clip)
    assert [path.suffix for path in own_drivers.glob("uncle*")] == [".npz"]


def test_an_installed_third_party_backend_animates(portrait: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    path = os.pathsep.join([str(install_example(site)), str(EXAMPLES.parent)])
    clip = tmp_path / "clip.mp4"
    code = """
import sys, nostalgia
animation = nostalgia.animate(*sys.argv[1:], preview=True, motion="sway")
print(animation.report.backends["motion"])
"""
    printed = subprocess.run(
        [sys.executable, "-c", code, portrait, clip],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.strip() == "sway"
    assert is_mp4(clip)


def test_the_example_package_builds_a_wheel_with_its_entry_point(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=PACKAGE, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        written = archive.read("nostalgia_sway-0.1.0.dist-info/entry_points.txt").decode()
        assert "nostalgia_sway.py" in archive.namelist()
    assert "[nostalgia.motion]\nsway = nostalgia_sway:SwayBackend" in written


def test_every_example_has_a_test_of_its_name() -> None:
    names = [path.stem for path in EXAMPLES.glob("*.py")]
    assert len(names) >= 7
    assert [name for name in names if f"test_{name}" not in globals()] == []


def test_edit_with_moviepy(run_example: RunExample, portrait: Path) -> None:
    pytest.importorskip("moviepy", reason="SKIPPED, NO MOVIEPY: pip install -e '.[moviepy]'")
    printed = run_example("edit_with_moviepy.py", portrait)
    assert is_mp4(portrait.with_name("portrait-slow.mp4")) and "2.0 s" in printed
