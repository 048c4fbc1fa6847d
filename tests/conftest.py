"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The material beside the checkout; tests that need it skip without it."""
    folder = Path(os.environ.get("NOSTALGIA_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip(f"SKIPPED FOR WANT OF MATERIAL: no folder {folder} (set NOSTALGIA_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def own_drivers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the test's own drivers are: a folder that is not there, whatever the tester has."""
    folder = tmp_path / "own-drivers"
    monkeypatch.setenv("NOSTALGIA_DRIVERS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def checkpoint_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the test's fetched weights are: a folder that is not there, whatever the tester has."""
    folder = tmp_path / "checkpoint-store"
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(folder))
    return folder
