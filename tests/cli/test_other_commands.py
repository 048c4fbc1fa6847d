"""`drivers`, `demo`, `doctor`, `version`."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

import nostalgia
from nostalgia.cli import doctor


def test_version(run) -> None:
    assert run("version").stdout == f"nostalgia {nostalgia.__version__}\n"


def test_demo_animates_the_portrait_and_says_where_the_clip_is(run, pipeline, tmp_path) -> None:
    result = run("demo", "-o", tmp_path / "demo", "--duration", "1")
    assert result.exit_code == 0, result.output
    ((photo, _, options),) = pipeline.calls
    assert np.asarray(Image.open(photo)).shape == (512, 512, 3)
    assert options.duration_s == 1.0
    assert str(tmp_path / "demo" / "astronaut") in result.stdout


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


def test_the_doctor_names_what_is_missing(run, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(doctor, "NEEDED", ("no-such-distribution",))
    monkeypatch.setenv("NOSTALGIA_DRIVING_VIDEOS", str(tmp_path))
    result = run("doctor")
    assert result.exit_code == 6
    assert "pip install 'no-such-distribution'" in result.stdout
    assert "bank.json" in result.stdout


def test_the_doctor_sees_a_changed_checkpoint(run, monkeypatch, tmp_path) -> None:
    (tmp_path / "weights.npz").write_bytes(b"changed")
    (tmp_path / "manifest.toml").write_text(
        '[[checkpoint]]\nname = "weights"\nfile = "weights.npz"\nsha256 = "00"\n'
        '[[checkpoint]]\nname = "gone"\nfile = "gone.npz"\nsha256 = "00"\n'
    )
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path))
    result = run("doctor")
    assert result.exit_code == 6
    assert "not the file that the manifest lists" in result.stdout
    assert "gone.npz is missing" in result.stdout
