"""The pictures that are measured, and the options that go with them."""

from pathlib import Path

import pytest
from cases import MADE, all_cases
from PIL import Image


def test_every_made_case_has_a_picture_of_its_size(tmp_path: Path) -> None:
    names = [name for name in MADE if name not in ("scan", "full")]
    sizes = {}
    for case in all_cases(names, None, [], tmp_path):
        with Image.open(case.photo) as picture:
            sizes[case.name] = picture.size
    assert sizes["small"] == (512, 512)
    assert sizes["portrait"] == (1145, 1145)
    assert sizes["group"] == sizes["one-of-group"] == (2000, 1000)


def test_another_portrait_keeps_its_shape(tmp_path: Path) -> None:
    Image.new("RGB", (300, 600)).save(tmp_path / "tall.png")
    (case,) = all_cases(["small"], tmp_path / "tall.png", [], tmp_path)
    with Image.open(case.photo) as picture:
        assert picture.size == (256, 512)


def test_the_group_moves_all_faces_or_one_for_the_same_time(tmp_path: Path) -> None:
    group, one = all_cases(["group", "one-of-group"], None, [], tmp_path)
    assert one.photo == group.photo
    assert one.arguments(knows_size=True) == (*group.arguments(knows_size=True), "--faces", "1")


@pytest.mark.parametrize(("knows", "words"), [(True, ("--size", "full")), (False, ())])
def test_the_size_is_only_named_where_it_is_known(
    tmp_path: Path, monkeypatch, knows, words
) -> None:
    monkeypatch.setattr("cases._SCAN_PX", 10_000)
    _, full = all_cases(["scan", "full"], None, [], tmp_path)
    assert full.arguments(knows_size=knows) == words


def test_photos_of_one_name_stay_apart(tmp_path: Path) -> None:
    photos = [tmp_path / "a" / "oma.jpg", tmp_path / "b" / "oma.jpg"]
    assert len({case.name for case in all_cases([], None, photos, tmp_path)}) == 2
