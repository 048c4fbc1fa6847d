"""`nostalgia faces`: table, JSON, contact sheet. The pipeline is a stand-in, photos are read."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "two\nlines.png"
    Image.new("RGB", (64, 48), (120, 130, 140)).save(path)
    return path


def test_json_has_the_fields_that_scripts_read(run, pipeline, photo, face) -> None:
    pipeline.faces = (face,)
    result = run("faces", "--json", "--landmarks", photo)
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout)
    assert (values["photo"], values["width"], values["height"]) == (str(photo), 64, 48)
    (found,) = values["faces"]
    assert found["number"] == 1
    assert found["box_xyxy"] == [10.0, 12.0, 30.0, 40.0]
    assert found["score"] == 0.98
    assert found["pose_deg"] == {"yaw": 1.0, "pitch": -2.0, "roll": 3.0}
    assert np.array(found["landmarks"]).shape == (478, 3)
    from_corner = face.landmarks + [0.5, 0.5, 0]
    assert np.abs(np.array(found["landmarks"]) - from_corner).max() < 0.01


def test_landmarks_are_left_out_unless_asked_for(run, pipeline, photo, face) -> None:
    pipeline.faces = (face,)
    assert "landmarks" not in json.loads(run("faces", "--json", photo).stdout)["faces"][0]
    assert run("faces", "--landmarks", photo).exit_code == 2


def test_a_photo_without_faces_has_an_empty_list(run, pipeline, photo) -> None:
    result = run("faces", "--json", photo)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["faces"] == []


def test_several_photos_never_stop_at_a_bad_one(run, pipeline, photo, tmp_path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("no photo")
    result = run("faces", "--json", bad, photo)
    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 8
    assert first["faces"] == [] and first["exit_code"] == 3
    assert second["width"] == 64


def test_a_single_bad_photo_has_its_own_exit_code(run, pipeline, tmp_path) -> None:
    result = run("faces", tmp_path / "nowhere.jpg")
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1


def test_the_table_keeps_odd_names_on_one_line(run, pipeline, photo, face) -> None:
    pipeline.faces = (face,)
    lines = run("faces", photo).stdout.splitlines()
    assert len(lines) == 2
    assert "two\\nlines.png: 64 x 48, 1 face" in lines[0]
    assert "yaw +1" in lines[1]


def test_the_contact_sheet_shows_the_photo_with_a_box(run, pipeline, photo, face, tmp_path) -> None:
    pipeline.faces = (face,)
    sheet = tmp_path / "sheet.png"
    assert run("faces", photo, "--contact", sheet).exit_code == 0
    drawn = np.asarray(Image.open(io.BytesIO(sheet.read_bytes())))
    assert drawn.shape == (48, 64, 3)
    assert (drawn[30, 10] == (255, 196, 0)).all()  # the box's edge
    assert (drawn[5, 60] == (120, 130, 140)).all()
    assert run("faces", photo, "--contact", sheet).exit_code == 7
    assert run("faces", photo, "--contact", sheet, "--overwrite").exit_code == 0
    assert run("faces", photo, "--contact", tmp_path / "sheet.jpg").exit_code == 2


def test_what_is_possibly_not_a_face_is_marked(run, pipeline, photo, face, tmp_path) -> None:
    pipeline.faces, pipeline.upright_turn = (replace(face, score=0.7),), 180
    found = run("faces", photo, "--contact", tmp_path / "doubt.png")
    assert "possibly not a face: it stays still" in found.stdout
    assert "the photo seems to stand on its head" in found.stderr
    assert "--rotate auto turns the clip upright" in found.stderr
    assert json.loads(run("faces", photo, "--json").stdout)["faces"][0]["doubtful"] is True
    pipeline.faces = (face,)
    assert run("faces", photo, "--contact", tmp_path / "sure.png").exit_code == 0
    assert (tmp_path / "sure.png").read_bytes() != (tmp_path / "doubt.png").read_bytes()
