"""A batch loses nothing that it called done when the power goes, and mends what it finds."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import made_batch
import pytest
from fake_disk import FakeDisk, State, put
from made_drivers import made_track

from nostalgia.album.batch.choices_file import CHOICES_FILE
from nostalgia.album.batch.request import JOURNAL_FILE
from nostalgia.clips.writer import ClipWriter
from nostalgia.drivers.bank import user
from nostalgia.drivers.bank.bank import load_user_entries
from nostalgia.files import sha256_of, writing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fake disk needs /proc")

RESULTS = ("index.html", "summary.json", "summary.csv")


def contents(output: Path) -> dict[str, bytes]:
    album = output / "album"
    return {
        path.relative_to(album).as_posix(): path.read_bytes()
        for path in album.rglob("*")
        if path.is_file()
    }


def done_stems(journal: Path) -> list[str]:
    with closing(sqlite3.connect(journal)) as base:
        if not base.execute("SELECT name FROM sqlite_master WHERE name = 'items'").fetchall():
            return []
        return [stem for (stem,) in base.execute("SELECT stem FROM items WHERE state = 'done'")]


@pytest.fixture
def cut_batch(tmp_path: Path) -> Iterator[tuple[Path, Path, FakeDisk]]:
    """Photos, the folder of their finished batch, and what a power cut could have left of it."""
    photos, output = tmp_path / "photos", tmp_path / "out"
    made_batch.make_photos(photos, 2)
    output.mkdir()
    disk = FakeDisk(output)
    with disk.cut_anywhere():
        made_batch.run(photos, output)
    yield photos, output, disk


def test_what_the_journal_calls_done_is_on_the_disk(cut_batch, tmp_path: Path) -> None:
    _, output, disk = cut_batch
    whole, checked = contents(output), 0
    for state in disk.different_states():
        folder = tmp_path / "journal"
        shutil.rmtree(folder, ignore_errors=True)
        put(State("", 0, {n: c for n, c in state.files.items() if "sqlite" in n}), folder)
        if not (folder / JOURNAL_FILE).is_file():
            continue
        for stem in done_stems(folder / JOURNAL_FILE):
            for name in (f"clips/{stem}.mp4", f"posters/{stem}.jpg"):
                assert state.files[f"album/{name}"] == whole[name], (state.kind, state.step)
                checked += 1
    assert checked >= 12
    for state in disk.last():
        for name in RESULTS:
            assert state.files[f"album/{name}"] == whole[name]


def test_the_next_run_mends_what_a_power_cut_left(cut_batch, tmp_path: Path) -> None:
    photos, output, disk = cut_batch
    whole = contents(output)
    states = disk.different_states()
    assert len(states) > 20
    for state in states:
        shutil.rmtree(output)
        put(state, output)
        assert made_batch.run(photos, output).is_complete
        assert contents(output) == whole, (state.kind, state.step)


@pytest.mark.parametrize("name", [*RESULTS, "clips/*.mp4", "posters/*.jpg"])
@pytest.mark.parametrize("harm", ["emptied", "changed", "linked"])
def test_files_that_were_damaged_are_made_again(tmp_path: Path, name: str, harm: str) -> None:
    """As an older version, a copy or a failing disk may have left them."""
    photos, output = tmp_path / "photos", tmp_path / "out"
    made_batch.make_photos(photos, 1)
    made_batch.run(photos, output)
    whole = contents(output)
    (file,) = (output / "album").glob(name)
    if harm == "linked":
        elsewhere = tmp_path / "elsewhere"
        file.rename(elsewhere)
        file.symlink_to(elsewhere)
    else:
        file.write_bytes(b"" if harm == "emptied" else bytes(len(file.read_bytes())))
    made_batch.run(photos, output)
    assert contents(output) == whole
    assert not file.is_symlink()


def test_a_clip_is_on_the_disk_when_its_writer_ends(tmp_path: Path) -> None:
    import numpy as np

    disk = FakeDisk(tmp_path)
    with disk.cut_anywhere(), ClipWriter(tmp_path / "a.mp4", 32, 32, 25) as writer:
        writer.write(np.zeros((32, 32, 3), np.uint8))
    clip = (tmp_path / "a.mp4").read_bytes()
    assert {state.files.get("a.mp4") for state in disk.states} == {None, clip}
    assert {state.files.get("a.mp4") for state in disk.last()} == {clip}


def test_a_listed_driver_has_its_track(own_drivers: Path, tmp_path: Path) -> None:
    own_drivers.mkdir()
    user.add_driver(made_track(), "aunt")
    disk = FakeDisk(own_drivers)
    with disk.cut_anywhere():
        user.add_driver(made_track(phase=5), "uncle")
    for number, state in enumerate(disk.different_states()):
        folder = tmp_path / str(number)
        put(state, folder)
        entries = load_user_entries(folder)
        assert {"aunt"} <= set(entries) <= {"aunt", "uncle"}
        for entry in entries.values():
            assert sha256_of(folder / entry.track) == entry.track_sha256
    for state in disk.last():
        assert b"uncle" in state.files["bank.json"]


def can_mount(folder: Path) -> str:
    """Why no block device can be made here, "" if it can."""
    if os.geteuid() != 0:
        return "only root can mount an image"
    if not (shutil.which("mkfs.ext4") and shutil.which("mount")):
        return "no mkfs.ext4 or mount"
    image = folder / "probe.img"
    image.write_bytes(b"")
    os.truncate(image, 8 << 20)
    (folder / "probe").mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
    mounted = subprocess.run(
        ["mount", "-o", "loop", image, folder / "probe"], capture_output=True, check=False
    )
    if mounted.returncode:
        return f"an image cannot be mounted here ({mounted.stderr.decode().strip()})"
    subprocess.run(["umount", folder / "probe"], check=True)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("flushes", [True, False])
def test_a_snapshot_of_a_block_device_holds_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flushes: bool
) -> None:
    """The image is copied while it is mounted: that is what a power cut leaves.

    Without flushing, the test must find empty files; else it could not see them.
    """
    if reason := can_mount(tmp_path):
        pytest.skip(f"NO POWER CUT ON A REAL FILE SYSTEM: {reason}")
    photos, disk, mounted = tmp_path / "photos", tmp_path / "disk.img", tmp_path / "mounted"
    made_batch.make_photos(photos, 3)
    mounted.mkdir()
    disk.write_bytes(b"")
    os.truncate(disk, 32 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", disk], check=True)
    options = "loop,commit=1,noauto_da_alloc"
    subprocess.run(["mount", "-o", options, disk, mounted], check=True)
    try:
        if not flushes:
            monkeypatch.setattr(writing, "flush", lambda descriptor: None)
        output = mounted / "out"
        made_batch.run(photos, output)
        whole = contents(output)
        time.sleep(2.5)  # names reach the disk by themselves, data only after half a minute
        crashed = tmp_path / "crashed.img"
        subprocess.run(["cp", "--sparse=always", disk, crashed], check=True)
    finally:
        subprocess.run(["umount", mounted], check=True)
    monkeypatch.undo()
    subprocess.run(["e2fsck", "-fy", crashed], check=False, capture_output=True)
    subprocess.run(["mount", "-o", "loop", crashed, mounted], check=True)
    try:
        left = contents(output)
        if not flushes:
            assert any(not content for content in left.values())
            (output / CHOICES_FILE).unlink()  # a user is asked to delete an empty one
        else:
            assert left == whole
        assert made_batch.run(photos, output).is_complete
        assert contents(output) == whole
    finally:
        subprocess.run(["umount", mounted], check=True)
