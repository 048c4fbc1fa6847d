"""The material beside the checkout: photos, trees and clips that are too large for it."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("NOSTALGIA_SHARED", Path(__file__).parents[2] / "shared"))


def skip_reason(path: Path) -> str:
    """Why a test of the shared material is skipped; empty where the path is there."""
    there = path.is_file() or (path.is_dir() and any(path.iterdir()))
    return "" if there else f"SKIPPED FOR WANT OF MATERIAL: no {path} (set NOSTALGIA_SHARED)"


class SharedMaterial:
    """The folder of the material: ``shared / "photos/cat.jpg"`` skips the test without that file.

    Paths below it are ordinary ones, so name a file or folder that a test needs in one piece.
    """

    def __truediv__(self, name: str) -> Path:
        path = FOLDER / name
        if reason := skip_reason(path):
            pytest.skip(reason)
        return path

    def __str__(self) -> str:
        return str(FOLDER)
