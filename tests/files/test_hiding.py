"""Text that is given away shows no folder of this computer."""

from pathlib import Path

import pytest

from nostalgia.files.hiding import FolderFilter

FILTER = FolderFilter([Path("/data/Anna B/My Pictures")])


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("/data/Anna B/My Pictures/1950/oma.jpg: damaged", "oma.jpg: damaged"),
        ("[Errno 2] '/srv/anna/clips/.a.mp4'", "[Errno 2] '.a.mp4'"),
        ("[Errno 2] '/srv/Anna B/a b.mp4'", "[Errno 2] 'a b.mp4'"),
        ("[Errno 2] 'C:\\Anna B\\a b.mp4'", "[Errno 2] 'a b.mp4'"),
        ("ffmpeg: file:/srv/anna/a.mp4: no", "ffmpeg: file:a.mp4: no"),
        ("'C:\\Users\\anna\\oma.jpg' is damaged", "'oma.jpg' is damaged"),
        ("C:/Users/anna/oma.jpg", "oma.jpg"),
        ("\\\\nas\\anna\\oma.jpg", "oma.jpg"),
        ("see https://example.org/a/b/c", "see https://example.org/a/b/c"),
        ("and/or 3/4", "and/or 3/4"),
        (f"{Path.home()}/x/oma.jpg", "oma.jpg"),
        (f"{Path.cwd()}: is full", "the folder: is full"),
    ],
)
def test_paths_in_messages_are_cut_to_their_names(message: str, shown: str) -> None:
    assert FILTER.message(message) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("FamilySearch /ark:/61903/1:1:X", "FamilySearch /ark:/61903/1:1:X"),
        ("Scan /home/anna/scans/12.tif", "Scan 12.tif"),
        ("Scan D:\\anna\\12.tif", "Scan 12.tif"),
        ("/data/Anna B/My Pictures/12.tif", "12.tif"),
    ],
)
def test_words_of_a_tree_lose_only_peoples_folders(words: str, shown: str) -> None:
    assert FILTER.words(words) == shown
