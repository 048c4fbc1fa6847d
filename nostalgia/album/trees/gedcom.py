"""A family tree from GEDCOM records: people, the pictures linked to them, and their life dates.

Only pictures that are linked to a person are used. Those of families, events and sources show
wedding parties, deeds and gravestones, and do not say who is who.

Of what the tree keeps private, only the living guard sees anything; see `gedcom_privacy`.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import IO

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.gedcom_life import life_of
from nostalgia.album.trees.gedcom_lines import GedcomReader, Record
from nostalgia.album.trees.gedcom_media import GedcomMedia
from nostalgia.album.trees.gedcom_privacy import drop_private, is_private
from nostalgia.album.trees.identifiers import PersonIds
from nostalgia.album.trees.living import Families, Life, judged
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import InputError
from nostalgia.files import printable_name

_MEDIA = ("OBJE", "_PHOTO")
_SHARED_RECORDS = frozenset({"OBJE", "SOUR", "NOTE", "SNOTE"})


@dataclass(slots=True)
class _Individual:
    """A person before the living guard decides, which needs the whole file for the relatives.

    public: the life without what is private.
    """

    person: Person
    xref: str
    life: Life
    public: Life
    media: list[Record]


@dataclass
class _Tree:
    people: list[_Individual] = field(default_factory=list)
    by_xref: dict[str, _Individual] = field(default_factory=dict)
    families: Families = field(default_factory=Families)
    private_families: Families = field(default_factory=Families)
    has_private: bool = False
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
        hides = individual.person.restricted or individual.public is not individual.life
        tree.has_private = tree.has_private or hides
        tree.by_xref.setdefault(record.xref, individual)
    elif record.tag == "FAM":
        _add_family(record, tree)
    elif record.tag in _SHARED_RECORDS:
        same = tree.shared[record.tag]
        # Of several records with one identifier all count as media, and links mean the first.
        same[record.xref if record.xref not in same else f"{record.xref} {len(same)}"] = record
        drop_private(record)


def _add_family(record: Record, tree: _Tree) -> None:
    if is_private(record):
        tree.has_private = True
        _add_members(record, tree.private_families)
        return
    whole = Families()
    _add_members(record, whole)
    if drop_private(record):
        tree.has_private = True
        tree.private_families.update(whole)
    _add_members(record, tree.families)


def _add_members(record: Record, families: Families) -> None:
    families.add(
        parents=[spouse.points_to for spouse in (*record.all("HUSB"), *record.all("WIFE"))],
        children=[child.points_to for child in record.all("CHIL")],
        married=record.text("MARR", "DATE"),
    )


def _individual(record: Record, person_id: str) -> _Individual:
    restricted, life = is_private(record), life_of(record)
    public = life_of(record) if drop_private(record, keep=_MEDIA) else life
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
        restricted=restricted,
    )
    return _Individual(person, record.xref, life, public, media + main)


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


def _person(individual: _Individual, tree: _Tree, today: date) -> Person:
    # Of two people with one identifier, families mean the first.
    xref = individual.xref if tree.by_xref.get(individual.xref) is individual else ""

    def life(other: str) -> Life | None:
        found = tree.by_xref.get(other)
        return found.life if found else None

    def public(other: str) -> Life | None:
        found = tree.by_xref.get(other)
        return found.public if found and not found.person.restricted else None

    known = tree.families.evidence(xref, life) + tree.private_families.evidence(xref, life)
    whole = replace(individual.life, evidence=individual.life.evidence + known)
    if not tree.has_private:
        return judged(individual.person, whole, today)
    shown = tree.families.evidence(xref, public)
    told = replace(individual.public, evidence=individual.public.evidence + shown)
    return judged(individual.person, whole, today, told)
