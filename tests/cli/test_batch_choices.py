"""`nostalgia batch`: choices by option and by file. Clips are made by a stand-in."""

import csv
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch.journal import Journal
from nostalgia.album.batch.request import JOURNAL_FILE
from nostalgia.album.reel import reel
from nostalgia.album.reel.reel import Reel
from nostalgia.errors import UsageError
from nostalgia.options import AnimateOptions


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A table of three people who have died, one of them with two pictures, and one who has not."""
    made_batch.make_photos(tmp_path / "scans", 5)
    lines = ["id,photo,name,died"]
    lines += ["I1,scans/p0000.jpg,Anna Berg,1901", "I1,scans/p0001.jpg,Anna Berg,1901"]
    lines += ["I2,scans/p0002.jpg,Karl Berg,1910", "I3,scans/p0003.jpg,Ida Berg,1911"]
    lines += ["I4,scans/p0004.jpg,Zoë Berg,"]
    path = tmp_path / "family.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def choices(tree: Path) -> dict[str, dict[str, str]]:
    path = tree.with_name("family.nostalgia") / "choices.csv"
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row["photo"]: row for row in csv.DictReader(file)}


def test_each_flag_reaches_the_request(run, asked, tree: Path) -> None:
    words = (
        "--driver smile --driver I1=proud --driver p0002.jpg=nod --strength I2=0,8 --strength 1.5"
        " --leave-out I3 --only I1 --only p0002 --allow-fewer --all-faces --reason long-ago"
    ).split()
    result = run("batch", tree, *words)
    assert result.exit_code == 0, result.output
    (request,) = asked
    assert request.options == AnimateOptions(label=True, driver="smile", strength=1.5)
    assert request.drivers == {"I1": "proud", "p0002.jpg": "nod"}
    assert request.strengths == {"I2": "0,8"}
    assert (request.only, request.leave_out) == (("I1", "p0002"), ("I3",))
    assert request.allow_fewer and request.all_faces and request.reason == "long-ago"
    assert [row["driver"] for row in choices(tree).values()] == ["proud", "proud", "nod", ""]
    assert f"edit {tree.parent}/family.nostalgia/choices.csv, and run" in result.stderr
    assert "3 done, 1 left out, 1 skipped: living" in result.stderr
    assert "Zo" not in (tree.with_name("family.nostalgia") / "choices.csv").read_text("utf-8")


def test_only_what_was_asked_for_is_no_failure(run, asked, tree: Path) -> None:
    result = run("batch", tree, "--only", "I1")
    assert result.exit_code == 0
    assert "2 done, 1 skipped: living, 2 waiting" in result.stderr
    assert "2 pictures have no clip yet: a run without --only makes them" in result.stderr
    (tree.parent / "scans/p0002.jpg").write_bytes(b"nobody")
    result = run("batch", tree, "--only", "I2")
    assert result.exit_code == 8 and "1 without a face" in result.stderr


def test_choices_are_taken_back(run, asked, tree: Path) -> None:
    run("batch", tree, "--leave-out", "I3", "--driver", "I1=proud", "--strength", "I2=0.8")
    result = run("batch", tree, "--put-back", "I3", "--driver", "I1=", "--strength", "p0002=")
    assert result.exit_code == 0 and "4 done" in result.stderr
    for row in choices(tree).values():
        assert row["leave_out"] == row["driver"] == row["strength"] == ""


def test_a_retry_does_not_bring_an_option_back_that_the_file_has_undone(
    run, asked, tree: Path
) -> None:
    run("batch", tree, "--leave-out", "I3", "--only", "I1", "--driver", "I1=proud")
    path = tree.with_name("family.nostalgia") / "choices.csv"
    text = path.read_text("utf-8-sig").replace(",yes,", ",,").replace(",proud,", ",,")
    path.write_text(text, "utf-8")
    result = run("batch", "retry", path.parent)
    assert result.exit_code == 0, result.output
    assert "4 done, 1 skipped: living" in result.stderr
    assert all(not row["driver"] and not row["leave_out"] for row in choices(tree).values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--driver", "I1=prud"], "--driver I1=prud: 'prud' is not a driver; did you mean proud?"),
        (["--driver", "I9=proud"], "--driver I9=proud: names no picture that may be animated"),
        (["--leave-out", "I4"], "--leave-out I4: names no picture that may be animated"),
        (["--strength", "I1=much"], "--strength I1=much: 'much' is not a number from 0 to 2"),
        (["--strength", "much"], "--strength much: a number from 0 to 2 is needed"),
        (["--driver", "smile", "--driver", "nod"], "--driver smile and --driver nod contradict"),
        (["--driver", "I1=nod", "--driver", "I1=smile"], "--driver I1=... is given twice"),
        (
            ["--all-faces"],
            "--all-faces requires a reason, which the report shows, such as --reason",
        ),
    ],
)
def test_options_that_make_no_sense(run, asked, tree: Path, words, message: str) -> None:
    result = run("batch", tree, *words)
    assert result.exit_code == UsageError.exit_code
    assert f"error: {message}" in result.stderr
    assert made_batch.made(tree.with_name("family.nostalgia")) == []


def test_a_mistake_in_the_file_names_its_place(run, asked, tree: Path) -> None:
    run("batch", tree)
    path = tree.with_name("family.nostalgia") / "choices.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    lines[2] = lines[2].replace(",,", ",perhaps,", 1)
    path.write_text("\n".join(lines), "utf-8")
    for words in (["batch", tree], ["batch", "--dry-run", tree]):
        result = run(*words)
        assert result.exit_code == 3
        assert "error: choices.csv, line 3, column leave_out: 'perhaps' is neither yes nor no" in (
            result.stderr
        )


def test_fewer_pictures_and_other_inputs(run, asked, tree: Path) -> None:
    run("batch", tree)
    lines = tree.read_text("utf-8").splitlines(keepends=True)
    tree.write_text("".join(lines[:-2] + lines[-1:]), "utf-8")
    result = run("batch", tree)
    assert result.exit_code == 2
    assert "error: 1 picture would leave the album, because family.csv no longer has it" in (
        result.stderr
    )
    assert "or agree with --allow-fewer" in result.stderr
    result = run("batch", "--dry-run", tree)
    assert result.exit_code == 0 and "a run would stop: 1 picture would leave" in result.stderr
    result = run("batch", tree.parent / "scans", "-o", tree.with_name("family.nostalgia"))
    assert result.exit_code == 2
    assert "holds the album of another input, family.csv, and scans has none" in result.stderr
    assert "choose another --output folder" in result.stderr
    assert run("batch", tree, "--allow-fewer").exit_code == 0


def test_a_dry_run_tells_what_is_left_out(run, asked, tree: Path) -> None:
    result = run("batch", "--dry-run", tree, "--leave-out", "p0002")
    assert result.exit_code == 0
    assert "left out by choice" in result.stdout
    assert "3 to animate, 1 left out, 1 skipped: living" in result.stdout
    assert not tree.with_name("family.nostalgia").exists()


def test_who_has_left_the_album_is_told_even_to_quiet_users(run, asked, tree: Path) -> None:
    consent = ("--consent", "I4=by letter")
    assert run("batch", tree, "-q", *consent).output == ""
    seen = run("batch", tree, "--dry-run").stderr
    assert "warning: a run would take 1 picture out of the album, as the people in it" in seen
    result = run("batch", tree, "-q")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.startswith("warning: 1 picture has left the album")
    assert run("batch", tree, "-q").output == ""


def test_a_picture_that_waits_is_planned_without_words_about_its_earlier_clip(
    run, asked, tree: Path
) -> None:
    output = tree.with_name("family.nostalgia")
    run("batch", tree)
    with Journal(output / JOURNAL_FILE) as journal:
        journal.put(
            [
                replace(row, message="a warning of old")
                for row in journal.rows().values()
                if row.stem
            ]
        )
    result = run("batch", tree, "--driver", "smile", "--dry-run")
    assert result.stdout.count("animate") == 5 and "a warning of old" not in result.stdout


@pytest.mark.parametrize("named", ["family.nostalgia", "family.nostalgia/album"])
def test_the_batch_knows_a_reel_by_whichever_folder_it_was_made(
    run, asked, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    run("batch", tree)
    (tmp_path / "away").mkdir()
    place = tmp_path / "away" / ".." / "away" / "film.mp4"

    def write_reel(folder, entries, output, *rest):
        output.write_bytes(b"film")
        return Reel(output, 1, 1.0)

    monkeypatch.setattr(reel, "write_reel", write_reel)
    assert run("batch", "reel", tmp_path / named, "-o", place).exit_code == 0
    with Journal(tmp_path / "family.nostalgia" / JOURNAL_FILE) as journal:
        assert list(json.loads(journal.fact("reels"))) == [str(tmp_path / "away" / "film.mp4")]


def test_a_dry_run_knows_what_was_unpacked(run, asked, tree: Path, tmp_path: Path) -> None:
    archive = tmp_path / "old.gdz"
    with zipfile.ZipFile(archive, "w") as file:
        lines = ["0 HEAD", "1 GEDC", "2 VERS 7.0", "0 @I1@ INDI", "1 NAME Anna /Berg/", "1 DEAT"]
        lines += ["2 DATE 1901", "1 OBJE @O1@", "0 @O1@ OBJE", "1 FILE a.jpg", "0 TRLR", ""]
        file.writestr("gedcom.ged", "\n".join(lines))
        file.writestr("a.jpg", b"photo")
    seen = run("batch", archive, "--dry-run")
    assert "1 to animate" in seen.stdout
    assert not (tmp_path / "old.nostalgia").exists()
    run("batch", archive)
    assert "1 done" in run("batch", archive, "--dry-run").stdout
    again = run("batch", archive, "--dry-run", "--driver", "smile")
    assert "1 to animate" in again.stdout
    lines[3] = "0 @I9@ INDI"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("gedcom.ged", "\n".join(lines))
        file.writestr("a.jpg", b"photo")
    assert "warning: a run may stop: 1 picture" in run("batch", archive, "--dry-run").stderr
    assert run("batch", archive).exit_code == 0
    assert len(made_batch.made(tmp_path / "old.nostalgia")) == 1
