"""Worker processes: kept from task to task, recycled, and gone when the run ends."""

import json
import multiprocessing
import weakref
from dataclasses import replace
from pathlib import Path

import made_batch
import numpy as np
import pytest
from PIL import Image
from pipeline_stand_ins import finder_of, models_of
from skimage import data
from synthetic_face import face_in, photo_of

from nostalgia import pipeline
from nostalgia.album.batch.job import ClipMaker
from nostalgia.album.batch.tasks import Listener, Task
from nostalgia.album.batch.worker import attempt, load_step, resident_mib
from nostalgia.album.batch.workers import LocalWorkers
from nostalgia.album.state import State
from nostalgia.errors import BackendError, CheckpointError, InputError
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.types import Face, HeadPose, Photo


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


def test_a_worker_keeps_its_session_until_another_worker_replaces_it(tmp_path: Path) -> None:
    shares = []
    listener = Listener(lambda key: None, lambda key, share: shares.append((key, share)))
    executor = LocalWorkers(1, made_batch.SESSION_STEP, recycle_after=3)
    found = list(executor.outcomes(tasks(tmp_path, 5), listener))
    assert [outcome.key for outcome in found] == [f"p000{n}" for n in range(5)]
    sessions = [outcome.driver for outcome in found]
    assert len(set(sessions[:3])) == len(set(sessions[3:])) == 1 and len(set(sessions)) == 2
    assert ("p0000", 0.5) in shares
    assert not multiprocessing.active_children()


def test_weights_are_loaded_once_per_worker(tmp_path: Path) -> None:
    first, second = tasks(tmp_path, 2)
    for task, turn in ((first, 0), (second, 10)):
        Image.fromarray(np.asarray(data.astronaut())[:240, 110:350]).rotate(turn).save(task.photo)
    options = AnimateOptions(driver="nod", duration_s=0.2, max_side=120)
    executor = LocalWorkers(1, made_batch.WATCHED_STEP)
    found = executor.outcomes([replace(task, options=options) for task in (first, second)], quiet())
    assert [outcome.state for outcome in found] == [State.DONE, State.DONE]
    opened = map(json.loads, (first.clip.with_name(made_batch.OPENED)).read_text().splitlines())
    for_first, for_second = opened
    assert for_first and not for_second


def test_a_large_photo_is_let_go_before_its_clip_is_rendered(tmp_path: Path, monkeypatch) -> None:
    face = face_in((90, 100), 90, HeadPose(0.0, 0.0, 0.0))
    finder, pixels = finder_of(face), []

    def find(photo: Photo, options: DetectionOptions) -> tuple[Face, ...]:
        pixels.append(weakref.ref(photo.pixels))
        return (face,)

    finder.find = find  # a mock would keep the photo
    monkeypatch.setattr(pipeline, "Models", models_of(finder))
    (task,) = tasks(tmp_path, 1)
    Image.fromarray(photo_of(face, size_wh=(180, 200)).pixels).save(task.photo)
    options = AnimateOptions(driver="nod", duration_s=0.2, enhance=0, max_side=150)
    is_kept = []

    def look(share: float) -> None:
        is_kept.append(pixels[0]() is not None)

    outcome = ClipMaker()(replace(task, options=options), look)
    assert outcome.state == State.DONE
    assert is_kept[0] and not is_kept[-1]


def test_a_step_is_a_function_or_a_class(tmp_path: Path) -> None:
    assert load_step(made_batch.STEP) is made_batch.make_clip
    session = load_step(made_batch.SESSION_STEP)
    found = [attempt(session, task, lambda share: None) for task in tasks(tmp_path, 2)]
    assert {outcome.driver for outcome in found} == {session.name}


def test_closing_the_iterator_ends_the_workers(tmp_path: Path) -> None:
    outcomes = LocalWorkers(1, made_batch.STEP).outcomes(tasks(tmp_path, 5), quiet())
    next(outcomes)
    assert multiprocessing.active_children()
    outcomes.close()
    assert not multiprocessing.active_children()


def test_workers_that_do_not_start_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="is broken"):
        list(LocalWorkers(1, "no_such_module:step").outcomes(tasks(tmp_path, 1), quiet()))


def test_a_session_that_cannot_be_made_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="no weights here"):
        list(LocalWorkers(1, "made_batch:BrokenClipMaker").outcomes(tasks(tmp_path, 1), quiet()))


def test_an_error_becomes_the_outcome_of_its_task(tmp_path: Path) -> None:
    task = tasks(tmp_path, 1)[0]

    def fail(error: BaseException):
        def step(task, progress):
            raise error

        outcome = attempt(step, task, lambda share: None)
        return outcome.state, outcome.exit_code, outcome.is_transient

    assert fail(CheckpointError("no weights")) == ("failed", 6, True)
    assert fail(OSError(28, "No space left on device")) == ("failed", 7, True)
    assert fail(MemoryError()) == ("failed", 7, False)
    assert fail(ZeroDivisionError()) == ("failed", 1, False)
    assert resident_mib() >= 0

    def lost(task, progress):
        raise InputError(f"{task.photo}: the picture is damaged")

    assert attempt(lost, task, lambda share: None).message == "p0000.jpg: the picture is damaged"
