"""`nostalgia enhance`: names, exit codes and what is printed; faces are found by a stand-in."""

import json

import numpy as np
import pytest
from PIL import Image
from pipeline_stand_ins import PIXELS, finder_of, models_of

from nostalgia import pipeline as real_pipeline

pytestmark = pytest.mark.usefixtures("finder")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "oma.jpg"
    Image.fromarray(PIXELS).save(path, quality=95)
    return path


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_picture_lies_beside_the_photo_and_its_name_is_printed(run, photo):
    result = run("enhance", photo, "--strength", "0")
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(photo.with_name("oma.enhanced.jpg"))
    assert left_in(photo.parent) == ["oma.enhanced.jpg", "oma.jpg"]


@pytest.mark.parametrize(
    ("name", "written"), [("a.TIF", "a.enhanced.tif"), ("b.webp", "b.enhanced.png")]
)
def test_the_name_follows_the_photo_or_is_without_losses(run, tmp_path, name, written):
    Image.fromarray(PIXELS).save(tmp_path / name)
    assert run("enhance", tmp_path / name, "--strength", "0").exit_code == 0
    assert (tmp_path / written).is_file()


def test_several_photos_go_into_a_folder_and_a_bad_one_stops_nobody(run, photo, tmp_path):
    twin = tmp_path / "oma.png"
    Image.fromarray(PIXELS).save(twin)
    bad = tmp_path / "bad.jpg"
    bad.write_text("no photo")
    words = ("-o", tmp_path / "out", "--strength", "0", "--json")
    result = run("enhance", bad, photo, twin, *words)
    assert result.exit_code == 8
    assert "1 of 3 photos could not be restored" in result.stderr
    assert left_in(tmp_path / "out") == ["oma.jpg.enhanced.jpg", "oma.png.enhanced.png"]
    first, second, third = map(json.loads, result.stdout.splitlines())
    assert (first["exit_code"], first["photo"]["path"]) == (3, str(bad))
    assert second["picture"]["path"].endswith("oma.jpg.enhanced.jpg")
    assert third["strength"] == 0 and third["faces"][0]["restored"] is False


def test_an_existing_picture_needs_overwrite(run, photo, tmp_path):
    there = tmp_path / "there.png"
    there.write_bytes(b"kept")
    result = run("enhance", photo, "-o", there)
    assert result.exit_code == 7 and "--overwrite" in result.stderr
    assert there.read_bytes() == b"kept"
    assert run("enhance", photo, "-o", there, "--overwrite", "--strength", "0").exit_code == 0
    assert size_of(there) == PIXELS.shape[1::-1]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--scale", "3"), 2, "--scale must be 1, 2 or 4"),
        (("--strength", "1.5"), 2, "--strength must be a number from 0 to 1"),
        (("--faces", "7"), 2, "there is no face 7"),
        (("-o", "-"), 2, "standard output"),
        (("-o", "a.gif"), 2, "ends in .jpg, .png or .tif"),
        (("-o", "a.png/"), 2, "a.png/: a folder with the name of a file"),
        (("--compare", "a.tif"), 2, "a comparison is a JPEG or PNG"),
        (("--turn", "1"), 2, "No such option"),
        (("--enhancement", "magic"), 6, "magic"),
    ],
)
def test_wrong_requests_have_one_line_and_leave_nothing(run, photo, monkeypatch, words, code, text):
    monkeypatch.chdir(photo.parent)
    result = run("enhance", photo, *words)
    assert result.exit_code == code, result.output
    assert text in result.stderr
    assert left_in(photo.parent) == ["oma.jpg"]


def test_a_photo_without_faces_has_its_exit_code_unless_there_is_other_work(
    run, photo, monkeypatch
):
    monkeypatch.setattr(real_pipeline, "Models", models_of(finder_of()))
    assert run("enhance", photo).exit_code == 4
    result = run("enhance", photo, "--scale", "2")
    assert result.exit_code == 0
    assert result.stderr.count("oma.jpg") == 1 and "oma.jpg: no face was found:" in result.stderr
    assert size_of(photo.with_name("oma.enhanced.jpg")) == (360, 400)


def test_a_folder_is_sent_to_the_batch(run, tmp_path):
    result = run("enhance", tmp_path)
    assert result.exit_code == 3 and "nostalgia batch" in result.stderr
    assert "--stills" in result.stderr


def test_a_comparison_is_for_one_photo(run, photo, tmp_path):
    assert run("enhance", photo, photo, "--compare", tmp_path / "c.jpg").exit_code == 2
    result = run("enhance", photo, "--compare", tmp_path / "c.png", "--strength", "0")
    assert result.exit_code == 0 and (tmp_path / "c.png").read_bytes()[1:4] == b"PNG"


def test_standard_input_is_read(run, photo, tmp_path):
    words = ("enhance", "-", "-o", tmp_path / "out.png", "--strength", "0", "--json")
    result = run(*words, stdin=photo.read_bytes())
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["photo"]["path"] == "-"
    written = np.asarray(Image.open(tmp_path / "out.png"))
    assert np.array_equal(written, np.asarray(Image.open(photo)))
    assert run("enhance", "-", stdin=photo.read_bytes()).exit_code == 2


def test_quiet_prints_nothing(run, photo):
    result = run("enhance", photo, "--strength", "0", "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_a_picture_can_be_inspected_and_verified(run, photo):
    run("enhance", photo, "-o", photo.with_name("out.png"), "--strength", "0")
    result = run("inspect", photo.with_name("out.png"))
    assert result.exit_code == 0, result.output
    assert "restored by software" in result.stdout and "oma.jpg" in result.stdout
    assert run("verify", photo.with_name("out.png"), photo).exit_code == 0
