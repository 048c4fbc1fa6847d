"""`drivers`, `demo`, `doctor`, `version`."""

import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nostalgia import registry
from nostalgia.cli import demo, doctor
from nostalgia.cli.demo import portrait_png
from nostalgia.registry import BUILT_IN, available


def test_demo_animates_the_portrait_and_prints_the_path(run, pipeline, tmp_path) -> None:
    result = run("demo", "-o", tmp_path / "demo", "--duration", "1")
    assert result.exit_code == 0, result.output
    (call,) = pipeline.calls
    assert np.asarray(Image.open(call.photo)).shape == (512, 512, 3)
    assert call.options.duration_s == 1.0
    assert str(tmp_path / "demo" / "astronaut") in result.stdout


def test_demo_takes_the_portrait_that_lies_in_its_folder(run, pipeline, monkeypatch, tmp_path):
    portrait = portrait_png()
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "astronaut.png").write_bytes(portrait)
    result = run("demo", "-o", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "demo" / "astronaut.png").read_bytes() == portrait
    assert len(pipeline.calls) == 1


def test_demo_without_a_portrait_says_where_to_get_one(run, pipeline, monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    result = run("demo", "-o", tmp_path / "demo")
    assert result.exit_code == 6
    assert "run: pip install 'photo-nostalgia[demo]', or animate a photo of your own" in (
        result.stderr
    )
    assert not (tmp_path / "demo").exists() and not pipeline.calls


def test_demo_refuses_a_clip_where_a_folder_is_meant(run, pipeline, tmp_path) -> None:
    result = run("demo", "-o", tmp_path / "demo.mp4")
    assert result.exit_code == 2 and "-o names a folder" in result.stderr
    assert list(tmp_path.iterdir()) == [] and not pipeline.calls


def test_drivers_are_listed_and_previewed(run, tmp_path: Path) -> None:
    result = run("drivers", "list", "--json")
    assert result.exit_code == 0, result.output
    drivers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(drivers) >= 5
    assert all(driver["gestures"] and driver["duration_s"] > 0 for driver in drivers)
    assert len(run("drivers", "list").stdout.splitlines()) == len(drivers)
    clip = tmp_path / "clip.mp4"
    preview = run("drivers", "preview", drivers[0]["name"], "-o", clip)
    assert preview.exit_code == 0, preview.output
    assert str(clip) in preview.stdout
    assert b"ftyp" in clip.read_bytes()[:16]
    assert run("drivers", "preview", drivers[0]["name"], "-o", clip).exit_code == 7


def test_an_unknown_driver_is_a_driver_error(run) -> None:
    result = run("drivers", "preview", "nobody")
    assert result.exit_code == 5
    assert "drivers list" in result.stderr


def test_the_doctor_finds_a_whole_installation(run) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 0, result.output
    found = {line["name"]: line for line in map(json.loads, result.stdout.splitlines())}
    assert all(found[name]["fine"] for name in ("python", "ffmpeg", "drivers", *doctor.NEEDED))
    assert found["mp4 encoder"]["fine"]
    assert found["mp4 encoder"]["detail"] == "1920 x 1080 is H.264 level 4.0"
    assert "level 4.0: plays everywhere" in found["size share"]["detail"]
    assert "level 5.1: plays on computers" in found["size uhd"]["detail"]


def test_the_doctor_names_what_is_missing(run, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(doctor, "NEEDED", ("no-such-distribution",))
    monkeypatch.setenv("NOSTALGIA_DRIVING_VIDEOS", str(tmp_path))
    result = run("doctor")
    assert result.exit_code == 6
    assert "pip install 'no-such-distribution'" in result.stdout
    assert "bank.json" in result.stdout


def test_the_doctor_sees_two_versions_of_opencv(run, monkeypatch) -> None:
    monkeypatch.setattr(doctor, "OPENCV_OWNERS", ("numpy", "pillow"))
    line = doctor_lines(run)["opencv"]
    assert not line["fine"] and line["needed"]
    assert "two versions share the folder cv2: numpy 2" in line["detail"]


def test_the_doctor_says_how_to_repair_opencv(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    line = doctor_lines(run)["opencv"]
    assert not line["fine"] and "--force-reinstall --no-deps opencv-python-head" in line["detail"]


def test_the_doctor_sees_a_changed_checkpoint(run, monkeypatch, tmp_path) -> None:
    (tmp_path / "weights.npz").write_bytes(b"changed")
    (tmp_path / "manifest.toml").write_text(
        "".join(
            f'[[checkpoint]]\nname = "{name}"\nfile = "{name}.npz"\nsize = 7\nurls = []\n'
            f'sha256 = "{"0" * 64}"\nlicence = "MIT"\nsource = "tests"\n'
            for name in ("weights", "gone")
        )
    )
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path))
    result = run("doctor")
    assert result.exit_code == 6
    assert "weights.npz is damaged: its SHA-256 begins with" in result.stdout
    assert "gone.npz is missing" in result.stdout


def doctor_lines(run) -> dict[str, dict[str, object]]:
    lines = run("doctor", "--json").stdout.splitlines()
    return {line["name"]: line for line in map(json.loads, lines)}


def test_the_doctor_names_what_every_backend_lacks(run, monkeypatch) -> None:
    monkeypatch.setattr(registry, "MODULES", {"enhancement/gfpgan": ("json", "no_such_module")})
    lines = doctor_lines(run)
    for group in BUILT_IN:
        assert {f"{group} {name}" for name in available(group)} <= lines.keys()
    for name in ("detection embedded", "enhancement embedded", "motion mesh", "landmarks mesh"):
        assert lines[name]["fine"] and "available" in lines[name]["detail"]
    gfpgan = lines["enhancement gfpgan"]
    assert not gfpgan["fine"] and not gfpgan["needed"]
    assert gfpgan["detail"].startswith("no_such_module not installed; run: pip install")
    fomm = lines["motion fomm"]
    assert not fomm["fine"] and not fomm["needed"]
    assert "run `nostalgia checkpoints pull fomm-vox-adv` (or fomm-vox)" in fomm["detail"]


def test_the_doctor_counts_downloaded_weights(run, checkpoint_store) -> None:
    checkpoint_store.mkdir()
    (checkpoint_store / "vox-adv-cpk.pth.tar").write_bytes(b"x" * 2000)
    assert doctor_lines(run)["motion fomm"]["fine"]


def test_the_doctor_knows_where_face_alignment_keeps_its_weights(run, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(registry, "MODULES", {})
    assert "checkpoints pull face-al" in str(doctor_lines(run)["detection face-alignment"])
    cached = tmp_path / "hub" / "checkpoints" / "s3fd-619a316812.pth"
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert doctor_lines(run)["detection face-alignment"]["fine"]


@pytest.mark.parametrize(
    ("target", "fine"),
    [
        ("puppet_package.deep.backend:Backend", True),
        ("puppet_package.deep.gone:Backend", False),
        ("no_such_package.backend:Backend", False),
    ],
)
def test_the_doctor_looks_at_a_third_party_without_importing_it(
    run, monkeypatch, tmp_path, target: str, fine: bool
) -> None:
    deep = tmp_path / "puppet_package" / "deep"
    deep.mkdir(parents=True)
    for file in (deep / "backend.py", deep / "__init__.py", deep.parent / "__init__.py"):
        file.write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("puppet", target, "nostalgia.motion")
    monkeypatch.setattr(
        registry, "entry_points", lambda group: [entry] if group == entry.group else []
    )
    line = doctor_lines(run)["motion puppet"]
    assert line["fine"] is fine and not line["needed"]
    assert fine or "there is no module" in line["detail"]


def test_the_doctor_imports_no_network_code_and_no_torch() -> None:
    code = (
        "import sys\nfrom nostalgia.cli.doctor import findings\n"
        "assert any(finding.name == 'motion fomm' for finding in findings())\n"
        "print({'torch', 'face_alignment', 'gfpgan', 'urllib.request'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
