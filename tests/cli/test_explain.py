"""`nostalgia explain`: what it prints; the faces are drawn ones, the bank is the real one."""

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PIL import Image
from synthetic_face import face_in, photo_of

from nostalgia.faces.finder import FaceFinder
from nostalgia.types import Face, HeadPose

FRONTAL = face_in((130, 200), 150, HeadPose(2.0, 0.0, 0.0), 1)
TURNED = face_in((330, 200), 120, HeadPose(-24.0, 1.0, 4.0), 2)
SMALL = face_in((440, 60), 24, HeadPose(0.0, 0.0, 0.0), 3)
ALL = (FRONTAL, TURNED, SMALL)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "three people.png"
    Image.fromarray(photo_of(*ALL, size_wh=(480, 400)).pixels).save(path)
    return path


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Face]:
    """The faces that a stand-in for the networks finds."""
    faces = list(ALL)

    def find(self, photo, options=None):
        if options is not None and options.order == "largest":
            by_size = sorted(faces, key=lambda face: -face.height_px)
            return tuple(replace(face, number=n) for n, face in enumerate(by_size, 1))
        return tuple(faces)

    monkeypatch.setattr(FaceFinder, "find", create_autospec(FaceFinder.find, side_effect=find))
    return faces


def test_every_face_is_explained(run, found, photo) -> None:
    result = run("explain", photo)
    assert result.exit_code == 0, result.output
    assert "three people.png: 480 x 400 pixels, 3 faces" in result.stdout
    first, second, third = result.stdout.split("\nFace ")[1:]
    assert "Head straight" in first
    assert "Head turned 24 degrees to the left, tilted 4 degrees to the right" in second
    assert first.count("\n  * ") == second.count("\n  * ") == 1
    assert "It stays still, as it is too small: 24 pixels" in " ".join(third.split())
    assert "--faces 1,2,3 animates it anyway" in third
    assert "\n  * " not in third
    assert f"nostalgia animate '{photo}'" in result.stdout


def test_no_line_is_wider_than_a_terminal(run, found, photo) -> None:
    lines = run("explain", photo, "--all").stdout.splitlines()
    assert max(len(line) for line in lines if str(photo) not in line) <= 80
    assert all(line.isascii() for line in lines)


def test_the_table_has_the_best_five_or_all(run, found, photo) -> None:
    def rows(*words: str) -> list[str]:
        text = run("explain", photo, "--faces", "1", *words).stdout
        return text.split("total\n")[1].split("\n  !")[0].splitlines()

    best, everyone = rows(), rows("--all")
    assert 5 <= len([row for row in best if row.startswith(("    ", "  * "))]) <= 6
    scores = json.loads(run("explain", photo, "--json").stdout)["faces"][0]["scores"]
    named = [row for row in everyone if row.startswith(("    ", "  * "))]
    assert len(named) == len(scores) > 6


def test_a_chosen_driver_is_in_the_table_however_badly_it_fits(run, found, photo) -> None:
    result = run("explain", photo, "--driver", "2=shy", "--driver", "calm")
    first, second, _ = result.stdout.split("\nFace ")[1:]
    assert "Driver: calm (calm was asked for)" in first
    assert "\n  * shy " in second
    assert "--driver calm --driver 2=shy" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--driver", "calm", "--driver", "shy"),
        ("--driver", "1=calm", "--driver", "1=shy"),
        ("--faces", "9"),
        ("--driver", "9=calm"),
    ],
)
def test_contradictions_are_refused(run, found, photo, words) -> None:
    result = run("explain", photo, *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")


def test_an_unknown_driver_ends_as_in_animate(run, found, photo) -> None:
    assert run("explain", photo, "--driver", "nobody").exit_code == 5


def test_json_has_the_same_facts(run, found, photo) -> None:
    values = json.loads(run("explain", photo, "--json").stdout)
    assert [face["moves"] for face in values["faces"]] == [True, True, False]
    first, _, third = values["faces"]
    assert first["driver"]["name"] in {score["name"] for score in first["scores"]}
    assert {"yaw", "pitch", "roll", "beyond", "expression", "distance"} <= set(first["scores"][0])
    assert "tiny-face" in {advice["kind"] for advice in third["advice"]}
    assert third["how_to_move"] == "--faces 1,2,3 animates it anyway"
    clip = values["clip"]
    assert clip["duration_s"] == pytest.approx(clip["frames"] / clip["fps"], abs=0.001)
    assert (clip["width"], clip["height"]) == (480, 400)
    assert values["command"].startswith("nostalgia animate ")


def test_a_photo_from_standard_input_needs_a_place_for_its_clip(run, found, photo) -> None:
    values = json.loads(run("explain", "-", "--json", stdin=photo.read_bytes()).stdout)
    assert values["command"] == "nostalgia animate - -o clip.mp4"


def test_faces_are_numbered_by_size_on_request(run, found, photo) -> None:
    found[:] = [replace(TURNED, number=1), replace(FRONTAL, number=2)]
    values = json.loads(run("explain", photo, "--order", "largest", "--json").stdout)
    assert [round(face["height_px"]) for face in values["faces"]] == [150, 120]
    assert "--order largest" in values["command"]


def test_a_photo_in_which_nobody_can_move_ends_with_the_reason_and_4(run, found, photo) -> None:
    found[:] = [replace(SMALL, number=1)]
    result = run("explain", photo)
    assert result.exit_code == 4
    assert "too small" in result.stdout
    assert "--faces 1" in result.stdout
    assert "The clip" not in result.stdout
    assert "yaw" not in result.stdout  # no table, so nothing to explain in one
    assert run("explain", photo, "--faces", "1").exit_code == 0


def test_a_photo_without_faces_ends_with_4(run, found, photo) -> None:
    found.clear()
    result = run("explain", photo)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "--face-box" in result.stderr


def test_a_photo_that_cannot_be_read_ends_with_3(run, tmp_path) -> None:
    assert run("explain", tmp_path / "nowhere.jpg").exit_code == 3


def test_the_command_repeats_every_option(run, found, photo, monkeypatch) -> None:
    in_box = create_autospec(FaceFinder.in_box, return_value=FRONTAL)
    monkeypatch.setattr(FaceFinder, "in_box", in_box)
    words = (
        "--face-box 55,110,150,180 --driver 1=shy --strength 1=0.5 --turn 0.7 --fps 12"
        " --once-then-still --crop face --max-side 300"
    )
    command = json.loads(run("explain", photo, *words.split(), "--json").stdout)["command"]
    assert set(command.split(" --")[1:]) == set(f" {words}".split(" --")[1:])
