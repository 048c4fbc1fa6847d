"""A folder of five photos for stand-in batches, and one for the result."""

from pathlib import Path

import made_batch
import pytest


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    made_batch.make_photos(tmp_path / "photos", 5)
    return tmp_path / "photos"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"
