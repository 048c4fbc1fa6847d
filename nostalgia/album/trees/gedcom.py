"""A family tree from GEDCOM records: people, the pictures linked to them, and their life dates.

Only pictures that are linked to a person are used. Those of families, events and sources show
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
from nostalgia.album.trees.gedcom_media import GedcomMedia, is_restricted
from nostalgia.album.trees.identifiers import PersonIds
from nostalgia.album.trees.living import Evidence, Families, Life, judged
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import InputError
from nostalgia.files import printable_name

_ENDS = (("DEAT", "death"), ("BURI", "burial"), ("CREM", "cremation"), ("PROB", "probate"))
_LIFE_EVENTS = (
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
_SHARED_RECORDS = frozenset({"OBJE", "SOUR", "NOTE", "SNOTE"})


@dataclass(slots=True)
class _Individual:
    """A person before the living guard decides, which needs the whole file for the relatives."""

    person: Person
    xref: str
    life: Life
    media: list[Record]


@dataclass
class _Tree:
    people: list[_Individual] = field(default_factory=list)
    by_xref: dict[str, _Individual] = field(default_factory=dict)
    families: Families = field(default_factory=Families)
    shared: dict[str, dict[str, Record]] = field(
        default_factory=lambda: {tag: {} for tag in _SHARED_RECORDS}
    )
    warnings: Counter[str] = field(default_factory=Counter)


def read_gedcom(
    path: Path, file: IO[bytes], finder: MediaFinder, today: date, form: str = "gedcom"
) -> FamilyTree:
    """Read a GEDCOM file of any version and encoding.

    Raises:
        InputError: the file is not GEDCOM.
    """
    tree = _Tree()
    warnings: list[str] = []
    ids = PersonIds()
    with open_text(file, warnings.append, gedcom=True) as text:
        reader = GedcomReader(text)
        for record in reader.records():
            _add_record(record, tree, ids, reader)
    if not (reader.has_head or tree.people or any(tree.shared.values())):
        raise InputError(f"{printable_name(path)}: is not GEDCOM; export the tree again as GEDCOM")
    media = GedcomMedia(tree.shared, finder, tree.warnings)
    persons: list[Person] = []
    links: list[PhotoLink] = []
    for individual in tree.people:
        person = _person(individual, tree, today)
        persons.append(person)
        links += media.links(individual.media, person.id)
    warnings += reader.warnings() + ids.warnings()
    warnings += [f"{problem}: {count}" for problem, count in tree.warnings.items()]
    return FamilyTree(
        path=path,
        form=form,
        version=reader.version,
        persons=tuple(persons),
        links=tuple(links),
        media_objects=media.records + reader.embedded_media,
        warnings=tuple(warnings + finder.warnings),
    )


def _add_record(record: Record, tree: _Tree, ids: PersonIds, reader: GedcomReader) -> None:
    if record.tag == "HEAD":
        reader.version = record.text("GEDC", "VERS")
    elif record.tag == "INDI":
        individual = _individual(record, ids.unique(record.xref))
        tree.people.append(individual)
        tree.by_xref.setdefault(record.xref, individual)
    elif record.tag == "FAM":
        tree.families.add(
            parents=[spouse.points_to for spouse in (*record.all("HUSB"), *record.all("WIFE"))],
            children=[child.points_to for child in record.all("CHIL")],
            married=record.text("MARR", "DATE"),
        )
    elif record.tag in _SHARED_RECORDS:
        same = tree.shared[record.tag]
        # Of several records with one identifier all count as media, and links mean the first.
        same[record.xref if record.xref not in same else f"{record.xref} {len(same)}"] = record


def _individual(record: Record, person_id: str) -> _Individual:
    media = record.all("OBJE")
    linked = {link.points_to for link in media}
    # Family Tree Maker repeats the main picture as _PHOTO; some exports have it only there.
    main = [photo for photo in record.all("_PHOTO") if photo.points_to not in {"", *linked}]
    names = list(dict.fromkeys(_names(record))) or [""]
    person = Person(
        id=person_id,
        name=names[0],
        also_named=tuple(names[1:]),
        surname=_surname(record),
        restricted=is_restricted(record),
    )
    return _Individual(person, record.xref, _life(record), media + main)


def _life_of(xref: str, tree: _Tree) -> Life | None:
    individual = tree.by_xref.get(xref)
    return individual.life if individual else None


def _names(record: Record) -> Iterator[str]:
    """All names, the preferred one first; then those in other scripts (TRAN, ROMN, FONE)."""
    for name in record.all("NAME"):
        pieces = f"{name.text('GIVN')} {name.text('SURN')}"
        if plain := _plain(name.value) or _plain(pieces):
            yield plain
    for name in record.all("NAME"):
        for tag in ("TRAN", "ROMN", "FONE"):
            yield from filter(None, (_plain(other.value) for other in name.all(tag)))


def _surname(record: Record) -> str:
    """The part between slashes in the first name, or its SURN."""
    name = next(iter(record.all("NAME")), None)
    if name is None:
        return ""
    between = name.value.split("/")[1:2]
    return _plain(between[0] if between else name.text("SURN"))


def _plain(name: str) -> str:
    # ANSEL writes accents before their letters, so they arrive decomposed.
    plain = unicodedata.normalize("NFC", name.replace("/", " ").replace("\0", ""))
    return " ".join(plain.split())


def _life(record: Record) -> Life:
    evidence = tuple(
        Evidence(phrase, event.text("DATE"))
        for tag, phrase in _LIFE_EVENTS
        for event in record.all(tag)
        if event.text("DATE")
    )
    born = next((text for event in record.all("BIRT") if (text := event.text("DATE"))), "")
    for tag, end in _ENDS:
        asserted = [event for event in record.all(tag) if _is_asserted(event)]
        if asserted:
            died = next((text for event in asserted if (text := event.text("DATE"))), "")
            undated = "DEAT Y" if asserted[0].value.strip() else "DEAT"
            return Life(born, end, died, undated, "DEAT", evidence)
    return Life(born, death_word="DEAT", evidence=evidence)


def _is_asserted(event: Record) -> bool:
    """True if the event is affirmed with Y or has any detail.

    By GEDCOM 5.5.1 and 7 alike, an empty DEAT asserts nothing.
    """
    value = event.value.strip().upper()
    if value in _NOT_DEAD or event.text("DATE").strip("() ").upper() in _NOT_DEAD:
        return False
    return bool(value) or any(line.value.strip() or line.children for line in event.children)


def _person(individual: _Individual, tree: _Tree, today: date) -> Person:
    life = individual.life
    # Of two people with one identifier, families mean the first.
    if tree.by_xref.get(individual.xref) is individual:
        relatives = tree.families.evidence(individual.xref, lambda xref: _life_of(xref, tree))
        life = replace(life, evidence=life.evidence + relatives)
    return judged(individual.person, life, today)
