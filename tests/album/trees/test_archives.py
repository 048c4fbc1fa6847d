"""GEDZIP: its entries, and that unpacking can neither leave the folder nor fill the disk."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from nostalgia.album.trees.archives import extract_media
from nostalgia.album.trees.limits import MAX_TREE_BYTES
from nostalgia.album.trees.reader import read_tree
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
    names = [
        "../evil.jpg",
        "a/\u202egpj.<x>|?*.jpg",
        "a/..",
        ".. .jpg",
        "b/C.JPG",
        "B/c.jpg",
        ".jpg. .",
    ]
    path = gedzip(tmp_path / "t.gdz", {name: name.encode() for name in names})
    tree = read_tree(path)
    assert "entries that lead out of the archive, not unpacked: 1" in tree.warnings
    out = tmp_path / "out"
    links = [replace(tree.links[0], archive_name=name, problem="") for name in names]
    places = [extract_media(tree, link, out) for link in links]
    assert [place.read_bytes() for place in places] == [name.encode() for name in names]
    assert {place.resolve().parent.parent for place in places} == {out.resolve()}
    assert len({str(place).casefold() for place in places}) == len(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "t.gdz"]


def test_missing_and_problematic_pictures_are_refused(tmp_path):
    tree = read_tree(gedzip(tmp_path / "t.gdz", {"x.jpg": b"x"}))
    assert [link.problem for link in tree.links] == ["missing-file"] * 2
    with pytest.raises(InputError, match="does not exist"):
        extract_media(tree, tree.links[0], tmp_path)
    gone = replace(tree.links[0], archive_name="gone.jpg", problem="")
    with pytest.raises(InputError, match=r"gone\.jpg"):
        extract_media(tree, gone, tmp_path)
    web = replace(tree.links[0], problem="web")
    with pytest.raises(InputError, match="nothing is downloaded"):
        extract_media(tree, web, tmp_path)


def test_bombs_are_not_unpacked(tmp_path):
    bomb = {"media/José.jpg": bytes(110 << 20)}
    tree = read_tree(gedzip(tmp_path / "t.gdz", bomb))
    assert tree.links[0].problem == "unreadable"
    link = replace(tree.links[0], problem="")
    with pytest.raises(InputError, match="far more than a picture"):
        extract_media(tree, link, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_entry_larger_than_it_declares_leaves_nothing_behind(tmp_path):
    path = gedzip(tmp_path / "t.gdz", {"media/José.jpg": bytes(1_000_003)})
    content = path.read_bytes()
    declared = (1_000_003).to_bytes(4, "little")
    assert content.count(declared) == 2, "once in front of the entry, once in the directory"
    path.write_bytes(content.replace(declared, (500).to_bytes(4, "little")))
    tree = read_tree(path)
    with pytest.raises(InputError, match="cannot be read"):
        extract_media(tree, tree.links[0], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_archive_may_be_larger_than_a_tree(tmp_path):
    path = tmp_path / "t.gdz"
    with path.open("wb") as file:
        file.truncate(MAX_TREE_BYTES + 1)  # a hole in front of the zip, which takes no room on disk
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("gedcom.ged", TREE)
    assert [person.id for person in read_tree(path).persons] == ["I1"]
    path.rename(tmp_path / "t.ged")
    with pytest.raises(InputError, match="larger than 256 MiB"):
        read_tree(tmp_path / "t.ged")


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
def test_two_trees_in_one_archive_cause_a_warning(tmp_path):
    path = gedzip(tmp_path / "t.gdz", {"gedcom.ged": TREE.replace("@I1@", "@I2@").encode()})
    tree = read_tree(path)
    assert tree.persons[0].id == "I2"
    assert tree.warnings == ("entries of the archive share a name: the last one is used",)


def test_other_archives_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"without gedcom\.ged"):
        read_tree(gedzip(tmp_path / "none.gdz", {"a.jpg": b"x"}, tree=None))
    good = gedzip(tmp_path / "good.gdz", {"a.jpg": b"x" * 1000}).read_bytes()
    (tmp_path / "cut.gdz").write_bytes(good[: len(good) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        read_tree(tmp_path / "cut.gdz")
    with pytest.raises(InputError, match="unpacks to more than 100 MiB"):
        read_tree(gedzip(tmp_path / "bomb.gdz", {}, tree=TREE + "\n" * (101 << 20)))
