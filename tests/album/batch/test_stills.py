"""Restored pictures beside the clips: made once, never of somebody left out, gone when unwanted."""

import json
from dataclasses import replace
from pathlib import Path

import made_batch
import numpy as np
import pytest
from PIL import Image
from pipeline_stand_ins import PIXELS

from nostalgia.album.batch.job import ClipMaker
from nostalgia.album.batch.request import BatchRequest, request_as_json, request_from_json
from nostalgia.album.batch.tasks import Task
from nostalgia.album.state import State
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.clips.provenance import read_provenance
from nostalgia.errors import InputError
from nostalgia.options import AnimateOptions

ANNA = Person("I1", "Anna", died="1901", living=False, reason="died 1901")
KARL = Person("I2", "Karl", died="1910", living=False, reason="died 1910")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    made_batch.make_photos(tmp_path / "photos", 3)
    return tmp_path / "photos"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.usefixtures("finder")
def test_the_picture_has_the_photos_pixels_but_not_its_words(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Anna with Zoe"
    photo, still = tmp_path / "oma.png", tmp_path / "still.jpg"
    Image.fromarray(PIXELS).save(photo, exif=exif)
    options = AnimateOptions(driver="nod", duration_s=0.2, fps=10.0, enhance=0, max_side=150)
    task = Task("k", photo, tmp_path / "a.mp4", tmp_path / "a.jpg", options, still=still)
    assert ClipMaker()(task, lambda share: None).state == State.DONE
    with Image.open(still) as picture:
        assert picture.size == PIXELS.shape[1::-1] and not picture.getexif()
        assert np.abs(np.asarray(picture).astype(int) - PIXELS).mean() < 3
    assert b"Zoe" not in still.read_bytes()
    assert read_provenance(still).title == "oma.png"
    ClipMaker()(replace(task, still=None), lambda share: None)


def test_each_clip_has_one_and_page_and_summary_know_it(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    finished = made_batch.run(photos, out, stills=True)
    stills = names(out / "album/stills")
    assert len(stills) == 3
    assert [entry.still for entry in finished.entries] == [f"stills/{name}" for name in stills]
    page = (out / "album/index.html").read_text(encoding="utf-8")
    assert page.count("Save the restored picture</a>") == 3
    items = json.loads((out / "album/summary.json").read_text(encoding="utf-8"))["items"]
    assert [item["still"] for item in items] == [f"stills/{name}" for name in stills]


def test_a_batch_without_them_has_none(photos: Path, tmp_path: Path) -> None:
    finished = made_batch.run(photos, tmp_path / "out")
    assert not (tmp_path / "out/album/stills").exists()
    assert {entry.still for entry in finished.entries} == {""}
    assert "restored picture" not in (tmp_path / "out/album/index.html").read_text("utf-8")


def test_only_missing_ones_are_made_again(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made_batch.run(photos, out)
    made_batch.run(photos, out, stills=True)
    assert len(made_batch.made(out)) == 6
    made_batch.run(photos, out, stills=True)
    assert len(made_batch.made(out)) == 6
    first, *_ = (out / "album/stills").iterdir()
    first.unlink()
    made_batch.run(photos, out, stills=True)
    assert len(made_batch.made(out)) == 7 and first.is_file()


def test_a_run_without_them_removes_them_and_nothing_else(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made_batch.run(photos, out, stills=True)
    mine = out / "album/stills/my own.jpg"
    mine.write_bytes(b"mine")
    finished = made_batch.run(photos, out)
    assert names(mine.parent) == ["my own.jpg"]
    assert {entry.still for entry in finished.entries} == {""}


def test_they_leave_with_their_clips_and_come_back(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made_batch.run(photos, out, stills=True)
    before = names(out / "album/stills")
    made_batch.run(photos, out, stills=True, leave_out=["p0001.jpg"])
    (gone,) = names(out / "left-out/stills")
    assert names(out / "album/stills") == [name for name in before if name != gone]
    made_batch.run(photos, out, stills=True, put_back=["p0001.jpg"])
    assert names(out / "album/stills") == before
    assert len(made_batch.made(out)) == 3


def test_the_picture_of_somebody_who_may_be_alive_is_deleted(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tree = made_batch.family(photos)
    made_batch.run(photos, out, tree=tree, stills=True)
    persons = (replace(tree.persons[0], living=True, reason=""), *tree.persons[1:])
    (photos / "changed.csv").write_text("the tree is another one now", encoding="utf-8")
    made_batch.run(photos, out, tree=replace(tree, persons=persons), stills=True)
    assert len(names(out / "album/stills")) == 2


def test_a_photo_that_shows_somebody_left_out_has_none(tmp_path: Path) -> None:
    (photo,) = made_batch.make_photos(tmp_path, 1)
    links = (PhotoLink("I1", "p", photo, faces="1"), PhotoLink("I2", "p", photo, faces="2"))
    tree = FamilyTree(photo.with_name("t.csv"), "csv", "", (ANNA, KARL), links)
    out = tmp_path / "out"
    made_batch.run(tree.path, out, tree=tree, stills=True)
    assert len(names(out / "album/stills")) == 2
    tree.path.write_text("changed", encoding="utf-8")
    now = replace(tree, persons=(ANNA, replace(KARL, died="", living=True)))
    finished = made_batch.run(tree.path, out, tree=now, stills=True)
    assert names(out / "album/stills") == []
    assert {entry.still for entry in finished.entries} == {""}


def test_a_clip_outlives_its_photo_with_or_without_its_picture(
    photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    tree = made_batch.family(photos)
    made_batch.run(photos, out, tree=tree)
    missing = replace(tree.links[0], path=None, problem="missing")
    lost = replace(tree, links=(missing, *tree.links[1:]))
    finished = made_batch.run(photos, out, tree=lost, stills=True)
    assert [entry.status for entry in finished.entries] == [State.DONE] * 3
    assert [bool(entry.still) for entry in finished.entries].count(True) == 2


def test_a_link_in_the_place_of_the_folder_is_refused(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made_batch.run(photos, out)
    (out / "album/stills").symlink_to(tmp_path)
    with pytest.raises(InputError, match="stills in it is a link"):
        made_batch.run(photos, out, stills=True)


def test_the_request_is_kept_and_older_ones_have_none(tmp_path: Path) -> None:
    text = request_as_json(BatchRequest(tmp_path, tmp_path / "out", stills=True))
    assert request_from_json(text, tmp_path / "out").stills is True
    older = json.loads(text)
    del older["stills"]
    assert request_from_json(json.dumps(older), tmp_path / "out").stills is False
