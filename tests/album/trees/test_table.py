"""Tables of photos, as spreadsheets save them."""

import codecs
from datetime import date
from pathlib import Path

import pytest

from nostalgia.album.trees.reader import read_tree
from nostalgia.errors import InputError


def read(folder: Path, text: str | bytes, name: str = "table.csv"):
    (folder / "good.jpg").write_bytes(b"x")
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_tree(folder / name, today=date(2026, 11, 21))


PLAIN = "photo,name,born,died\ngood.jpg,Zoë Müller,1850,1900\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        codecs.BOM_UTF16_BE + PLAIN.replace(",", ";").encode("utf-16-be"),
        PLAIN.encode("cp1252"),
        b"\xef\xbb\xbf NAME , Photo ,Date of death,BIRTH DATE\n"
        + "Zoë Müller,good.jpg,1900,1850".encode(),
        "sep=;\nphoto;First Name;Last_name;born;died\ngood.jpg;Zoë;Müller;1850;1900\n".encode(),
        b'"photo","name","born","died"\n' + '"good.jpg","Zoë Müller","1850","1900"\n'.encode(),
    ],
)
def test_every_way_of_writing_a_table(tmp_path, content):
    tree = read(tmp_path, content)
    person, link = tree.persons[0], tree.links[0]
    assert (person.name, person.born, person.died) == ("Zoë Müller", "1850", "1900")
    assert (person.living, person.reason) == (False, "died 1900")
    assert (link.person_id, link.path) == (person.id, tmp_path / "good.jpg")
    assert (tree.form, tree.media_objects) == ("csv", 1)


def test_a_surname_of_its_own(tmp_path):
    text = "photo,Vorname,Nachname,died\ngood.jpg,Zoë,van der Berg,1900\ngood.jpg,Ida,,1901\n"
    people = read(tmp_path, text).persons
    assert [(person.name, person.surname) for person in people] == [
        ("Zoë van der Berg", "van der Berg"),
        ("Ida", ""),
    ]


def test_rows_of_one_person_and_the_columns_of_a_picture(tmp_path):
    tree = read(
        tmp_path,
        "photo,name,born,died,face,driver,note,title,source\n"
        "good.jpg,Anna,1850,1900,1-2,smile,A note,A title,Album 3\n"
        "gone.jpg,Anna,1850,1900,,,Only a note,,\n"
        ",Anna,1850,1900,,,,,\n"
        "good.jpg,Anna,1999,,,,,,\n"
        ",Karl,,,,,,,\n",
    )
    assert [person.name for person in tree.persons] == ["Anna", "Anna", "Karl"]
    assert len({person.id for person in tree.persons}) == 3
    first, second, third = tree.links
    assert (first.faces, first.driver, first.source) == ("1-2", "smile", "Album 3")
    assert (first.title, first.note) == ("A title", "A note")
    assert (second.title, second.note, second.problem) == ("Only a note", "", "missing-file")
    assert first.person_id == second.person_id != third.person_id


def test_identifiers_reveal_nothing_and_stay(tmp_path):
    first = read(tmp_path, PLAIN).persons[0].id
    again = read(tmp_path, PLAIN.replace("good.jpg,Zoë", ",Karl,,\ngood.jpg,Zoë")).persons[1].id
    assert first == again
    assert "zo" not in first.lower()
    assert read(tmp_path, "id,photo\nI7,good.jpg\n").persons[0].id == "I7"


@pytest.mark.parametrize(
    ("born", "died", "living", "reason"),
    [
        ("", "", True, "no date of any kind: unknown means living"),
        ("", "Y", False, "died Y without a date: dead"),
        ("2001-09-09", "yes", False, "died Y without a date: dead"),
        ("", "1931-03-05", False, "died 1931"),
        ("2001-09-09", "", True, "born 2001, no death: living"),
        ("2001-09-09", "N", True, "born 2001, no death: living"),
        ("2001-09-09", "living", True, "born 2001, no death: living"),
        ("2001-09-09", "?", True, "born 2001, no death: living"),
        ("1850-06-01", "", False, "born 1850, no death: past any human age"),
    ],
)
def test_the_guard_reads_the_columns(tmp_path, born, died, living, reason):
    tree = read(tmp_path, f"photo,born,died\ngood.jpg,{born},{died}\n")
    assert (tree.persons[0].living, tree.persons[0].reason) == (living, reason)
    assert any("not proof" in text for text in tree.warnings) is (died == "?")


def test_ragged_rows_are_read_as_far_as_they_go(tmp_path):
    tree = read(
        tmp_path,
        'photo,name,born,died\ngood.jpg\ngood.jpg,A,1850,1900,more\n"good.jpg,never closed\n',
    )
    assert [link.problem for link in tree.links] == ["", "", "missing-file"]
    assert tree.warnings == (
        "rows shorter than the first line: 2",
        "rows longer than the first line: 1",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("\n", "is empty"),
        ("sep=;\n", "is empty"),
        ("a,b\n", "no column called photo, only a,b"),
        ("name,born,died\nA,1850,1900\n", "no column called photo, only name,born,died"),
        ("photo\n" + '"' + "x" * 3_000_000, "is not CSV"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, content)


def test_a_table_without_rows(tmp_path):
    tree = read(tmp_path, "photo,name\n")
    assert (tree.persons, tree.warnings) == ((), ("has no rows: nothing to animate",))
