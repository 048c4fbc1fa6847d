"""Runs and their results, with workers that need no networks."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import made_batch
import pytest

from nostalgia.album.batch import file_hashes, preview, runner
from nostalgia.album.batch import journal as journal_module
from nostalgia.album.batch.journal import Journal
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.errors import Cancelled, DriverError, EncodingError, InputError, UsageError
from nostalgia.files import sha256_of
from nostalgia.options import AnimateOptions
from nostalgia.progress import CancelToken, Progress


def states(output: Path) -> dict[str, str]:
    with Journal(output / JOURNAL_FILE) as journal:
        return {row.photo: row.state for row in journal.rows().values()}


def done_times(output: Path) -> dict[str, int]:
    with Journal(output / JOURNAL_FILE) as journal:
        return {row.photo: row.times_done for row in journal.rows().values()}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {str(path): (stat.st_mtime_ns, stat.st_ino) for path, stat in found.items()}


def test_the_same_run_again_does_nothing(photos: Path, output: Path) -> None:
    finished = made_batch.run(photos, output)
    assert finished.is_complete and finished.counts() == {"done": 5}
    album = output / "album"
    assert {path.name for path in album.iterdir()} == {
        "clips", "posters", "index.html", "summary.csv", "summary.json"
    }  # fmt: skip
    summary = json.loads((album / "summary.json").read_text())
    assert summary["counts"] == {"done": 5} and summary["people"] == {"animate": 5}
    for item in summary["items"]:
        assert (album / item["clip"]).is_file() and (album / item["poster"]).is_file()
        assert item["label"] is True
    before = stamps(album)
    assert made_batch.run(photos, output).is_complete
    assert stamps(album) == before, "the second run does nothing"
    assert len(made_batch.made(output)) == 5


def test_only_a_changed_photo_is_animated_again(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    (photos / "p0002.jpg").write_bytes(b"another photo")
    os.utime(photos / "p0003.jpg")  # touched, not changed
    made_batch.run(photos, output)
    assert done_times(output) == {f"p000{n}.jpg": 2 if n == 2 else 1 for n in range(5)}


def test_a_changed_option_animates_all_again_and_more_jobs_none(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    made_batch.run(photos, output, jobs=2)
    assert len(made_batch.made(output)) == 5
    made_batch.run(photos, output, options=AnimateOptions(seed=1))
    assert set(done_times(output).values()) == {2}
    assert len(list((output / "album/clips").iterdir())) == 5


def test_a_changed_crop_or_driver_of_one_link(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    more = {"p0001": {"crop_px": (1, 2, 30, 40)}, "p0002": {"driver": "smile"}}
    made_batch.run(photos, output, tree=made_batch.family(photos, **more))
    assert list(done_times(output).values()).count(2) == 2


def test_of_a_driving_clip_the_content_counts(photos: Path, output: Path) -> None:
    clip = photos.parent / "a/nod.mp4"
    clip.parent.mkdir()
    clip.write_bytes(b"clip")
    made_batch.run(photos, output, options=AnimateOptions(driver=str(clip)))
    moved = clip.parent.with_name("b")
    clip.parent.rename(moved)
    made_batch.run(photos, output, options=AnimateOptions(driver=str(moved / clip.name)))
    assert set(done_times(output).values()) == {1}
    (moved / clip.name).write_bytes(b"other")
    made_batch.run(photos, output, options=AnimateOptions(driver=str(moved / clip.name)))
    assert set(done_times(output).values()) == {2}
    with pytest.raises(DriverError, match="no driver is called"):
        made_batch.run(photos, output, options=AnimateOptions(driver="no-such"))


def test_lost_and_altered_clips_are_made_again(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    clips = sorted((output / "album/clips").iterdir())
    content = clips[0].read_bytes()
    clips[0].write_bytes(b"x" * len(content))
    clips[1].unlink()
    sorted((output / "album/posters").iterdir())[2].unlink()
    os.utime(clips[4])
    made_batch.run(photos, output)
    assert sorted(done_times(output).values()) == [1, 1, 2, 2, 2]
    assert clips[0].read_bytes() == content


def test_a_lasting_failure_waits_for_retry_or_a_new_photo(photos: Path, output: Path) -> None:
    (photos / "p0001.jpg").write_bytes(b"broken")
    (photos / "p0002.jpg").write_bytes(b"nobody")
    (photos / "p0003.jpg").write_bytes(b"bug")
    finished = made_batch.run(photos, output)
    assert finished.counts() == {"done": 2, "failed": 2, "no-face": 1} and not finished.is_complete
    with Journal(output / JOURNAL_FILE) as journal:
        attempts = {row.photo: row.attempts for row in journal.rows().values()}
    assert not made_batch.run(photos, output).is_complete
    request = runner.last_request(output)
    assert request.source == photos
    with patch.object(runner, "read_input", lambda request: made_batch.family(photos)):
        finished = runner.retry_batch(request, executor=made_batch.Inline())
    assert finished.counts() == {"done": 2, "failed": 2, "no-face": 1}
    with Journal(output / JOURNAL_FILE) as journal:
        now = {row.photo: row.attempts - attempts[row.photo] for row in journal.rows().values()}
    assert now == {"p0000.jpg": 0, "p0001.jpg": 1, "p0002.jpg": 1, "p0003.jpg": 1, "p0004.jpg": 0}
    (photos / "p0001.jpg").write_bytes(b"mended")
    assert made_batch.run(photos, output).counts()["done"] == 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_worker_that_crashes_costs_one_photo(photos: Path, output: Path, jobs: int) -> None:
    (photos / "p0001.jpg").write_bytes(b"crash")
    finished = made_batch.run(photos, output, jobs)
    assert finished.counts() == {"done": 4, "failed": 1}
    entry = next(entry for entry in finished.entries if entry.status == "failed")
    assert "SIGSEGV" in entry.message and entry.photo == "p0001.jpg"
    with Journal(output / JOURNAL_FILE) as journal:
        assert next(r for r in journal.rows().values() if r.state == "failed").attempts == 2


def test_a_full_disk_ends_the_run_and_the_next_one_resumes(
    photos: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photos / "p0001.jpg").write_bytes(b"full")
    real = shutil.disk_usage(photos)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real._replace(free=1000))
    with pytest.raises(EncodingError, match="is full; finished clips are safe"):
        made_batch.run(photos, output)
    assert list(states(output).values()).count("waiting") == 3
    monkeypatch.undo()
    (photos / "p0001.jpg").write_bytes(b"full again")
    assert made_batch.run(photos, output).counts() == {"done": 4, "failed": 1}
    with Journal(output / JOURNAL_FILE) as journal:
        attempts = {row.photo: row.attempts for row in journal.rows().values()}
    made_batch.run(photos, output)
    with Journal(output / JOURNAL_FILE) as journal:
        now = {row.photo: row.attempts for row in journal.rows().values()}
    assert now == {**attempts, "p0001.jpg": attempts["p0001.jpg"] + 1}, "tried again"


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file can grow beyond `size` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_journal_that_cannot_grow_stays_intact(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    with Journal(output / JOURNAL_FILE) as journal:
        rows = journal.rows()
        many = [replace(row, key=f"{row.key}{n}") for row in rows.values() for n in range(200)]
        largest = (output / JOURNAL_FILE).stat().st_size + 8192
        with files_up_to(largest), pytest.raises(EncodingError, match="its content is safe"):
            journal.put(many)
        assert journal.rows() == rows


def test_a_limit_leaves_the_rest_for_later(photos: Path, output: Path) -> None:
    finished = made_batch.run(photos, output, limit=2)
    assert finished.counts() == {"done": 2, "waiting": 3} and not finished.is_complete
    assert made_batch.run(photos, output, limit=2).counts() == {"done": 4, "waiting": 1}
    assert made_batch.run(photos, output).is_complete
    assert set(done_times(output).values()) == {1}


def test_a_lost_photo_keeps_its_clip(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    tree = made_batch.family(photos)
    gone = replace(tree.links[0], path=None, problem="missing-file")
    tree = replace(tree, links=(gone, *tree.links[1:]))
    assert made_batch.run(photos, output, tree=tree).counts() == {"done": 5}
    assert made_batch.run(photos, output).counts() == {"done": 5}
    assert set(done_times(output).values()) == {1}


def test_a_person_found_to_be_alive_leaves_the_album(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    tree = made_batch.family(photos)
    alive = replace(tree.persons[0], living=True, reason="born 2001")
    tree = replace(tree, persons=(alive, *tree.persons[1:]))
    assert made_batch.run(photos, output, tree=tree).counts() == {"done": 4, "skipped-living": 1}
    for path in (output / "album").rglob("*"):
        assert "p0000" not in path.name
        if path.suffix in (".json", ".csv", ".html"):
            assert "p0000" not in path.read_text(encoding="utf-8"), path


def test_clips_that_no_journal_knows_cause_a_warning(photos: Path, output: Path) -> None:
    assert made_batch.run(photos, output).warnings == ()
    (output / JOURNAL_FILE).unlink()
    (output / "album/clips/Name of p0000, p0000.mp4").unlink()
    (warning,) = made_batch.run(photos, output).warnings
    assert "contains 4 clips of earlier runs" in warning and "they are not on the page" in warning
    for clip in (output / "album/clips").glob("*p000[2-4].mp4"):
        clip.unlink()
    (warning,) = made_batch.run(photos, output).warnings
    assert "contains 1 clip of earlier runs, such as Name of p0001, p0001.mp4" in warning
    assert "it is not on the page. Delete it and its poster" in warning
    (output / "album/clips/Name of p0001, p0001.mp4").unlink()
    assert made_batch.run(photos, output).warnings == ()


def test_a_changed_tree_is_written_back_as_it_is_now(photos: Path, output: Path) -> None:
    tree = replace(made_batch.family(photos, "gedcom"), path=photos.parent / "t.ged")
    for born in (b"1850", b"1851"):
        tree.path.write_bytes(b"0 HEAD\n0 @I9@ INDI\n1 BIRT\n2 DATE " + born + b"\n0 TRLR\n")
        made_batch.run(tree.path, output, tree=tree)
        assert born in (output / "t.nostalgia.ged").read_bytes()
    (output / "t.nostalgia.ged").unlink()
    finished = made_batch.run(tree.path, output, tree=tree)
    assert finished.tree == output / "t.nostalgia.ged" and finished.tree.is_file()


def test_other_files_are_not_replaced(photos: Path, output: Path) -> None:
    foreign = output / "album/clips/Name of p0000, p0000.mp4"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"mine")
    made_batch.run(photos, output)
    assert foreign.read_bytes() == b"mine"
    assert (foreign.parent / "Name of p0000, p0000-2.mp4").is_file()


def test_a_run_is_cancelled_while_its_workers_are_silent(
    photos: Path, output: Path, monkeypatch
) -> None:
    """The clip takes long, and nothing is heard of it after its beginning."""
    monkeypatch.setenv("MADE_CLIP_S", "20")
    cancel = CancelToken()

    def cancel_at_work(progress: Progress) -> None:
        if progress.stage == "making clips" and progress.share > 0.1:
            cancel.cancel()

    with pytest.raises(Cancelled):
        made_batch.run(photos, output, jobs=1, progress=cancel_at_work, cancel=cancel)
    assert set(states(output).values()) <= {"running", "waiting"}
    assert made_batch.made(output) == [], "no clip was finished"


def test_one_run_at_a_time(photos: Path, output: Path) -> None:
    with made_batch.start(photos, output, 1, clip_s=300) as process:
        assert made_batch.comes_true((output / "album/clips").exists)
        with pytest.raises(UsageError, match="another run is working in"):
            made_batch.run(photos, output)
        assert runner.batch_status(output).is_running
        process.kill()
    # A worker that the killed run was just starting holds its lock until it begins to execute.
    assert made_batch.comes_true(lambda: not runner.batch_status(output).is_running)
    assert made_batch.run(photos, output).is_complete


def test_a_preview_writes_nothing(photos: Path, output: Path, monkeypatch) -> None:
    monkeypatch.setattr(preview, "read_input", lambda request: made_batch.family(photos))
    seen = preview.preview_batch(BatchRequest(photos, output))
    assert all(each.is_open for each in seen.items) and not output.exists()
    made_batch.run(photos, output, limit=2)
    seen = preview.preview_batch(BatchRequest(photos, output))
    assert [each.is_open for each in seen.items] == [False, False, True, True, True]


def test_a_second_run_reads_no_file_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(journal_module, "SYNCHRONISATION", "OFF")
    photos, output = tmp_path / "photos", tmp_path / "out"
    made_batch.make_photos(photos, 300)
    assert made_batch.run(photos, output).is_complete
    with patch.object(file_hashes, "sha256_of", wraps=sha256_of) as read:
        assert made_batch.run(photos, output).is_complete
    assert read.call_count == 0, "no file is read again"
    assert len(made_batch.made(output)) == 300


def test_no_batch_and_damaged_journals_are_errors(photos: Path, output: Path) -> None:
    with pytest.raises(InputError, match="no batch has run here"):
        runner.batch_status(photos)
    output.mkdir()
    (output / JOURNAL_FILE).write_bytes(b"no database" * 500)
    with pytest.raises(InputError, match="the journal is damaged"):
        made_batch.run(photos, output)
    (output / JOURNAL_FILE).unlink()
    connection = sqlite3.connect(output / JOURNAL_FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="a newer version of nostalgia wrote it"):
        made_batch.run(photos, output)


def test_names_that_are_not_utf_8_do_no_harm(tmp_path: Path) -> None:
    photos, output = tmp_path / "photos", tmp_path / os.fsdecode(b"M\xfcller # ? %20")
    made_batch.make_photos(photos, 1)
    for name in (b"M\xfcller.jpg", b"M\xf6ller.jpg"):
        (photos / os.fsdecode(name)).write_bytes(b"photo " + name)
    request = BatchRequest(photos, output)
    for _ in range(2):
        finished = runner.run_batch(request, executor=made_batch.Inline())
        assert finished.counts() == {"done": 3}
    assert len(made_batch.made(output)) == 3
    assert sorted(entry.photo for entry in finished.entries)[0] == "M\ufffdller.jpg"
    finished.page.read_text("utf-8")


@pytest.mark.parametrize("place", ["other", "linked"])
def test_files_that_a_batch_has_made_are_not_photos(tmp_path: Path, place: str) -> None:
    photos = tmp_path / "photos"
    made_batch.make_photos(photos / "sub", 2)
    inside = photos / "made"
    inside.mkdir()
    (tmp_path / "linked").symlink_to(inside)
    first = inside if place == "other" else tmp_path / "linked"
    request = BatchRequest(photos, first)
    runner.run_batch(request, executor=made_batch.Inline())
    assert list((inside / "album/posters").iterdir())
    second = replace(request, output=tmp_path / "again") if place == "other" else request
    assert runner.run_batch(second, executor=made_batch.Inline()).counts() == {"done": 2}


def test_a_photo_that_changes_during_the_work_is_not_done(photos: Path, output: Path) -> None:
    (photos / "p0001.jpg").write_bytes(b"swap")
    finished = made_batch.run(photos, output)
    assert finished.counts() == {"done": 4, "failed": 1}
    entry = next(entry for entry in finished.entries if entry.status == "failed")
    assert entry.message.startswith("p0001.jpg: was changed while it was being animated")
    (photos / "p0001.jpg").write_bytes(b"quiet now")
    assert made_batch.run(photos, output).counts() == {"done": 5}


def test_a_change_that_keeps_size_and_time_of_a_photo_is_noticed(
    photos: Path, output: Path
) -> None:
    made_batch.run(photos, output)
    photo = photos / "p0001.jpg"
    before = photo.stat()
    with photo.open("r+b") as file:
        file.write(b"PHOTO")
    os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))
    made_batch.run(photos, output)
    assert len(made_batch.made(output)) == 6


def test_half_a_page_of_a_killed_run_is_deleted(photos: Path, output: Path) -> None:
    (output / "album").mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    (output / f"album/.index.html.partial-{gone.pid}.html").write_text("half")
    made_batch.run(photos, output)
    assert not list((output / "album").glob(".*"))


def test_a_clip_of_another_format_replaces_the_former(photos: Path, output: Path) -> None:
    def run(kind: str, **more) -> list[str]:
        made_batch.run(photos, output, options=AnimateOptions(format=kind), **more)
        return [clip.suffix for clip in (output / "album/clips").iterdir()]

    assert run("mp4") == [".mp4"] * 5
    assert sorted(run("gif", limit=3)) == [".gif"] * 3 + [".mp4"] * 2
    tree = made_batch.family(photos)
    alive = tuple(replace(person, living=True) for person in tree.persons)
    assert run("gif", tree=replace(tree, persons=alive)) == [], "nothing of the living stays"


def test_a_withdrawn_person_leaves_the_page_before_other_work_begins(
    photos: Path, output: Path
) -> None:
    made_batch.run(photos, output)
    tree = made_batch.family(photos)
    persons = (replace(tree.persons[0], living=True), *tree.persons[1:])
    (photos / "p0001.jpg").write_bytes(b"another photo")
    page = output / "album/index.html"
    assert tree.persons[0].name in page.read_text("utf-8")
    seen = []

    class Looks(made_batch.Inline):
        def outcomes(self, tasks, listener):
            seen.append(page.read_text("utf-8") + (page.parent / "summary.json").read_text())
            yield from super().outcomes(tasks, listener)

    with patch.object(runner, "read_input", lambda request: replace(tree, persons=persons)):
        runner.run_batch(BatchRequest(photos, output), executor=Looks())
    assert tree.persons[0].name not in seen[0] and tree.persons[2].name in seen[0]
