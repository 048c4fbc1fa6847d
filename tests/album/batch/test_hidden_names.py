"""Words about a picture, and its file name, that name somebody who is left out of the album."""

from pathlib import Path

import pytest
from PIL import Image

from nostalgia.album.batch.captions import picture_words
from nostalgia.album.batch.hidden_names import hidden_names
from nostalgia.album.batch.inputs import read_input
from nostalgia.album.batch.planning import Plan, plan_batch
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.trees.model import Person

SHOWN = [Person("1", "Karl Berg", surname="Berg"), Person("2", "Anna Maria Berg", surname="Berg")]
HIDDEN = [
    Person("3", "Zo\u00eb Marie Berg", ("Zo\u00eb Klein",), surname="Berg"),
    Person("4", "Anna Weiss", surname="Weiss"),
    Person("5", "Florence von Maier", surname="Maier"),
    Person("6", "Unknown Berg", surname="Berg"),
    Person("7", "Living", surname=""),
    Person("8", "X17 Weiss", surname="Weiss"),
]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Karl with Zo\u00eb (born 2001)", True),
        ("Karl with Zoe", True),
        ("ZO\u00cb BERG", True),
        ("Anna Weiss", True),
        ("with X17", True),
        ("with X18", False),
        ("WEISS, Anna", True),
        ("Anna and Karl Berg", False),
        ("Karl von Maier", False),
        ("Living in Linz", False),
        ("Unknown man, with Karl Berg", False),
        ("", False),
    ],
)
def test_titles_that_name_somebody_hidden(text: str, named: bool) -> None:
    assert hidden_names(SHOWN, HIDDEN).in_words(text) is named


def test_file_names_and_citations() -> None:
    names = hidden_names(SHOWN, HIDDEN)
    assert names.in_file_name("karl_and_zoe-2001.jpg")
    assert names.in_file_name("KarlZoe2001.jpg")
    assert not names.in_file_name("karl-berg-1931.jpg")
    assert not names.in_citation("State archive of Florence, box 5")
    assert names.in_citation("Letter of Florence Maier")


def test_a_married_name_that_a_granddaughter_has_as_well() -> None:
    wife = Person("9", "Barbara Pierce", surname="Pierce")
    young = Person("10", "Barbara Bush", surname="Bush")
    names = hidden_names([wife, *SHOWN], [young])
    assert not names.in_words("Barbara Bush, 1950", wife)
    assert not names.in_file_name("photo_barbara_bush.jpg", wife)
    assert names.in_words("Karl with Barbara Bush", SHOWN[0])


def plan(folder: Path, *lines: str) -> Plan:
    for name in ("karl and zoe.jpg", "two.jpg"):
        Image.new("RGB", (8, 8), "grey" if name == "two.jpg" else "black").save(folder / name)
    head = ["0 HEAD", "1 GEDC", "2 VERS 5.5.1", "1 CHAR UTF-8"]
    karl = ["0 @I1@ INDI", "1 NAME Karl /Berg/", "1 DEAT Y"]
    zoe = ["0 @I2@ INDI", "1 NAME Zoe /Berg/", "1 BIRT", "2 DATE 2001"]
    body = [*karl, *lines[0].split("\n"), *zoe, *lines[1:]]
    (folder / "tree.ged").write_text("\n".join([*head, *body, "0 TRLR", ""]), encoding="utf-8")
    request = BatchRequest(folder / "tree.ged", folder / "out")
    return plan_batch(read_input(request), request)


def test_a_title_with_the_name_of_somebody_living_is_not_shown(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        "1 OBJE\n2 FILE karl and zoe.jpg\n2 TITL Karl with Zoe\n2 NOTE Zoe, 3, and Karl",
    )
    (item,) = found.items
    assert (item.link.title, item.link.note) == ("", "")
    assert item.told_name.startswith("photo-") and item.told_name.endswith(".jpg")
    assert item.told_stem == ""
    assert any("titles, notes or sources" in warning for warning in found.warnings)
    assert "oe" not in " ".join(found.warnings)


def test_other_titles_stay(tmp_path: Path) -> None:
    found = plan(tmp_path, "1 OBJE\n2 FILE two.jpg\n2 TITL At the sea\n2 NOTE in 1931")
    (item,) = found.items
    assert (item.link.title, item.link.note, item.told_name) == ("At the sea", "in 1931", "two.jpg")
    assert item.told_stem == "two"
    assert not any("titles" in warning for warning in found.warnings)


def test_a_photo_of_somebody_living_shows_no_words(tmp_path: Path) -> None:
    link = "1 OBJE\n2 FILE two.jpg\n2 TITL Grandfather and his youngest"
    found = plan(tmp_path, link, *link.split("\n"))
    assert {item.link.title for item in found.items} == {""}


def test_the_words_in_the_photo_itself_count_too(tmp_path: Path) -> None:
    found = plan(tmp_path, "1 OBJE\n2 FILE two.jpg")
    exif = Image.Exif()
    exif[0x010E] = "Karl with Zoe"
    Image.new("RGB", (8, 8)).save(tmp_path / "two.jpg", exif=exif)
    (item,) = found.items
    words = picture_words(item)
    assert (words.title, words.description) == ("", "")
