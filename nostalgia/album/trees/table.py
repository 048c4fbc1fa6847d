"""A table of photos: CSV as spreadsheets write it, whatever they put between the columns."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import IO, TextIO

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.dates import parse_date
from nostalgia.album.trees.identifiers import PersonIds, id_of_name
from nostalgia.album.trees.living import Life, died_wording, judge
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
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
    }
)
"""Columns and what else they may be called; case, blanks and underscores do not matter."""

_ALIASES = {alias: name for name, aliases in COLUMNS.items() for alias in aliases.split()}
_SEPARATORS = ",;\t|"
_DEAD_WORDS = frozenset("y yes true 1 x dead deceased \u2020 ja j oui o si s\u00ed".split())
_LIVING_WORDS = frozenset("n no false 0 - living alive nein non".split())
_LONGEST_CELL = 1 << 20
_MOST_ROWS = 1_000_000


@dataclass
class _Rows:
    """Persons and pictures as the rows bring them."""

    ids: PersonIds = field(default_factory=PersonIds)
    persons: dict[tuple[str, ...], Person] = field(default_factory=dict)
    links: list[PhotoLink] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)


def read_table(path: Path, file: IO[bytes], finder: MediaFinder, today: date) -> FamilyTree:
    """Read a CSV with at least a column of photos; rows of one name and dates are one person.

    Raises:
        InputError: it is empty, has no column of photos, or is no table.
    """
    oddities: list[str] = []
    rows = _Rows()
    with open_text(file, oddities.append, gedcom=False) as text:
        try:
            _read_rows(text, printable_name(path), rows, finder, today)
        except csv.Error as exc:
            raise InputError(
                f"{printable_name(path)}: is no CSV ({exc}); save the table as CSV again"
            ) from exc
    if not rows.persons:
        oddities.append("has no rows: there is nothing to do")
    oddities += [f"{count} {what}" for what, count in rows.warnings.items()]
    return FamilyTree(
        path=path,
        form="csv",
        version="",
        persons=tuple(rows.persons.values()),
        links=tuple(rows.links),
        media_objects=len({link.said for link in rows.links}),
        warnings=tuple(oddities + rows.ids.warnings() + finder.warnings),
    )


def _read_rows(text: TextIO, said: str, rows: _Rows, finder: MediaFinder, today: date) -> None:
    first = text.readline(_LONGEST_CELL)
    if not first.strip():
        raise InputError(f"{said}: is empty; give it a first line such as photo,name,born,died")
    if first.lower().startswith("sep="):
        # Spreadsheets say the separator so; the titles tell it as well.
        first = text.readline(_LONGEST_CELL)
    separator = max(_SEPARATORS, key=lambda char: len(_places(first.split(char))))
    csv.field_size_limit(_LONGEST_CELL)
    titles = next(csv.reader([first], delimiter=separator), [])
    places = _places(titles)
    if "photo" not in places:
        raise InputError(f"{said}: has no column called photo, only {_shown(first)}; add one")
    for cells in csv.reader(text, delimiter=separator):
        if any(cell.strip() for cell in cells):
            _take(cells, len(titles), places, rows, finder, today)
        if len(rows.links) > _MOST_ROWS:
            raise InputError(f"{said}: more than {_MOST_ROWS} rows; make smaller tables")


def _places(titles: Iterable[str]) -> dict[str, int]:
    """Where each known column is; the first of two."""
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        plain = "".join(char for char in title.casefold() if char.isalpha())
        if plain in _ALIASES:
            places.setdefault(_ALIASES[plain], place)
    return places


def _shown(first: str) -> str:
    return printable_name(first.strip())


def _take(
    cells: Sequence[str],
    width: int,
    places: dict[str, int],
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
    said = row["photo"]
    if not said:
        return
    found = finder.find(said)
    rows.links.append(
        PhotoLink(
            person_id=person.id,
            said=said,
            path=found.path,
            problem=found.problem,
            title=row["title"] or row["note"],
            note=row["note"] if row["title"] else "",
            source=row["source"],
            faces=row["face"],
            driver=row["driver"],
        )
    )


def _cells(cells: Sequence[str], places: dict[str, int]) -> Iterator[tuple[str, str]]:
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
    life = _life(row, rows)
    verdict = judge(life, today)
    person = Person(
        id=rows.ids.unique(row["id"] or id_of_name(*key)),
        name=name,
        surname=row["surname"],
        born=life.born,
        died=died_wording(life),
        living=verdict.living,
        why=verdict.why,
    )
    rows.persons[key] = person
    return person


def _life(row: dict[str, str], rows: _Rows) -> Life:
    """`died` is a date, or a word such as Y; anything else proves nothing."""
    born, died = row["born"], row["died"]
    if died.casefold() in _DEAD_WORDS:
        return Life(born, "death", undated="died Y")
    if died and parse_date(died) is not None:
        return Life(born, "death", died)
    if died and died.casefold() not in _LIVING_WORDS:
        rows.warnings["cells under died that are neither a date nor Y: no proof of death"] += 1
    return Life(born)
