"""Pictures of an archive: unpacked whole, mended after damage, and gone with their people."""

import os
import zipfile
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch import runner
from nostalgia.album.batch.request import BatchRequest

GEDCOM = """0 HEAD
1 GEDC
2 VERS 7.0
0 @I1@ INDI
1 NAME Anna /Dead/
1 DEAT
2 DATE 1920
1 OBJE @O1@
0 @I2@ INDI
1 NAME Zoe /Lives/
1 BIRT
2 DATE 2001
1 OBJE @O2@
0 @O1@ OBJE
1 FILE media/anna.jpg
2 FORM image/jpeg
0 @O2@ OBJE
1 FILE media/zoe.jpg
2 FORM image/jpeg
0 TRLR
"""
CONSENT = {"I2": "by letter"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "family.gdz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("gedcom.ged", GEDCOM)
        for name in ("anna", "zoe"):
            file.writestr(f"media/{name}.jpg", f"photo of {name}")
    return path


def run(archive: Path, output: Path, **more):
    return runner.run_batch(BatchRequest(archive, output, **more), executor=made_batch.Inline())


def unpacked(output: Path) -> dict[str, bytes]:
    files = [path for path in (output / "unpacked").rglob("*") if path.is_file()]
    return {path.name: path.read_bytes() for path in files}


@pytest.mark.parametrize("harm", ["emptied", "changed", "linked", "added"])
def test_a_damaged_picture_is_unpacked_again(archive: Path, tmp_path: Path, harm: str) -> None:
    """As a power cut in an older version, or somebody else, may have left it."""
    if harm == "linked" and os.name == "nt":
        pytest.skip("links need rights of their own there")
    output = tmp_path / "out"
    assert run(archive, output, consent=CONSENT).counts() == {"done": 2}
    whole, made = unpacked(output), made_batch.made(output)
    (picture,) = (output / "unpacked").rglob("anna.jpg")
    if harm == "linked":
        picture.unlink()
        picture.symlink_to(archive)
    elif harm == "added":
        picture.with_name("other.jpg").write_bytes(b"somebody else's")
    else:
        picture.write_bytes(b"" if harm == "emptied" else b"photo of eve!")
    assert run(archive, output, consent=CONSENT).counts() == {"done": 2}
    assert unpacked(output) == whole == {"anna.jpg": b"photo of anna", "zoe.jpg": b"photo of zoe"}
    assert made_batch.made(output) == made, "no clip is made again"


def test_the_picture_of_somebody_withdrawn_goes(archive: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(archive, output, consent=CONSENT)
    assert run(archive, output).counts() == {"done": 1, "skipped-living": 1}
    assert set(unpacked(output)) == {"anna.jpg"}
    assert b"zoe" not in (output / "journal.sqlite").read_bytes().lower()
