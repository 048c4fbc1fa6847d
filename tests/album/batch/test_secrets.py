"""The word SECRET, which all private and living things carry, stands in nothing that is given away.

The new tree lies beside the album: it repeats the user's own file, and what is added tells nothing.
"""

import difflib
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from secret_trees import FORMS, SecretTree
from secret_words import NAMES, WORD

from nostalgia.album.batch import runner
from nostalgia.album.batch.job import ClipMaker
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.summary import Finished
from nostalgia.album.batch.worker import attempt
from nostalgia.album.pages.saved_album import read_saved_album
from nostalgia.album.reel.options import ReelOptions
from nostalgia.album.reel.reel import write_reel
from nostalgia.clips.provenance import read_provenance
from nostalgia.clips.writer import probe
from nostalgia.options import AnimateOptions

OPTIONS = AnimateOptions(driver="nod", duration_s=0.5, enhance=0.0, fps=8)
LEAST_PLACES = 60


class InThisProcess:
    """Makes all clips with one set of networks."""

    def __init__(self) -> None:
        self.maker = ClipMaker()

    def outcomes(self, tasks: Iterable, listener) -> Iterator:
        for task in tasks:
            listener.started(task.key)
            yield attempt(self.maker, task, lambda share: None)


@pytest.fixture(scope="module")
def executor() -> InThisProcess:
    return InThisProcess()


def told(value: object) -> bool:
    """True if bytes, a text or any value holds the word, whatever its case and encoding."""
    content = value if isinstance(value, bytes) else repr(value).encode(errors="surrogateescape")
    content = content.upper()
    encodings = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")
    return any(WORD.encode(encoding) in content for encoding in encodings)


def metadata(file: Path) -> list[object]:
    if file.suffix == ".mp4":
        return [read_provenance(file), probe(file)]
    if file.suffix in (".jpg", ".png", ".gif", ".webp"):
        with Image.open(file) as picture:
            return [picture.info, dict(picture.getexif()), picture.getxmp()]
    return []


def run(tree: SecretTree, output: Path, executor: InThisProcess) -> Finished:
    request = BatchRequest(tree.path, output, options=OPTIONS)
    return runner.run_batch(request, executor=executor)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_nothing_private_or_living_is_told(form: str, tmp_path: Path, executor) -> None:
    (tmp_path / "in").mkdir()
    tree = FORMS[form](tmp_path / "in")
    finished = run(tree, tmp_path / "out", executor)
    done = [entry for entry in finished.entries if entry.status == "done"]
    assert {entry.name for entry in done} == NAMES
    assert any("At the sea" in entry.title for entry in done)
    assert finished.counts().get("skipped-living", 0) >= 5
    saved = read_saved_album(tmp_path / "out")
    write_reel(
        saved.folder, saved.entries, tmp_path / "out/reel.mp4", saved.title,
        ReelOptions(width=160, height=90, fps=5, card_s=0.2, fade_s=0.0),
    )  # fmt: skip
    album = [file for file in (tmp_path / "out/album").rglob("*") if file.is_file()]
    assert {file.suffix for file in album} == {".html", ".json", ".csv", ".mp4", ".jpg"}
    for file in [*album, tmp_path / "out/reel.mp4"]:
        assert not told(file.name), file
        assert not told(file.read_bytes()), file
        assert not any(map(told, metadata(file))), file
    assert not told(finished.entries) and not told(finished.warnings)
    assert "nostalgia." not in (tmp_path / "out/album/index.html").read_text(encoding="utf-8")
    if finished.tree is not None:
        assert finished.tree.parent == tmp_path / "out"
        assert not any(map(told, added_lines(tree.path, finished.tree)))


def added_lines(old: Path, new: Path) -> list[bytes]:
    """What a new tree has more than the user's own; all of it if that is no GEDCOM."""
    before, after = (tree_bytes(path).splitlines() for path in (old, new))
    if old.suffix not in (".ged", ".gdz"):
        return after
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    added = [line for tag, *_, start, end in changes if tag != "equal" for line in after[start:end]]
    assert len(after) == len(before) + len(added) > len(before)
    return added


def tree_bytes(path: Path) -> bytes:
    if path.suffix != ".gdz":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read("gedcom.ged")


@pytest.mark.parametrize("form", FORMS)
def test_the_places_are_many(form: str, tmp_path: Path) -> None:
    tree = FORMS[form](tmp_path)
    assert len(set(tree.places)) >= (LEAST_PLACES if form != "table" else 20)


@pytest.mark.slow
def test_the_journal_holds_file_names_alone_of_those_who_are_left_out(tmp_path, executor) -> None:
    (tmp_path / "in").mkdir()
    tree = FORMS["GEDCOM 5.5.1"](tmp_path / "in")
    run(tree, tmp_path / "out", executor)
    with sqlite3.connect(tmp_path / "out/journal.sqlite") as journal:
        (columns,) = [[c[1] for c in journal.execute("PRAGMA table_info(items)")]]
        rows = [
            dict(zip(columns, row, strict=True)) for row in journal.execute("SELECT * FROM items")
        ]
    assert {column for row in rows for column, value in row.items() if told(value)} <= {"photo"}
