"""`nostalgia drivers add`, `remove`, `lint`, and the lists with own drivers in them."""

import json

import numpy as np
import pytest
from made_drivers import line_of, made_track, noised, write_list

import nostalgia.drivers.recording.recording
import nostalgia.faces.finder
from nostalgia.cli import doctor
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.recording.recording import Recording
from nostalgia.errors import DriverError


@pytest.fixture
def recorded(monkeypatch):
    """Recording without networks: the clips that were asked for."""
    asked = []

    def record(clip, finder, looped=False):
        asked.append(str(clip))
        if "broken" in str(clip):
            raise DriverError(f"{clip}: no face is in it")
        return Recording(made_track(), ("the face was lost for a moment",), (0.4, 6.4))

    monkeypatch.setattr(nostalgia.drivers.recording.recording, "record_driver", record)
    monkeypatch.setattr(nostalgia.faces.finder.FaceFinder, "load", classmethod(lambda cls: None))
    return asked


def test_adding_shows_what_was_recorded_and_how_to_use_it(run, recorded, own_drivers):
    result = run("drivers", "add", "otto.mp4", "--name", "uncle", "--title", "Uncle Otto")
    assert result.exit_code == 0, result.output
    assert recorded == ["otto.mp4"]
    printed = result.stdout
    assert "6 s at 25 frames per second" in printed and "0.4 s to 6.4 s" in printed
    assert "yaw -6 to +9" in printed and "2 blinks" in printed and "eased in" in printed
    assert "nostalgia animate photo.jpg --driver uncle" in printed
    assert "warning: the face was lost" in result.stderr
    assert load_bank().entry("uncle").title == "Uncle Otto"


def test_names_are_refused_before_the_clip_is_read(run, recorded, own_drivers):
    for name in ("../uncle", "calm", "auto"):
        result = run("drivers", "add", "otto.mp4", "--name", name)
        assert result.exit_code == 5 and "--name" in result.stderr
    assert run("drivers", "add", "otto.mp4").exit_code == 2
    assert recorded == [] and not own_drivers.exists()


def test_replacing_needs_overwrite(run, recorded):
    words = ("drivers", "add", "otto.mp4", "--name", "uncle")
    assert run(*words).exit_code == 0
    again = run(*words)
    assert again.exit_code == 5 and "--overwrite" in again.stderr
    assert run(*words, "--overwrite", "--auto").exit_code == 0
    assert not load_bank().entry("uncle").only_when_asked


def test_a_broken_clip_leaves_nothing_behind(run, recorded, own_drivers):
    result = run("drivers", "add", "broken.mp4", "--name", "uncle")
    assert result.exit_code == 5 and "no face" in result.stderr
    assert not own_drivers.exists()


def test_user_drivers_are_listed_previewed_and_removed(run, recorded, tmp_path):
    run("drivers", "add", "otto.mp4", "--name", "uncle", "--title", "red \x1b[31m")
    lines = run("drivers", "list").stdout.splitlines()
    assert lines[-1].startswith("uncle") and "yours" in lines[-1]
    assert not any("yours" in line for line in lines[:-1])
    values = [json.loads(line) for line in run("drivers", "list", "--json").stdout.splitlines()]
    assert [v["name"] for v in values if v["own"]] == ["uncle"]
    assert [v["name"] for v in values if not v["auto"]] == ["uncle"]
    preview = run("drivers", "preview", "uncle")
    assert preview.exit_code == 0 and "nostalgia demo --driver uncle" in preview.stdout
    assert "\x1b" not in preview.stdout
    copy = run("drivers", "preview", "uncle", "-o", tmp_path / "clip.mp4")
    assert copy.exit_code == 5 and "nostalgia demo --driver uncle" in copy.stderr
    assert run("drivers", "remove", "uncle").exit_code == 0
    assert run("drivers", "remove", "uncle").exit_code == 5
    assert run("drivers", "remove", "calm").exit_code == 5
    assert "uncle" not in run("drivers", "list").stdout


def test_a_damaged_list_of_user_drivers_is_reported_after_the_shipped_ones(run, own_drivers):
    own_drivers.mkdir()
    (own_drivers / "bank.json").write_text("{")
    result = run("drivers", "list")
    assert result.exit_code == 5
    assert result.stdout.startswith(load_bank().default)
    assert str(own_drivers / "bank.json") in result.stderr
    assert run("drivers", "preview", load_bank().default).exit_code == 0
    (finding,) = [finding for finding in doctor.findings() if finding.name == "your drivers"]
    assert not finding.fine and not finding.needed and "damaged" in finding.detail


def test_lint_is_clean(run, recorded, own_drivers):
    result = run("drivers", "lint")
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 1 and result.stdout.endswith("clean\n")
    run("drivers", "add", "otto.mp4", "--name", "uncle")
    assert run("drivers", "lint", own_drivers).stdout == f"{own_drivers}: clean\n"
    assert run("drivers", "lint", own_drivers, "--json").stdout == ""
    (own_drivers / load_bank().entry("uncle").track).write_bytes(b"x")
    result = run("drivers", "lint")
    assert result.exit_code == 5 and "uncle" in result.stdout


def test_lint_shows_what_is_wrong(run, tmp_path):
    write_list(tmp_path, [line_of(tmp_path, "ada", noised(made_track(), rotation_deg=0.3))])
    result = run("drivers", "lint", tmp_path)
    assert result.exit_code == 5
    assert "ada" in result.stdout and "jitter" in result.stdout
    rows = [
        json.loads(row)
        for row in run("drivers", "lint", tmp_path, "--json").stdout.split("\n")[:-1]
    ]
    assert {"clip", "jitter"} <= {row["check"] for row in rows}
    assert all(row["driver"] == "ada" and row["folder"] == str(tmp_path) for row in rows)
    assert run("drivers", "lint", tmp_path / "nowhere").exit_code == 2


def test_warnings_alone_are_no_failure(run, own_drivers):
    own_drivers.mkdir()
    still = made_track()
    still.eye_opening[:] = 1
    write_list(own_drivers, [line_of(own_drivers, "ada", still)])
    result = run("drivers", "lint", own_drivers)
    assert result.exit_code == 0 and "never close" in result.stdout


def test_only_the_motion_of_a_real_clip_is_kept(run, own_drivers, shared):
    clip = shared / "hostile/videos/good.mp4"
    result = run("drivers", "add", clip, "--name", "neighbour")
    assert result.exit_code == 0, result.output
    files = sorted(path for path in own_drivers.iterdir() if path.name != ".bank.lock")
    assert [path.suffix for path in files] == [".json", ".npz"]
    listed = files[0].read_text("utf-8")
    assert "good" not in listed and ".mp4" not in listed and str(shared) not in listed
    with np.load(files[1], allow_pickle=False) as stored:
        frames = len(stored["rotation_deg"])
        shapes = {name: stored[name].shape for name in stored.files}
    assert shapes["expression"] == (frames, 478, 3)
    assert max(np.prod(shape) / frames for shape in shapes.values()) <= 478 * 3
    assert not run("drivers", "lint", own_drivers).exit_code
