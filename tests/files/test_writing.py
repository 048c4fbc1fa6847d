"""Files appear whole or not at all: after power cuts, under attack, and beside other runs."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from fake_disk import FakeDisk

from nostalgia import files
from nostalgia.errors import EncodingError
from nostalgia.files import writing

POSIX = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and locks")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

OTHER_RUN = """
import sys, time
from pathlib import Path
from nostalgia.files import partial_file
with partial_file(Path(sys.argv[1])) as partial:
    partial.write_bytes(b"half")
    print("writing", flush=True)
    sys.stdin.read()
"""


def other_run(target: Path) -> subprocess.Popen[str]:
    """Another process that is writing `target`, until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_RUN, target],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def partials(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if files.is_partial(name)]


@LINUX
def test_power_cuts_leave_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_bytes(b"old")
    disk = FakeDisk(tmp_path)
    with disk.cut_anywhere():
        files.write_whole(target, b"new", "page")
    assert {state.files.get("page.html") for state in disk.states} == {b"old", b"new"}
    assert {state.files.get("page.html") for state in disk.last()} == {b"new"}
    assert {state.kind for state in disk.last()} == {"names lost", "names kept", "all kept"}


@LINUX
def test_power_cuts_leave_no_empty_new_file(tmp_path: Path) -> None:
    disk = FakeDisk(tmp_path)
    with disk.cut_anywhere():
        files.write_whole(tmp_path / "a.json", b"content", "report")
    assert {state.files.get("a.json") for state in disk.states} == {None, b"content"}
    assert all(state.files.get("a.json") == b"content" for state in disk.last())


@LINUX
@pytest.mark.parametrize("omitted", ["flush", "flush_folder"])
def test_the_fake_disk_notices_what_is_not_flushed(tmp_path: Path, omitted: str) -> None:
    disk = FakeDisk(tmp_path)
    with patch.object(writing, omitted, lambda place: None), disk.cut_anywhere():
        files.write_whole(tmp_path / "a.json", b"content", "report")
    assert not all(state.files.get("a.json") == b"content" for state in disk.last())


@LINUX
def test_a_finished_download_is_whole_under_its_name(tmp_path: Path) -> None:
    (tmp_path / ".weights.partial").write_bytes(b"")
    disk = FakeDisk(tmp_path)
    with disk.cut_anywhere():
        (tmp_path / ".weights.partial").write_bytes(b"weights")
        files.put_in_place(tmp_path / ".weights.partial", tmp_path / "weights")
    assert {state.files.get("weights") for state in disk.states} == {None, b"weights"}
    assert all(state.files.get("weights") == b"weights" for state in disk.last())


@LINUX
def test_a_deleted_file_does_not_come_back(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"her")
    disk = FakeDisk(tmp_path)
    with disk.cut_anywhere():
        assert files.remove_files([tmp_path / "clip.mp4", tmp_path / "none"]) == [
            tmp_path / "clip.mp4"
        ]
    assert all("clip.mp4" not in state.files for state in disk.last())


@POSIX
def test_temporary_names_cannot_be_foretold_and_links_are_not_followed(tmp_path: Path) -> None:
    victim, target = tmp_path / "victim.txt", tmp_path / "r.json"
    victim.write_bytes(b"precious")
    words = iter(["taken", "free"])
    taken = tmp_path / f"{writing._stem(target)}{writing._kernel()}taken.json"
    taken.symlink_to(victim)
    with (
        patch.object(writing.secrets, "token_hex", lambda size: next(words)),
        pytest.raises(FileExistsError),
        files.partial_file(target),
    ):
        pass
    assert victim.read_bytes() == b"precious"
    names = set()
    for _ in range(20):
        with files.partial_file(target):
            names.update(partials(tmp_path))
    assert len(names) == 20 and all(str(os.getpid()) not in name[-22:] for name in names)


@LINUX
def test_what_takes_the_place_of_a_temporary_file_is_not_written_through(tmp_path: Path) -> None:
    victim, target = tmp_path / "victim.txt", tmp_path / "r.json"
    victim.write_bytes(b"precious")
    with (
        pytest.raises(EncodingError, match="another program"),
        files.whole_file(target, "report") as partial,
    ):
        (name,) = partials(tmp_path)
        (tmp_path / name).unlink()
        (tmp_path / name).symlink_to(victim)
        partial.write_bytes(b"new")
    assert victim.read_bytes() == b"precious"
    assert sorted(os.listdir(tmp_path)) == ["victim.txt"]


@POSIX
def test_only_the_owner_reads_a_file_before_it_is_whole(tmp_path: Path) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    before = os.umask(0o022)
    try:
        with files.partial_file(tmp_path / "a.mp4"):
            (name,) = partials(tmp_path)
            assert mode(tmp_path / name) == 0o600
        assert mode(tmp_path / "a.mp4") == 0o644
        (tmp_path / "a.mp4").chmod(0o640)
        files.write_whole(tmp_path / "a.mp4", b"again", "clip")
        assert mode(tmp_path / "a.mp4") == 0o640, "permissions that somebody has chosen stay"
        with files.partial_file(tmp_path / "key", mode=0o600):
            pass
        assert mode(tmp_path / "key") == 0o600
    finally:
        os.umask(before)


@POSIX
def test_a_living_run_keeps_its_temporary_file_and_a_dead_one_loses_it(tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    with other_run(target) as process:
        (name,) = partials(tmp_path)
        an_age_ago = time.time() - 100 * writing.ABANDONED_S
        os.utime(tmp_path / name, (an_age_ago, an_age_ago))
        files.write_whole(target, b"ours", "clip")
        files.remove_partials(tmp_path)
        assert partials(tmp_path) == [name]
        process.kill()
    if not writing._kernel():
        files.remove_partials(tmp_path)
    files.write_whole(target, b"ours", "clip")
    assert os.listdir(tmp_path) == ["a.mp4"]


@POSIX
def test_a_file_of_another_computer_goes_only_when_it_is_old(tmp_path: Path) -> None:
    """Its lock may not be seen here, and the number of its process means nothing."""
    target = tmp_path / "a.mp4"
    names = [
        f".a.mp4.partial-{'f' * 8}{'0' * 16}.mp4",
        f".a.mp4.partial-{'0' * 16}.mp4",
        ".a.mp4.partial-4711.mp4",
    ]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / ".a.mp4.partial-notes.txt").touch()
    files.write_whole(target, b"ours", "clip")
    assert sorted(partials(tmp_path)) == sorted(names)
    yesterday = time.time() - writing.ABANDONED_S - 60
    for name in names:
        os.utime(tmp_path / name, (yesterday, yesterday))
    files.write_whole(target, b"ours", "clip")
    assert sorted(os.listdir(tmp_path)) == [".a.mp4.partial-notes.txt", "a.mp4"]


@POSIX
def test_a_locked_folder_needs_no_waiting(tmp_path: Path) -> None:
    (tmp_path / f".a.mp4.partial-{'f' * 8}{'0' * 16}.mp4").touch()
    (tmp_path / "a.mp4").touch()
    files.remove_partials(tmp_path)
    assert os.listdir(tmp_path) == ["a.mp4"]


@POSIX
def test_file_systems_without_fsync_or_locks_are_written_all_the_same(tmp_path: Path) -> None:
    def refuses(*args: object) -> None:
        raise OSError(writing.errno.EINVAL, "Invalid argument")

    with patch.object(os, "fsync", refuses), patch.object(writing.fcntl, "flock", refuses):
        files.write_whole(tmp_path / "a.json", b"content", "report")
        assert (tmp_path / "a.json").read_bytes() == b"content"
        (tmp_path / f".a.json.partial-{writing._kernel()}{'0' * 16}.json").touch()
        files.write_whole(tmp_path / "a.json", b"content", "report")
        assert len(partials(tmp_path)) == 1, "nothing says that its run has ended"


@POSIX
def test_a_disk_that_fails_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(writing.errno.EIO, "Input/output error")

    with patch.object(os, "fsync", fails), pytest.raises(EncodingError, match="Input/output"):
        files.write_whole(tmp_path / "a.json", b"content", "report")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    whole = os.open

    def opens(path: object, flags: int, *more: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(writing.errno.EROFS, "Read-only file system")
        return whole(path, flags, *more)

    with (
        patch.object(os, "open", opens),
        pytest.raises(EncodingError, match=r"a\.json: the report cannot be written \(Read-only"),
    ):
        files.write_whole(tmp_path / "a.json", b"content", "report")
