"""Rows of a table as spreadsheet programs write CSV, with any of the usual separators."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SEPARATORS = ",;\t|"
MAX_CELL_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table whose first line has been read.

    titles: cells of the first line, as written. separator: one of `SEPARATORS`. places: known
    column -> its position, the first if there are several. rows: number of the last line of each
    row, counted from 1, and its cells; blank rows are left out. Iterating raises `csv.Error` if the
    text is not CSV.
    """

    titles: tuple[str, ...]
    separator: str
    places: Mapping[str, int]
    rows: Iterator[tuple[int, list[str]]]


def read_sheet(text: Iterator[str], aliases: Mapping[str, str]) -> Sheet | None:
    """Read the first line of a table, which names its columns; None if that is blank.

    Args:
        text: its lines, with their ends kept.
        aliases: title in lower case, letters only -> column. The separator is the one that reveals
            most of them.

    Raises:
        csv.Error: the line is not CSV.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    lines = 1
    first = next(text, "")
    if first.lower().startswith("sep="):
        # Some spreadsheets declare the separator; the titles reveal it anyway.
        first, lines = next(text, ""), 2
    if not first.strip():
        return None
    separator = max(SEPARATORS, key=lambda char: len(_places(first.split(char), aliases)))
    titles = next(csv.reader([first], delimiter=separator), [])
    if len(titles) == 1 and plain_title(titles[0]) not in aliases:
        titles = _unwrapped(titles, separator)
    rows = _rows(text, separator, lines, len(titles))
    return Sheet(tuple(titles), separator, _places(titles, aliases), rows)


def plain_title(title: str) -> str:
    """The title of a column for comparison: lower case, letters only."""
    return "".join(char for char in title.casefold() if char.isalpha())


def _places(titles: list[str], aliases: Mapping[str, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        column = aliases.get(plain_title(title))
        if column is not None:
            places.setdefault(column, place)
    return places


def _rows(
    text: Iterator[str], separator: str, lines: int, width: int
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=separator)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            unwrapped = _unwrapped(cells, separator) if len(cells) == 1 < width else cells
            yield reader.line_num + lines, unwrapped if len(unwrapped) == width else cells


def _unwrapped(cells: list[str], separator: str) -> list[str]:
    """The cells of a row that a spreadsheet took for one, because it expects other separators."""
    return next(csv.reader(cells, delimiter=separator), cells)
