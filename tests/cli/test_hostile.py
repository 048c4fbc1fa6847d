"""Files that go wrong, through the real command line: each gets the exit code of its row.

The rows are read from hostile/expected.csv in the folder of shared material.
"""

import csv
import os
import shutil
from pathlib import Path

import pytest
from shared_material import FOLDER, skip_reason

HOSTILE = FOLDER / "hostile"
EXIT_CODES = {
    "ok": 0,
    "ok-with-warning": 0,
    "input-error": 3,
    "no-face": 4,
    "driver-error": 5,
}
SHORT = ("--duration", "0.4", "--fps", "5", "--max-side", "200")


def rows(kind: str) -> list[pytest.param]:
    """The rows of one kind: file, the outcomes that are right."""
    table = HOSTILE / "expected.csv"
    if reason := skip_reason(table):
        return [pytest.param("", set(), marks=pytest.mark.skip(reason=reason))]
    with table.open(newline="", encoding="utf-8") as file:
        return [
            pytest.param(
                row["file"],
                {row["expect"], *filter(None, row["also"].split(";"))},
                id=ascii(row["file"]),
            )
            for row in csv.DictReader(file)
            if row["kind"] == kind
        ]


def check(result, outcomes: set[str], folder: Path) -> None:
    """The outcome is one of the right ones; nothing half-written is left in the folder."""
    assert "Traceback" not in result.output
    assert result.exit_code in {EXIT_CODES[outcome] for outcome in outcomes}, result.output
    left = [path for path in folder.rglob("*") if path.is_file()]
    clips = [path for path in left if path.suffix in {".mp4", ".gif", ".webp"}]
    assert not [path for path in left if "partial" in path.name]
    if result.exit_code == 0:
        assert clips
        warned = "warning: " in result.stderr
        assert warned or outcomes != {"ok-with-warning"}
    else:
        assert not clips
        assert result.stderr.startswith("error: ")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("file", "outcomes"),
    [
        row
        for row in rows("image")
        if not row.values[1] or row.values[1] & {"ok", "ok-with-warning"}
    ],
)
def test_restored_images(run, tmp_path: Path, file: str, outcomes: set[str]) -> None:
    picture = tmp_path / "restored.tif"
    result = run("enhance", HOSTILE / file, "-o", picture)
    assert "Traceback" not in result.output
    assert result.exit_code in {EXIT_CODES[outcome] for outcome in outcomes}, result.output
    assert picture.exists() == (result.exit_code == 0)
    assert len(list(tmp_path.glob("restored*"))) == picture.exists()


@pytest.mark.parametrize(("file", "outcomes"), rows("image"))
def test_images(run, tmp_path: Path, file: str, outcomes: set[str]) -> None:
    result = run("animate", *SHORT, "-o", tmp_path / "clip.mp4", "--", HOSTILE / file)
    check(result, outcomes, tmp_path)


@pytest.mark.parametrize(("file", "outcomes"), rows("name"))
def test_names(run, tmp_path: Path, monkeypatch, file: str, outcomes: set[str]) -> None:
    """The photo lies in a folder of its own and is named relative to it, as a shell would."""
    source = HOSTILE / file
    monkeypatch.chdir(tmp_path)
    if source.is_dir():
        Path(source.name).mkdir()
    else:
        shutil.copyfile(source, source.name)
    result = run("animate", *SHORT, "--", source.name)
    check(result, outcomes, tmp_path)
    assert all(len(line) < 400 for line in result.output.splitlines())
    assert len(result.stdout.splitlines()) <= 1
    assert "\u202e" not in result.output


@pytest.mark.parametrize(("file", "outcomes"), rows("video"))
def test_videos_as_drivers(run, tmp_path: Path, file: str, outcomes: set[str]) -> None:
    good_photo = HOSTILE / "trees" / "good.jpg"
    clip = tmp_path / "clip.mp4"
    result = run("animate", *SHORT, "--driver", HOSTILE / file, "-o", clip, good_photo)
    check(result, outcomes, tmp_path)


def test_photos_of_one_stem_both_get_their_clip(run, tmp_path: Path, shared) -> None:
    for name in ("oma.jpg", "oma.png"):
        shutil.copyfile(shared / f"hostile/names/twice/{name}", tmp_path / name)
    assert run("animate", *SHORT, tmp_path / "oma.jpg").exit_code == 0
    assert run("animate", *SHORT, tmp_path / "oma.png").exit_code == 0
    assert len(list(tmp_path.glob("*.mp4"))) == 2


@pytest.fixture
def special_files(tmp_path: Path) -> Path:
    """Links to nothing and in a circle, and a pipe that nobody writes to."""
    (tmp_path / "dangling.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "loop-a.jpg").symlink_to("loop-b.jpg")
    (tmp_path / "loop-b.jpg").symlink_to("loop-a.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    return tmp_path


@pytest.mark.parametrize("name", ["dangling.jpg", "loop-a.jpg", "pipe.jpg", "/dev/zero"])
@pytest.mark.parametrize("command", ["animate", "faces"])
def test_what_is_no_file_is_an_input_error(run, special_files: Path, name, command) -> None:
    output = ("-o", special_files / "clip.mp4") if command == "animate" else ()
    result = run(command, special_files / name, *output)
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    assert not (special_files / "clip.mp4").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_permissions(run, tmp_path: Path, shared) -> None:
    photo = tmp_path / "photo.jpg"
    shutil.copyfile(shared / "hostile/trees/good.jpg", photo)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    assert run("animate", *SHORT, photo, "-o", closed / "clip.mp4").exit_code in (3, 7)
    photo.chmod(0)
    assert run("animate", *SHORT, photo).exit_code == 3
