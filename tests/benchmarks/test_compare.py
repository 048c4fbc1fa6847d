"""Two checkouts are compared from end to end; arguments that make no sense are refused."""

import json
from pathlib import Path

import compare
import numpy as np
import pytest
import runs
from cases import MADE, Case
from checkouts import ROOT, BenchmarkError, Side
from compare import read_arguments
from PIL import Image
from skimage import data

from nostalgia.cli.stopwatch import Spent


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "portrait.png"
    Image.fromarray(np.asarray(data.astronaut())[:300, 70:370]).resize((150, 150)).save(path)
    return path


def test_the_default_is_all_made_cases_against_this_checkout() -> None:
    arguments = read_arguments(["HEAD~1"])
    assert arguments.after == str(ROOT)
    assert arguments.cases == list(MADE)


def test_photos_replace_the_made_cases_unless_those_are_named_too(portrait: Path) -> None:
    assert read_arguments(["a", "--photo", str(portrait)]).cases == []
    words = ["a", "--photo", str(portrait), "--cases", "small, scan"]
    assert read_arguments(words).cases == ["small", "scan"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rounds", "0"], "1 or more"),
        (["--cases", "smal"], "choose from small, portrait"),
        (["--cases", ""], "name cases or photos"),
        (["--photo", "nosuch.jpg"], "nosuch.jpg is not a file; check the name"),
        (["--portrait", "nosuch.jpg"], "nosuch.jpg is not a file; check the name"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(capsys, words, message) -> None:
    with pytest.raises(SystemExit) as end:
        read_arguments(["HEAD", *words])
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_an_unknown_commit_is_one_line_and_an_exit_code(capsys) -> None:
    assert compare.main(["no-such-commit", "--cases", "small"]) == 1
    assert "error: no-such-commit: neither a folder nor a commit" in capsys.readouterr().err


@pytest.fixture
def started(monkeypatch) -> list[str]:
    """Runs in their order, as "side case"; nothing is really run. `new` knows --size."""
    order: list[str] = []

    def run(side, photo, words, path):
        order.append(" ".join((side.name, photo.stem, *words)))
        return runs.Clip(64, 48, 50, 25.0), {"rendering": 1.0}, Spent(float(len(order)), 1.0, 1.0)

    monkeypatch.setattr(runs, "_run", run)
    monkeypatch.setattr(runs, "still_of", lambda photo, size_wh: None)
    monkeypatch.setattr(runs, "plain_encoding_s", lambda still, frames, fps: 0.5)
    monkeypatch.setattr(Side, "require", lambda side: "--size" if side.name == "new" else "")
    return order


def test_sides_take_turns(started: list[str], tmp_path: Path) -> None:
    sides = [Side("old", ROOT), Side("new", ROOT)]
    cases = [Case("a", "A", Path("a.png")), Case("b", "B", Path("b.png"))]
    results = runs.run_in_turns(sides, cases, 3, ["--smile", "0"], tmp_path)
    warm, counted = started[:2], started[2:]
    assert all("--duration 0.5" in each for each in warm)
    assert [each.removesuffix(" --smile 0") for each in counted] == [
        "old a", "new a", "old b", "new b",
        "new a", "old a", "new b", "old b",
        "old a", "new a", "old b", "new b",
    ]  # fmt: skip
    assert [len(results["b"][side].spent) for side in ("old", "new")] == [3, 3]
    assert results["b"]["old"].encoding_s == [0.5, 0.5, 0.5]


def test_a_side_without_sizes_runs_the_same_command_once(started: list[str], tmp_path) -> None:
    scan = Path("scan.png")
    cases = [Case("scan", "S", scan), Case("full", "F", scan, size="full")]
    results = runs.run_in_turns([Side("old", ROOT), Side("new", ROOT)], cases, 2, [], tmp_path)
    assert started[2:] == [
        "old scan", "new scan", "new scan --size full",
        "new scan", "old scan", "new scan --size full",
    ]  # fmt: skip
    assert results["full"]["old"] is results["scan"]["old"]
    assert len(results["full"]["old"].encoding_s) == 2
    alone = runs.run_in_turns([Side("old", ROOT)], cases, 1, [], tmp_path)
    assert list(alone) == ["scan"], "sizes are left out where nobody knows them"
    with pytest.raises(BenchmarkError, match="--size"):
        runs.run_in_turns([Side("old", ROOT)], cases[1:], 1, [], tmp_path)


@pytest.mark.slow
def test_a_checkout_against_itself(portrait: Path, tmp_path: Path, capsys) -> None:
    figures, clips = tmp_path / "figures.json", tmp_path / "clips"
    code = compare.main(
        [
            *(str(ROOT), str(ROOT), "--photo", str(portrait), "--rounds", "1"),
            *("--options", "--duration 0.4 --driver nod", "--json", str(figures)),
            *("--keep-clips", str(clips)),
        ]
    )
    printed = capsys.readouterr()
    assert code == 0, printed.err
    assert "| portrait.png | before | 150 x 150, 0.4 s |" in printed.out
    assert "| portrait.png | 10 | equal | equal | equal | equal |" in printed.out
    assert sorted(path.suffix for path in clips.glob("photo-*")) == [".json"] * 2 + [".mp4"] * 2
    (case,) = json.loads(figures.read_text())["cases"].values()
    (run,) = case["after"]["runs"]
    assert run["wall_s"] > run["stages_s"]["rendering"] > 0
    assert run["plain_encoding_s"] > 0


@pytest.mark.slow
def test_a_photo_that_cannot_be_animated_ends_the_comparison(tmp_path: Path, capsys) -> None:
    Image.new("RGB", (80, 60), (120, 120, 120)).save(tmp_path / "wall.png")
    code = compare.main([str(ROOT), "--photo", str(tmp_path / "wall.png"), "--rounds", "1"])
    assert code == 1
    assert "before: wall.png was not animated: error: no face was found" in capsys.readouterr().err
