"""Summary and page of a batch, names of clips, refused requests."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch.folders import clip_stem
from nostalgia.album.batch.privacy import FOLDER_WORDS
from nostalgia.album.batch.request import BatchRequest, check_request
from nostalgia.album.batch.shared_photos import too_many_faces
from nostalgia.album.batch.summary import summary_table, summary_text
from nostalgia.album.batch.tasks import Outcome, Task
from nostalgia.album.batch.worker import attempt
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.trees.model import FamilyTree
from nostalgia.cli.batch_tables import unfinished_table
from nostalgia.errors import FaceError, Remedy, UsageError, option
from nostalgia.files import folded_file_name
from nostalgia.options import AnimateOptions

SECRET = "Zoë Müller-Nguyễn"


@pytest.fixture
def tree(tmp_path: Path) -> FamilyTree:
    made_batch.make_photos(tmp_path / "photos", 3)
    tree = made_batch.family(tmp_path / "photos")
    persons = (
        replace(tree.persons[0], name='=HYPERLINK("http://x")', born="1800", died="1865"),
        replace(tree.persons[1], name=SECRET, living=True, reason="born 2001, no death: living"),
        replace(tree.persons[2], name="Ärne", living=True, reason="no date of any kind"),
    )
    links = (
        replace(tree.links[0], title="Portrait", source="Box 3", note="@home"),
        replace(tree.links[1], title=f"{SECRET} at school"),
        tree.links[2],
    )
    return replace(tree, persons=persons, links=links, warnings=(f"odd: {SECRET}",))


def test_the_summary_has_no_formulas_and_names_nobody_alive(tree: FamilyTree, tmp_path) -> None:
    made_batch.run(tree.path, tmp_path / "out", tree=tree, consent={"Ip0002": "Ärne, 3 May"})
    album = tmp_path / "out/album"
    text = (album / "summary.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["name"] for row in rows} == {'\'=HYPERLINK("http://x")', "Ärne", ""}
    assert [row["note"] for row in rows if row["source"]] == ["'@home"]
    summary = json.loads((album / "summary.json").read_text())
    assert summary["living"] == {
        "guard": True, "note": "", "skipped": 1, "included": False, "reason": "",
        "consent": {"Ip0002": "Ärne, 3 May"},
    }  # fmt: skip
    assert summary["people"] == {"animate": 2, "skipped-living": 1}
    secret = next(item for item in summary["items"] if item["status"] == "skipped-living")
    shown = {name: value for name, value in secret.items() if value}
    assert set(shown) == {"key", "status", "message"}
    for path in album.rglob("*"):
        assert SECRET not in path.name and "p0001" not in path.name
        if path.is_file() and path.suffix in (".json", ".csv", ".html"):
            content = re.sub("sha256-[^']+", "", path.read_text(encoding="utf-8"))
            assert not any(word in content for word in ("Zo", "Nguy", "p0001")), path


def test_a_message_names_options_in_the_words_of_its_place(tmp_path: Path) -> None:
    def step(task: Task, progress: Callable[[float], None]) -> Outcome:
        raise FaceError(f"{task.photo.name}: no face", Remedy(f"set {option('faces', [1, 2])}"))

    task = Task("p", tmp_path / "p.jpg", tmp_path / "p.mp4", tmp_path / "q.jpg", AnimateOptions())
    outcome = attempt(step, task, lambda share: None)
    entry = AlbumEntry("p", outcome.state, "p.jpg", message=outcome.message)
    in_python = "p.jpg: no face; set faces=[1, 2]"
    (row,) = csv.DictReader(io.StringIO(summary_table([entry]).decode("utf-8-sig")))
    assert row["message"] == in_python
    summary = json.loads(b"".join(summary_text({"schema": 1}, [entry])))
    assert summary["items"][0]["message"] == in_python
    assert "p.jpg: no face; set --faces 1,2" in unfinished_table([entry])


def test_the_album_reveals_no_folders_of_the_user(tree: FamilyTree, tmp_path: Path) -> None:
    links = tuple(
        replace(link, reference=f"C:\\Users\\Ruth\\{link.reference}") for link in tree.links
    )
    made_batch.run(tree.path, tmp_path / "out", tree=replace(tree, links=links))
    for name in ("summary.json", "summary.csv", "index.html"):
        assert "Ruth" not in (tmp_path / "out/album" / name).read_text(encoding="utf-8")


def test_reason_and_folder_note_are_in_the_summary(tree: FamilyTree, tmp_path: Path) -> None:
    more = {"include_living": True, "reason": "all agreed, June 2026"}
    made_batch.run(tree.path, tmp_path / "out", tree=tree, **more)
    summary = json.loads((tmp_path / "out/album/summary.json").read_text())
    assert summary["living"]["reason"] == "all agreed, June 2026"
    made_batch.run(tree.path, tmp_path / "two", tree=replace(tree, form="folder"))
    summary = json.loads((tmp_path / "two/album/summary.json").read_text())
    assert summary["living"]["note"] == FOLDER_WORDS and summary["counts"] == {"done": 3}


@pytest.mark.parametrize(
    ("person", "photo", "stem"),
    [
        ("Abraham Lincoln", "lincoln-1865", "Abraham Lincoln, lincoln-1865"),
        ("", "oma", "oma"),
        ("oma", "oma", "oma"),
        ("", "", "photo"),
        ("../../etc", "pass\\wd", ".._.._etc, pass_wd"),
        ('a<b>:"|?*#%', "-x", "a_b________, x"),
        ("", "con", "_con"),
        ("", "NUL.x", "_NUL.x"),
        ("Anna\nBerg\u202e", " x. ", "Anna Berg_, x"),
        ("e\u0301", "x", "\u00e9, x"),
    ],
)
def test_names_of_clips(person: str, photo: str, stem: str) -> None:
    assert clip_stem(person, photo, (), {}) == stem.replace(".._.._etc", "_.._etc")


def test_names_of_clips_do_not_collide() -> None:
    taken = {folded_file_name("Anna, x"), folded_file_name("anna, X-2")}
    assert clip_stem("ANNA", "X", taken, {}) == "ANNA, X-3"
    assert folded_file_name("Stra\u00dfe") == folded_file_name("STRASSE")
    assert len(clip_stem("ж" * 500, "x", (), {}).encode()) <= 120


def test_thousands_of_one_name_are_numbered_in_linear_time() -> None:
    """Counted in looks at the taken names, which do not depend on the computer."""

    class Taken(set[str]):
        looks = 0

        def __contains__(self, name: object) -> bool:
            self.looks += 1
            return super().__contains__(name)

    taken, numbers = Taken({"scan-7"}), dict[str, int]()
    for _ in range(500):
        taken.add(clip_stem("", "Scan", taken, numbers).casefold())
    assert taken >= {"scan", *(f"scan-{number}" for number in range(2, 502))}
    assert taken.looks < 1100


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"jobs": 0}, "jobs must be 1 to 256"),
        ({"limit": -1}, "limit must be a number of pictures"),
        ({"executor": "slurm"}, "executor must be local or ray"),
        ({"ray_address": "auto"}, "ray_address requires executor='ray'"),
        ({"include_living": True}, "include_living requires a reason"),
        ({"consent": {"I1": " "}}, r"consent for I1 requires a note .* consent={'I1': "),
        ({"options": AnimateOptions(audio="x.mp3")}, "audio is for a single photo"),
        ({"options": AnimateOptions(face_drivers={1: "smile"})}, "face_drivers is for a single"),
    ],
)
def test_requests_that_make_no_sense_are_refused(change, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_request(replace(BatchRequest(Path("a"), Path("b")), **change))


def test_advice_that_several_rows_share_is_given_once() -> None:
    reason = too_many_faces("p.jpg", 3, 1)
    entries = [AlbumEntry(n, "ambiguous", f"{n}.jpg", message=reason) for n in "ab"]
    alone, both = unfinished_table(entries[:1]), unfinished_table(entries)
    assert "whose face is which" not in alone and "choices.csv" in alone
    assert both.count("choices.csv") == 1 and both.count("p.jpg shows 3 faces") == 2
