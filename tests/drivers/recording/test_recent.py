"""A driving clip is read once, as long as it stays what it is."""

import os
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from nostalgia.drivers.recording import recent, recording
from nostalgia.faces.finder import FaceFinder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the clips that were read, one entry for each reading."""
    names: list[str] = []

    def record(path, finder, *, check):
        check()
        names.append(path.name)
        return create_autospec(recording.Recording, instance=True)

    spec = create_autospec(recording.record_driver, side_effect=record)
    monkeypatch.setattr(recording, "record_driver", spec)
    return names


def recorded(path: Path) -> recording.Recording:
    finder = create_autospec(FaceFinder, instance=True)
    return recent.recorded_clip(path, lambda: finder, lambda: None)


def test_a_clip_is_read_again_only_when_it_has_changed(tmp_path: Path, read: list[str]) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"one")
    first = recorded(clip)
    assert recorded(clip) is first
    clip.write_bytes(b"other")
    second = recorded(clip)
    assert second is not first
    clip.write_bytes(b"third")  # as long as before
    os.utime(clip, ns=(1, 1))
    assert recorded(clip) is not second
    assert len(read) == 3


def test_only_the_last_ones_are_kept(tmp_path: Path, read: list[str]) -> None:
    clips = [tmp_path / f"{number}.mp4" for number in range(6)]
    for clip in clips:
        clip.write_bytes(b"x")
        recorded(clip)
    recorded(clips[-1])
    recorded(clips[0])
    assert read == [*(f"{number}.mp4" for number in range(6)), "0.mp4"]
