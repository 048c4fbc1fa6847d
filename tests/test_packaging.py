"""What is said about the package in pyproject.toml agrees with the code."""

import tomllib
from pathlib import Path

from nostalgia.registry import BUILT_IN

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_entry_points_are_the_built_in_backends() -> None:
    declared = PROJECT["project"]["entry-points"]
    assert {group.removeprefix("nostalgia."): rows for group, rows in declared.items()} == {
        group: dict(rows) for group, rows in BUILT_IN.items()
    }
