"""The manifest is read strictly, and its rows of weights that do not ship follow its rules."""

from pathlib import Path

import pytest

from nostalgia.errors import CheckpointError
from nostalgia.registry import BUILT_IN
from nostalgia.weights.download import is_allowed
from nostalgia.weights.manifest import manifest_row, read_manifest, weights_of
from nostalgia.weights.validation import Fingerprint

ROW = """
[[checkpoint]]
name = "some-weights"
file = "some.pth"
kind = "tensors"
size = 2000
sha256 = "{0}"
urls = ["https://example.org/some.pth"]
backends = ["motion/some"]
licence = "MIT"
source = "https://example.org"

[checkpoint.unproven]
licence = "everything"
"""


def read(folder: Path, text: str) -> object:
    (folder / "manifest.toml").write_text(text.format("a" * 64), encoding="utf-8")
    return read_manifest(folder)


def test_every_row_is_read_and_its_addresses_are_https() -> None:
    rows = {row.name: row for row in read_manifest()}
    assert {name for name, row in rows.items() if row.ships} >= {"face-detector", "face-mesh"}
    assert {"fomm-vox", "fomm-vox-adv", "gfpgan-1.3", "gfpgan-1.4"} <= rows.keys()
    for row in rows.values():
        assert all(url.startswith("https://") and is_allowed(url) for url in row.urls)
        assert row.ships or (row.unproven_licence and row.backends and len(row.urls) > 1)
        for backend in row.backends:
            group, _, name = backend.partition("/")
            assert name in BUILT_IN[group]


def test_a_row_is_typed(tmp_path: Path) -> None:
    (row,) = read(tmp_path, ROW)
    assert (row.name, row.size, row.ships) == ("some-weights", 2000, False)
    assert row.backends == ("motion/some",)
    assert (row.unproven_licence, row.unproven_hash) == ("everything", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('licence = "MIT"\n', ""),
        ('licence = "MIT"', 'license = "MIT"'),
        ('licence = "MIT"', "licence = 3"),
        ("size = 2000", "size = true"),
        ("size = 2000", "size = -1"),
        ('kind = "tensors"', 'kind = "odd"'),
        ('file = "some.pth"', 'file = "../some.pth"'),
        ('file = "some.pth"', 'file = ".hidden"'),
        ('name = "some-weights"', 'name = "Some weights"'),
        ('sha256 = "{0}"', 'sha256 = "abc"'),
        ('sha256 = "{0}"', ""),
        ('size = 2000\nsha256 = "{0}"\nurls = ["https://example.org/some.pth"]', 'sha256 = "{0}"'),
        ('licence = "everything"', 'colour = "everything"'),
        ("[[checkpoint]]", "[[checkpoints]]"),
        ("[[checkpoint]]", "[[checkpoint"),
    ],
)
def test_an_invalid_row_is_refused(tmp_path: Path, before: str, after: str) -> None:
    assert before in ROW
    with pytest.raises(CheckpointError, match=r"manifest\.toml is missing or damaged"):
        read(tmp_path, ROW.replace(before, after))


def test_two_rows_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="two rows have the same name"):
        read(tmp_path, ROW + ROW.replace("some.pth", "other.pth"))
    with pytest.raises(CheckpointError, match="two rows have the same file"):
        read(tmp_path, ROW + ROW.replace("some-weights", "other-weights"))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        CheckpointError, match="called 'magic'; choose from .*damage, .*face-detector, .*fomm-vox"
    ):
        manifest_row("magic")


def test_the_weights_of_a_backend_are_alternatives_best_first() -> None:
    assert [row.name for row in weights_of("motion/fomm")] == ["fomm-vox-adv", "fomm-vox"]
    assert weights_of("motion/mesh") == ()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Fingerprint(2000, "a" * 64, "f" * 32), None),
        (Fingerprint(1999, "a" * 64, "f" * 32), "has 1999 of 2000 bytes, so it is cut off"),
        (Fingerprint(2001, "a" * 64, "f" * 32), "has 2001 bytes instead of 2000"),
        (Fingerprint(2000, "b" * 64, "f" * 32), "SHA-256 begins with bbbbbbbbbbbb"),
    ],
)
def test_a_mismatch_is_described(tmp_path: Path, found: Fingerprint, words: str | None) -> None:
    (row,) = read(tmp_path, ROW)
    mismatch = row.mismatch(found)
    assert mismatch is None if words is None else words in mismatch
