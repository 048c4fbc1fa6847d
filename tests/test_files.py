"""Names of files in messages, data folders in their three places, and files that appear whole."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from nostalgia import files
from nostalgia.errors import CheckpointError, DriverError, EncodingError, InputError
from nostalgia.files import finding


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A copy of the module in a checkout of its own, whose data folders do not exist."""
    monkeypatch.delenv("NOSTALGIA_CHECKPOINTS", raising=False)
    monkeypatch.delenv("NOSTALGIA_DRIVING_VIDEOS", raising=False)
    copy = tmp_path / "nostalgia" / "files" / "finding.py"
    copy.parent.mkdir(parents=True)
    shutil.copyfile(finding.__file__, copy)
    spec = importlib.util.spec_from_file_location("files_of_a_checkout", copy)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_environment_first_then_packaged_then_repository(installed, monkeypatch, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    assert installed.checkpoints_folder() == tmp_path / "checkpoints"
    packaged = tmp_path / "nostalgia" / "_data" / "checkpoints"
    packaged.mkdir(parents=True)
    assert installed.checkpoints_folder() == packaged
    (tmp_path / "chosen").mkdir()
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path / "chosen"))
    assert installed.checkpoints_folder() == tmp_path / "chosen"


def test_missing_folders_and_files_are_named(installed, monkeypatch, tmp_path):
    with pytest.raises(CheckpointError, match="NOSTALGIA_CHECKPOINTS"):
        installed.checkpoints_folder()
    with pytest.raises(DriverError, match="NOSTALGIA_DRIVING_VIDEOS"):
        installed.driving_videos_folder()
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path))
    with pytest.raises(CheckpointError, match=r"nothing\.npz"):
        installed.checkpoint_path("nothing.npz")


def test_the_users_drivers_have_a_folder_of_their_own(monkeypatch, tmp_path):
    monkeypatch.setenv("NOSTALGIA_DRIVERS", str(tmp_path / "mine"))
    assert files.user_drivers_folder() == tmp_path / "mine"
    monkeypatch.delenv("NOSTALGIA_DRIVERS")
    usual = files.user_drivers_folder()
    assert usual.name == "drivers" and usual.is_absolute() and "nostalgia" in usual.parts


@pytest.mark.parametrize(
    ("name", "printable"),
    [
        ("-", "standard input"),
        ("oma.jpg", "oma.jpg"),
        ("two\nlines\x1b[2J.jpg", r"two\nlines\x1b[2J.jpg"),
        ("bad\udce4.jpg", r"bad\udce4.jpg"),
        ("gpj\u202e.exe", r"gpj\u202e.exe"),
        ("family \U0001f468\u200d\U0001f467.png", "family \U0001f468\u200d\U0001f467.png"),
        ("a" * 200, "a" * 39 + "..." + "a" * 78),
    ],
)
def test_names_are_printed_as_one_harmless_line(name: str, printable: str) -> None:
    assert files.printable_name(name) == printable


def test_a_clip_lies_beside_its_photo_and_twins_keep_their_suffix(tmp_path) -> None:
    photo = tmp_path / "oma.jpg"
    assert files.clip_path_for(photo) == tmp_path / "oma.nostalgia.mp4"
    (tmp_path / "oma.png").touch()
    assert files.clip_path_for(photo, "gif") == tmp_path / "oma.jpg.nostalgia.gif"


def test_long_names_are_shortened_and_stay_apart() -> None:
    names = [files.shortened("\u00e9" * 200 + end, 255) for end in "ab"]
    assert all(len(name.encode()) <= 255 for name in names)
    assert len(set(names)) == 2
    assert files.shortened("short", 255) == "short"


def test_clips_of_photos_with_long_names_fit_the_file_system(tmp_path) -> None:
    clips = [files.clip_path_for(tmp_path / ("\u00e4" * length + ".jpg")) for length in (120, 121)]
    assert clips[0] != clips[1]
    for clip in clips:
        files.write_whole(clip, b"clip", "clip")
    assert set(tmp_path.iterdir()) == set(clips)


def test_only_regular_files_are_opened(tmp_path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"content")
    with files.open_regular_file(tmp_path / "a.jpg", "photo") as file:
        assert file.read() == b"content"
    for name, problem in (("none.jpg", "no such file"), (".", "is a folder; name a photo in it")):
        with pytest.raises(InputError, match=problem):
            files.open_regular_file(tmp_path / name, "photo")


def test_a_file_appears_whole_or_not_at_all(tmp_path) -> None:
    target = tmp_path / "album.html"
    files.write_whole(target, b"old", "album")
    with pytest.raises(ZeroDivisionError), files.whole_file(target, "album") as partial:
        partial.write_bytes(b"half")
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["album.html"]
    assert target.read_bytes() == b"old"
    with pytest.raises(EncodingError, match="the album cannot be written"):
        files.write_whole(tmp_path / "none" / "album.html", b"", "album")


def test_a_hash_is_that_of_the_bytes(tmp_path) -> None:
    file = tmp_path / "empty"
    file.touch()
    assert files.sha256_of(file).startswith("e3b0c44298fc1c14")
    with pytest.raises(InputError, match="missing: cannot be read"):
        files.sha256_of(Path(tmp_path / "missing"))
