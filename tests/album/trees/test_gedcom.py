"""GEDCOM of all versions and encodings, intact and damaged."""

import codecs
import io
from datetime import date
from pathlib import Path

import pytest

from nostalgia.album.trees.gedcom_lines import GedcomReader
from nostalgia.album.trees.reader import read_tree
from nostalgia.errors import InputError

TODAY = date(2026, 11, 21)


def gedcom(body: str, version: str = "5.5.1", charset: str = "UTF-8") -> str:
    head = f"0 HEAD\n1 GEDC\n2 VERS {version}\n1 CHAR {charset}\n"
    return head + "\n".join(line.strip() for line in body.strip().splitlines()) + "\n0 TRLR\n"


def read(folder: Path, text: str | bytes, media=(), name: str = "tree.ged"):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_tree(path, media, today=TODAY)


NAMED = """
    0 @I1@ INDI
    1 NAME Zoë /Müller-Straße/
"""


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    ("charset", "mark", "encoding"),
    [
        ("UTF-8", b"", "utf-8"),
        ("UTF-8", codecs.BOM_UTF8, "utf-8"),
        ("UNICODE", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("UNICODE", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("UNICODE", b"", "utf-16-le"),
        ("UNICODE", b"", "utf-16-be"),
        ("ANSI", b"", "cp1252"),
        ("WINDOWS-1252", b"", "cp1252"),
        ("IBMPC", b"", "cp437"),
        ("MACINTOSH", b"", "mac_roman"),
        ("ANSEL", b"", "gedcom"),
    ],
)
def test_every_encoding_and_line_end(tmp_path, charset, mark, encoding, newline):
    if encoding == "gedcom":
        import ansel

        ansel.register()
    text = gedcom(NAMED, charset=charset).replace("\n", newline)
    tree = read(tmp_path, mark + text.encode(encoding))
    assert tree.persons[0].name == "Zoë Müller-Straße"
    assert (tree.version, tree.warnings) == ("5.5.1", ())


def test_a_wrong_charset_is_read_with_a_warning(tmp_path):
    tree = read(tmp_path, gedcom(NAMED).encode("cp1252"))
    assert tree.persons[0].name == "Zoë Müller-Straße"
    assert "not valid UTF-8" in tree.warnings[0]


def test_names_in_other_scripts_are_kept(tmp_path):
    tree = read(
        tmp_path,
        gedcom(
            """
            0 @I1@ INDI
            1 NAME 耕筰 /山田/
            2 ROMN Kōsaku /Yamada/
            2 TRAN Kosaku /Yamada/
            1 NAME Kósçak /Yamada/
            0 @I2@ INDI
            1 NAME
            2 GIVN Anna
            2 SURN Maier
            """
        ),
    )
    first, second = tree.persons
    assert first.name == "耕筰 山田"
    assert first.also_named == ("Kósçak Yamada", "Kosaku Yamada", "Kōsaku Yamada")
    assert second.name == "Anna Maier"
    assert (first.surname, second.surname) == ("山田", "Maier")


@pytest.mark.parametrize(
    ("lines", "living", "reason"),
    [
        ("1 DEAT Y", False, "DEAT Y without a date: dead"),
        ("1 DEAT\n2 PLAC Rome", False, "DEAT without a date: dead"),
        ("1 DEAT\n2 DATE 1955", False, "died 1955"),
        ("1 DEAT", True, "no date of any kind: unknown means living"),
        ("1 DEAT\n2 DATE", True, "no date of any kind: unknown means living"),
        ("1 DEAT N", True, "no date of any kind: unknown means living"),
        ("1 DEAT\n2 DATE (living)", True, "no date of any kind: unknown means living"),
        ("1 NO DEAT", True, "no date of any kind: unknown means living"),
        ("1 BURI\n2 DATE 1931", False, "no DEAT but a burial: dead"),
        ("1 CREM Y", False, "no DEAT but a cremation: dead"),
        ("1 PROB\n2 DATE 1931", False, "no DEAT but a probate: dead"),
        ("1 BIRT\n2 DATE 2001", True, "born 2001, no death: living"),
        ("1 BIRT\n2 DATE 1850", False, "born 1850, no death: past any human age"),
        ("1 CHR\n2 DATE 1850", False, "baptised 1850, no death: past any human age"),
        ("1 CHR\n2 DATE 1950", True, "no birth date, no death: unknown means living"),
        ("1 OCCU Smith\n2 DATE 1750", True, "no date of any kind: unknown means living"),
    ],
)
def test_the_guard_reads_events(tmp_path, lines, living, reason):
    person = read(tmp_path, gedcom(f"0 @I1@ INDI\n{lines}")).persons[0]
    assert (person.living, person.reason) == (living, reason)


def test_relatives_show_who_is_past_any_age(tmp_path):
    tree = read(
        tmp_path,
        gedcom(
            """
            0 @I1@ INDI
            0 @I2@ INDI
            1 BIRT
            2 DATE 1850
            0 @I3@ INDI
            0 @F1@ FAM
            1 WIFE @I1@
            1 CHIL @I2@
            0 @F2@ FAM
            1 HUSB @I3@
            1 HUSB @I99@
            1 CHIL @I3@
            1 MARR
            2 DATE 1999
            """
        ),
    )
    assert [person.living for person in tree.persons] == [False, False, True]
    assert tree.persons[0].reason == "a child born 1850, no death: past any human age"


@pytest.mark.parametrize(
    ("resn", "restricted"),
    [
        ("confidential", True),
        ("privacy", True),
        ("CONFIDENTIAL, LOCKED", True),
        ("locked", False),
        ("LOCKED", False),
    ],
)
def test_resn_restricts_person_and_picture(tmp_path, resn, restricted):
    tree = read(
        tmp_path,
        gedcom(
            f"0 @I1@ INDI\n1 RESN {resn}\n1 OBJE @O1@\n0 @O1@ OBJE\n1 RESN {resn}\n1 FILE a.jpg"
        ),
    )
    assert tree.persons[0].restricted is restricted
    assert tree.links[0].restricted is restricted


def test_records_and_embedded_media_with_titles_notes_and_sources(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "b.jpg").write_bytes(b"b")
    tree = read(
        tmp_path,
        gedcom(
            """
            0 @I1@ INDI
            1 OBJE @O1@
            2 TITL Title of the link
            1 OBJE @O1@
            2 SOUR @S1@
            3 PAGE page 7
            1 OBJE
            2 FILE b.jpg
            2 TITL Embedded
            2 NOTE @N1@
            1 OBJE @O9@
            1 OBJE @VOID@
            1 BIRT
            2 OBJE
            3 FILE certificate.jpg
            0 @O1@ OBJE
            1 FILE a.jpg
            2 TITL Title of the file
            1 NOTE first
            2 CONT second
            1 SOUR told by Anna
            0 @S1@ SOUR
            1 AUTH A. Clerk
            1 TITL Parish
            2 CONC  register
            0 @N1@ NOTE shared
            0 @O2@ OBJE
            1 FILE unused.jpg
            """
        ),
    )
    first, second, third = tree.links
    assert (first.title, first.media_id, first.path) == (
        "Title of the link",
        "O1",
        tmp_path / "a.jpg",
    )
    assert (first.note, first.source) == ("first\nsecond", "told by Anna")
    assert second.title == "Title of the file"
    assert second.source == "A. Clerk, Parish register, page 7\ntold by Anna"
    assert (third.title, third.note, third.media_id) == ("Embedded", "shared", "")
    assert tree.media_objects == 4
    assert tree.warnings == ("links to media that are not in the tree: 1",)


def test_a_record_of_several_files_and_the_main_picture_of_family_tree_maker(tmp_path):
    tree = read(
        tmp_path,
        gedcom(
            """
            0 @I1@ INDI
            1 OBJE @O1@
            1 _PHOTO @O1@
            0 @I2@ INDI
            1 _PHOTO @O1@
            0 @O1@ OBJE
            1 FILE a.jpg
            1 FILE b.jpg
            """
        ),
    )
    assert [(link.person_id, link.reference) for link in tree.links] == [
        ("I1", "a.jpg"),
        ("I1", "b.jpg"),
        ("I2", "a.jpg"),
        ("I2", "b.jpg"),
    ]


@pytest.mark.parametrize(
    ("lines", "crop_px", "crop_share"),
    [
        (
            "2 CROP\n3 TOP 110\n3 LEFT 93\n3 HEIGHT 230\n3 WIDTH 200",
            (93, 110, 200, 230),
            None,
        ),
        ("2 CROP\n3 TOP 5", (0, 5, 1e6, 1e6), None),
        ("2 CROP\n3 WIDTH 0\n3 HEIGHT 5", None, None),
        ("2 CROP\n3 TOP -50\n3 LEFT 0\n3 HEIGHT 10\n3 WIDTH 10", None, None),
        ("2 CROP\n3 TOP a\n3 LEFT b", None, None),
        ("2 CROP\n3 TOP nan\n3 LEFT inf", None, None),
        ("2 _POSITION 60 0 425 487", (60, 0, 365, 487), None),
        ("2 _POSITION 60 0 425 487\n2 _CUTOUT Y", None, None),
        ("2 _POSITION 60 0", None, None),
        ("2 _AREA 0.5 0.25 0.75 1.5", None, (0.5, 0.25, 0.25, 0.75)),
    ],
)
def test_crops_under_the_link(tmp_path, lines, crop_px, crop_share):
    body = f"0 @I1@ INDI\n1 OBJE @O1@\n{lines}\n0 @O1@ OBJE\n1 FILE a.jpg"
    link = read(tmp_path, gedcom(body, version="7.0")).links[0]
    assert (link.crop_px, link.crop_share) == (crop_px, crop_share)


CUT_OUT = """
    1 OBJE
    2 FILE cutout.jpg
    2 _CUTOUT Y
    2 _PRIM Y
    2 _POSITION 0 0 400 539
    2 _PARENTRIN MH:P51
"""
WHOLE = """
    1 OBJE
    2 FILE wedding.jpg
    2 _PARENTPHOTO Y
    2 _PRIM_CUTOUT Y
    2 _POSITION 0 0 400 539
    2 _PHOTO_RIN MH:P51
"""
OTHER = """
    1 OBJE
    2 FILE other.jpg
    2 _PRIM N
    2 _PHOTO_RIN MH:P52
"""


@pytest.mark.parametrize(
    ("lines", "files", "shown"),
    [
        ((OTHER, CUT_OUT, WHOLE), "cutout other wedding", ["wedding", "other"]),
        ((OTHER, CUT_OUT, WHOLE), "cutout other", ["cutout", "wedding", "other"]),
        ((OTHER, CUT_OUT), "cutout other wedding", ["cutout", "other"]),
        ((CUT_OUT, WHOLE.replace("P51", "P50")), "cutout wedding", ["cutout", "wedding"]),
        (
            (CUT_OUT, WHOLE.replace("_POSITION", "_NOTHING")),
            "cutout wedding",
            ["cutout", "wedding"],
        ),
        ((CUT_OUT.replace("2 _PARENTRIN MH:P51", ""), WHOLE), "cutout wedding", ["wedding"]),
        (
            (CUT_OUT.replace("_CUTOUT Y", "_CUTOUT N"), WHOLE),
            "cutout wedding",
            ["cutout", "wedding"],
        ),
    ],
)
def test_a_cut_out_and_the_picture_that_it_was_cut_from_are_one(tmp_path, lines, files, shown):
    for name in files.split():
        (tmp_path / f"{name}.jpg").write_bytes(name.encode())
    tree = read(tmp_path, gedcom("\n".join(("0 @I1@ INDI", *(text.strip() for text in lines)))))
    assert [Path(link.reference).stem for link in tree.links] == shown
    crops = {link.reference: link.crop_px for link in tree.links}
    assert crops.get("cutout.jpg") == ((0, 0, 400, 539) if "_CUTOUT N" in lines[0] else None)
    assert ("cut-outs" in " ".join(tree.warnings)) is ("cutout" in files and "cutout" not in shown)


def test_the_main_picture_comes_first(tmp_path):
    body = (
        "0 @I1@ INDI\n1 OBJE\n2 FILE a.jpg\n1 OBJE\n2 FILE b.jpg\n2 _PRIM Y\n1 OBJE\n2 FILE c.jpg"
    )
    assert [link.reference for link in read(tmp_path, gedcom(body)).links] == [
        "b.jpg", "a.jpg", "c.jpg",
    ]  # fmt: skip


def test_versions_differ_in_what_a_double_at_means(tmp_path):
    body = "0 @I1@ INDI\n1 NAME @@home a@@b"
    assert read(tmp_path, gedcom(body)).persons[0].name == "@home a@b"
    assert read(tmp_path, gedcom(body, version="7.0")).persons[0].name == "@home a@@b"


def test_identifiers_are_unique_and_harmless(tmp_path):
    tree = read(
        tmp_path,
        gedcom(
            """
            0 @I1@ INDI
            0 @I1@ INDI
            0 @../etc@ INDI
            0 INDI
            0 INDI
            """
        ),
    )
    assert [person.id for person in tree.persons] == ["I1", "I1-2", "_etc", "person", "person-2"]
    assert tree.warnings == ("duplicate identifiers of people, now numbered: 1",)


def test_many_persons_without_identifiers_are_numbered_quickly(tmp_path):
    tree = read(tmp_path, gedcom("0 INDI\n" * 20_000))
    assert len({person.id for person in tree.persons}) == 20_000


def test_damaged_lines_are_skipped_and_counted(tmp_path):
    text = gedcom(
        """
        0 @I1@ INDI
        1 NAME Anna /Maier/

        goes on without a level
        5 NOTE too deep
        -1 NOTE below zero
        1
        1 DEAT Y
        0 @I2 INDI
        1 NAME Un/closed/
        0 @@
        1 NAME belongs to nobody
        """
    )
    tree = read(tmp_path, text.removesuffix("0 TRLR\n"))
    assert [person.name for person in tree.persons] == [
        "Anna Maier goes on without a level",
        "Un closed",
    ]
    assert not tree.persons[0].living
    assert tree.warnings == (
        "lines that are not GEDCOM: 4 (line 8, 10, 11 and more)",
        "lines more than one level below the previous one: 1 (line 9)",
        "identifiers without their closing @: 1 (line 13)",
        "ends without 0 TRLR: it may be cut off",
    )


def test_thousands_of_levels_are_no_recursion(tmp_path):
    deep = "\n".join(f"{level} _DEEP x" for level in range(1, 3000))
    tree = read(tmp_path, gedcom(f"0 @I1@ INDI\n{deep}\n1 DEAT Y"))
    assert not tree.persons[0].living
    assert "above 99" in tree.warnings[0]


def test_continuation_lines_are_joined(tmp_path):
    reader = GedcomReader(io.StringIO("0 @N1@ NOTE a\n1 CONC b\n1 CONT c\n1 CONT\n1 CONC d\n"))
    record = next(reader.records())
    assert record.value == "ab\nc\nd"


def test_long_lines_are_read_in_time(tmp_path):
    tree = read(tmp_path, gedcom("0 @I1@ INDI\n1 NOTE " + "x" * 5_000_000 + "\n1 DEAT Y"))
    assert not tree.persons[0].living


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 not a tree", b"hello\nworld\n"])
def test_other_files_are_refused(tmp_path, content):
    with pytest.raises(InputError, match="export the tree again"):
        read(tmp_path, content)


def test_only_plain_files_are_opened(tmp_path):
    import os

    with pytest.raises(InputError, match="no such file"):
        read_tree(tmp_path / "none.ged")
    os.mkfifo(tmp_path / "pipe.ged")
    with pytest.raises(InputError, match="a pipe or a device"):
        read_tree(tmp_path / "pipe.ged")
    (tmp_path / "tree.ged").write_text(gedcom("0 INDI"))
    with pytest.raises(InputError, match="check media"):
        read_tree(tmp_path / "tree.ged", [tmp_path / "none"])
