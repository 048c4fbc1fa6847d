"""A table of photos: CSV as spreadsheets write it, with any of the usual separators."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import IO

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.dates import parse_date
from nostalgia.album.trees.identifiers import PersonIds, id_of_name
from nostalgia.album.trees.living import Life, judged
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.album.trees.privacy import MARKED_LIVING
from nostalgia.album.trees.private_tags import is_no
from nostalgia.album.trees.spreadsheet import read_sheet
from nostalgia.errors import InputError
from nostalgia.files import printable_name

COLUMNS = MappingProxyType(
    {
        "photo": "photo picture image file filename path photofile foto bild datei",
        "name": "name person fullname",
        "given": "given givenname firstname forename vorname prenom",
        "surname": "surname lastname familyname nachname nom",
        "id": "id personid identifier",
        "born": "born birth birthdate birthday birthyear dateofbirth yearofbirth geboren",
        "died": "died death deathdate deathyear dateofdeath yearofdeath dead deceased gestorben",
        "face": "face faces",
        "driver": "driver motion",
        "title": "title",
        "note": "note notes caption description comment",
        "source": "source citation",
        "private": (
            "private privacy privat priv\u00e9 prive privado privato confidential vertraulich"
            " confidentiel geheim hidden secret isprivate restricted restriction resn"
        ),
        "living": "living alive isliving isalive lebt lebend lebendig vivant vivo leeft levend",
    }
)
"""Column -> its accepted titles, without regard to case, blanks and underscores."""

_ALIASES = {alias: name for name, aliases in COLUMNS.items() for alias in aliases.split()}
_DEAD_WORDS = frozenset("y yes true 1 x dead deceased \u2020 ja j oui o si s\u00ed".split())
_LIVING_WORDS = frozenset("n no false 0 - living alive nein non".split())
_MAX_ROWS = 1_000_000


@dataclass
class _Rows:
    """People and pictures of the rows so far."""

    ids: PersonIds = field(default_factory=PersonIds)
    persons: dict[tuple[str, ...], Person] = field(default_factory=dict)
    links: list[PhotoLink] = field(default_factory=list)
    restricted: set[str] = field(default_factory=set)
    living: set[str] = field(default_factory=set)
    warnings: Counter[str] = field(default_factory=Counter)


def read_table(path: Path, file: IO[bytes], finder: MediaFinder, today: date) -> FamilyTree:
    """Read a CSV with at least a column of photos; rows with equal names and dates are one person.

    Raises:
        InputError: the file is empty, has no column of photos, or is not a table.
    """
    warnings: list[str] = []
    rows = _Rows()
    with open_text(file, warnings.append, gedcom=False) as text:
        try:
            _read_rows(text, printable_name(path), rows, finder, today)
        except csv.Error as exc:
            raise InputError(
                f"{printable_name(path)}: is not CSV ({exc}); save the table as CSV again"
            ) from exc
    if not rows.persons:
        warnings.append("has no rows: nothing to animate")
    warnings += [f"{problem}: {count}" for problem, count in rows.warnings.items()]
    return FamilyTree(
        path=path,
        form="csv",
        version="",
        persons=tuple(_marked(person, rows) for person in rows.persons.values()),
        links=tuple(rows.links),
        media_objects=len({link.reference for link in rows.links}),
        warnings=tuple(warnings + rows.ids.warnings() + finder.warnings),
    )


def _read_rows(
    text: Iterator[str], name: str, rows: _Rows, finder: MediaFinder, today: date
) -> None:
    sheet = read_sheet(text, _ALIASES)
    if sheet is None:
        raise InputError(
            f"{name}: is empty; the first line must name the columns, such as photo,name,born,died"
        )
    places = sheet.places
    if "photo" not in places:
        raise InputError(
            f"{name}: has no column called photo, only"
            f" {printable_name(sheet.separator.join(sheet.titles).strip())}; add one"
        )
    for _, cells in sheet.rows:
        _add_row(cells, len(sheet.titles), places, rows, finder, today)
        if len(rows.links) > _MAX_ROWS:
            raise InputError(f"{name}: more than {_MAX_ROWS} rows; split the table")


def _add_row(
    cells: Sequence[str],
    width: int,
    places: Mapping[str, int],
    rows: _Rows,
    finder: MediaFinder,
    today: date,
) -> None:
    row = dict(_cells(cells, places))
    if len(cells) < width:
        rows.warnings["rows shorter than the first line"] += 1
    elif len(cells) > width:
        rows.warnings["rows longer than the first line"] += 1
    person = _person(row, rows, today)
    if not is_no(row["private"] or "no"):
        rows.restricted.add(person.id)
    if not is_no(row["living"] or "no"):
        rows.living.add(person.id)
    reference = row["photo"]
    if not reference:
        return
    found = finder.find(reference)
    rows.links.append(
        PhotoLink(
            person_id=person.id,
            reference=reference,
            path=found.path,
            problem=found.problem,
            places=found.places,
            title=row["title"] or row["note"],
            note=row["note"] if row["title"] else "",
            source=row["source"],
            faces=row["face"],
            driver=row["driver"],
        )
    )


def _cells(cells: Sequence[str], places: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name in COLUMNS:
        place = places.get(name, len(cells))
        yield name, cells[place].strip() if place < len(cells) else ""


def _name(row: dict[str, str]) -> str:
    return row["name"] or f"{row['given']} {row['surname']}".strip()


def _person(row: dict[str, str], rows: _Rows, today: date) -> Person:
    name = _name(row)
    key: tuple[str, ...] = (row["id"],) if row["id"] else (name, row["born"], row["died"])
    if not any(key):
        key = ("", "", "", row["photo"])
    known = rows.persons.get(key)
    if known is not None:
        return known
    new = Person(rows.ids.unique(row["id"] or id_of_name(*key)), name, surname=row["surname"])
    person = judged(new, _life(row, rows), today)
    rows.persons[key] = person
    return person


def _marked(person: Person, rows: _Rows) -> Person:
    """The person as any of their rows marks them: private, or living."""
    if person.id in rows.living:
        person = replace(person, living=True, reason=MARKED_LIVING)
    return replace(person, restricted=person.id in rows.restricted)


def _life(row: dict[str, str], rows: _Rows) -> Life:
    """Birth and death; `died` may be a date or a word such as Y, anything else proves nothing."""
    born, died = row["born"], row["died"]
    if died.casefold() in _DEAD_WORDS:
        return Life(born, "death", undated="died Y")
    if died and parse_date(died) is not None:
        return Life(born, "death", died)
    if died and died.casefold() not in _LIVING_WORDS:
        rows.warnings["cells under died that are neither a date nor Y, so not proof of death"] += 1
    return Life(born)
