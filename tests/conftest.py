"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
from pipeline_stand_ins import FACE, finder_of, models_of
from shared_material import SharedMaterial

from nostalgia import pipeline
from nostalgia.faces.finder import FaceFinder
from nostalgia.scene import verify

SLOW_FILES = {
    "album/batch/test_kill.py",
    "album/batch/test_real_run.py",
    "album/pages/test_page_in_chromium.py",
    "album/trees/test_large_tree.py",
    "album/trees/test_shared_trees.py",
    "cli/test_benchmark.py",
    "cli/test_hostile.py",
    "clips/test_verification.py",
    "contract/test_motion_contract.py",
    "scene/test_scene.py",
    "test_examples.py",
    "test_packaging.py",
    "test_pipeline.py",
}
"""Files whose tests are all marked `slow`; single tests of other files have the mark themselves."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ``pytest -m "not slow"`` leaves out."""
    slow = {Path(__file__).parent / name for name in SLOW_FILES}
    assert all(path.is_file() for path in slow), "SLOW_FILES names a file that does not exist"
    for item in items:
        if item.path in slow:
            item.add_marker("slow")


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
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the key that seals requests in this test: one that does not exist yet."""
    folder = tmp_path_factory.mktemp("keys") / "keys"
    monkeypatch.setenv("NOSTALGIA_KEYS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def checkpoint_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folder of downloaded weights in this test: one that does not exist yet."""
    folder = tmp_path / "checkpoint-store"
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(folder))
    return folder


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> FaceFinder:
    """Finds one face in every photo; every animator of the test has it."""
    found = finder_of(FACE)
    for module in (pipeline, verify):
        monkeypatch.setattr(module, "Models", models_of(found))
    return found
