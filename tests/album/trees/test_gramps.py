"""Gramps XML and packages."""

import gzip
import io
import tarfile
from datetime import date
from pathlib import Path

import pytest

from nostalgia.album.trees.archives import extract_pictures
from nostalgia.album.trees.reader import read_tree
from nostalgia.errors import InputError

XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE database PUBLIC "-//Gramps//DTD Gramps XML 1.7.1//EN"
"http://gramps.invalid/grampsxml.dtd">
<database xmlns="http://gramps-project.org/xml/1.7.1/">
<header><created date="2026-01-01" version="5.2.2"/>{header}</header>
{body}
</database>"""


def gramps(body: str, header: str = "") -> bytes:
    return XML.format(body=body, header=header).encode()


def person(inner: str = "", handle: str = "_p1", attributes: str = "") -> str:
    return (
        f'<people><person handle="{handle}" id="I1" {attributes}>'
        f"<name><first>Anna</first><surname>Maier</surname></name>{inner}</person></people>"
    )


def event(kind: str, when: str = "") -> str:
    return f'<events><event handle="_e1" id="E1"><type>{kind}</type>{when}</event></events>'


PHOTO = (
    '<objects><object handle="_o1" id="O1"{0}>'
    '<file src="a.jpg" description="T"/>{1}</object></objects>'
)
REF = '<eventref hlink="_e1" role="Primary"/>'


def read(folder: Path, content: bytes, name: str = "tree.gramps"):
    (folder / name).write_bytes(content)
    return read_tree(folder / name, today=date(2026, 11, 21))


@pytest.mark.parametrize("packed", [False, True])
def test_names_events_and_version(tmp_path, packed):
    body = event("Death", '<dateval val="1955-04-18"/>') + (
        '<people><person handle="_p1" id="I1"><name alt="1"><first>Other</first></name>'
        '<name><first>Anna</first><surname prefix="von">Maier</surname><suffix>jr.</suffix></name>'
        f"{REF}</person></people>"
    )
    content = gramps(body)
    tree = read(tmp_path, gzip.compress(content) if packed else content)
    assert (tree.form, tree.version) == ("gramps", "1.7.1")
    someone = tree.persons[0]
    assert (someone.name, someone.also_named) == ("Anna von Maier jr.", ("Other",))
    assert someone.surname == "Maier"
    assert (someone.died, someone.living, someone.reason) == ("1955-04-18", False, "died 1955")


@pytest.mark.parametrize(
    ("kind", "when", "living", "reason"),
    [
        ("Death", "", False, "a death without a date: dead"),
        ("Burial", "", False, "no death but a burial: dead"),
        ("Birth", '<dateval val="2001-09-09"/>', True, "born 2001, no death: living"),
        (
            "Birth",
            '<dateval val="1850" type="about"/>',
            False,
            "born about 1850, no death: past any human age",
        ),
        ("Birth", '<dateval val="1900" type="after"/>', True, "born after 1900, no death: living"),
        (
            "Birth",
            '<daterange start="1850" stop="1855-05"/>',
            False,
            "born 1850 to 1855, no death: past any human age",
        ),
        (
            "Birth",
            '<dateval val="0003-01-01" cformat="French Republican"/>',
            False,
            "born 1795, no death: past any human age",
        ),
        (
            "Birth",
            '<datestr val="long ago"/>',
            True,
            "no readable date: unknown means living",
        ),
        (
            "Baptism",
            '<dateval val="1850" quality="estimated"/>',
            False,
            "baptised about 1850, no death: past any human age",
        ),
    ],
)
def test_the_guard_reads_events(tmp_path, kind, when, living, reason):
    someone = read(tmp_path, gramps(event(kind, when) + person(REF))).persons[0]
    assert (someone.living, someone.reason) == (living, reason)


def test_another_role_in_an_event_proves_nothing(tmp_path):
    body = event("Death") + person('<eventref hlink="_e1" role="Witness"/>')
    assert read(tmp_path, gramps(body)).persons[0].living


def test_relatives_show_who_is_past_any_age(tmp_path):
    family = '<family handle="_f1"><father hlink="_p1"/><eventref hlink="_e1"/></family>'
    married = event("Marriage", '<dateval val="1850"/>')
    body = f"{married}{person()}<families>{family}</families>"
    someone = read(tmp_path, gramps(body)).persons[0]
    assert someone.reason == "married 1850, no death: past any human age"


@pytest.mark.parametrize(
    ("corners", "share"),
    [
        ((11, 20, 37, 64), (0.11, 0.2, 0.26, 0.44)),
        ((37, 64, 11, 20), (0.11, 0.2, 0.26, 0.44)),
        ((140, -20, 10, 250), (0.1, 0.0, 0.9, 1.0)),
        ((5, 5, 5, 50), None),
        (("a", "b", "c", "d"), None),
    ],
)
def test_regions_are_shares(tmp_path, corners, share):
    names = ("corner1_x", "corner1_y", "corner2_x", "corner2_y")
    region = " ".join(f'{name}="{corner}"' for name, corner in zip(names, corners, strict=True))
    body = person(f'<objref hlink="_o1"><region {region}/></objref>') + PHOTO.format("", "")
    tree = read(tmp_path, gramps(body))
    found = tree.links[0].crop_share
    assert found == (pytest.approx(share) if share else None)
    assert bool(tree.warnings) is (share is None)


def test_titles_notes_and_sources(tmp_path):
    link = '<objref hlink="_o1"><noteref hlink="_n1"/></objref>'
    citation = '<citation handle="_c1"><page>7</page><sourceref hlink="_s1"/></citation>'
    source = '<source handle="_s1"><stitle>Register</stitle><sauthor>A. Clerk</sauthor></source>'
    body = (
        person(link)
        + f"<citations>{citation}</citations><sources>{source}</sources>"
        + PHOTO.format("", '<citationref hlink="_c1"/>')
        + '<notes><note handle="_n1"><text>a note</text></note></notes>'
    )
    tree = read(tmp_path, gramps(body))
    link = tree.links[0]
    assert (link.title, link.note, link.source) == ("T", "a note", "A. Clerk, Register, 7")
    assert (link.restricted, tree.persons[0].restricted, link.media_id) == (False, False, "O1")
    assert tree.media_objects == 1


def test_the_media_path_counts_inside_the_permitted_folders(tmp_path):
    (tmp_path / "gallery").mkdir()
    (tmp_path / "gallery" / "a.jpg").write_bytes(b"x")
    body = person('<objref hlink="_o1"/><objref hlink="_o9"/>') + PHOTO.format("", "")
    tree = read(tmp_path, gramps(body, "<mediapath>gallery</mediapath>"))
    assert [link.path for link in tree.links] == [tmp_path / "gallery" / "a.jpg"]
    assert tree.warnings == ("links to media that are not in the tree: 1",)


ENTITIES = [
    '<!DOCTYPE database [<!ENTITY a "aaa">]>',
    '<!DOCTYPE database [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE database [<!ENTITY % p SYSTEM "http://dtd.invalid/p.dtd"> %p;]>',
]


@pytest.mark.parametrize("doctype", ENTITIES)
def test_entities_are_refused(tmp_path, doctype):
    content = gramps(person()).replace(b"<database", doctype.encode() + b"<database", 1)
    start = content.index(b"<!DOCTYPE database PUBLIC")
    end = content.index(b">", start) + 1
    with pytest.raises(InputError, match="declares entities"):
        read(tmp_path, content[:start] + content[end:])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html><body/></html>", "is XML, but not a Gramps tree"),
        (gramps(person())[:-30], "is damaged"),
        (gzip.compress(gramps(person()))[:-40], "is damaged"),
        (b"no xml", "is damaged"),
        (
            gzip.compress(gramps(person()) + b" " * (120 << 20), compresslevel=1),
            "more than a tree can hold",
        ),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, content)


def package(path: Path, entries: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def test_a_package_brings_its_pictures(tmp_path):
    body = person('<objref hlink="_o1"/>') + PHOTO.format("", "")
    inside = {"a.jpg": b"photo", "../evil.jpg": b"evil", "data.gramps": gzip.compress(gramps(body))}
    path = package(tmp_path / "tree.gpkg", inside)
    tree = read_tree(path)
    assert (tree.form, tree.links[0].archive_name) == ("gramps", "a.jpg")
    assert "lead out of the archive" in tree.warnings[0]
    (picture,) = extract_pictures(path, ["a.jpg"], tmp_path / "out").values()
    assert picture.read_bytes() == b"photo"
    assert [file for file in (tmp_path / "out").rglob("*") if file.is_file()] == [picture]


@pytest.mark.parametrize("entries", [{"a.jpg": b"photo"}, None])
def test_other_packages_are_refused(tmp_path, entries):
    path = tmp_path / "tree.gpkg"
    if entries is None:
        path.write_bytes(b"no tar at all")
    else:
        package(path, entries)
    with pytest.raises(InputError, match=r"data\.gramps|cannot be read"):
        read_tree(path)
