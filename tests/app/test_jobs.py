"""Jobs: one worker, two lanes, and what happens when it does not answer."""

import os
import queue
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra app is not installed")

from nostalgia.app.jobs import ENDS, LOOK, WORK, Job, Jobs  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="stops and kills processes"),
]
Events = queue.Queue[tuple[str, str, dict[str, Any]]]
PATIENCE_S = 60


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path)
    made.start()
    yield made
    made.close()


def job(name: str, lane: str, events: Events, **more: Any) -> Job:
    """A job that fails at once, because its album is not there."""
    args = {"source": f"/nowhere/{name}"}
    return Job(
        name, lane, "plan", args, lambda kind, values: events.put((name, kind, values)), **more
    )


def end_of(name: str, events: Events) -> tuple[str, dict[str, Any]]:
    while True:
        known, kind, values = events.get(timeout=PATIENCE_S)
        if known == name and kind in ENDS:
            return kind, values


def test_a_failed_job_says_why_and_the_next_one_starts(jobs: Jobs) -> None:
    events: Events = queue.Queue()
    for name in ("one", "two"):
        jobs.put(job(name, WORK, events))
    for name in ("one", "two"):
        kind, values = end_of(name, events)
        assert (kind, values["error"]["kind"]) == ("failed", "InputError")
        assert f"/nowhere/{name}: no such file" in values["error"]["text"]


def test_a_worker_that_does_not_answer_to_a_cancel_is_replaced(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nostalgia.app.jobs.PATIENCE_S", 0.1)
    events: Events = queue.Queue()
    before = jobs.worker_pid
    os.kill(before, signal.SIGSTOP)
    jobs.put(job("stuck", WORK, events))
    jobs.put(job("next", WORK, events))
    jobs.cancel("stuck")
    assert end_of("stuck", events)[0] == "cancelled"
    assert end_of("next", events)[0] == "failed"
    assert jobs.worker_pid != before


def test_when_a_worker_dies_some_jobs_are_tried_once_more(jobs: Jobs) -> None:
    events: Events = queue.Queue()
    os.kill(jobs.worker_pid, signal.SIGSTOP)
    jobs.put(job("lost", WORK, events))
    jobs.put(job("again", LOOK, events, retry=True))
    os.kill(jobs.worker_pid, signal.SIGKILL)
    assert end_of("lost", events)[1]["error"]["kind"] == "stopped"
    assert end_of("again", events)[1]["error"]["kind"] == "InputError"


def test_a_job_that_waits_is_dropped_when_it_is_cancelled(jobs: Jobs) -> None:
    events: Events = queue.Queue()
    os.kill(jobs.worker_pid, signal.SIGSTOP)
    jobs.put(job("first", WORK, events))
    jobs.put(job("second", WORK, events))
    jobs.cancel("second")
    assert end_of("second", events)[0] == "cancelled"
    os.kill(jobs.worker_pid, signal.SIGCONT)
    assert end_of("first", events)[0] == "failed"


def test_after_the_end_nothing_is_started(jobs: Jobs) -> None:
    events: Events = queue.Queue()
    jobs.close()
    jobs.put(job("late", WORK, events))
    assert jobs.worker_pid == 0
    assert events.empty()
