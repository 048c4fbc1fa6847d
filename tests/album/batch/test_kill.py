"""A batch that is killed at any moment loses nothing and repeats nothing."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch.request import JOURNAL_FILE

KILLS = int(os.environ.get("NOSTALGIA_KILLS", "5"))


def journalled(output: Path) -> dict[str, int]:
    """Key of each item that is done in the journal -> how often it was finished."""
    path = output / JOURNAL_FILE
    if not path.exists():
        return {}
    base = sqlite3.connect(path)
    try:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not base.execute("SELECT name FROM sqlite_master WHERE name = 'items'").fetchall():
            return {}
        rows = base.execute("SELECT key, done FROM items WHERE state = 'done'").fetchall()
    finally:
        base.close()
    return dict(rows)


def kill_somewhere(process: subprocess.Popen[bytes], output: Path, chance: random.Random) -> None:
    """SIGKILL after a random number of further clips and a random moment."""
    count = len(made_batch.made(output)) + chance.randrange(4)
    assert made_batch.comes_true(
        lambda: process.poll() is not None or len(made_batch.made(output)) >= count
    )
    time.sleep(chance.uniform(0, 0.5 if count == 0 else 0.06))
    process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_at_random_moments(tmp_path: Path, jobs: int) -> None:
    photos, output, quiet = tmp_path / "photos", tmp_path / "out", tmp_path / "quiet"
    count = 4 * KILLS
    made_batch.make_photos(photos, count)
    chance = random.Random(jobs)
    before: dict[str, int] = {}
    for _ in range(KILLS):
        with made_batch.start(photos, output, jobs) as process:
            kill_somewhere(process, output, chance)
        assert process.returncode in (-signal.SIGKILL, 0), process.returncode
        now = journalled(output)
        assert before.items() <= now.items(), "what is done stays done, and is done once"
        before = now
    made_batch.run(photos, output, jobs)
    assert journalled(output) == dict.fromkeys(journalled(output), 1)
    assert len(journalled(output)) == count
    made_batch.run(photos, quiet)
    assert contents(output) == contents(quiet)
    assert not list((output / "album/clips").glob(".*"))


def contents(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (output / "album/clips").glob("[!.]*")}


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    photos, output = tmp_path / "photos", tmp_path / "out"
    made_batch.make_photos(photos, 200)
    process = made_batch.start(photos, output, 2)
    assert made_batch.comes_true((output / made_batch.LOG).exists)
    workers = children(process.pid)
    process.kill()
    process.wait()
    assert len(workers) >= 2
    assert made_batch.comes_true(lambda: not any(map(runs, workers)))
    assert len(made_batch.made(output)) < 200


def test_a_deaf_worker_ends_too_when_its_parent_is_killed(tmp_path: Path) -> None:
    photos, output = tmp_path / "photos", tmp_path / "out"
    made_batch.make_photos(photos, 1)[0].write_bytes(b"deaf")
    process = made_batch.start(photos, output, 1, grace_s=0.1)
    deaf = output / made_batch.DEAF
    assert made_batch.comes_true(lambda: deaf.exists() and deaf.read_text() != "")
    process.kill()
    process.wait()
    assert made_batch.comes_true(lambda: not runs(int(deaf.read_text())))


def children(process: int) -> list[int]:
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(word) for listed in lists for word in listed.read_text().split()]


def runs(process: int) -> bool:
    """True if the process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


CRASH = """
import importlib, os, sys
from pathlib import Path
import made_batch
place, moment, photos, output = sys.argv[1:]
module, *names = place.split(":")
owner = importlib.import_module(module)
for name in names[:-1]:
    owner = getattr(owner, name)
whole = getattr(owner, names[-1])
calls = []

def dies(*args, **more):
    calls.append(args)
    if len(calls) == 2 and moment == "before":
        os._exit(9)
    result = whole(*args, **more)
    if len(calls) == 2:
        os._exit(9)
    return result

setattr(owner, names[-1], dies)
made_batch.run(Path(photos), Path(output))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "place",
    [
        "made_batch:attempt",
        "nostalgia.album.batch.runner:sync_to_disk",
        "nostalgia.album.batch.journal:Journal:start",
        "nostalgia.album.batch.journal:Journal:finish",
        "nostalgia.album.batch.journal:Journal:put_facts",
        "nostalgia.album.batch.summary:whole_file",
        "os:replace",
        "os:fsync",
    ],
)
def test_a_run_that_ends_at_any_step_can_be_resumed(
    tmp_path: Path, place: str, moment: str
) -> None:
    photos, output, quiet = tmp_path / "photos", tmp_path / "out", tmp_path / "quiet"
    made_batch.make_photos(photos, 3)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", CRASH, place, moment, str(photos), str(output)]
    assert subprocess.run(words, env=environment, check=False).returncode == 9
    before = journalled(output)
    made_batch.run(photos, output)
    made_batch.run(photos, quiet)
    assert contents(output) == contents(quiet)
    assert journalled(output).items() >= before.items()
    assert list(journalled(output).values()) == [1, 1, 1]
    for folder in ("album", "album/clips", "album/posters", "."):
        assert not list((output / folder).glob(".*.partial-*"))
    for name in ("index.html", "summary.json", "summary.csv"):
        assert (output / "album" / name).is_file()
    made = made_batch.made(output)
    made_batch.run(photos, output)
    assert made_batch.made(output) == made
