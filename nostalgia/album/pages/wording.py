"""Words of an album: dates as people say them, life spans, why a picture does not move."""

import re
from types import MappingProxyType

from nostalgia.album.trees.dates import MONTHS

_MONTHS = MappingProxyType({name[:3].upper(): name for name in MONTHS})
_GEDCOM_WORDS = MappingProxyType(
    {
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
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_YEAR = re.compile(r"\d{3,4}")

CLIP_NOTE = (
    "The movement in these pictures was added by software, which may also have sharpened the faces."
    " It was never filmed: nobody moved like this in front of a camera. The original photographs"
    " are unchanged. Take what moves as an illustration, not as evidence, and cite the photograph,"
    " which is named with each picture."
)
"""What an album says of its clips, once and openly."""

_LEFT_OUT = MappingProxyType(
    {
        "missing-file": "The file was not found",
        "not-a-photo": "Not a photograph that can be read",
        "no-face": "No face was found in the photograph",
        "ambiguous": "Several faces, and nothing says whose is whose",
        "failed": "The photograph could not be animated",
        "waiting": "Not yet done",
    }
)


def readable_date(said: str) -> str:
    """A date as people read it: ``12 FEB 1809`` and ``1809-02-12`` become ``12 February 1809``.

    What is neither GEDCOM nor ISO 8601 stays as it was said; ``Y`` (it happened) becomes "".
    """
    text = said.strip()
    if text.upper() in ("Y", "YES"):
        return ""
    if found := _DAY.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
        if 1 <= month <= len(_MONTHS):
            return f"{day} {MONTHS[month - 1]} {year}"
    words = _CALENDAR.sub("", text).split()
    known = [_MONTHS.get(word, _GEDCOM_WORDS.get(word, word)) for word in words]
    return " ".join(word for word in known if word)


def readable_title(file_name: str) -> str:
    """A name of a file as a title: ``our_family-2020`` becomes "Our family 2020".

    Hyphens stay where there are capitals or blanks, for then somebody has thought about them.
    """
    title = " ".join(file_name.replace("_", " ").split())
    if file_name == file_name.lower() and " " not in file_name:
        title = title.replace("-", " ")
    return (title[:1].upper() + title[1:]).strip() or file_name


def event_word(said: str, otherwise: str) -> str:
    """What happened on a date of a tree: the word before it ("buried 1931"), else `otherwise`."""
    first = said.split(" ", 1)[0]
    return first if first in _EVENTS else otherwise


def life_dates(born: str, died: str) -> str:
    """Both ends of a life in one line, "" where nothing is known: "born 1850 · buried 1901"."""
    parts = [
        (event_word(said, word), readable_date(said.removeprefix(event_word(said, word))))
        for said, word in ((born, "born"), (died, "died"))
    ]
    return " · ".join(f"{word} {date}" for word, date in parts if date)


def life_years(born: str, died: str) -> str:
    """The years alone: "1809-1865" with an en dash, "born 1850", "buried 1931" or ""."""
    first, last = _year(born), _year(died)
    if first and last:
        return f"{first}–{last}"  # noqa: RUF001
    if first or last:
        return f"{event_word(born, 'born') if first else event_word(died, 'died')} {first or last}"
    return ""


def _year(said: str) -> str:
    found = _YEAR.findall(said)
    return str(found[0]) if found else ""


def left_out_reason(status: str) -> str:
    """Why a picture of that status does not move, as a heading for a list."""
    return _LEFT_OUT.get(status, _LEFT_OUT["failed"])


def counted(number: int, one: str, many: str) -> str:
    """A number and its word: "1 person", "3 people"."""
    return f"{number:,} {one if number == 1 else many}"
