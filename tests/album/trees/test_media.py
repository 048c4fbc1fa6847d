"""Pictures are found, and nothing outside the permitted folders is ever opened."""

import os
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from nostalgia.album.trees import name_index
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
        "file:C:\\Users\\Oma\\oma.jpg",
        "file:///C|/Users/oma.jpg",
        "file:/home/oma.jpg",
        "file:////server/share/oma.jpg",
        "\\\\?\\C:\\Users\\oma.jpg",
        "C:\\Users/Oma\\Pictures/oma.jpg",
        "C:oma.jpg",
        "Macintosh HD:Users:ruth:Pictures:Oma.jpg",
        "Macintosh HD:1/2 Fotos:Oma.jpg",
        ":Pictures:oma.jpg",
        "Berlin:Oma.jpg",
        "media/%256Fma.jpg",
        "  media/ oma.jpg  ",
        "media/oma.jpg#page=1",
        "http://photos.invalid/oma.jpg",
        "HTTPS://photos.invalid/a/b/oma.jpg?token=a.b&w=200#x",
        "ftp://photos.invalid/oma.jpg",
        "https://photos.invalid/get.php?file=oma.jpg&size=2",
        "https://photos.invalid/get?url=https%3A%2F%2Fphotos.invalid%2Foma.jpg",
        "https://photos.invalid/#/media/File:oma.jpg",
        "https://photos.invalid/wiki/File:oma.jpg",
        "https://photos.invalid/thumb/o/oma.jpg/300px-oma.jpg",
        "https://photos.invalid/oma.webp",
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
        ("http://photos.invalid/opa.jpg", "web"),
        ("HTTPS://photos.invalid/../secret.jpg", "web"),
        ("https://photos.invalid/view?file=../../secret.jpg", "web"),
        ("https://photos.invalid/oma", "web"),
        ("https://[photos.invalid/oma.jpg", "web"),
        ("mailto:oma@photos.invalid", "web"),
        ("blob:https://photos.invalid/1234-5678", "web"),
        ("oma (1).jpg", "missing-file"),
        ("C:\\FOTOS\\OMA~1.JPG", "missing-file"),
        ("Berlin:Opa.jpg", "missing-file"),
        ("Macintosh HD:Users:..:secret.jpg", "missing-file"),
        ("media:oma.jpg:", "missing-file"),
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


@pytest.mark.parametrize(
    ("saved", "reference"),
    [
        ("Smith-123-4.jpg", "https://www.wikitree.invalid/photo/jpg/Smith-123-4"),
        ("501_wedding.jfif", "https://sites.invalid/e/1/az1z/501_wedding.jpg?x=1"),
        ("Groß vater.jpg", "https://photos.invalid/Gro%C3%9F%20vater.jpg"),
        ("Großvater.jpg", "file:///C:/Fotos/Gro%DFvater.jpg"),
        ("Oma #1?.jpg", "file:///C:/Fotos/Oma #1_.jpg"),
        ("Oma #1.jpg", "file:///C:/Fotos/Oma #1.jpg"),
        ("Oma_ 50 Jahre.jpg", "Macintosh HD:Oma? 50 Jahre.jpg"),
        ("Oma .jpg", "D:\\Fotos\\oma  .jpg"),
        ("Opa.jpg", "D:\\Fotos\\opa.jpg. "),
        ("Opa.jpg", "%USERPROFILE%\\Pictures\\opa.jpg"),
        ("Opa.jpeg", "C:\\Fotos\\opa.jpg"),
        ("Opa.TIF", "C:\\Fotos\\opa.tiff"),
        ("Opa (1).jpg", "https://photos.invalid/opa.jpg"),
        ("Opa.jpg.webp", "https://photos.invalid/opa.jpg"),
        ("Opa Karl.jpg", "https://photos.invalid/opa+karl.jpg"),
        ("Opa.jpg", '"C:\\Fotos\\opa.jpg"'),
        ("Opa.jpg", "<C:\\Fotos\\opa.jpg>"),
        ("Opa & Karl.jpg", "C:\\Fotos\\opa &amp; karl.jpg"),
        ("Gr\u00f6\u00dfe.jpg", "Gr\u00c3\u00b6\u00c3\u0178e.jpg"),
        ("Gr\u00c3\u00b6\u00c3\u0178e.jpg", "Gr\u00f6\u00dfe.jpg"),
        ("Opa.jpg", "content://com.android.documents/document/primary%3AFotos%2Fopa.jpg"),
    ],
)
def test_a_file_is_found_under_the_name_that_it_was_saved_with(home, saved, reference):
    (home / "pictures" / "deep" / saved).write_bytes(b"x")
    finder = MediaFinder(home / "tree", [home / "pictures"])
    assert finder.find(reference).path == home / "pictures" / "deep" / saved


def test_of_several_the_one_whose_folders_agree_and_no_guess(home):
    for folder in ("a", "b", "c/a"):
        (home / "pictures" / folder).mkdir(parents=True)
        (home / "pictures" / folder / "1.jpg").write_bytes(folder.encode())
    finder = MediaFinder(home / "tree", [home / "pictures"])
    assert finder.find("D:\\B\\1.jpg").path == home / "pictures" / "b" / "1.jpg"
    assert finder.find("D:\\C\\A\\1.jpg").path == home / "pictures" / "c" / "a" / "1.jpg"
    assert finder.find("https://x.invalid/b/1.jpg").path == home / "pictures" / "b" / "1.jpg"
    places = ("pictures/a/1.jpg", "pictures/b/1.jpg", "pictures/c/a/1.jpg")
    assert finder.find("1.jpg") == Found(problem="ambiguous", places=places)
    assert finder.find("X\\A\\1.jpg").places == (places[0], places[2])


def test_copies_of_one_file_are_one(home):
    for folder, content in (("a", b"same"), ("b", b"same"), ("c", b"diff")):
        (home / "pictures" / folder).mkdir()
        (home / "pictures" / folder / "1.jpg").write_bytes(content)
    (home / "pictures" / "a" / "2.jpg").write_bytes(b"two")
    (home / "pictures" / "b" / "2.jpg").write_bytes(b"two")
    (home / "pictures" / "c" / "2.jpg").symlink_to(home / "secret.jpg")
    finder = MediaFinder(home / "tree", [home / "pictures"])
    assert finder.find("2.jpg").path == home / "pictures" / "a" / "2.jpg"
    assert finder.find("1.jpg").problem == "ambiguous", "of equal size, but not the same"


def test_one_name_in_two_named_folders_is_no_guess_either(home):
    (home / "scans").mkdir()
    for folder, content in (("pictures", b"one"), ("scans", b"two")):
        (home / folder / "1.jpg").write_bytes(content)
    finder = MediaFinder(home / "tree", [home / "pictures", home / "scans"])
    assert finder.find("1.jpg").places == ("pictures/1.jpg", "scans/1.jpg")
    (home / "tree" / "1.jpg").write_bytes(b"own")
    own = MediaFinder(home / "tree", [home / "pictures", home / "scans"]).find("1.jpg")
    assert own.path == home / "tree" / "1.jpg", "a relative path starts in the tree's folder"


def test_trash_and_thumbnails_are_never_chosen(home):
    pictures = home / "pictures"
    for place in (
        "@eaDir/anna.jpg",
        "#recycle/anna.jpg",
        "$RECYCLE.BIN/S-1-5/anna.jpg",
        ".Trash-1000/files/anna.jpg",
        "deep/thumbs/anna.jpg",
        "._anna.jpg",
    ):
        (pictures / place).parent.mkdir(parents=True, exist_ok=True)
        (pictures / place).write_bytes(place.encode())
    finder = MediaFinder(home / "tree", [pictures])
    assert finder.find("C:\\anna.jpg").places == (), "only one is left"
    assert finder.find("C:\\anna.jpg").path == pictures / "deep/thumbs/anna.jpg"
    (pictures / "deep" / "anna.jpg").write_bytes(b"whole")
    finder = MediaFinder(home / "tree", [pictures])
    assert finder.find("C:\\anna.jpg").path == pictures / "deep" / "anna.jpg"


def test_many_files_of_one_name_are_searched_in_linear_time(home, monkeypatch):
    """Counted in looks at names, which do not depend on the computer."""
    looks: Counter[int] = Counter()
    counted = name_index.name_key
    for number in (100, 200):
        root = home / str(number)
        for folder in range(number):
            (root / f"{folder}").mkdir(parents=True)
            (root / f"{folder}" / "scan.jpg").write_bytes(b"%d" % folder)

        def counting(name, number=number):
            looks[number] += 1
            return counted(name)

        monkeypatch.setattr(name_index, "name_key", counting)
        finder = MediaFinder(home / "tree", [root])
        for folder in range(number):
            assert finder.find(f"D:\\{folder}\\scan.jpg").path == root / f"{folder}" / "scan.jpg"
            assert finder.find(f"D:\\x{folder}\\scan.jpg").problem == "ambiguous"
    assert looks[200] < 2.2 * looks[100]


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


def test_entries_of_an_archive_that_a_mac_added_are_never_chosen(home):
    finder = MediaFinder(home / "tree", archive={"__MACOSX/m/._a.jpg", "__MACOSX/a.jpg", "m/a.jpg"})
    assert finder.find("C:\\a.jpg") == Found(archive_name="m/a.jpg")
    several = MediaFinder(home / "tree", archive={"m/a.jpg", "n/a.jpg"}).find("C:\\a.jpg")
    assert (several.problem, set(several.places)) == ("ambiguous", {"m/a.jpg", "n/a.jpg"})


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
