"""What `nostalgia batch` says about pictures that it finds, passes over or cannot tell apart."""

import shutil
import tarfile
from pathlib import Path

import pytest

JPEG = b"\xff\xd8\xff\xe0"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    (tmp_path / "box" / "@eaDir" / "anna.jpg").mkdir(parents=True)
    (tmp_path / "box" / "anna.jpg").write_bytes(JPEG)
    (tmp_path / "box" / "@eaDir" / "anna.jpg" / "SYNOPHOTO_THUMB_M.jpg").write_bytes(JPEG)
    for number in range(3):
        (tmp_path / "box" / f"{number}.nef").write_bytes(b"II*\0" + bytes(60))
    return tmp_path / "box"


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_dry_run_says_what_is_passed_over(run, box: Path) -> None:
    result = run("batch", box, "--dry-run")
    assert result.exit_code == 0
    assert "1 to animate" in result.stdout
    assert "1 picture was passed over" in result.stderr
    assert "1 in @eaDir" in result.stderr
    assert "3 files were passed over: 3 camera raw files (.nef)" in flat(result.stderr)


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_folder_of_other_files_ends_with_words_and_exit_code_3(run, box: Path, more) -> None:
    (box / "anna.jpg").unlink()
    result = run("batch", box, *more)
    assert result.exit_code == 3
    assert "contains no photo that can be read, only 3 camera raw files" in result.stderr


def test_different_files_of_one_name_are_named(run, tmp_path: Path) -> None:
    for folder in ("Scans", "Backup"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "anna.jpg").write_bytes(JPEG + folder[:1].encode())
    (tmp_path / "t.csv").write_text("photo,name,died\nD:\\Fotos\\anna.jpg,Anna,1901\n")
    result = run("batch", tmp_path / "t.csv", "--dry-run")
    assert "1 ambiguous" in result.stdout
    assert "Backup/anna.jpg, Scans/anna.jpg" in flat(result.stdout)
    (tmp_path / "Backup" / "anna.jpg").write_bytes(JPEG + b"S")
    assert "1 to animate" in run("batch", tmp_path / "t.csv", "--dry-run").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("myheritage/mh.ged", "--media", "myheritage/photos"), " to animate"),
        (("myheritage/mh-local.ged", "--media", "myheritage/photos"), " to animate"),
        (("mac/colon-path.ged", "--media", "mac/Pictures"), "1 to animate"),
        (("same-name/t.ged",), "1 to animate"),
    ],
)
def test_reports_of_users(run, shared, monkeypatch, words, says) -> None:
    monkeypatch.chdir(shared / "reports")
    result = run("batch", *words, "-o", "out", "--dry-run")
    assert result.exit_code == 0
    assert says in result.stdout
    assert "missing" not in result.stdout


def test_a_folder_from_a_disk_station(run, shared, tmp_path: Path) -> None:
    with tarfile.open(shared / "reports" / "synology-folder.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    result = run("batch", tmp_path / "Box 1974", "--dry-run")
    assert "3 to animate" in result.stdout


def test_names_from_windows_photo_gallery(run, shared, tmp_path: Path) -> None:
    shutil.copytree(shared / "reports" / "windows-photo-gallery", tmp_path / "w")
    result = run("batch", tmp_path / "w" / "t.ged", "-o", tmp_path / "out", "--preview")
    assert result.exit_code == 0
    assert "1 done, 1 skipped: living" in result.stderr
