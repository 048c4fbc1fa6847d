"""Workers: kept, renewed, and gone when the run ends."""

import multiprocessing
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch import workers
from nostalgia.album.batch.tasks import Listener, Task
from nostalgia.album.batch.worker import attempt, resident_mib
from nostalgia.album.batch.workers import LocalWorkers
from nostalgia.errors import BackendError, CheckpointError, InputError
from nostalgia.options import AnimateOptions


def tasks(tmp_path: Path, count: int) -> list[Task]:
    (tmp_path / "album/clips").mkdir(parents=True)
    photos = made_batch.make_photos(tmp_path / "photos", count)
    clips = [tmp_path / "album/clips" / f"{photo.stem}.mp4" for photo in photos]
    return [
        Task(photo.stem, photo, clip, clip.with_suffix(".jpg"), AnimateOptions())
        for photo, clip in zip(photos, clips, strict=True)
    ]


def quiet() -> Listener:
    return Listener(lambda key: None, lambda key, share: None)


def test_one_worker_serves_many_and_another_follows_it(tmp_path: Path, monkeypatch) -> None:
    started = []
    real = LocalWorkers._start
    monkeypatch.setattr(LocalWorkers, "_start", lambda self: started.append(1) or real(self))
    monkeypatch.setattr(workers, "RECYCLE_AFTER", 3)
    shares = []
    listener = Listener(lambda key: None, lambda key, share: shares.append((key, share)))
    found = list(LocalWorkers(1, made_batch.STEP).outcomes(tasks(tmp_path, 5), listener))
    assert [outcome.key for outcome in found] == [f"p000{n}" for n in range(5)]
    assert len(started) == 2
    assert ("p0000", 0.5) in shares
    assert not multiprocessing.active_children()


def test_closing_the_iterator_ends_the_workers(tmp_path: Path) -> None:
    running = LocalWorkers(1, made_batch.STEP).outcomes(tasks(tmp_path, 5), quiet())
    next(running)
    assert multiprocessing.active_children()
    running.close()
    assert not multiprocessing.active_children()


def test_workers_that_do_not_start(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="does not load"):
        list(LocalWorkers(1, "no_such_module:step").outcomes(tasks(tmp_path, 1), quiet()))


def test_what_goes_wrong_is_the_items_fate(tmp_path: Path) -> None:
    task = tasks(tmp_path, 1)[0]

    def fail(error: BaseException):
        def step(task, progress):
            raise error

        outcome = attempt(step, task, lambda share: None)
        return outcome.state, outcome.exit_code, outcome.passing

    assert fail(CheckpointError("no weights")) == ("failed", 6, True)
    assert fail(OSError(28, "No space left on device")) == ("failed", 7, True)
    assert fail(MemoryError()) == ("failed", 7, False)
    assert fail(ZeroDivisionError()) == ("failed", 1, False)
    assert resident_mib() >= 0

    def lost(task, progress):
        raise InputError(f"{task.photo}: the picture is damaged")

    assert attempt(lost, task, lambda share: None).message == "p0000.jpg: the picture is damaged"
