"""Inputs of a batch: what is unpacked from an archive, and whose picture a file is."""

import zipfile
from pathlib import Path

import pytest

from nostalgia.album.batch.inputs import read_input, unpack
from nostalgia.album.batch.planning import plan_batch
from nostalgia.album.batch.request import UNPACKED, BatchRequest
from nostalgia.errors import InputError, UsageError

JPEG = b"\xff\xd8\xff\xe0"
TREE = """0 HEAD
1 GEDC
2 VERS 7.0
0 @I1@ INDI
1 NAME Anna /Berg/
1 DEAT Y
1 OBJE @O1@
1 OBJE @O3@
0 @I2@ INDI
1 NAME Zoe /Berg/
1 OBJE @O2@
1 OBJE @O3@
0 @O1@ OBJE
1 FILE dead.jpg
0 @O2@ OBJE
1 FILE alive.jpg
0 @O3@ OBJE
1 FILE both.jpg
0 TRLR
"""


@pytest.fixture
def request_(tmp_path: Path) -> BatchRequest:
    """A batch of a GEDZIP with pictures of a dead woman, of a living one, and of both."""
    with zipfile.ZipFile(tmp_path / "t.gdz", "w") as archive:
        archive.writestr("gedcom.ged", TREE)
        for name in ("dead", "alive", "both"):
            archive.writestr(f"{name}.jpg", JPEG + name.encode())
    return BatchRequest(tmp_path / "t.gdz", tmp_path / "out")


def test_nothing_of_the_living_is_unpacked(request_: BatchRequest) -> None:
    tree = read_input(request_)
    plan = plan_batch(tree, request_)
    unpack(tree, plan.links_to_open(), request_.output)
    files = [path for path in (request_.output / UNPACKED).rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == ["both.jpg", "dead.jpg"]


def test_an_unpacked_picture_is_the_same_for_all_who_are_in_it(request_: BatchRequest) -> None:
    """Else the living woman in it would be forgotten when the faces are counted."""
    tree = read_input(request_)
    links = plan_batch(tree, request_).links_to_open()
    unpacked = unpack(tree, links, request_.output)
    paths = {link.path for link in unpacked.links if link.reference == "both.jpg"}
    assert len(paths) == 1
    assert None not in paths


def test_a_file_that_may_be_another_persons_is_nobodys(tmp_path: Path) -> None:
    people = "".join(
        f"0 @I{n}@ INDI\n1 NAME {n}\n1 DEAT Y\n1 OBJE\n2 FILE C:\\{n}\\scan.jpg\n2 FORM jpg\n"
        for n in ("Anna", "Karl")
    )
    (tmp_path / "t.ged").write_text(f"0 HEAD\n1 GEDC\n2 VERS 5.5.1\n{people}0 TRLR\n")
    (tmp_path / "scan.jpg").write_bytes(JPEG)
    request = BatchRequest(tmp_path / "t.ged", tmp_path / "out")
    states = [item.status for item in plan_batch(read_input(request), request).items]
    assert states == ["ambiguous", "ambiguous"]
    (tmp_path / "Karl").mkdir()
    (tmp_path / "scan.jpg").rename(tmp_path / "Karl" / "scan.jpg")
    states = [item.status for item in plan_batch(read_input(request), request).items]
    assert states == ["ambiguous", "animate"]


@pytest.mark.parametrize("name", ["photo.jpg", "photo", "photo.jp2"])
def test_one_photo_is_no_batch(tmp_path: Path, name: str) -> None:
    start = b"\0\0\0\x0cjP  \r\n\x87\n" if name.endswith("jp2") else JPEG
    (tmp_path / name).write_bytes(start + bytes(60))
    with pytest.raises(UsageError, match="is one photo"):
        read_input(BatchRequest(tmp_path / name, tmp_path / "out"))


def test_a_folder_of_other_files_is_an_error_with_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "1.dng").write_bytes(b"II*\0" + bytes(60))
    with pytest.raises(InputError, match=r"only 1 camera raw file \(\.dng\)") as caught:
        read_input(BatchRequest(tmp_path / "box", tmp_path / "out"))
    assert caught.value.exit_code == 3
