"""The three places of the data folders."""

import pytest

from nostalgia import files as paths
from nostalgia.errors import CheckpointError, DriverError


@pytest.fixture
def bare(monkeypatch, tmp_path):
    monkeypatch.delenv("NOSTALGIA_CHECKPOINTS", raising=False)
    monkeypatch.delenv("NOSTALGIA_DRIVING_VIDEOS", raising=False)
    monkeypatch.setattr(paths, "_PACKAGED", tmp_path / "packaged")
    monkeypatch.setattr(paths, "_REPOSITORY", tmp_path / "repository")
    return tmp_path


def test_environment_first_then_packaged_then_repository(bare, monkeypatch):
    (bare / "repository" / "checkpoints").mkdir(parents=True)
    assert paths.checkpoints_folder() == bare / "repository" / "checkpoints"
    (bare / "packaged" / "checkpoints").mkdir(parents=True)
    assert paths.checkpoints_folder() == bare / "packaged" / "checkpoints"
    (bare / "chosen").mkdir()
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(bare / "chosen"))
    assert paths.checkpoints_folder() == bare / "chosen"


def test_missing_folders_and_files_are_named(bare, monkeypatch):
    with pytest.raises(CheckpointError, match="NOSTALGIA_CHECKPOINTS"):
        paths.checkpoints_folder()
    with pytest.raises(DriverError, match="NOSTALGIA_DRIVING_VIDEOS"):
        paths.driving_videos_folder()
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(bare))
    with pytest.raises(CheckpointError, match=r"nothing\.npz"):
        paths.checkpoint_path("nothing.npz")


def test_own_drivers_are_kept_apart_from_what_ships(bare, monkeypatch):
    monkeypatch.setenv("NOSTALGIA_DRIVERS", str(bare / "mine"))
    assert paths.user_drivers_folder() == bare / "mine"
    monkeypatch.delenv("NOSTALGIA_DRIVERS")
    usual = paths.user_drivers_folder()
    assert usual.name == "drivers" and usual.is_absolute() and "nostalgia" in usual.parts
