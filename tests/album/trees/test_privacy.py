"""What trees mark as private, and whom they mark as living, in every form and at every level."""

from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from nostalgia.album.batch.inputs import read_input
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.trees.model import FamilyTree
from nostalgia.album.trees.privacy import public_text
from nostalgia.album.trees.private_tags import marks_living, marks_private, restricts
from nostalgia.album.trees.reader import read_tree

TODAY = date(2026, 11, 21)
HEAD = "0 HEAD\n1 GEDC\n2 VERS 5.5.1\n1 CHAR UTF-8\n"


def read(folder: Path, body: str, name: str = "tree.ged") -> FamilyTree:
    text = body if name != "tree.ged" else f"{HEAD}{body.strip()}\n0 TRLR\n"
    (folder / name).write_text(text, encoding="utf-8")
    return read_tree(folder / name, today=TODAY)


@pytest.mark.parametrize(
    ("value", "private"),
    [
        ("confidential", True),
        ("Privacy", True),
        ("CONFIDENTIAL, LOCKED", True),
        ("locked,privacy", True),
        ("vertraulich", True),
        ("hidden", True),
        ("1", True),
        ("0", False),
        ("locked", False),
        ("none", False),
        ("None, Locked", False),
        ("", False),
    ],
)
def test_values_of_resn(value: str, private: bool) -> None:
    assert restricts(value) is private


@pytest.mark.parametrize(
    ("line", "private"),
    [
        ("_PRIVATE Y", True),
        ("_PRIVATE", True),
        ("_PRIVATE N", False),
        ("_PRIVATE 0", False),
        ("_PRIV Y", True),
        ("_PRIV 1", True),
        ("PRIV", True),
        ("_PRIVAT Ja", True),
        ("_PRIVACY public", False),
        ("_CONFIDENTIAL yes", True),
        ("_CONF_FLAG Y", True),
        ("_HID Y", True),
        ("_HIDE Y", True),
        ("_HIDDEN", True),
        ("_SECRET TRUE", True),
        ("_INVISIBLE Y", True),
        ("__PRIVATE", True),
        ("_RESN confidential", True),
        ("_RESN none", False),
        ("_VISIBLE N", True),
        ("_VISIBLE Y", False),
        ("_PUBLIC 0", True),
        ("_NOT_PRIVATE Y", False),
        ("_PRIVATE_NOTE she never told him", False),
        ("_PRIVATE_NOTE a secret of hers", False),
        ("_PRIVATE_FACTS private", True),
        ("_NOPUB Y", True),
        ("_NOT_PUBLIC Y", True),
        ("_DO_NOT_PUBLISH Y", True),
        ("_NO_EXPORT 1", True),
        ("_NO_EXPORT N", False),
        ("_PUBLISH N", True),
        ("_EXCLUDE_FROM_WEB Y", True),
        ("_EXCL RPT", False),
        ("_HEMLIG J", True),
        ("_RISERVATO S", True),
        ("_PRIVACY 2", True),
        ("_PRIVACY public_read", False),
        ("_PRIVATE see the letters", True),
        ("_RESTRICTED", True),
        ("_RESTRICTION locked", False),
        ("_CONF Y", True),
        ("_CONF 3", False),
        ("_CONFIDENCE 3", False),
        ("_PRIVATE_SCHOOL Eton", False),
        ("_SECRET_SOCIETY Masons", False),
        ("_HIDE_LABEL Y", False),
        ("_HIDE_IN_CHART Y", False),
        ("_SHOW_ON_MAP N", False),
        ("_UNHID Y", False),
        ("_SECRETARY Anna", False),
        ("_PRIM Y", False),
        ("_CHILDREN 3", False),
        ("CONF", False),
        ("CHIL @I1@", False),
        ("NOTE private", False),
    ],
)
def test_marks_of_programs(line: str, private: bool) -> None:
    tag, _, value = line.partition(" ")
    assert marks_private(tag, value) is private
    assert not marks_living(tag, value)


@pytest.mark.parametrize(
    ("line", "living"),
    [
        ("_LIVING Y", True),
        ("_LIVING", True),
        ("__LIVING", True),
        ("_ALIVE 1", True),
        ("_IS_LIVING true", True),
        ("LIVING Y", True),
        ("_LIV Y", True),
        ("_LVG 1", True),
        ("_LEVENDE J", True),
        ("_LIVINGFLAG Y", True),
        ("_DEAD N", True),
        ("_DECEASED 0", True),
        ("_DEAD Y", False),
        ("_NO_LONGER_LIVING Y", False),
        ("_LIVING_CONDITIONS poor", False),
        ("_LIVING_WITH her mother", False),
        ("_LIVING N", False),
        ("_NOT_LIVING Y", False),
        ("_LIVING_NOTE moved to Spain", False),
    ],
)
def test_marks_of_the_living(line: str, living: bool) -> None:
    tag, _, value = line.partition(" ")
    assert marks_living(tag, value) is living
    assert not marks_private(tag, value)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("all of it", "all of it"),
        ("seen [[by aunt Ruth]] in Linz", "seen in Linz"),
        ("seen {by aunt Ruth} in Linz", "seen in Linz"),
        ("a {b {c} d} e", "a e"),
        ("a [[b", "a"),
        ("a {b {c} d", "a"),
        ("a } b ]] c", "a } b ]] c"),
        ("one\n[[two]]\nthree", "one\n\nthree"),
        ("{all}", ""),
        ("Linz <!-- told by {Ruth} --> 1931", "Linz  1931"),
        ("Linz --> Wien {to see --> Ruth}", "Linz --> Wien"),
        ("1881 ({Linz})", "1881"),
    ],
)
def test_private_parts_of_texts(text: str, public: str) -> None:
    assert public_text(text) == public


def test_confidential_paragraphs_of_notes(tmp_path) -> None:
    notes = [
        "Linz",
        "~ told by Ruth",
        "and by Zoë",
        "",
        "~1908, or so",
        "~ more",
        "! from a letter",
    ]
    text = notes[0] + "".join(f"\n3 CONT {note}" for note in notes[1:])
    body = f"0 @I1@ INDI\n1 OBJE\n2 FILE a.jpg\n2 TITL ~ 1908\n2 NOTE {text}"
    (link,) = read(tmp_path, body).links
    assert link.title == "~ 1908"
    assert link.note.split("\n") == ["Linz", "", "", "~1908, or so", "", "! from a letter"]


LIVES = "1 NAME Anna /Berg/\n1 DEAT\n2 DATE 1949"


@pytest.mark.parametrize(
    "mark",
    [
        "1 RESN confidential",
        "1 RESN privacy",
        "1 RESN CONFIDENTIAL, LOCKED",
        "1 _PRIVATE Y",
        "1 _FLGS\n2 __PRIVATE",
        "1 _FLAGS PRIVATE, ROOT",
        "1 NAME <Private> /Berg/",
        "1 NAME Private //",
        "1 NAME [Private Person] //",
    ],
)
def test_a_private_person_is_restricted(tmp_path, mark: str) -> None:
    body = f"0 @I1@ INDI\n{mark}\n{LIVES}"
    assert read(tmp_path, body).persons[0].restricted


@pytest.mark.parametrize(
    "mark",
    [
        "1 RESN locked",
        "1 RESN none",
        "1 _PRIVATE N",
        "1 _FLGS\n2 __REVIEWED",
        "1 _FLAG E",
        "1 NAME Private John /Berg/",
        "1 EVEN\n2 TYPE Private school",
        "1 EVEN\n2 TYPE Living in Linz, 1895",
        "1 EVEN\n2 TYPE Vivant\n2 DATE 903",
        "1 NOTE private",
    ],
)
def test_other_people_are_not(tmp_path, mark: str) -> None:
    person = read(tmp_path, f"0 @I1@ INDI\n{mark}\n{LIVES}").persons[0]
    assert not person.restricted and not person.living


@pytest.mark.parametrize(
    "mark",
    [
        "1 _LIVING Y",
        "1 _FLGS\n2 __LIVING",
        "1 _STATUS living",
        "1 NAME Living /Berg/",
        "1 NAME [Living] /Berg/",
        "1 NAME Persona vivente //",
        "1 EVEN\n2 TYPE Living",
    ],
)
def test_a_mark_of_the_living_outweighs_a_date_of_death(tmp_path, mark: str) -> None:
    person = read(tmp_path, f"0 @I1@ INDI\n{mark}\n{LIVES}").persons[0]
    assert (person.living, person.reason) == (True, "the tree marks this person as living")


@pytest.mark.parametrize(
    ("lines", "living"),
    [
        ("1 DEAT Y", False),
        ("1 DEAT\n2 NOTE not known", True),
        ("1 DEAT\n2 NOTE\n3 CONT killed", True),
        ("1 BURI\n2 NOTE where?", True),
        ("1 DEAT\n2 PLAC\n2 DATE", True),
        ("1 DEAT\n2 PLAC ?", True),
        ("1 DEAT\n2 PLAC unknown", True),
        ("1 DEAT\n2 PLAC living in Spain", True),
        ("1 DEAT\n2 DATE living", True),
        ("1 DEAT\n2 DATE (unknown)", True),
        ("1 DEAT\n2 DATE unbekannt", True),
        ("1 DEAT\n2 DATE\n3 PHRASE still living", True),
        ("1 DEAT Y\n2 DATE (unknown)", False),
        ("1 DEAT Y\n2 DATE living", True),
        ("1 DEAT unknown", True),
        ("1 DEAT no", True),
        ("1 DEAT\n2 DATE no longer living", False),
        ("1 DEAT\n2 DATE deceased", False),
        ("1 DEAT\n2 DATE\n3 PHRASE in the war", False),
        ("1 DEAT\n2 PLAC Verdun", False),
        ("1 DEAT\n2 CAUS typhoid", False),
        ("1 DEAT\n2 CAUS unknown", True),
        ("1 DEAT\n2 AGE 73y", False),
        ("1 DEAT\n2 SOUR @S1@", False),
        ("1 DEAT\n2 SOUR @VOID@", True),
        ("1 DEAT\n2 ADDR\n3 CITY Rome", False),
        ("1 DEAT Age: 73", False),
        ("1 DEAT\n2 _UID 70940F82\n2 RIN MH:IF3379", True),
        ("1 DEAT\n2 TYPE death", True),
        ("1 BURI\n2 PLAC Linz", False),
        ("1 NO DEAT", True),
        ("1 NO DEAT\n1 BURI Y", True),
        ("1 NO DEAT\n2 DATE TO 1900\n1 DEAT Y", False),
        ("1 BIRT\n2 DATE 1850\n1 NO DEAT", False),
    ],
)
def test_what_counts_as_a_death(tmp_path, lines: str, living: bool) -> None:
    assert read(tmp_path, f"0 @I1@ INDI\n{lines}").persons[0].living is living


def test_a_private_death_counts_and_is_not_told(tmp_path) -> None:
    tree = read(
        tmp_path,
        """0 @I1@ INDI
1 NAME Otto /Berg/
1 BIRT
2 DATE 1930
1 DEAT
2 RESN confidential
2 DATE 1960
0 @I2@ INDI
1 NAME Ruth /Berg/
1 BIRT
2 DATE 1990
2 _PRIVATE Y
0 @I3@ INDI
1 NAME Eva /Berg/
0 @I4@ INDI
1 BIRT
2 DATE 1850
2 RESN privacy
0 @F1@ FAM
1 WIFE @I3@
1 CHIL @I4@
""",
    )
    shown = [(each.born, each.died, each.living, each.reason) for each in tree.persons]
    assert shown == [
        ("1930", "", False, "known to be dead"),
        ("", "", True, "no date of any kind: unknown means living"),
        ("", "", False, "known to be dead"),
        ("", "", False, "known to be dead"),
    ]


@pytest.mark.parametrize(
    "mark",
    ["1 CHIL @I2@\n2 RESN privacy", "1 CHIL @I2@\n1 RESN privacy", "1 CHIL @I2@\n1 _PRIVATE Y"],
)
def test_a_private_family_is_not_told(tmp_path, mark: str) -> None:
    body = "0 @I1@ INDI\n0 @I2@ INDI\n1 BIRT\n2 DATE 1850\n0 @F1@ FAM\n1 WIFE @I1@\n"
    assert read(tmp_path, body + "1 CHIL @I2@").persons[0].reason.startswith("a child born 1850")
    assert read(tmp_path, body + mark).persons[0].reason == "known to be dead"


def test_a_relative_who_is_private_is_not_told(tmp_path) -> None:
    body = (
        "0 @I1@ INDI\n0 @I2@ INDI\n1 RESN privacy\n1 BIRT\n2 DATE 1850\n"
        "0 @F1@ FAM\n1 WIFE @I1@\n1 CHIL @I2@"
    )
    assert read(tmp_path, body).persons[0].reason == "known to be dead"


def test_a_table_may_have_columns_for_privacy(tmp_path) -> None:
    rows = (
        "photo;name;died;Privat;living\n"
        "a.jpg;Anna;1949;;\n"
        "b.jpg;Berta;1949;ja;\n"
        "c.jpg;Clara;1949;;yes\n"
        "d.jpg;Dora;1949;nein;no\n"
        "e.jpg;Dora;1949;x;\n"
        "f.jpg;<Private> Berg;1949;;\n"
    )
    people = {person.name: person for person in read(tmp_path, rows, "tree.csv").persons}
    assert {name for name, person in people.items() if person.restricted} == {
        "Berta", "Dora", "<Private> Berg",
    }  # fmt: skip
    assert {name for name, person in people.items() if person.living} == {"Clara"}


GRAMPS = """<?xml version="1.0" encoding="UTF-8"?>
<database xmlns="http://gramps-project.org/xml/1.7.1/"><header/>
<tags><tag handle="_t1" name="Private"/><tag handle="_t2" name="living"/>
<tag handle="_t3" name="ToDo"/></tags>
<events>
<event handle="_e1"><type>Death</type>{date}</event>
<event handle="_e2"><type>Birth</type><dateval val="1850"/></event></events>
<people><person handle="_p1" id="I1" {attributes}>
<name><first>Anna</first><surname>Berg</surname></name>{inner}</person></people></database>"""


def gramps(inner: str = "", attributes: str = "", when: str = "") -> str:
    return GRAMPS.format(inner=inner, attributes=attributes, date=when)


@pytest.mark.parametrize(
    ("attributes", "inner", "restricted"),
    [
        ('priv="1"', "", True),
        ('priv="0"', "", False),
        ("", '<tagref hlink="_t1"/>', True),
        ("", '<tagref hlink="_t3"/>', False),
        ("", '<attribute type="_PRIVATE" value="Y"/>', True),
        ("", '<attribute type="Hair" value="private"/>', False),
    ],
)
def test_a_private_person_of_gramps(tmp_path, attributes, inner, restricted) -> None:
    tree = read(tmp_path, gramps(inner, attributes), "tree.gramps")
    assert tree.persons[0].restricted is restricted


@pytest.mark.parametrize(
    ("inner", "when", "living"),
    [
        ('<eventref hlink="_e1"/>', "", False),
        ('<eventref hlink="_e1" priv="1"/>', "", False),
        ('<eventref hlink="_e1"/>', '<datestr val="living"/>', True),
        ('<eventref hlink="_e1"/>', "<description>Living in Spain</description>", True),
        ('<eventref hlink="_e1"/><tagref hlink="_t2"/>', "", True),
        ('<eventref hlink="_e1"/><attribute type="Living" value="yes"/>', "", True),
        ('<eventref hlink="_e1"/><attribute type="Living" value="no"/>', "", False),
        ('<eventref hlink="_e2" priv="1"/>', "", False),
    ],
)
def test_the_living_of_gramps(tmp_path, inner, when, living) -> None:
    person = read(tmp_path, gramps(inner, "", when), "tree.gramps").persons[0]
    assert person.living is living
    if "priv" in inner:
        assert (person.born, person.reason) == ("", "known to be dead")


def test_a_private_name_is_not_shown(tmp_path) -> None:
    ged = "0 @I1@ INDI\n1 NAME Eve /Hidden/\n2 RESN privacy\n1 NAME Anna /Berg/\n1 DEAT Y"
    xml = gramps().replace("<name>", '<name priv="1"><first>Eve</first></name><name alt="1">')
    for text, name in ((ged, "tree.ged"), (xml, "tree.gramps")):
        person = read(tmp_path, text, name).persons[0]
        assert (person.name, person.also_named, person.surname) == ("Anna Berg", (), "Berg")
    only = read(tmp_path, ged.replace("1 NAME Anna /Berg/\n", "")).persons[0]
    assert (only.name, only.also_named, only.surname) == ("", (), "")


def test_names_in_photos_lose_their_private_parts(tmp_path) -> None:
    region = (
        '<rdf:li mwg-rs:Name="Anna {Eve} Berg" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.5"'
        ' stArea:y="0.5" stArea:w="0.4" stArea:h="0.4"/></rdf:li>'
    )
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        ' xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"'
        ' xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"><mwg-rs:Regions'
        f' rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>{region}</rdf:Bag>'
        "</mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    Image.new("RGB", (80, 40)).save(tmp_path / "a.jpg", xmp=packet.encode())
    for tree in (read_tree(tmp_path), read_input(BatchRequest(tmp_path, tmp_path / "out"))):
        assert [person.name for person in tree.persons] == ["Anna Berg"]


@pytest.mark.parametrize(
    ("kind", "value", "marked"),
    [
        ("Private", "Y", True),
        ("_PRIVATE", "", True),
        ("Private tutor", "Mr Smith", False),
        ("Secret society", "Masons", False),
        ("Living conditions", "poor", False),
        ("Living", "yes", True),
    ],
)
def test_attributes_of_gramps_that_only_sound_private(tmp_path, kind, value, marked) -> None:
    person = (
        f'<person handle="_p" id="I1"><name><first>Anna</first></name><eventref hlink="_e"'
        f' role="Primary"/><attribute type="{kind}" value="{value}"/></person>'
    )
    xml = (
        '<database xmlns="http://gramps-project.org/xml/1.7.1/"><events><event handle="_e">'
        f"<type>Death</type></event></events><people>{person}</people></database>"
    )
    (anna,) = read(tmp_path, xml, "tree.gramps").persons
    assert (anna.restricted or anna.living) is marked


def test_dates_are_read_without_their_private_parts(tmp_path) -> None:
    life = "1 BIRT\n2 DATE 1881 ({told by Ruth})\n1 DEAT\n2 DATE 1949 [[in prison]]"
    (anna,) = read(tmp_path, f"0 @I1@ INDI\n1 NAME Anna /Berg/\n{life}").persons
    assert (anna.born, anna.died) == ("1881", "1949")


@pytest.mark.parametrize("died", ["1950 {in prison}", "1950 [[in prison]]", "1950 (in prison)"])
def test_a_date_with_a_private_part_is_still_a_date(tmp_path, died: str) -> None:
    table = f"photo,name,born,died\na.jpg,Anna,1880,{died}\nb.jpg,Ruth,1880 {{x}},\n"
    anna, ruth = read(tmp_path, table, "tree.csv").persons
    assert not anna.living and not ruth.living
