"""GEDZIP: what is inside, and that unpacking can neither climb out nor fill the disk."""

import dataclasses
import zipfile
from pathlib import Path

import pytest

from nostalgia.album.trees import archives, extract_media, read_tree
from nostalgia.errors import InputError

TREE = """0 HEAD
1 GEDC
2 VERS 7.0
0 @I1@ INDI
1 OBJE @O1@
1 OBJE @O2@
0 @O1@ OBJE
1 FILE media/Jos%C3%A9.jpg
0 @O2@ OBJE
1 FILE beside.jpg
0 TRLR
"""


def gedzip(path: Path, entries: dict[str, bytes], tree: str | None = TREE) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if tree is not None:
            archive.writestr("gedcom.ged", tree)
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_pictures_come_from_the_archive_or_from_beside_it(tmp_path):
    (tmp_path / "beside.jpg").write_bytes(b"beside")
    tree = read_tree(gedzip(tmp_path / "t.gdz", {"media/José.jpg": b"inside"}))
    assert (tree.form, tree.version) == ("gedzip", "7.0")
    first, second = tree.links
    assert (first.path, first.problem, first.archive_name) == (None, "", "media/José.jpg")
    out = tmp_path / "out"
    picture = extract_media(tree, first, out)
    assert (picture.parent.parent, picture.read_bytes()) == (out, b"inside")
    assert picture.name == "José.jpg", "its clip tells this name"
    assert extract_media(tree, first, out) == picture
    assert extract_media(tree, second, out) == tmp_path / "beside.jpg"


def test_nothing_is_written_outside_the_folder(tmp_path):
    hard = "a/\u202egpj.<x>|?*.jpg"
    odd = ("../evil.jpg", hard, "a/..", ".. .jpg", "b/C.JPG", "B/c.jpg", "b/", ".jpg. .")
    tree = read_tree(gedzip(tmp_path / "t.gdz", {"../evil.jpg": b"x", hard: b"y"}))
    assert "1 entries of the archive would lie outside" in tree.warnings[0]
    for name in ("../evil.jpg", hard):
        link = dataclasses.replace(tree.links[0], archive_name=name, problem="")
        assert extract_media(tree, link, tmp_path / "out").parent.parent == tmp_path / "out"
    places = {archives._target(name, tmp_path / "out").resolve() for name in odd}
    assert {place.parent.parent for place in places} == {tmp_path / "out"}
    assert len({str(place).casefold() for place in places}) == len(odd)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "t.gdz"]


def test_missing_and_problematic_pictures_are_refused(tmp_path):
    tree = read_tree(gedzip(tmp_path / "t.gdz", {"x.jpg": b"x"}))
    assert [link.problem for link in tree.links] == ["missing-file"] * 2
    with pytest.raises(InputError, match="is not there"):
        extract_media(tree, tree.links[0], tmp_path)
    gone = dataclasses.replace(tree.links[0], archive_name="gone.jpg", problem="")
    with pytest.raises(InputError, match=r"gone\.jpg"):
        extract_media(tree, gone, tmp_path)
    web = dataclasses.replace(tree.links[0], problem="web")
    with pytest.raises(InputError, match="nothing is fetched"):
        extract_media(tree, web, tmp_path)


def test_bombs_are_not_unpacked(tmp_path):
    bomb = {"media/José.jpg": bytes(110 << 20)}
    tree = read_tree(gedzip(tmp_path / "t.gdz", bomb))
    assert tree.links[0].problem == "unreadable"
    link = dataclasses.replace(tree.links[0], problem="")
    with pytest.raises(InputError, match="more than a picture can need"):
        extract_media(tree, link, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_sizes_that_lie_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "PICTURE_MOST_BYTES", 1000)
    monkeypatch.setattr(archives, "_is_too_large", lambda entry: False)
    tree = read_tree(gedzip(tmp_path / "t.gdz", {"media/José.jpg": bytes(2000)}))
    with pytest.raises(InputError, match="unpacks to more"):
        extract_media(tree, tree.links[0], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_bad_checksum_leaves_nothing_behind(tmp_path):
    path = gedzip(tmp_path / "t.gdz", {})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("media/José.jpg", b"photo-bytes")
    path.write_bytes(path.read_bytes().replace(b"photo-bytes", b"other-bytes"))
    tree = read_tree(path)
    with pytest.raises(InputError, match="cannot be read"):
        extract_media(tree, tree.links[0], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_trees_in_one_archive_are_said(tmp_path):
    path = gedzip(tmp_path / "t.gdz", {"gedcom.ged": TREE.replace("@I1@", "@I2@").encode()})
    tree = read_tree(path)
    assert tree.persons[0].id == "I2"
    assert tree.warnings == ("entries of the archive share a name: the last one counts",)


def test_what_is_no_gedzip_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"without gedcom\.ged"):
        read_tree(gedzip(tmp_path / "none.gdz", {"a.jpg": b"x"}, tree=None))
    good = gedzip(tmp_path / "good.gdz", {"a.jpg": b"x" * 1000}).read_bytes()
    (tmp_path / "cut.gdz").write_bytes(good[: len(good) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        read_tree(tmp_path / "cut.gdz")
    with pytest.raises(InputError, match="unpacks to more than 100 MiB"):
        read_tree(gedzip(tmp_path / "bomb.gdz", {}, tree=TREE + "\n" * (101 << 20)))
