"""GEDZIP: its entries, and that unpacking can neither leave the folder nor fill the disk."""

import bz2
import errno
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from nostalgia.album.trees import archives, limits
from nostalgia.album.trees.archives import extract_pictures
from nostalgia.album.trees.limits import MAX_TREE_BYTES
from nostalgia.album.trees.reader import read_tree
from nostalgia.errors import EncodingError, InputError

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
    (picture,) = extract_pictures(tree.path, [first.archive_name], out).values()
    assert (picture.parent.parent, picture.read_bytes()) == (out, b"inside")
    assert picture.name == "José.jpg", "its clip tells this name"
    assert extract_pictures(tree.path, [first.archive_name], out) == {first.archive_name: picture}
    assert second.path == tmp_path / "beside.jpg"


def test_a_picture_that_was_left_unfinished_is_unpacked_again(tmp_path):
    path = gedzip(tmp_path / "t.gdz", {"a.jpg": b"inside"})
    (picture,) = extract_pictures(path, ["a.jpg"], tmp_path / "out").values()
    picture.write_bytes(b"")
    extract_pictures(path, ["a.jpg"], tmp_path / "out")
    assert picture.read_bytes() == b"inside"


def test_only_what_is_wanted_is_written(tmp_path):
    path = gedzip(tmp_path / "t.gdz", {"a.jpg": b"a", "b.jpg": b"b"})
    (picture,) = extract_pictures(path, ["b.jpg"], tmp_path / "out").values()
    assert [each for each in (tmp_path / "out").rglob("*") if each.is_file()] == [picture]


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
    places = list(extract_pictures(tree.path, names, out).values())
    assert [place.read_bytes() for place in places] == [name.encode() for name in names]
    assert {place.resolve().parent.parent for place in places} == {out.resolve()}
    assert len({str(place).casefold() for place in places}) == len(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "t.gdz"]


def test_missing_pictures_are_left_out(tmp_path):
    tree = read_tree(gedzip(tmp_path / "t.gdz", {"x.jpg": b"x"}))
    assert [link.problem for link in tree.links] == ["missing-file"] * 2
    assert extract_pictures(tree.path, ["gone.jpg"], tmp_path / "out") == {}


def test_bombs_are_not_unpacked(tmp_path):
    bomb = {"media/José.jpg": bytes(110 << 20)}
    tree = read_tree(gedzip(tmp_path / "t.gdz", bomb))
    assert tree.links[0].problem == "unreadable"
    assert extract_pictures(tree.path, list(bomb), tmp_path / "out") == {}
    assert not (tmp_path / "out").exists()


def test_an_entry_larger_than_it_declares_leaves_nothing_behind(tmp_path):
    path = gedzip(tmp_path / "t.gdz", {"media/José.jpg": bytes(1_000_003)})
    content = path.read_bytes()
    declared = (1_000_003).to_bytes(4, "little")
    assert content.count(declared) == 2, "once in front of the entry, once in the directory"
    path.write_bytes(content.replace(declared, (500).to_bytes(4, "little")))
    tree = read_tree(path)
    assert extract_pictures(tree.path, [tree.links[0].archive_name], tmp_path / "out") == {}
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
    assert extract_pictures(tree.path, [tree.links[0].archive_name], tmp_path / "out") == {}
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


def test_one_limit_holds_for_all_entries_together(tmp_path):
    """Each picture is far from suspicious, and none is even linked to anybody."""
    many = {f"m/{number}.jpg": bytes(20 << 20) for number in range(14)}
    with pytest.raises(InputError, match="far more than an archive of its size"):
        read_tree(gedzip(tmp_path / "t.gdz", many))
    fewer = dict(list(many.items())[:10])
    assert len(read_tree(gedzip(tmp_path / "fewer.gdz", fewer)).persons) == 1


def test_an_archive_that_shrinks_as_photos_do_has_no_limit_in_practice(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "_ALWAYS_ALLOWED_BYTES", 1 << 10)
    noise = {f"{number}.jpg": os.urandom(10_000) for number in range(50)}
    assert len(read_tree(gedzip(tmp_path / "t.gdz", noise)).persons) == 1
    with pytest.raises(InputError, match="far more"):
        read_tree(gedzip(tmp_path / "z.gdz", {"a.jpg": bytes(100_000)}))


def test_a_directory_of_gigabytes_is_not_read_into_memory(tmp_path, monkeypatch):
    path = gedzip(tmp_path / "t.gdz", {f"{number:0200}.jpg": b"x" for number in range(20)})
    assert read_tree(path).persons
    monkeypatch.setattr(limits, "_MAX_READ_BYTES", 4_000)
    with pytest.raises(InputError, match="directory is far too large"):
        read_tree(path)


def test_too_many_entries(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 20)
    with pytest.raises(InputError, match="more than 20 entries"):
        read_tree(gedzip(tmp_path / "t.gdz", {f"{n}.jpg": b"x" for n in range(20)}))


def package(path: Path, entries: dict[str, bytes], pack=lzma.open) -> Path:
    with pack(path, "wb") as file, tarfile.open(fileobj=file, mode="w|") as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


GRAMPS = (
    b'<?xml version="1.0"?><database xmlns="http://gramps-project.org/xml/1.7.1/"><people>'
    b'<person handle="_1" id="I1"><objref hlink="_o"/></person></people><objects>'
    b'<object handle="_o" id="O1"><file src="a.jpg"/></object></objects></database>'
)


@pytest.mark.parametrize("pack", [gzip.open, bz2.open, lzma.open, open])
def test_packages_of_every_compression(tmp_path, pack):
    entries = {"a.jpg": b"photo", "b.jpg": b"other", "data.gramps": GRAMPS}
    path = package(tmp_path / "t.gpkg", entries, pack)
    (link,) = read_tree(path).links
    (picture,) = extract_pictures(path, [link.archive_name], tmp_path / "out").values()
    assert picture.read_bytes() == b"photo"
    assert [each for each in (tmp_path / "out").rglob("*") if each.is_file()] == [picture]


def test_a_long_package_is_given_up_before_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "_ALWAYS_ALLOWED_BYTES", 1 << 20)
    path = package(tmp_path / "t.gpkg", {"z.jpg": bytes(4 << 20), "data.gramps": GRAMPS})
    with pytest.raises(InputError, match="far more than an archive of its size"):
        read_tree(path)


def test_a_package_is_read_twice_at_most(tmp_path, monkeypatch):
    path = package(tmp_path / "t.gpkg", {"a.jpg": b"photo", "data.gramps": GRAMPS})
    opened: list[Path] = []
    original = archives.opened_package

    def counting(path):
        opened.append(path)
        return original(path)

    monkeypatch.setattr(archives, "opened_package", counting)
    tree = read_tree(path)
    extract_pictures(path, [tree.links[0].archive_name], tmp_path / "out")
    assert len(opened) == 2


def test_names_of_gigabytes_in_a_package(tmp_path):
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 8 << 30
    with gzip.open(tmp_path / "t.gpkg", "wb") as file:
        file.write(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20))
    with pytest.raises(InputError, match="far too long"):
        read_tree(tmp_path / "t.gpkg")


def test_a_full_disk_is_not_a_damaged_archive(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives, "_write", full)
    path = gedzip(tmp_path / "t.gdz", {"a.jpg": b"x"})
    with pytest.raises(EncodingError, match="No space left"):
        extract_pictures(path, ["a.jpg"], tmp_path / "out")
