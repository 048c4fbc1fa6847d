"""Pictures are found, and nothing outside the permitted folders is ever opened."""

import os
import unicodedata
from pathlib import Path

import pytest

from nostalgia.album.trees.media import Found, MediaFinder, is_safe_entry


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A tree's folder, a folder of pictures beside it, and a secret that neither holds."""
    for folder in ("tree/media", "pictures/deep/er"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "tree" / "media" / "oma.jpg").write_bytes(b"oma")
    return tmp_path


@pytest.mark.parametrize(
    "reference",
    [
        "media/oma.jpg",
        "./media/oma.jpg",
        "media\\oma.jpg",
        ".\\media\\oma.jpg",
        "media//oma.jpg",
        "media/../media/oma.jpg",
        "media/%6Fma.jpg",
        "MEDIA/OMA.JPG",
        "oma.jpg",
        "C:\\Users\\Oma\\Pictures\\OMA.jpg",
        "C:/Users/Oma/oma.jpg",
        "\\\\server\\share\\oma.jpg",
        "/somebody/elses/oma.jpg",
        "file:///C:/Users/oma.jpg",
        "file:///home/oma.jpg",
        "file://server/share/oma.jpg",
        "../elsewhere/oma.jpg",
    ],
)
def test_a_picture_is_found_however_the_tree_writes_it(home, reference):
    assert MediaFinder(home / "tree").find(reference) == Found(home / "tree" / "media" / "oma.jpg")


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("../secret.jpg", "outside"),
        ("media/../../secret.jpg", "outside"),
        ("..\\secret.jpg", "outside"),
        ("%2e%2e/secret.jpg", "outside"),
        ("/etc/passwd", "outside"),
        ("/dev/zero", "outside"),
        ("file:///etc/passwd", "outside"),
        ("file://localhost/etc/passwd", "outside"),
        ("C:\\Windows\\win.ini", "missing-file"),
        ("\\\\server.invalid\\share\\opa.jpg", "missing-file"),
        ("file://server.invalid/opa.jpg", "missing-file"),
        ("opa.jpg", "missing-file"),
        ("go\0od.jpg", "missing-file"),
        ("x" * 100_000, "missing-file"),
        ("", "missing-file"),
        (".", "missing-file"),
        ("media", "missing-file"),
        ("media/", "missing-file"),
        ("c:\\pictures\\", "missing-file"),
        ("http://photos.invalid/oma.jpg", "web"),
        ("HTTPS://photos.invalid/oma.jpg", "web"),
        ("ftp://photos.invalid/oma.jpg", "web"),
        ("mailto:oma@photos.invalid", "web"),
        ("Berlin:Oma.jpg", "missing-file"),
        ("data:image/png;base64,iVBORw0KGgo=", "web"),
    ],
)
def test_problems_have_names(home, reference, problem):
    assert MediaFinder(home / "tree").find(reference) == Found(problem=problem)


def test_absolute_paths_serve_inside_named_folders_only(home):
    picture = home / "pictures" / "opa.jpg"
    picture.write_bytes(b"opa")
    assert MediaFinder(home / "tree").find(str(picture)).problem == "outside"
    assert MediaFinder(home / "tree", [home / "pictures"]).find(str(picture)).path == picture
    assert MediaFinder(home / "tree", [home / "pictures"]).find("../pictures/opa.jpg").path


def test_links_may_not_lead_out(home):
    (home / "tree" / "link.jpg").symlink_to(home / "secret.jpg")
    (home / "tree" / "folder").symlink_to(home)
    (home / "tree" / "near.jpg").symlink_to(home / "tree" / "media" / "oma.jpg")
    finder = MediaFinder(home / "tree")
    assert finder.find("link.jpg").problem == "outside"
    assert finder.find("LINK.jpg").problem == "outside"
    assert finder.find("folder/secret.jpg").problem == "outside"
    assert finder.find("near.jpg").path == home / "tree" / "near.jpg"


def test_pipes_are_not_opened(home):
    os.mkfifo(home / "tree" / "pipe.jpg")
    assert MediaFinder(home / "tree").find("pipe.jpg") == Found(problem="unreadable")


def test_names_match_however_their_accents_are_written(home):
    apart = unicodedata.normalize("NFD", "José.jpg")
    (home / "pictures" / "deep" / "er" / apart).write_bytes(b"x")
    finder = MediaFinder(home / "tree", [home / "pictures"])
    found = finder.find(unicodedata.normalize("NFC", "photos/JOSÉ.jpg"))
    assert found.path == home / "pictures" / "deep" / "er" / apart


def test_of_several_the_one_whose_folders_agree_and_no_guess(home):
    for folder in ("a", "b"):
        (home / "pictures" / folder).mkdir()
        (home / "pictures" / folder / "1.jpg").write_bytes(b"x")
    finder = MediaFinder(home / "tree", [home / "pictures"])
    assert finder.find("D:\\B\\1.jpg").path == home / "pictures" / "b" / "1.jpg"
    assert finder.find("1.jpg").problem == "missing-file"
    assert finder.warnings == ["2 files are called 1.jpg, and the tree does not say which it means"]


def test_a_named_folder_in_another_brings_no_file_twice(tmp_path):
    deep = tmp_path / "a/scans/c/d/e"
    deep.mkdir(parents=True)
    (tmp_path / "a/scans/anna.jpg").touch()
    (deep / "karl.jpg").touch()
    finder = MediaFinder(tmp_path, (tmp_path / "a/scans", tmp_path / "a", tmp_path))
    assert finder.find("old/anna.jpg").path == tmp_path / "a/scans/anna.jpg"
    assert finder.find("old/karl.jpg").path == deep / "karl.jpg"
    assert finder.warnings == []


def test_a_trees_own_folder_is_searched_three_levels_deep(home):
    deep = home / "tree" / "1" / "2" / "3" / "4"
    deep.mkdir(parents=True)
    (deep.parent / "near.jpg").write_bytes(b"x")
    (deep / "far.jpg").write_bytes(b"x")
    finder = MediaFinder(home / "tree")
    assert finder.find("other/near.jpg").path == deep.parent / "near.jpg"
    assert finder.find("other/far.jpg").problem == "missing-file"


def test_where_paths_start_counts_inside_named_folders_only(home):
    (home / "tree" / "gallery").mkdir()
    (home / "tree" / "gallery" / "media.jpg").write_bytes(b"x")
    finder = MediaFinder(home / "tree", base_folder="gallery")
    assert finder.find("media.jpg").path == home / "tree" / "gallery" / "media.jpg"
    assert MediaFinder(home / "tree", base_folder=str(home)).find("secret.jpg").path is None


def test_archive_entries_first_then_files_and_never_those_that_climb(home):
    entries = {"media/oma.jpg", "../secret.jpg", "/abs.jpg", "a\\b.jpg", "Big/ÖRT.jpg"}
    finder = MediaFinder(home / "tree", archive=entries)
    assert finder.find("media/oma.jpg") == Found(archive_name="media/oma.jpg")
    assert finder.find("pics/ört.JPG") == Found(archive_name="Big/ÖRT.jpg")
    assert finder.find("../secret.jpg").problem == "outside"
    assert finder.find("/abs.jpg").problem == "outside"
    assert finder.find("a/b.jpg") == Found(archive_name="a\\b.jpg")
    assert finder.find("B.jpg") == Found(archive_name="a\\b.jpg")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("media/a.jpg", True),
        ("a/../b.jpg", True),
        ("a\\b.jpg", True),
        ("../a.jpg", False),
        ("a/../../b.jpg", False),
        ("/a.jpg", False),
        ("C:/a.jpg", False),
        ("..\\a.jpg", False),
        ("a\0b.jpg", False),
        ("", False),
    ],
)
def test_safe_entries(name, safe):
    assert is_safe_entry(name) is safe
