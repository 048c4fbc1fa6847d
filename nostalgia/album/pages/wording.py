"""Wording of an album: readable dates, life spans and lists of names."""

import re
from collections.abc import Iterable, Sequence
from types import MappingProxyType

from nostalgia.album.trees.dates import MONTHS

_GEDCOM_WORDS = MappingProxyType(
    {month[:3].upper(): month for month in MONTHS}
    | {
        "ABT": "about",
        "CAL": "about",
        "EST": "about",
        "BEF": "before",
        "AFT": "after",
        "BET": "between",
        "AND": "and",
        "FROM": "from",
        "TO": "to",
        "INT": "",
    }
)
_EVENTS = frozenset({"baptised", "buried", "cremated", "probate"})
_CALENDAR = re.compile(r"@#D[A-Z ]+@\s*|^(GREGORIAN|JULIAN)\s+")
_DAY = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")
_YEAR = re.compile(r"\d{3,4}")

CLIP_NOTE = (
    "The movement in these pictures was added by software, which may also have sharpened the faces."
    " It was never filmed: nobody moved like this in front of a camera. The original photographs"
    " are unchanged. Take what moves as an illustration, not as evidence, and cite the photograph,"
    " which is named with each picture."
)
"""Note on every album and reel that the movement is synthetic."""


def readable_date(date: str) -> str:
    """A date in words: ``12 FEB 1809`` and ``1809-02-12`` become ``12 February 1809``.

    ``1809-02`` becomes ``February 1809``.

    Dates that are neither GEDCOM nor ISO 8601 are returned unchanged; ``Y`` (the event happened,
    its date is unknown) becomes "".
    """
    text = date.strip()
    if text.upper() in ("Y", "YES"):
        return ""
    if found := _DAY.fullmatch(text):
        year, month, day = (int(part or 0) for part in found.groups())
        if 1 <= month <= len(MONTHS):
            return f"{day or ''} {MONTHS[month - 1]} {year}".lstrip()
    words = [_GEDCOM_WORDS.get(word, word) for word in _CALENDAR.sub("", text).split()]
    return " ".join(word for word in words if word)


def readable_title(file_name: str) -> str:
    """The name of a file as a title: ``our_family-2020`` becomes "Our family 2020".

    Hyphens stay if the name has capitals or spaces, as they are then probably intended.
    """
    title = " ".join(file_name.replace("_", " ").split())
    if file_name == file_name.lower() and " " not in file_name:
        title = title.replace("-", " ")
    return (title[:1].upper() + title[1:]).strip() or file_name


def event_word(date: str, default: str) -> str:
    """The event that a date of a tree begins with ("buried 1931"), or `default`."""
    first = date.split(" ", 1)[0]
    return first if first in _EVENTS else default


def life_dates(born: str, died: str) -> str:
    """Birth and death in one line, such as "born 1850 · buried 1901"; "" if neither is known."""
    events = [(event_word(date, word), date) for date, word in ((born, "born"), (died, "died"))]
    parts = [(event, readable_date(date.removeprefix(event))) for event, date in events]
    return " · ".join(f"{event} {date}" for event, date in parts if date)


def life_years(born: str, died: str) -> str:
    """The years alone: "1809-1865" with an en dash, "born 1850", "buried 1931" or ""."""
    first, last = _year(born), _year(died)
    if first and last:
        return f"{first}–{last}"  # noqa: RUF001
    if first or last:
        return f"{event_word(born, 'born') if first else event_word(died, 'died')} {first or last}"
    return ""


def _year(date: str) -> str:
    found = _YEAR.search(date)
    return found[0] if found else ""


def life_span(lives: Iterable[tuple[str, str]]) -> str:
    """From the first birth to the last death, such as "1809-1931" with an en dash, or "".

    lives: birth and death of each person.
    """
    years = sorted(year for life in lives for date in life if (year := _year(date)))
    if not years:
        return ""
    return years[0] if years[0] == years[-1] else f"{years[0]}–{years[-1]}"  # noqa: RUF001


def and_list(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "Anna, Karl and Zoe"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
