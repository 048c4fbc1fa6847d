"""A batch that is killed by SIGKILL at random moments loses nothing and repeats nothing."""

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
    """Keys of the items that the journal calls done -> how often they were."""
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


def start(photos: Path, output: Path, jobs: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "MADE_CLIP_S": "0.02", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, made_batch.__file__, str(photos), str(output), str(jobs)],
        env=environment,
    )


def kill_somewhere(process: subprocess.Popen[bytes], output: Path, chance: random.Random) -> None:
    """SIGKILL after a random number of clips and a random moment more."""
    wanted = len(made_batch.made(output)) + chance.randrange(4)
    while process.poll() is None and len(made_batch.made(output)) < wanted:
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.5 if wanted == 0 else 0.06))
    process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_at_random_moments(tmp_path: Path, jobs: int) -> None:
    photos, output, quiet = tmp_path / "photos", tmp_path / "out", tmp_path / "quiet"
    count = 4 * KILLS
    made_batch.make_photos(photos, count)
    chance = random.Random(jobs)
    before: dict[str, int] = {}
    for _ in range(KILLS):
        with start(photos, output, jobs) as process:
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
    process = start(photos, output, 2)
    log = output / made_batch.LOG
    deadline = time.monotonic() + 20
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    time.sleep(0.6)
    size = log.stat().st_size
    time.sleep(0.4)
    assert log.stat().st_size == size, "nobody works on"


def test_a_deaf_worker_ends_too_when_its_parent_is_killed(tmp_path: Path) -> None:
    photos, output = tmp_path / "photos", tmp_path / "out"
    made_batch.make_photos(photos, 1)[0].write_bytes(b"deaf")
    process = start(photos, output, 1)
    deaf = output / made_batch.DEAF
    assert comes_true(lambda: deaf.exists() and deaf.read_text() != "")
    process.kill()
    process.wait()
    assert comes_true(lambda: not runs(int(deaf.read_text())))


def comes_true(happens) -> bool:
    deadline = time.monotonic() + 20
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.05)
    return happens()


def runs(process: int) -> bool:
    """Whether there is such a process; one that nobody has buried yet is none."""
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
        "nostalgia.album.batch.runner:bring_to_disk",
        "nostalgia.album.batch.journal:Journal:start",
        "nostalgia.album.batch.journal:Journal:finish",
        "nostalgia.album.batch.journal:Journal:put_fact",
        "nostalgia.album.batch.summary:_write",
        "pathlib:Path:replace",
        "os:fsync",
    ],
)
def test_a_run_that_ends_at_any_step_is_made_up_for(
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
