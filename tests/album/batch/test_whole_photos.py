"""Clips that show a part of a photo, and when the whole photo is in the album beside them."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import made_batch
import pytest
from PIL import Image

from nostalgia.album.batch import runner
from nostalgia.album.batch.planning import plan_batch
from nostalgia.album.batch.reconcile import task_of
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.tasks import Task
from nostalgia.album.batch.whole_photos import write_whole_photo
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.options import AnimateOptions

ANNA = Person("I1", "Anna", died="1901", living=False, reason="died 1901")
KARL = Person("I2", "Karl", died="1910", living=False, reason="died 1910")
ZOE = Person("I3", "Zoe")
PART, WHOLE = (10, 10, 90, 90), (0, 0, 200, 100)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo whose metadata names everybody."""
    exif = Image.Exif()
    exif[0x010E] = "Anna with Zoe"
    exif.get_ifd(0x8825)[1] = "N"
    path = tmp_path / "IMG_1234.jpg"
    Image.new("RGB", (200, 100), (90, 120, 150)).save(path, exif=exif, comment=b"Zoe")
    return path


def planned(photo: Path, *links: PhotoLink, **more):
    tree = FamilyTree(photo.with_name("t.csv"), "csv", "", (ANNA, KARL, ZOE), links)
    request = BatchRequest(tree.path, photo.parent / "out", **more)
    return request, plan_batch(tree, request).items


@pytest.mark.parametrize(
    ("other", "more", "shown"),
    [
        (PhotoLink("I2", "p", None), {}, True),
        (PhotoLink("I3", "p", None), {}, False),
        (PhotoLink("I2", "p", None, restricted=True), {}, False),
        (PhotoLink("I9", "p", None), {}, False),
        (PhotoLink("I3", "p", None), {"consent": {"I3": "by letter"}}, True),
        (PhotoLink("I3", "p", None), {"include_living": True, "reason": "all agreed"}, True),
    ],
    ids=["dead", "living", "private link", "unknown", "consent", "included"],
)
def test_the_whole_photo_is_shown_only_if_nobody_in_it_is_left_out(photo, other, more, shown):
    mine = PhotoLink("I1", "p", photo, crop_share=(0.1, 0.1, 0.2, 0.4))
    request, items = planned(photo, mine, replace(other, path=photo), **more)
    place = task_of(items[0], "anna", request).whole_photo
    assert place == (request.album / "photos/anna.jpg" if shown else None)


def a_task(folder: Path, photo: Path) -> Task:
    clip, poster = folder / "clips/a.mp4", folder / "posters/a.jpg"
    return Task("k", photo, clip, poster, AnimateOptions(), whole_photo=folder / "photos/a.jpg")


def test_the_copy_is_small_and_has_no_metadata(tmp_path: Path) -> None:
    photo = tmp_path / "p.jpg"
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    Image.new("RGB", (4000, 3000)).save(photo, exif=exif, comment=b"SECRET", xmp=b"SECRET")
    write_whole_photo(a_task(tmp_path, photo), PART, (4000, 3000))
    copy = tmp_path / "photos/a.jpg"
    with Image.open(copy) as picture:
        assert picture.size == (1600, 1200)
        assert not picture.getexif() and "xmp" not in picture.info
    assert b"SECRET" not in copy.read_bytes()


def test_an_earlier_copy_goes_when_the_clip_shows_all_of_the_photo(tmp_path, photo) -> None:
    task = a_task(tmp_path, photo)
    write_whole_photo(task, PART, (200, 100))
    assert task.whole_photo.is_file()
    write_whole_photo(task, WHOLE, (200, 100))
    assert not task.whole_photo.exists()


def test_the_copy_and_the_photos_own_words_go_as_soon_as_somebody_in_it_is_left_out(
    photo: Path,
) -> None:
    links = (PhotoLink("I1", "p", photo, faces="1"), PhotoLink("I2", "p", photo, faces="2"))
    tree = FamilyTree(photo.with_name("t.csv"), "csv", "", (ANNA, KARL), links)
    out = photo.parent / "out"
    (first, _) = made_batch.run(tree.path, out, tree=tree).entries
    copy = out / "album/photos" / Path(first.poster).name
    mine = copy.with_name("my own.jpg")
    copy.parent.mkdir()
    for path in (copy, mine):
        path.write_bytes(photo.read_bytes())
    (again, _) = made_batch.run(tree.path, out, tree=tree).entries
    assert again.whole_photo == f"photos/{copy.name}" and again.title == "Anna with Zoe"
    page = out / "album/index.html"
    assert "The whole photograph" in page.read_text(encoding="utf-8")
    tree.path.write_text("changed", encoding="utf-8")
    now = replace(tree, persons=(ANNA, replace(KARL, died="", living=True)))
    entries = made_batch.run(tree.path, out, tree=now).entries
    assert not copy.exists() and mine.exists()
    assert [(each.whole_photo, each.title) for each in entries] == [("", ""), ("", "")]
    for path in (page, out / "album/summary.json", out / "album/summary.csv"):
        assert "Zoe" not in path.read_text(encoding="utf-8")


def test_the_copy_of_a_picture_that_is_left_out_goes_too(photo: Path) -> None:
    links = (PhotoLink("I1", "p", photo, faces="1"), PhotoLink("I2", "p", photo, faces="2"))
    tree = FamilyTree(photo.with_name("t.csv"), "csv", "", (ANNA, KARL), links)
    out = photo.parent / "out"
    (first, _) = made_batch.run(tree.path, out, tree=tree).entries
    copy = out / "album/photos" / Path(first.poster).name
    copy.parent.mkdir()
    copy.write_bytes(photo.read_bytes())
    made_batch.run(tree.path, out, tree=tree, leave_out=["I1"])
    kept = out / "left-out/photos" / copy.name
    assert kept.is_file() and not copy.exists()
    tree.path.write_text("changed", encoding="utf-8")
    now = replace(tree, persons=(ANNA, replace(KARL, died="", living=True)))
    made_batch.run(tree.path, out, tree=now)
    assert not kept.exists()
    assert list((out / "left-out/clips").iterdir()), "her own face alone moves in the clip"


def test_a_date_after_the_death_is_that_of_a_scan(photo: Path) -> None:
    for year, shown in (("1899", "1899-05"), ("2019", "")):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"{year}:05:00 00:00:00"
        Image.new("RGB", (20, 10)).save(photo, exif=exif)
        tree = FamilyTree(photo.parent, "csv", "", (ANNA,), (PhotoLink("I1", "p", photo),))
        (entry,) = made_batch.run(photo.parent, photo.parent / f"out{year}", tree=tree).entries
        assert entry.date == shown


def test_small_heads_are_shown_nearer_and_large_ones_with_the_whole_photo(shared, tmp_path) -> None:
    names = "portrait-old-woman.jpg", "portrait-hepburn-bw.png"
    photos = [shared / f"photos/{name}" for name in names]
    links = tuple(PhotoLink("I1", path.name, path) for path in photos)
    tree = FamilyTree(tmp_path / "t.csv", "csv", "", (ANNA,), links)
    for crop, sizes in ((None, [True, False]), ("photo", [False, False])):
        options = AnimateOptions(preview=True, label=True, crop=crop)
        request = BatchRequest(tree.path, tmp_path / str(crop), options=options)
        with patch.object(runner, "read_input", lambda request: tree):
            entries = runner.run_batch(request).entries
        assert [bool(entry.whole_photo) for entry in entries] == sizes
    with Image.open(request.album / entries[0].poster) as poster:
        assert poster.width / poster.height == pytest.approx(580 / 720, abs=0.01)
