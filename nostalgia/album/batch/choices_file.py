"""The file ``choices.csv`` of a batch: its user's choices, one row per picture of a person.

It lies beside the album, not in it. Every run reads it, and adds rows for new pictures; whatever
the user has typed stays as it is, also in rows of pictures that are not in the input at the moment.
"""

import csv
import io
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.spreadsheet import plain_title, read_sheet
from nostalgia.errors import InputError
from nostalgia.files import open_regular_file, printable_name, write_whole

CHOICES_FILE = "choices.csv"
GIVEN = ("id", "person", "name", "photo")
"""Columns that nostalgia fills, to say which picture a row is about."""
TYPED = ("leave_out", "face", "driver", "strength", "title", "caption", "order")
"""Columns for the user's choices; an empty cell leaves the default."""

_ALIASES = {plain_title(column): column for column in (*GIVEN, *TYPED)}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HARMLESS = re.compile(r"-|[+-][\d.,]+")
_START_AFRESH = "correct it, or delete it to start afresh without choices"
_MAX_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class ChoicesRow:
    """A row of the file.

    given, typed: column -> cell as written, "" if empty. further: cells of columns that the user
    has added. line: its number in the file, 0 for a new row.
    """

    given: Mapping[str, str]
    typed: Mapping[str, str] = field(default_factory=dict)
    further: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def has_choices(self) -> bool:
        """True if the user has typed anything into it."""
        return any(self.typed.values()) or any(self.further)


@dataclass(frozen=True, slots=True)
class ChoicesTable:
    """All rows in their order.

    further: titles of the columns that the user has added. separator: of the file. warnings: a
    sentence for each anomaly of its text.
    """

    rows: tuple[ChoicesRow, ...] = ()
    further: tuple[str, ...] = ()
    separator: str = ","
    warnings: tuple[str, ...] = field(default=(), compare=False)


def read_choices(path: Path) -> ChoicesTable:
    """Read the file; an empty table if it does not exist.

    Raises:
        InputError: it cannot be read, or is no such table. To go on without it would undo what the
            user has chosen, and put pictures back that were left out.
    """
    if not path.exists():
        return ChoicesTable(separator=_usual_separator())
    warnings: list[str] = []
    name = printable_name(path, limit=4096)
    with (
        open_regular_file(path, "table") as file,
        open_text(file, warnings.append, gedcom=False) as text,
    ):
        try:
            sheet = read_sheet(text, _ALIASES)
            if sheet is None:
                raise InputError(f"{name}: is empty; {_START_AFRESH}")
            if "id" not in sheet.places:
                raise InputError(f"{name}: line 1: has no column called id; {_START_AFRESH}")
            used = set(sheet.places.values())
            others = [n for n in range(len(sheet.titles)) if n not in used and sheet.titles[n]]
            rows = []
            for line, cells in sheet.rows:
                rows.append(_row(cells, sheet.places, others, line))
                if len(rows) > _MAX_ROWS:
                    raise InputError(f"{name}: more than {_MAX_ROWS} rows; {_START_AFRESH}")
        except csv.Error as exc:
            raise InputError(f"{name}: is not CSV ({exc}); {_START_AFRESH}") from exc
    further = tuple(sheet.titles[n] for n in others)
    return ChoicesTable(
        tuple(rows), further, sheet.separator, tuple(f"{CHOICES_FILE}: {w}" for w in warnings)
    )


def _row(
    cells: Sequence[str], places: Mapping[str, int], others: Sequence[int], line: int
) -> ChoicesRow:
    def cell(place: int) -> str:
        text = cells[place].strip() if place < len(cells) else ""
        return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text

    given = {column: cell(places.get(column, len(cells))) for column in GIVEN}
    typed = {column: cell(places.get(column, len(cells))) for column in TYPED}
    return ChoicesRow(given, typed, tuple(map(cell, others)), line)


def write_choices(path: Path, table: ChoicesTable) -> None:
    """Write the file, whole or not at all; no cell is a formula, whatever a tree contains.

    Raises:
        EncodingError: it cannot be written, for example because a spreadsheet has it open.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=table.separator)
    writer.writerow((*GIVEN, *TYPED, *table.further))
    for row in table.rows:
        given = (row.given.get(column, "") for column in GIVEN)
        typed = (row.typed.get(column, "") for column in TYPED)
        writer.writerow(map(_cell, (*given, *typed, *row.further)))
    write_whole(path, buffer.getvalue().encode("utf-8-sig", "backslashreplace"), "table")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _HARMLESS.fullmatch(text) else text


def _usual_separator() -> str:
    """The separator that spreadsheets on this computer expect, as far as it is known."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Control Panel\International") as key:
                return ";" if winreg.QueryValueEx(key, "sList")[0] == ";" else ","
        except OSError:
            pass
    return ","
