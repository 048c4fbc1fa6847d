"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
from shared_material import SharedMaterial


@pytest.fixture(scope="session")
def shared() -> SharedMaterial:
    """Material beside the checkout; a test skips if a part that it names is missing."""
    return SharedMaterial()


@pytest.fixture(autouse=True)
def own_drivers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folder of the user's drivers in this test: one that does not exist yet."""
    folder = tmp_path / "own-drivers"
    monkeypatch.setenv("NOSTALGIA_DRIVERS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def checkpoint_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folder of downloaded weights in this test: one that does not exist yet."""
    folder = tmp_path / "checkpoint-store"
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(folder))
    return folder
