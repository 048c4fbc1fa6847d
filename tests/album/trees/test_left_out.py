"""Trash, thumbnails and a system's folders are left out; a user's own folders never are."""

import os
from pathlib import Path

import pytest

from nostalgia.album.trees import folder as folder_module
from nostalgia.album.trees.folder import read_folder
from nostalgia.album.trees.left_out import LeftOut
from nostalgia.errors import InputError

JPEG = b"\xff\xd8\xff\xe0"


def make(folder: Path, *places: str, content: bytes = JPEG) -> None:
    for place in places:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)


def taken(folder: Path) -> list[str]:
    return [link.reference for link in read_folder(folder).links]


@pytest.mark.parametrize(
    "place",
    [
        "@eaDir/anna.jpg/SYNOPHOTO_THUMB_XL.jpg",
        "#recycle/a.jpg",
        "@Recycle/a.jpg",
        "@Recently-Snapshot/GMT_01/a.jpg",
        "#snapshot/GMT/a.jpg",
        ".snapshot/hourly.0/a.jpg",
        "$RECYCLE.BIN/S-1-5-21/$R4XQ2.jpg",
        "$Recycle.Bin/a.jpg",
        "RECYCLER/a.jpg",
        "System Volume Information/a.jpg",
        ".Trash-1000/files/a.jpg",
        ".Trashes/501/a.jpg",
        ".@__thumb/s100anna.jpg",
        ".thumbnails/normal/a.png",
        "lost+found/a.jpg",
        "FOUND.000/a.jpg",
        ".Spotlight-V100/a.jpg",
        "__MACOSX/box/._anna.jpg",
        "._anna.jpg",
        "box/._anna.jpg",
        "Lightroom Previews.lrdata/1/a.jpg",
        ".picasaoriginals/anna.jpg",
        "SYNOPHOTO_THUMB_M.jpg",
        ".dropbox.cache/a.jpg",
        "CaptureOne/Cache/a.jpg",
        "[Originals]/anna.jpg",
        "thumbs/anna.jpg",
        "Fotos.photoslibrary/resources/derivatives/a.jpg",
        "Fotos.photoslibrary/Thumbnails/a.jpg",
        "iPhoto Library.photolibrary/Previews/a.jpg",
    ],
)
def test_left_out(tmp_path, place):
    make(tmp_path, "anna.jpg", place)
    assert taken(tmp_path) == ["anna.jpg"]
    (warning,) = read_folder(tmp_path).warnings
    assert warning.startswith("1 picture was passed over")


@pytest.mark.parametrize(
    "place",
    [
        "Originals/karl.jpg",
        "Thumbs/karl.jpg",
        "thumbs up 1974/karl.jpg",
        "#1 Wedding/karl.jpg",
        "@Home/karl.jpg",
        "$5 bills/karl.jpg",
        "Recycled toys/karl.jpg",
        "Snapshots/karl.jpg",
        "Found/karl.jpg",
        "album/karl.jpg",
        "Fotos.photoslibrary/originals/0/karl.jpg",
        "Fotos.photoslibrary/Masters/2014/karl.jpg",
        "iPhoto Library.photolibrary/Originals/1999/karl.jpg",
    ],
)
def test_a_users_own_folders_are_not_left_out(tmp_path, place):
    make(tmp_path, "anna.jpg", place)
    assert sorted(taken(tmp_path)) == sorted(["anna.jpg", place])
    assert read_folder(tmp_path).warnings == ()


def test_a_folder_called_originals_is_picasas_only_with_copies_of_what_is_beside(tmp_path):
    make(tmp_path, "anna.jpg", "Originals/anna.jpg")
    assert len(taken(tmp_path)) == 2
    make(tmp_path, "Picasa.ini", content=b"[Picasa]")
    assert taken(tmp_path) == ["anna.jpg"]
    make(tmp_path, "Originals/karl.jpg")
    assert len(taken(tmp_path)) == 3


def test_the_name_of_the_folder_itself_does_not_count(tmp_path):
    make(tmp_path / "#recycle", "anna.jpg")
    assert taken(tmp_path / "#recycle") == ["anna.jpg"]


def test_one_sentence_says_how_many_and_where(tmp_path):
    make(tmp_path, "anna.jpg", "@eaDir/1.jpg", "@eaDir/2.jpg", "#recycle/1.jpg", "#recycle/n.txt")
    make(tmp_path, ".a.jpg", ".b/1.jpg", "lost+found/1.jpg", "__MACOSX/1.jpg", "RECYCLER/1.jpg")
    (warning,) = read_folder(tmp_path).warnings
    assert warning.startswith("8 pictures were passed over, as trash, thumbnails or")
    assert "2 in @eaDir" in warning
    assert "in other such folders" in warning


def test_what_an_earlier_batch_made_is_left_out_without_a_word(tmp_path):
    make(tmp_path, "anna.jpg", "out/album/posters/anna.jpg", "out/unpacked/1/anna.jpg")
    make(tmp_path, "out/journal.sqlite", "anna.nostalgia.gif", content=b"SQLite")
    assert taken(tmp_path) == ["anna.jpg"]
    assert read_folder(tmp_path).warnings == ()


def test_other_files_are_counted_by_kind(tmp_path):
    make(tmp_path, "anna.jpg", "no suffix", "odd.001")
    make(tmp_path, "1.NEF", "2.nef", "3.dng", content=b"II*\0" + bytes(60))
    make(tmp_path, "4.jxl", content=b"\xff\x0a" + bytes(60))
    make(tmp_path, "anna.xmp", "Thumbs.db", "anna.jpg.json", content=b"{}")
    assert taken(tmp_path) == ["anna.jpg", "no suffix", "odd.001"]
    assert read_folder(tmp_path).warnings == (
        "4 files were passed over: 3 camera raw files (.nef, .dng), 1 JPEG XL picture (.jxl)",
    )


def test_pipes_and_links_that_lead_out_are_not_opened(tmp_path):
    make(tmp_path, "box/anna.jpg", "secret")
    os.mkfifo(tmp_path / "box" / "pipe")
    (tmp_path / "box" / "link").symlink_to(tmp_path / "secret")
    assert taken(tmp_path / "box") == ["anna.jpg"]
    assert read_folder(tmp_path / "box").warnings == ()


def test_a_file_without_permission_is_passed_over(tmp_path, monkeypatch):
    make(tmp_path, "anna.jpg", "locked")

    def refuse(path, kind):
        raise InputError(f"{path}: permission denied")

    monkeypatch.setattr(folder_module, "open_regular_file", refuse)
    assert taken(tmp_path) == ["anna.jpg"]


def test_a_folder_with_other_files_only_is_an_error(tmp_path):
    make(tmp_path, "1.jxl", "2.jxl", content=b"\xff\x0a" + bytes(60))
    with pytest.raises(InputError, match=r"no photo .* only 2 JPEG XL pictures \(\.jxl\); save"):
        read_folder(tmp_path)


def test_deep_folders_are_no_matter(tmp_path):
    deep = tmp_path.joinpath(*["d"] * 3000)
    assert LeftOut(tmp_path).reason_for_folder(deep) == ""
    assert LeftOut(tmp_path).reason_for_folder(tmp_path / "#recycle" / deep.relative_to("/"))
