"""docs/promises.md names tests that exist, for every promise."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
_, _, TABLE = PAGE.partition("| Shown by |\n|---|---|---|\n")
ROWS = [line.strip("|").split("|") for line in TABLE.partition("\n\n")[0].splitlines()]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_every_promise_is_shown_by_tests_that_exist(row: list[str]) -> None:
    what, promise, shown = row
    named = TEST.findall(shown)
    assert what.strip() and promise.strip() and named
    assert TEST.sub("", shown).strip(" ,") == ""
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name


def test_there_is_a_promise_for_every_fault() -> None:
    assert len(ROWS) >= 16
