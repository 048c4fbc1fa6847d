"""Encodings of trees and tables: bytes decide, cut characters are joined, bad lines stay few."""

import codecs
import io
import random
from pathlib import Path
from unittest.mock import Mock

import ansel
import pytest

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.cut_characters import byte_lines
from nostalgia.album.trees.model import FamilyTree
from nostalgia.album.trees.reader import read_tree

NAME = "Žofie /Müllerová-Größe/"
NOTE = "Pracovala jako kuchařka v Plzni, Straße “Łódź” 👵 и Россия, çà et là"

ansel.register()


def tree_text(charset: str = "UTF-8", name: str = NAME, note: str = "none") -> str:
    header = ["0 HEAD", "1 GEDC", "2 VERS 5.5.1"] + ([f"1 CHAR {charset}"] if charset else [])
    person = ["0 @I1@ INDI", f"1 NAME {name}", "1 DEAT Y", "1 OBJE", "2 FILE a.jpg"]
    return "\n".join([*header, *person, f"2 NOTE {note}", "0 TRLR", ""])


def read(folder: Path, content: bytes, name: str = "tree.ged") -> FamilyTree:
    (folder / name).write_bytes(content)
    return read_tree(folder / name)


STYLES = {
    "MyHeritage": ("1 SOUR MYHERITAGE", "UTF-8", "utf-8-sig", "\n"),
    "Ancestry": ("1 SOUR Ancestry.com Family Trees", "UTF-8", "utf-8", "\r\n"),
    "Family Tree Maker": ("1 SOUR FTM", "UTF-8", "utf-8-sig", "\r\n"),
    "Family Tree Maker 17": ("1 SOUR FTW", "ANSI", "cp1252", "\r\n"),
    "RootsMagic": ("1 SOUR RootsMagic", "UTF-8", "utf-8-sig", "\r\n"),
    "Legacy": ("1 SOUR Legacy", "ANSI", "cp1252", "\r\n"),
    "Legacy, Unicode": ("1 SOUR Legacy", "UTF-8", "utf-8-sig", "\r\n"),
    "Gramps": ("1 SOUR Gramps", "UTF-8", "utf-8", "\n"),
    "webtrees": ("1 SOUR webtrees", "UTF-8", "utf-8", "\r\n"),
    "webtrees, ANSI": ("1 SOUR webtrees", "ANSI", "cp1252", "\r\n"),
    "Geneanet": ("1 SOUR Geneanet", "UTF-8", "utf-8", "\n"),
    "GeneWeb": ("1 SOUR GeneWeb", "ANSEL", "gedcom", "\n"),
    "GeneWeb, ANSI": ("1 SOUR GeneWeb", "ANSI", "cp1252", "\n"),
    "PAF": ("1 SOUR PAF", "ANSEL", "gedcom", "\r\n"),
    "Reunion": ("1 SOUR Reunion", "MACINTOSH", "mac_roman", "\r"),
    "Brother's Keeper": ("1 SOUR BROSKEEP", "IBMPC", "cp437", "\r\n"),
    "Ahnenblatt": ("1 SOUR AHN", "UNICODE", "utf-16", "\r\n"),
    "Stammbaumdrucker": ("1 SOUR SBD", "ANSI\n2 VERS 1250", "cp1250", "\r\n"),
    "a Czech program": ("1 SOUR X", "WINDOWS-1250", "cp1250", "\r\n"),
    "a Linux program": ("1 SOUR X", "ISO-8859-15", "iso8859-15", "\n"),
    "says nothing": ("1 SOUR X", "", "utf-8", "\n"),
    "says ANSEL": ("1 SOUR X", "ANSEL", "utf-8", "\n"),
    "says ANSI": ("1 SOUR X", "ANSI", "utf-8", "\n"),
    "says IBMPC": ("1 SOUR X", "IBMPC", "utf-8", "\n"),
    "says UTF-16": ("1 SOUR X", "UTF-16", "utf-8", "\n"),
    "says UTF8": ("1 SOUR X", "UTF8", "utf-16", "\n"),
    "says nonsense": ("1 SOUR X", "BESTOM", "utf-8", "\n"),
}


@pytest.mark.parametrize("style", STYLES)
def test_the_exports_of_every_program(tmp_path, style: str) -> None:
    source, charset, encoding, line_end = STYLES[style]
    name = "Zoé /Müller/"
    text = tree_text(charset, name).replace("1 GEDC", f"{source}\n1 GEDC")
    tree = read(tmp_path, text.replace("\n", line_end).encode(encoding))
    assert [person.name for person in tree.persons] == ["Zoé Müller"]
    assert (tree.version, tree.warnings) == ("5.5.1", ())


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("charset", ["UTF-8", "ANSI", "ANSEL", "MACINTOSH", ""])
@pytest.mark.parametrize("cut", ["\n2 CONC ", "\n  2 CONC ", "\r\n3 CONC ", "\n"])
def test_characters_that_are_cut_in_two_are_joined(tmp_path, cut, charset, mark) -> None:
    note = NOTE.encode()
    for length in range(1, len(note)):
        half = note[:length] + cut.encode() + note[length:]
        content = tree_text(charset, note="HERE").encode().replace(b"HERE", half)
        tree = read(tmp_path, mark + content)
        assert tree.persons[0].name == NAME.replace("/", "")
        found = tree.links[0].note
        assert found.replace("\n", "") == NOTE or note[length : length + 1] == b" "
        assert all("UTF-8" not in warning for warning in tree.warnings)


def test_a_character_cut_by_cont_stays_whole(tmp_path) -> None:
    note = "Man\n3 CONT žel".encode().replace(b"\n3 CONT \xc5", b"\xc5\n3 CONT ")
    content = tree_text(note="HERE").encode().replace(b"HERE", note)
    assert read(tmp_path, content).links[0].note == "Manž\nel"


def test_an_accent_of_ansel_that_is_cut_from_its_letter_comes_back(tmp_path) -> None:
    note = "Müller".encode("gedcom").replace(b"\xe8", b"\xe8\n3 CONC ")
    content = tree_text("ANSEL", note="HERE").encode("gedcom").replace(b"HERE", note)
    assert read(tmp_path, content).links[0].note == "Müller"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_character_of_utf_16_that_is_cut_in_two_comes_back(tmp_path, encoding) -> None:
    text = tree_text("UNICODE", note="👵 and \ud83d\n3 CONC \udc75, \ud83d alone")
    tree = read(tmp_path, text.encode(encoding, "surrogatepass"))
    assert tree.links[0].note == "👵 and 👵, \ufffd alone"


@pytest.mark.parametrize("charset", ["UTF-8", "ANSI", ""])
def test_a_bad_line_spoils_no_other(tmp_path, charset) -> None:
    content = tree_text(charset, note="HERE").encode().replace(b"HERE", "Köln".encode("cp1252"))
    tree = read(tmp_path, content)
    assert (tree.persons[0].name, tree.links[0].note) == (NAME.replace("/", ""), "Köln")
    line = content[: content.index(b"K\xf6ln")].count(b"\n") + 1
    assert tree.warnings == (
        f"1 line is not valid UTF-8 (it is line {line}): read as Windows-1252, so letters may be"
        " wrong",
    )


def test_bad_lines_are_counted_and_read_as_the_header_says(tmp_path) -> None:
    bad = "Šárka\n3 CONT Čeněk".encode("cp1250")
    content = tree_text("CP1250", note="HERE").encode().replace(b"HERE", bad)
    content = content.replace(b"0 TRLR", "\n".join(["1 NOTE Žďár"] * 3 + ["0 TRLR"]).encode())
    tree = read(tmp_path, content)
    assert tree.links[0].note == "Šárka\nČeněk"
    assert tree.warnings[0].startswith("2 lines are not valid UTF-8 (the first is line 10)")


@pytest.mark.parametrize(
    ("note", "read_as"),
    [
        ("Žofie z K".encode() + b"\xf6ln", "Žofie z Köln"),
        ("Žofie z Plzn".encode() + b"\xc4", "Žofie z Plzn\ufffd"),
        ("Žofie ".encode() + "👵".encode()[:3], "Žofie \ufffd"),
        (b"caf\xe9", "café"),
        (
            "Žofie ".encode() + "\ud83d\udc75 \ud83d.".encode("utf-8", "surrogatepass"),
            "Žofie 👵 \ufffd.",
        ),
    ],
)
def test_a_bad_byte_spoils_no_other_letter_of_its_line(tmp_path, note, read_as) -> None:
    content = tree_text(note="HERE").encode().replace(b"HERE", note)
    assert read(tmp_path, content).links[0].note == read_as


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_mark_of_utf_16_before_other_text_is_a_mistake(tmp_path, mark) -> None:
    tree = read(tmp_path, mark + tree_text().encode())
    assert (tree.persons[0].name, tree.warnings) == (NAME.replace("/", ""), ())


def test_mac_text_that_is_utf_8_in_places_by_chance_is_mac_text(tmp_path) -> None:
    names = "".join(f"0 @I{n}@ INDI\n1 NAME Élie à l’été\n1 DEAT Y\n" for n in range(2, 9))
    text = tree_text("MACINTOSH", "Zoé /D’été/").replace("0 TRLR", f"{names}0 TRLR")
    tree = read(tmp_path, text.encode("mac_roman"))
    assert {person.name for person in tree.persons} == {"Zoé D’été", "Élie à l’été"}
    assert tree.warnings == ()


def test_a_table_may_have_bad_lines_too(tmp_path) -> None:
    rows = [b"photo,name,died", "a.jpg,Žofie,Y".encode(), "b.jpg,Jörg,Y".encode("cp1252")]
    for mark in (b"", codecs.BOM_UTF8):
        tree = read(tmp_path, mark + b"\r\n".join(rows), "table.csv")
        assert [person.name for person in tree.persons] == ["Žofie", "Jörg"]
        assert "1 line is not valid UTF-8 (it is line 3)" in tree.warnings[0]


def test_lines_end_in_any_way_wherever_the_blocks_end() -> None:
    chance = random.Random(5)
    for _ in range(200):
        content = b"".join(chance.choices([b"\r", b"\n", b"\r\n", b"a", b"\xc3\xa9"], k=40))
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
        pieces = [content[n : n + 3] for n in range(0, len(content), 3)]
        file = Mock(read=Mock(side_effect=[*pieces, b""]))
        assert [line.decode() for line in byte_lines(file)] == list(text)


def test_whatever_the_bytes_every_line_arrives() -> None:
    chance = random.Random(7)
    for _ in range(300):
        lines = [bytes(chance.choices(range(32, 256), k=chance.randrange(1, 9))) for _ in range(6)]
        content = b"0 HEAD\n1 CHAR ANSEL\n" + b"\n2 CONC ".join(lines)
        with open_text(io.BytesIO(content), lambda warning: None, gedcom=True) as text:
            found = list(text)
        assert len(found) == 8
        "".join(found).encode()


def test_lines_of_utf_8_in_a_file_of_ansel(tmp_path) -> None:
    names = ["Änne /Müller/", "Zoë /Čap/", "Žofie /Nová/"]
    lines = [f"0 @I{number}@ INDI\n1 NAME {name}" for number, name in enumerate(names)]
    text = "\n".join(["0 HEAD", "1 CHAR ANSEL", *lines, ""]).encode("gedcom")
    pasted = "0 @I9@ INDI\n1 NAME Größe /Łuk/\n1 NOTE 日本\n0 TRLR\n".encode()
    tree = read(tmp_path, text + pasted)
    plain = [name.replace("/", "") for name in [*names, "Größe /Łuk/"]]
    assert [person.name for person in tree.persons] == plain
