"""`nostalgia batch`: options, exit codes, tables. Clips are made by a stand-in."""

import json
import os
import shlex
import signal
from pathlib import Path
from unittest.mock import create_autospec

import made_batch
import pytest
from terminals import put_terminal

from nostalgia.album.batch import runner as running
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.runner import retry_batch, run_batch
from nostalgia.album.pages.saved_album import read_saved_album
from nostalgia.cli.app import app
from nostalgia.errors import Cancelled
from nostalgia.options import AnimateOptions


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    made_batch.make_photos(tmp_path / "photos", 4)
    return tmp_path / "photos"


def a_tree(folder: Path) -> Path:
    """A CSV with a dead person, one who may be alive, and one without a file."""
    lines = ["photo,name,born,died"]
    lines += ["photos/p0000.jpg,Anna Berg,1850,1901", "photos/p0001.jpg,Zoë Berg,2001,"]
    lines += ["photos/gone.jpg,Karl Berg,1840,1910", ",Ida Berg,1841,1911"]
    path = folder / "family.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_defaults_are_those_of_the_request(run, asked, photos: Path) -> None:
    result = run("batch", photos)
    assert result.exit_code == 0, result.output
    output = photos.with_name("photos.nostalgia")
    assert asked == [BatchRequest(photos, output)]
    assert asked[0].options == AnimateOptions(label=True)
    assert result.stdout == f"{output / 'album/index.html'}\n"
    assert "note: a folder does not say who is alive" in result.stderr
    assert "4 done" in result.stderr


def test_every_flag_reaches_the_request(run, asked, photos: Path, tmp_path: Path) -> None:
    words = (
        "--glob *2.jpg --jobs 2 --limit 3 --no-label --faces largest --driver calm --strength 0.5"
        " --smile 0.1 --blink 0.2 --turn 0.3 --gaze 0.4 --enhance 0.25 --seed 7 --fps 12"
        " --duration 3 --once-then-still --crop face --side-by-side --max-side 640 --preview"
        " --size full --format gif --quiet --include-living --fidelity 0.3 --title Bergs"
    ).split()
    more = ["--reason", "all agreed", "--media", tmp_path, "-o", tmp_path / "out"]
    result = run("batch", "run", *words, *more, photos)
    assert result.exit_code == 0, result.output
    assert result.output == ""
    assert asked[0] == BatchRequest(
        photos,
        tmp_path / "out",
        glob="*2.jpg",
        media=(tmp_path,),
        jobs=2,
        limit=3,
        include_living=True,
        reason="all agreed",
        album_title="Bergs",
        options=AnimateOptions(
            faces="largest", driver="calm", strength=0.5, smile=0.1, blink=0.2, turn=0.3, gaze=0.4,
            enhance=0.25, seed=7, fps=12.0, duration_s=3.0, once_then_still=True, crop="face",
            side_by_side=True, size="full", max_side=640, preview=True, format="gif", fidelity=0.3,
        ),
    )  # fmt: skip
    assert [path.name for path in (tmp_path / "out/album/clips").iterdir()] == ["p0002.gif"]


def test_a_folder_keeps_the_dot_in_its_name(run, asked, photos, monkeypatch) -> None:
    folder = photos.rename(photos.with_name("1890.1950"))
    monkeypatch.chdir(folder)
    assert run("batch", ".").exit_code == 0
    album = folder.with_name("1890.1950.nostalgia") / "album"
    assert "1890.1950" in (album / "index.html").read_text()


def test_paths_are_kept_for_later_runs_elsewhere(run, asked, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("nod.mp4").write_bytes(b"clip")
    Path("w.npz").write_bytes(b"weights")
    result = run("batch", "photos", "--driver", "nod.mp4", "--checkpoint", "w.npz", "-o", ".")
    assert result.exit_code == 0, result.output
    assert asked[0].options.driver == str(tmp_path / "nod.mp4")
    assert asked[0].options.checkpoint == str(tmp_path / "w.npz")
    assert (tmp_path / "album/index.html").is_file()


def test_a_batch_with_failures_ends_with_8_and_names_nobody_who_lives(
    run, asked, photos: Path
) -> None:
    tree = a_tree(photos.parent)
    result = run("batch", tree)
    assert result.exit_code == 8
    assert "1 done, 1 file missing, 1 skipped: living" in result.stderr
    assert "Karl Berg" in result.stderr and "gone.jpg" in result.stderr
    assert "batch retry" in result.stderr
    assert "Zo" not in result.output and "p0001" not in result.output


def test_consent_and_requests_that_make_no_sense(run, asked, photos: Path) -> None:
    tree = a_tree(photos.parent)
    plan = run("batch", "--dry-run", tree).stdout
    living = next(line.split()[0] for line in plan.splitlines() if "skipped: living" in line)
    result = run("batch", tree, "--consent", f"{living}=Zoë, by e-mail, 3 May 2026")
    assert result.exit_code == 8 and "2 done" in result.stderr
    summary = json.loads((tree.with_name("family.nostalgia") / "album/summary.json").read_text())
    assert summary["living"]["consent"] == {living: "Zoë, by e-mail, 3 May 2026"}
    senseless = (
        ["--consent", "I1"],
        ["--consent", "I1="],
        ["--consent", "nobody=x"],
        ["--include-living"],
        ["--executor", "moon"],
        ["--ray-address", "x"],
    )
    for words in senseless:
        result = run("batch", tree, *words)
        assert result.exit_code == 2, words
        assert result.stderr.startswith(("error: --", "Usage")), words


def test_the_plan_as_a_table(run, photos: Path) -> None:
    tree = a_tree(photos.parent)
    result = run("batch", "--dry-run", tree)
    assert result.exit_code == 0, result.output
    assert "Anna Berg" in result.stdout and "animate" in result.stdout
    assert "Zo" not in result.stdout and "p0001" not in result.stdout
    assert result.stdout.splitlines()[-1] == (
        "4 people, 1 without a picture; 1 to animate, 1 file missing, 1 skipped: living"
    )
    assert not tree.with_name("family.nostalgia").exists()


def test_a_picture_outside_the_tree_has_a_readable_reason(run, photos: Path) -> None:
    (photos.parent / "trees").mkdir()
    tree = a_tree(photos.parent / "trees")
    tree.write_text(tree.read_text("utf-8").replace("photos/", "../photos/"), "utf-8")
    result = run("batch", "--dry-run", tree)
    assert result.exit_code == 0, result.output
    assert "outside the folders that may be read" in " ".join(result.stdout.split())
    assert "\\ue000" not in result.stdout


def test_status_and_retry(run, asked, photos: Path, tmp_path: Path) -> None:
    (photos / "p0001.jpg").write_bytes(b"broken")
    output = tmp_path / "out"
    assert run("batch", photos, "-o", output, "--limit", "3").exit_code == 8
    status = run("batch", "status", output)
    assert status.exit_code == 0
    assert "2 done, 1 failed, 1 waiting" in status.stdout
    assert "p0001.jpg" in status.stdout and "no run is in progress" in status.stdout
    (photos / "p0001.jpg").write_bytes(b"mended")
    result = run("batch", "retry", output)
    assert result.exit_code == 0, result.output
    assert "4 done" in result.stderr
    assert run("batch", "status", photos).exit_code == 3
    assert run("batch", "retry", photos).exit_code == 3


def test_the_next_command_can_be_typed(run, asked, photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "Mémé's box"
    result = run("batch", photos, "-o", output, "--limit", "3", "--title", "The Bergs")
    assert result.exit_code == 8
    assert (
        "error: 1 of 4 pictures has no clip yet; run the same command again to continue\n"
        in result.stderr
    )
    assert '<h1><bdi dir="auto">The Bergs</bdi></h1>' in (output / "album/index.html").read_text()
    assert read_saved_album(output).title == "The Bergs"
    (photos / "p0003.jpg").write_bytes(b"nobody")
    result = run("batch", photos, "-o", output)
    assert result.exit_code == 8 and result.stderr.endswith("; the table says what they need\n")
    (photos / "p0003.jpg").write_bytes(b"broken")
    result = run("batch", photos, "-o", output)
    assert result.exit_code == 8
    words = shlex.split(result.stderr.splitlines()[-1].partition("run: nostalgia ")[2])
    assert words == ["batch", "retry", str(output)]
    assert "<title>The Bergs</title>" in (output / "album/index.html").read_text()
    assert run("batch", photos, "-o", output, "--title", "Box 3").exit_code == 8
    assert "<title>Box 3</title>" in (output / "album/index.html").read_text()


def test_the_path_of_the_new_tree_is_printed(run, asked, tmp_path: Path) -> None:
    tree = tmp_path / "family.ged"
    tree.write_text("0 HEAD\n1 GEDC\n2 VERS 7.0\n0 @I1@ INDI\n1 NAME Anna /Berg/\n0 TRLR\n")
    result = run("batch", tree, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert f"not to be passed on: {tmp_path / 'out/family.nostalgia.ged'}\n" in result.stderr
    assert result.stdout == f"{tmp_path / 'out/album/index.html'}\n"


def test_missing_and_empty_inputs(run, asked, tmp_path: Path) -> None:
    for words in (["nowhere"], ["--dry-run", "nowhere"], ["--media", "nowhere", __file__]):
        result = run("batch", *words, "-o", tmp_path / "out")
        assert result.exit_code == 3, result.output
        assert "Traceback" not in result.output
    (tmp_path / "empty").mkdir()
    result = run("batch", tmp_path / "empty", "-o", tmp_path / "out")
    assert result.exit_code == 0 and "no pictures" in result.stderr
    assert run("batch").exit_code == 2
    (tmp_path / "oma.jpg").write_bytes(b"")
    result = run("batch", tmp_path / "oma.jpg")
    assert result.exit_code == 2 and "nostalgia animate" in result.stderr
    assert "retry" in run("batch", "--help").stdout


def test_a_folder_above_has_its_album_beside_it(run, asked, photos: Path, monkeypatch) -> None:
    (photos / "sub").mkdir()
    monkeypatch.chdir(photos / "sub")
    assert run("batch", "..").exit_code == 0
    assert (photos.parent / "photos.nostalgia/album/index.html").is_file()
    assert asked[0].title == "Photos"


@pytest.mark.parametrize("stopped", [Cancelled("stopped"), KeyboardInterrupt()])
@pytest.mark.parametrize("command", ["run", "retry"])
def test_an_interrupted_batch_can_be_resumed(
    run, asked, photos: Path, tmp_path: Path, monkeypatch, command, stopped
) -> None:
    assert run("batch", photos, "-o", tmp_path / "out", "--limit", "1").exit_code == 8
    for real in (run_batch, retry_batch):
        stand_in = create_autospec(real, side_effect=stopped)
        monkeypatch.setattr(running, real.__name__, stand_in)
    words = (
        ("run", photos, "-o", tmp_path / "out") if command == "run" else (command, tmp_path / "out")
    )
    result = run("batch", *words, "-q")
    assert result.exit_code == 130
    assert (
        result.stderr == "finished clips are safe; run the same command again to resume\nstopped\n"
    )


def test_the_first_interrupt_cancels_a_batch(
    run, photos: Path, tmp_path: Path, monkeypatch
) -> None:
    def interrupted(request, progress=None, executor=None, cancel=None):
        os.kill(os.getpid(), signal.SIGINT)
        cancel.check()

    stand_in = create_autospec(run_batch, side_effect=interrupted)
    monkeypatch.setattr(running, "run_batch", stand_in)
    result = run("batch", photos, "-o", tmp_path / "out")
    assert result.exit_code == 130 and result.stderr.endswith("stopped\n")


def test_a_terminal_sees_the_progress_of_a_batch(asked, photos: Path, monkeypatch) -> None:
    terminal = put_terminal(monkeypatch)
    with pytest.raises(SystemExit) as end:
        app(["batch", str(photos)])
    assert end.value.code == 0
    assert "photos" in terminal.getvalue() and "100%" in terminal.getvalue()
