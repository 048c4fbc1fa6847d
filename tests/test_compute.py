"""Large networks take the cores that nobody else is using, and give them back."""

import os

import pytest
import torch

from nostalgia.compute import VARIABLE, Pace, checked_device, thread_count, threads
from nostalgia.errors import BackendError


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(("load", "count"), [(0.0, 8), (3.2, 4), (40.0, 1)])
def test_busy_cores_are_left_alone(monkeypatch, load, count) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert thread_count() == count


def test_the_number_can_be_said_outright(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "3")
    assert thread_count() == 3
    monkeypatch.setenv(VARIABLE, "many")
    assert 1 <= thread_count() <= 8


def test_a_system_that_tells_no_load_gives_all_cores(monkeypatch) -> None:
    def untold() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", untold)
    assert thread_count() == 8


def test_torch_has_its_own_number_again_afterwards() -> None:
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise RuntimeError
    assert torch.get_num_threads() == before


class Clock:
    """Work that takes as long as the test says, by the number of threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.counts = 0.0, []
        monkeypatch.setattr("nostalgia.compute.time.perf_counter", lambda: self.now)

    def work(self, pace: Pace, seconds: dict[int, float], pieces: int) -> list[int]:
        done: list[int] = []

        def piece() -> None:
            done.append(torch.get_num_threads())
            self.now += seconds[torch.get_num_threads()]

        for _ in range(pieces):
            pace.run(piece)
        return done


def test_the_faster_number_of_threads_is_found_and_found_again(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    clock, pace = Clock(monkeypatch), Pace()
    quiet = clock.work(pace, {1: 0.25, 2: 0.14}, 60)
    assert quiet[:4] == [2, 1, 2, 1] and quiet.count(1) <= 5
    busy = clock.work(pace, {1: 0.27, 2: 0.74}, 60)
    assert busy.count(2) <= 4
    assert clock.work(pace, {1: 0.25, 2: 0.14}, 60).count(2) > 30


def test_a_number_that_was_said_is_kept(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "2")
    assert set(Clock(monkeypatch).work(Pace(), {2: 0.5}, 30)) == {2}


@pytest.mark.parametrize("device", ["xpu", "cuda", "cuda:0", "mps", "cpu:1", "cpu:x", "", "meta"])
def test_a_device_that_is_not_here_says_what_to_type(monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(BackendError, match="type: --device cpu"):
        checked_device(device)


def test_a_device_that_is_here_is_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [checked_device(device) for device in ("cpu", "cuda", "cuda:1")] == [
        *("cpu", "cuda", "cuda:1")
    ]
    with pytest.raises(BackendError, match="cuda:2"):
        checked_device("cuda:2")
