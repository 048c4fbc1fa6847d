"""A batch's folder that somebody else has made: nothing outside of it is touched or read."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch import preview, runner
from nostalgia.album.batch.file_hashes import stamp_of
from nostalgia.album.batch.own_files import is_stem, refuse_links
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.album.batch.seal import is_sealed, key_path, seal_of
from nostalgia.album.batch.unpacked import remove_unneeded, remove_unproven
from nostalgia.album.trees.model import PhotoLink
from nostalgia.errors import InputError

LINKS = pytest.mark.skipif(os.name == "nt", reason="links need rights of their own there")
PLACES = (
    ".journal.lock",
    "journal.sqlite",
    "journal.sqlite-journal",
    "journal.sqlite-wal",
    "choices.csv",
    "unpacked",
    "album",
    "album/clips",
    "album/posters",
    "album/photos",
    "left-out",
    "left-out/clips",
)
FOLDERS = PLACES[PLACES.index("unpacked") :]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    made_batch.make_photos(tmp_path / "photos", 2)
    return tmp_path / "photos"


@pytest.fixture
def output(photos: Path, tmp_path: Path) -> Path:
    made_batch.run(photos, tmp_path / "out")
    return tmp_path / "out"


def change(output: Path, sql: str) -> None:
    with closing(sqlite3.connect(output / JOURNAL_FILE)) as base:
        base.executescript(sql)


def everything(folder: Path) -> dict[str, tuple[str, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (stamp_of(path), path.read_bytes()) for path in files}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE items SET stem = '../../../victim/holiday'",
        "UPDATE items SET stem = '/etc/passwd'",
        "UPDATE items SET stem = 'C:\\victim'",
        "UPDATE items SET stem = '..'",
        "UPDATE items SET stem = '.hidden'",
        "UPDATE items SET suffix = '/../../victim/holiday.mp4'",
        "UPDATE items SET suffix = '.txt'",
        "UPDATE items SET width = '<script>'",
        "UPDATE items SET photo = 3",
        "UPDATE items SET stem = x'ff'",
        "UPDATE items SET state = 'odd'",
        "UPDATE items SET message = char(57344) || 'option' || char(57345) || '[' || char(57346)",
        "CREATE TRIGGER t AFTER UPDATE ON items BEGIN DELETE FROM facts; END",
        "CREATE VIEW more AS SELECT * FROM items",
        "DROP TABLE facts; CREATE VIEW facts AS SELECT '' AS name, '' AS value",
    ],
)
def test_a_journal_that_no_version_has_written_is_refused(
    photos: Path, output: Path, tmp_path: Path, sql: str
) -> None:
    (tmp_path / "victim").mkdir()
    for name in ("holiday.mp4", "holiday.jpg"):
        (tmp_path / "victim" / name).write_bytes(b"precious")
    change(output, sql)
    before = everything(tmp_path / "victim") | everything(output / "album")
    for work in (made_batch.run, lambda *folders: runner.batch_status(output)):
        with pytest.raises(InputError, match=r"journal\.sqlite: the journal is damaged"):
            work(photos, output)
    assert everything(tmp_path / "victim") | everything(output / "album") == before


@LINKS
@pytest.mark.parametrize("place", PLACES)
def test_a_link_in_the_place_of_a_file_of_ours_is_refused(
    photos: Path, output: Path, tmp_path: Path, place: str
) -> None:
    victim = tmp_path / "victim"
    if place in FOLDERS:
        victim.mkdir()
        (victim / "holiday.mp4").write_bytes(b"precious")
        shutil.rmtree(output / place, ignore_errors=True)
        (output / place).parent.mkdir(exist_ok=True)
    else:
        victim.write_bytes(b"precious")
        (output / place).unlink(missing_ok=True)
    (output / place).symlink_to(victim)
    before = everything(tmp_path / "victim") if victim.is_dir() else victim.read_bytes()
    works: list[Callable[[], object]] = [
        lambda: made_batch.run(photos, output),
        lambda: preview.preview_batch(BatchRequest(photos, output)),
        lambda: runner.last_request(output),
        lambda: runner.batch_status(output),
    ]
    for work in works:
        with pytest.raises(InputError, match=f"{place} in it is a link or a pipe"):
            work()
    after = everything(tmp_path / "victim") if victim.is_dir() else victim.read_bytes()
    assert after == before


@LINKS
def test_links_to_nowhere_are_refused_too(output: Path, tmp_path: Path) -> None:
    (output / ".journal.lock").unlink(missing_ok=True)
    (output / ".journal.lock").symlink_to(tmp_path / "made.txt")
    with pytest.raises(InputError, match="is a link"):
        refuse_links(output)
    assert not (tmp_path / "made.txt").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes")
def test_a_pipe_that_would_never_end_is_refused(photos: Path, output: Path) -> None:
    (output / JOURNAL_FILE).unlink()
    os.mkfifo(output / JOURNAL_FILE)
    with pytest.raises(InputError, match="is a link or a pipe"):
        made_batch.run(photos, output)


def test_a_log_that_would_let_sqlite_delete_another_file_is_refused(output: Path) -> None:
    (output / f"{JOURNAL_FILE}-journal").write_bytes(b"x" * 600 + bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(InputError, match="was not written by nostalgia"):
        runner.batch_status(output)


@LINKS
def test_the_folder_itself_may_be_a_link(photos: Path, output: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(output)
    assert made_batch.run(photos, tmp_path / "link").is_complete


def test_only_ones_own_request_is_used_again(
    output: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A stored request names files to read: somebody else's could bring ours into their folder."""
    assert runner.last_request(output).output == output
    assert key_path().parent == keys
    if os.name != "nt":
        assert key_path().stat().st_mode & 0o777 == 0o600
    change(
        output,
        "UPDATE facts SET value = replace(value, 'photos', 'private') WHERE name = 'request'",
    )
    with pytest.raises(InputError, match="was somebody else's"):
        runner.last_request(output)
    change(
        output,
        "UPDATE facts SET value = replace(value, 'private', 'photos') WHERE name = 'request'",
    )
    assert runner.last_request(output).output == output
    monkeypatch.setenv("NOSTALGIA_KEYS", str(tmp_path / "another user"))
    with pytest.raises(InputError, match="give the whole command"):
        runner.last_request(output)
    assert runner.batch_status(output).jobs == 1, "the state of a batch may be seen by everybody"


@pytest.mark.parametrize("name", ["a\\u0000b", "\\ud800", "../" * 3000])
def test_a_stored_input_that_no_file_can_have_stops_nothing(
    photos: Path, output: Path, name: str
) -> None:
    request = f'{{"source": "{name}", "album_title": "<b>{name}"}}'
    change(output, f"UPDATE facts SET value = '{request}' WHERE name = 'request'")
    assert made_batch.run(photos, output).counts() == {"done": 2}
    assert "<b>" not in (output / "album" / "index.html").read_text("utf-8")


def test_a_stored_number_that_is_none_is_an_error_of_the_file(output: Path) -> None:
    change(output, 'UPDATE facts SET value = replace(value, \'"jobs": 1\', \'"jobs": "x"\')')
    with pytest.raises(InputError, match="another version of nostalgia ran here last"):
        runner.batch_status(output)


def test_a_key_that_a_power_cut_has_emptied_is_made_anew(keys: Path) -> None:
    seal = seal_of("request")
    assert is_sealed("request", seal) and not is_sealed("other", seal)
    key_path().write_bytes(b"")
    assert not is_sealed("request", seal)
    assert is_sealed("request", seal_of("request")) and key_path().stat().st_size == 32


def test_without_a_place_for_a_key_nothing_counts_as_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NOSTALGIA_KEYS", str(tmp_path / "file" / "keys"))
    assert seal_of("request") == "" and not is_sealed("request", "")


@LINKS
def test_unpacked_pictures_are_trusted_only_as_they_were_hashed(tmp_path: Path) -> None:
    folder, victim = tmp_path / "unpacked" / "a", tmp_path / "victim"
    folder.mkdir(parents=True)
    victim.mkdir()
    (victim / "holiday.jpg").write_bytes(b"precious")
    names = ("proven.jpg", "emptied.jpg", "planted.jpg")
    for name in names:
        (folder / name).write_bytes(b"picture")
    stamps = {str(folder / name): (stamp_of(folder / name), "hash") for name in names[:2]}
    (folder / "emptied.jpg").write_bytes(b"")
    (folder / "link.jpg").symlink_to(victim / "holiday.jpg")
    (tmp_path / "unpacked" / "b").symlink_to(victim)
    remove_unproven(tmp_path, stamps)
    assert os.listdir(folder) == ["proven.jpg"] and os.listdir(tmp_path / "unpacked") == ["a"]
    assert (victim / "holiday.jpg").read_bytes() == b"precious"
    remove_unneeded(tmp_path, [PhotoLink("I1", "proven.jpg", folder / "proven.jpg")])
    assert os.listdir(folder) == ["proven.jpg"]
    remove_unneeded(tmp_path, [])
    assert os.listdir(tmp_path / "unpacked") == []


@pytest.mark.parametrize("name", ["", "Anna, oma", "oma.2", "Françoise", "a b"])
def test_names_of_clips_are_one_part_of_a_path(name: str) -> None:
    assert is_stem(name)


@pytest.mark.parametrize(
    "name", ["a/b", "..", ".", "../a", "a\\b", "C:a", "abc:d", "/a", ".a", "a\0b", "a/"]
)
def test_paths_are_no_names_of_clips(name: str) -> None:
    assert not is_stem(name)
