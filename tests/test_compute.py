"""Large networks use the idle cores, and restore torch's own number of threads."""

import os
import time

import pytest
import torch

from nostalgia.compute import VARIABLE, Pace, checked_device, thread_count, threads
from nostalgia.errors import BackendError


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(("load", "count"), [(0.0, 8), (3.2, 4), (40.0, 1)])
def test_busy_cores_are_not_used(monkeypatch, load, count) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert thread_count() == count


def test_the_environment_variable_sets_the_number(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "3")
    assert thread_count() == 3
    monkeypatch.setenv(VARIABLE, "many")
    assert 1 <= thread_count() <= 8


def test_all_cores_are_used_if_the_system_reports_no_load(monkeypatch) -> None:
    def unknown() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", unknown)
    assert thread_count() == 8


def test_torchs_own_number_of_threads_is_restored() -> None:
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise RuntimeError
    assert torch.get_num_threads() == before


class Clock:
    """A clock on which a piece of work takes a given time per number of threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.counts = 0.0, []
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def work(self, pace: Pace, seconds: dict[int, float], pieces: int) -> list[int]:
        done: list[int] = []

        def piece() -> None:
            done.append(torch.get_num_threads())
            self.now += seconds[torch.get_num_threads()]

        for _ in range(pieces):
            pace.run(piece)
        return done


def test_the_faster_number_of_threads_is_found_even_when_it_changes(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    clock, pace = Clock(monkeypatch), Pace()
    quiet = clock.work(pace, {1: 0.25, 2: 0.14}, 60)
    assert quiet[:4] == [2, 1, 2, 1] and quiet.count(1) <= 5
    busy = clock.work(pace, {1: 0.27, 2: 0.74}, 60)
    assert busy.count(2) <= 4
    assert clock.work(pace, {1: 0.25, 2: 0.14}, 60).count(2) > 30


def test_a_number_set_by_the_variable_does_not_change(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "2")
    assert set(Clock(monkeypatch).work(Pace(), {2: 0.5}, 30)) == {2}


@pytest.mark.parametrize("device", ["xpu", "cuda", "cuda:0", "mps", "cpu:1", "cpu:x", "", "meta"])
def test_a_device_that_torch_does_not_find_is_an_error_with_a_remedy(monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(BackendError, match="use device='cpu'"):
        checked_device(device)


def test_a_device_that_torch_finds_is_used(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [checked_device(device) for device in ("cpu", "cuda", "cuda:1")] == [
        *("cpu", "cuda", "cuda:1")
    ]
    with pytest.raises(BackendError, match="cuda:2"):
        checked_device("cuda:2")
