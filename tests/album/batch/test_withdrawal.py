"""Who must no longer be shown leaves nothing behind; and an album names no folder of its maker."""

import json
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import made_batch
import numpy as np
import pytest
from fake_disk import FakeDisk

from nostalgia.album.batch import preview, runner, withdrawal
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.album.batch.tasks import Outcome
from nostalgia.album.state import State
from nostalgia.clips.provenance import Provenance, xmp_packet
from nostalgia.clips.writer import ClipWriter
from nostalgia.errors import BackendError, EncodingError, UsageError
from nostalgia.files import sha256_of
from nostalgia.options import AnimateOptions

TABLE = """id,photo,name,born,died
I1,anna.jpg,Anna Secret,{born},{died}
I2,bert.jpg,Bert Shown,1850,1920
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "maker-secret" / "My Tree"
    folder.mkdir(parents=True)
    for name in ("anna", "bert"):
        (folder / f"{name}.jpg").write_bytes(f"photo of {name}".encode())
    path = folder / "family.csv"
    path.write_text(TABLE.format(born=2001, died=""))
    return path


def run(table: Path, output: Path, **more):
    return runner.run_batch(BatchRequest(table, output, **more), executor=made_batch.Inline())


def make_reel(path: Path, *photos: Path) -> Path:
    hashes = ", ".join(sha256_of(photo) for photo in photos)
    packet = xmp_packet(Provenance("Family", hashes, "mesh", "nod", "0.1.0"))
    with ClipWriter(path, 32, 32, 25, xmp=packet) as writer:
        writer.write(np.zeros((32, 32, 3), np.uint8))
    return path


def holds(output: Path, word: str) -> list[str]:
    """Files below a folder whose name or bytes hold a word."""
    files = [path for path in output.rglob("*") if path.is_file()]
    log = output / made_batch.LOG
    return [
        str(path)
        for path in files
        if path != log and (word in path.name or word.encode() in path.read_bytes())
    ]


CONSENT = {"I1": "Anna Secret, by letter"}


def test_all_that_was_made_of_her_is_removed_or_named(table: Path, tmp_path: Path) -> None:
    output, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(table, output, consent=CONSENT)
    anna, bert = (table.with_name(f"{name}.jpg") for name in ("anna", "bert"))
    reel = make_reel(output / "reel.mp4", anna, bert)
    other = make_reel(output / "bert.mp4", bert)
    film = make_reel(elsewhere / "birthday.mp4", bert, anna)
    withdrawal.remember_reel(output, film)
    assert len(holds(output, "Anna Secret")) >= 4
    finished = run(table, output)
    assert finished.counts() == {"done": 1, "skipped-living": 1}
    for word in ("Anna Secret", "anna.jpg", sha256_of(anna)):
        assert holds(output, word) == []
    assert not reel.exists() and other.exists() and film.exists()
    words = "\n".join(finished.notices)
    assert "1 picture has left the album" in words
    assert "reel.mp4 showed one of them and is deleted" in words
    assert str(film) in words and "bert.mp4" not in words
    (again,) = run(table, output).notices
    assert again == (
        f"{film} still shows a picture that has left the album: delete it, or make it again"
    )
    film.unlink()
    make_reel(film, bert)
    assert run(table, output).notices == ()


def test_what_a_failed_run_has_not_told_is_told_by_the_next(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    make_reel(output / "reel.mp4", table.with_name("anna.jpg"))
    film = make_reel(tmp_path / "film.mp4", table.with_name("anna.jpg"))
    withdrawal.remember_reel(output, film)
    options = AnimateOptions(seed=3)

    class Failing(made_batch.Inline):
        def outcomes(self, tasks, listener):
            raise BackendError("no weights")
            yield

    with pytest.raises(BackendError):
        runner.run_batch(BatchRequest(table, output, options=options), executor=Failing())
    assert len(run(table, output, options=options).notices) == 3
    assert len(run(table, output, options=options).notices) == 1
    film.unlink()
    assert run(table, output, options=options).notices == ()


def test_a_reel_is_found_though_the_photo_was_retouched(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    reel = make_reel(output / "reel.mp4", table.with_name("anna.jpg"))
    withdrawal.remember_reel(output, reel, ["Anna Secret, anna"])
    table.with_name("anna.jpg").write_bytes(b"retouched")
    run(table, output, consent=CONSENT)
    run(table, output)
    assert not reel.exists() and holds(output, "Anna Secret") == []


def test_no_file_of_others_is_named_whatever_the_journal_says(table: Path, tmp_path: Path) -> None:
    output, victim = tmp_path / "out", tmp_path / "holiday.mp4"
    run(table, output, consent=CONSENT)
    with ClipWriter(victim, 32, 32, 25) as writer:
        writer.write(np.zeros((32, 32, 3), np.uint8))
    withdrawal.remember_reel(output, victim, ["Anna Secret, anna"])
    told = {"pictures": 1, "deleted": [], "stale": {str(victim): ""}}
    with withdrawal.Journal(output / JOURNAL_FILE) as journal:
        journal.put_facts({"withdrawn": json.dumps(told)})
    assert str(victim) not in "".join(run(table, output).notices)
    assert victim.exists()
    with withdrawal.Journal(output / JOURNAL_FILE) as journal:
        journal.put_facts({"withdrawn": '{"pictures": [], "deleted": 3}', "reels": '{"a": 3}'})
    assert run(table, output).notices == ()


@pytest.mark.parametrize("left_out", [(), ("I1",)])
@pytest.mark.parametrize("change", ["id", "path", "nothing"])
def test_she_is_found_under_another_number_or_path(
    table: Path, tmp_path: Path, change: str, left_out: tuple[str, ...]
) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    reel = make_reel(output / "reel.mp4", table.with_name("anna.jpg"))
    run(table, output, consent=CONSENT, leave_out=left_out)
    if change == "id":
        table.write_text(table.read_text().replace("I1,", "I77,"))
    elif change == "path":
        (table.parent / "new").mkdir()
        table.with_name("anna.jpg").rename(table.parent / "new" / "anna.jpg")
        table.write_text(table.read_text().replace("anna.jpg", "new/anna.jpg"))
    finished = run(table, output)
    assert finished.counts() == {"done": 1, "skipped-living": 1}
    assert finished.notices[0].startswith("1 picture has left the album")
    assert not reel.exists()
    for word in ("Anna Secret", "anna.jpg"):
        kept = [file for file in holds(output, word) if not file.endswith("choices.csv")]
        assert kept == []


def test_a_reel_that_shows_what_the_input_no_longer_has_is_named(
    table: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    reel = make_reel(output / "reel.mp4", table.with_name("anna.jpg"))
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(line for line in lines if "anna" not in line))
    (notice,) = run(table, output, allow_fewer=True).notices
    assert notice.startswith(f"{reel} still shows a picture that has left the album")
    assert reel.exists()


def test_a_clip_that_cannot_be_deleted_is_an_error_that_names_it(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    run(table, output, consent=CONSENT, leave_out=["I1"])

    def busy(paths: Iterable[Path]) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(next(iter(paths))))

    with monkeypatch.context() as held:
        held.setattr(withdrawal, "remove_files", busy)
        with pytest.raises(EncodingError, match="shows somebody who must not be shown"):
            run(table, output)
    run(table, output)
    assert list((output / "left-out" / "clips").iterdir()) == []


@pytest.mark.parametrize("kill", ["put", "put_facts", "remove_files", "forget", "results"])
def test_a_run_that_dies_while_it_removes_her_is_finished_by_the_next(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill: str
) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    make_reel(output / "reel.mp4", table.with_name("anna.jpg"))
    owner = {"remove_files": withdrawal, "results": runner._Batch}
    with monkeypatch.context() as killed:

        def dies(*args: object) -> None:
            raise MemoryError

        killed.setattr(owner.get(kill, withdrawal.Journal), kill, dies)
        with pytest.raises(MemoryError):
            run(table, output)
    run(table, output)
    assert holds(output, "Anna Secret") == [] and not (output / "reel.mp4").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the fake disk needs /proc")
def test_no_power_cut_brings_her_clip_back(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    disk = FakeDisk(output)
    with disk.cut_anywhere():
        run(table, output)
    for state in disk.last():
        assert not [name for name in state.files if "Anna" in name]


def test_what_an_older_version_left_in_the_journal_goes_too(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(table, output, consent=CONSENT)
    run(table, output)
    with closing(sqlite3.connect(output / JOURNAL_FILE)) as base:
        base.execute("UPDATE items SET stem = 'Anna Secret, anna' WHERE state = 'skipped-living'")
        base.execute("INSERT INTO files VALUES ('/x/Anna Secret, anna.mp4', '', '')")
        base.execute("CREATE TABLE t (x)")
        base.execute("INSERT INTO t VALUES ('Anna Secret')")
        base.execute("DROP TABLE t")
        base.commit()
    assert holds(output, "Anna Secret") != []
    run(table, output)
    assert holds(output, "Anna Secret") == []


class Complaining(made_batch.Inline):
    """An executor whose clips fail with messages that name folders."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = iter(messages)

    def outcomes(self, tasks, listener):
        for task in tasks:
            listener.started(task.key)
            yield Outcome(task.key, State.FAILED, next(self.messages), 7)


def test_nothing_in_an_album_names_the_makers_folders(
    table: Path, tmp_path: Path, own_drivers: Path
) -> None:
    home = table.parents[1]
    output = home / "Albums" / "out"
    table.write_text(
        "id,photo,name,died,title,source\n"
        f'I1,anna.jpg,Anna,1920,"{table.with_name("anna.jpg")}",{home}/Scans/12.tif\n'
        "I2,bert.jpg,Bert,1920,C:\\Users\\maker-secret\\b.jpg,\n"
    )
    messages = [
        f"[Errno 2] No such file or directory: '{output}/album/clips/.a.mp4'",
        f"{own_drivers}/uncle-1234.npz is not the file; {table}: damaged",
    ]
    options = AnimateOptions(driver=str(home / "Videos" / "private clip.mp4"))
    (home / "Videos").mkdir()
    (home / "Videos" / "private clip.mp4").write_bytes(b"film")
    request = BatchRequest(table, output, options=options, media=(home,))
    finished = runner.run_batch(request, executor=Complaining(messages))
    assert finished.counts() == {"failed": 2}
    stored = json.loads((output / "album" / "summary.json").read_text())
    assert {item["message"] for item in stored["items"]} == {
        "[Errno 2] No such file or directory: '.a.mp4'",
        "uncle-1234.npz is not the file; family.csv: damaged",
    }
    for word in ("maker-secret", str(tmp_path), str(Path.home())):
        assert holds(output / "album", word) == []


def test_the_new_tree_and_the_clips_name_no_folder(table: Path, tmp_path: Path) -> None:
    output = table.parents[1] / "out"
    assert run(table, output, include_living=True, reason="all agreed").is_complete
    for word in ("maker-secret", str(tmp_path)):
        assert holds(output / "album", word) == []
        assert holds(output, word) == [str(output / JOURNAL_FILE)]


def test_consent_does_not_pass_to_whoever_gets_the_number(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert run(table, output, consent=CONSENT).counts() == {"done": 2}
    text = table.read_text()
    table.write_text(text.replace("Anna  Secret", "Anna Secret").replace("Bert", "BERT"))
    assert run(table, output, consent=CONSENT).is_complete
    table.write_text(text.replace("Anna Secret", "Zoë Other"))
    works = (
        lambda: run(table, output, consent=CONSENT),
        lambda: preview.preview_batch(BatchRequest(table, output, consent=CONSENT)),
    )
    for work in works:
        with pytest.raises(UsageError, match="consent for I1: this identifier had another name"):
            work()
    assert run(table, output, consent={"I1": "Zoë, by phone"}).is_complete
    with withdrawal.Journal(output / JOURNAL_FILE) as journal:
        journal.put_facts({"consent": '{"I1": []}'})
    assert run(table, output, consent={"I1": "Zoë, by phone"}).is_complete
