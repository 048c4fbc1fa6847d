"""Material beside the checkout: photos, trees and clips that are too large for it."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("NOSTALGIA_SHARED", Path(__file__).parents[2] / "shared"))


def skip_reason(path: Path) -> str:
    """Reason to skip a test of the shared material; empty if the path exists and holds anything."""
    present = path.is_file() or (path.is_dir() and any(path.iterdir()))
    return "" if present else f"SKIPPED FOR WANT OF MATERIAL: no {path} (set NOSTALGIA_SHARED)"


class SharedMaterial:
    """Folder of the material: ``shared / "photos/cat.jpg"`` skips the test if that file is missing.

    The result is an ordinary path, so name a file or folder that a test needs in one string.
    """

    def __truediv__(self, name: str) -> Path:
        path = FOLDER / name
        if reason := skip_reason(path):
            pytest.skip(reason)
        return path

    def __str__(self) -> str:
        return str(FOLDER)
