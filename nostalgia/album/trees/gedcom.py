"""A family tree from GEDCOM records: persons, the pictures linked to them, and what says who lives.

Only pictures that the tree links to a person are taken; those of families, events and sources show
wedding parties, deeds and gravestones, and do not say who is who.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import IO

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.gedcom_lines import GedcomReader, Record
from nostalgia.album.trees.gedcom_media import GedcomMedia, is_silent
from nostalgia.album.trees.identifiers import PersonIds
from nostalgia.album.trees.kin import Kin
from nostalgia.album.trees.living import Life, Sign, judged_person
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import InputError
from nostalgia.files import printable_name

_ENDS = (("DEAT", "death"), ("BURI", "burial"), ("CREM", "cremation"), ("PROB", "probate"))
_SIGNS = (
    ("CHR", "baptised"),
    ("BAPM", "baptised"),
    ("CONF", "confirmed"),
    ("CENS", "in a census of"),
    ("EMIG", "emigrated"),
    ("IMMI", "immigrated"),
    ("NATU", "naturalised"),
    ("GRAD", "graduated"),
)
_NOT_DEAD = frozenset({"N", "NO", "LIVING", "ALIVE"})
_RECORDS_KEPT = frozenset({"OBJE", "SOUR", "NOTE", "SNOTE"})


@dataclass(slots=True)
class _Individual:
    """A person on the way to a verdict: relatives are known only when the file has been read."""

    id: str
    xref: str
    names: tuple[str, ...]
    surname: str
    life: Life
    restricted: bool
    media: list[Record]


@dataclass
class _Tree:
    people: list[_Individual] = field(default_factory=list)
    by_xref: dict[str, _Individual] = field(default_factory=dict)
    kin: Kin = field(default_factory=Kin)
    kept: dict[str, dict[str, Record]] = field(
        default_factory=lambda: {tag: {} for tag in _RECORDS_KEPT}
    )
    warnings: Counter[str] = field(default_factory=Counter)


def read_gedcom(
    path: Path, file: IO[bytes], finder: MediaFinder, today: date, form: str = "gedcom"
) -> FamilyTree:
    """Read a GEDCOM file of any version and encoding.

    Raises:
        InputError: it is no GEDCOM.
    """
    tree = _Tree()
    oddities: list[str] = []
    ids = PersonIds()
    with open_text(file, oddities.append, gedcom=True) as text:
        reader = GedcomReader(text)
        for record in reader.records():
            _take(record, tree, ids, reader)
    if not (reader.has_head or tree.people or any(tree.kept.values())):
        raise InputError(
            f"{printable_name(path)}: is no GEDCOM; export the tree again as GEDCOM and name that"
        )
    media = GedcomMedia(tree.kept, finder, tree.warnings)
    persons: list[Person] = []
    links: list[PhotoLink] = []
    for someone in tree.people:
        person = _person(someone, tree, today)
        persons.append(person)
        links += media.links(someone.media, person.id)
    oddities += reader.warnings() + ids.warnings()
    oddities += [f"{count} {what}" for what, count in tree.warnings.items()]
    return FamilyTree(
        path=path,
        form=form,
        version=reader.version,
        persons=tuple(persons),
        links=tuple(links),
        media_objects=media.records + reader.embedded_media,
        warnings=tuple(oddities + finder.warnings),
    )


def _take(record: Record, tree: _Tree, ids: PersonIds, reader: GedcomReader) -> None:
    if record.tag == "HEAD":
        reader.version = record.text("GEDC", "VERS")
    elif record.tag == "INDI":
        someone = _individual(record, ids.unique(record.xref))
        tree.people.append(someone)
        tree.by_xref.setdefault(record.xref, someone)
    elif record.tag == "FAM":
        tree.kin.add_family(
            parents=[spouse.points_to for spouse in (*record.all("HUSB"), *record.all("WIFE"))],
            children=[child.points_to for child in record.all("CHIL")],
            married=record.text("MARR", "DATE"),
        )
    elif record.tag in _RECORDS_KEPT:
        same = tree.kept[record.tag]
        # Two records of one identifier: both count as media, the first is meant.
        same[record.xref if record.xref not in same else f"{record.xref} {len(same)}"] = record


def _individual(record: Record, person_id: str) -> _Individual:
    # Family Tree Maker names the main picture once more, and some exports only there.
    media = record.all("OBJE")
    linked = {link.points_to for link in media}
    main = [photo for photo in record.all("_PHOTO") if photo.points_to not in {"", *linked}]
    return _Individual(
        id=person_id,
        xref=record.xref,
        names=tuple(dict.fromkeys(_names(record))),
        surname=_surname(record),
        life=_life(record),
        restricted=is_silent(record),
        media=media + main,
    )


def _life_of(xref: str, tree: _Tree) -> Life | None:
    someone = tree.by_xref.get(xref)
    return someone.life if someone else None


def _names(record: Record) -> Iterator[str]:
    """Every name, the first first; then those in other scripts (TRAN, ROMN, FONE)."""
    for name in record.all("NAME"):
        pieces = f"{name.text('GIVN')} {name.text('SURN')}"
        if said := _plain(name.value) or _plain(pieces):
            yield said
    for name in record.all("NAME"):
        for tag in ("TRAN", "ROMN", "FONE"):
            yield from filter(None, (_plain(other.value) for other in name.all(tag)))


def _surname(record: Record) -> str:
    """What stands between slashes in the first name, or beside it as SURN."""
    name = next(iter(record.all("NAME")), None)
    if name is None:
        return ""
    between = name.value.split("/")[1:2]
    return _plain(between[0] if between else name.text("SURN"))


def _plain(name: str) -> str:
    # ANSEL writes accents apart from their letters.
    plain = unicodedata.normalize("NFC", name.replace("/", " ").replace("\0", ""))
    return " ".join(plain.split())


def _life(record: Record) -> Life:
    seen = [
        Sign(phrase, event.text("DATE"))
        for tag, phrase in _SIGNS
        for event in record.all(tag)
        if event.text("DATE")
    ]
    born = next((text for event in record.all("BIRT") if (text := event.text("DATE"))), "")
    for tag, end in _ENDS:
        asserted = [event for event in record.all(tag) if _is_asserted(event)]
        if asserted:
            died = next((text for event in asserted if (text := event.text("DATE"))), "")
            undated = "DEAT Y" if asserted[0].value.strip() else "DEAT"
            return Life(born, end, died, undated, "DEAT", tuple(seen))
    return Life(born, death_word="DEAT", seen=tuple(seen))


def _is_asserted(event: Record) -> bool:
    """An event counts when it is affirmed with Y, or anything is said of it.

    Both GEDCOM 5.5.1 and 7 say that an empty DEAT asserts nothing.
    """
    said = event.value.strip().upper()
    if said in _NOT_DEAD or event.text("DATE").strip("() ").upper() in _NOT_DEAD:
        return False
    return bool(said) or any(line.value.strip() or line.children for line in event.children)


def _person(someone: _Individual, tree: _Tree, today: date) -> Person:
    life = someone.life
    # Of two persons under one identifier, relatives mean the first.
    if tree.by_xref.get(someone.xref) is someone:
        signs = tree.kin.signs(someone.xref, lambda xref: _life_of(xref, tree))
        life = replace(life, seen=life.seen + signs)
    return judged_person(someone, life, today)
