"""Dates of family trees: the earliest and the latest day that one can mean, read with caution.

It reads the dates of GEDCOM 5.5.1 and 7, Gramps XML, ISO 8601, and the usual ones in tables.
Anything doubtful is not a date: a slip of the pen must not make a living person count as dead.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)

Day = tuple[int, int, int]
"""Year, month, day of the Gregorian calendar; year 0 comes before year 1."""

APPROXIMATE_YEARS = 10
"""Assumed error of "about 1900"."""
_MAX_CHARACTERS = 200

_MONTH_NUMBERS = MappingProxyType(
    {
        word: number
        for number, name in enumerate(MONTHS, 1)
        for word in (name.upper(), name[:3].upper())
    }
    | {"SEPT": 9}
)
_CALENDAR = re.compile(r"@#D([A-Z _]+)@\s*|(GREGORIAN|JULIAN|FRENCH_R|HEBREW|ISLAMIC|PERSIAN)\s+")
_APPROXIMATE = re.compile(
    r"(?:ABT|ABOUT|CAL|CALCULATED|EST|ESTIMATED|INT|CIRCA|CA|C|UM|ENV|VERS|~)\b\.?\s*|~\s*"
)
_BEFORE = re.compile(r"(?:BEF|BEFORE|TO)\b\.?\s*|<\s*")
_AFTER = re.compile(r"(?:AFT|AFTER|FROM)\b\.?\s*|>\s*")
_RANGE = re.compile(r"(?:BET|BETWEEN|FROM)\b\.?\s*(.+?)\s+(?:AND|TO)\s+(.+)")
_YEARS = re.compile(r"(\d{4})\s*[-\u2013]\s*(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ].*)?")
_NUMERIC = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](\d{4})")
_WORDED = re.compile(
    r"(?:(?:(\d{1,2})\.?\s+)?([^\W\d_]+)\.?,?\s+)?(?<!\d)(\d{1,4})(?:/(\d{1,4}))?"
    r"(\s*(?:B\.?\s?C\.?(?:\s?E\.?)?|AD|CE))?"
)
_OTHER_CALENDARS = MappingProxyType(
    # Calendar -> the Gregorian years that overlap its year 0.
    {"FRENCH": (1791, 1792), "HEBREW": (-3761, -3760), "PERSIAN": (621, 622)}
)
_GRAMPS_KINDS = {
    "before": "before ",
    "after": "after ",
    "about": "about ",
    "from": "from ",
    "to": "to ",
}
_GRAMPS_QUALITIES = {"estimated": "est ", "calculated": "cal "}
_GRAMPS_CALENDARS = {
    "Julian": "JULIAN ",
    "Swedish": "JULIAN ",
    "French Republican": "FRENCH_R ",
    "Hebrew": "HEBREW ",
    "Islamic": "ISLAMIC ",
    "Persian": "PERSIAN ",
}
_LIKE_GREGORIAN = ("JULIAN ", "")


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The days that a date can mean; None if it sets no bound. label: a short wording of it."""

    earliest: Day | None
    latest: Day | None
    label: str

    def years_ago(self, today: date) -> int | None:
        """Full years from the latest day to `today`; None if there is no latest day."""
        if self.latest is None:
            return None
        year, month, day = self.latest
        return today.year - year - ((today.month, today.day) < (month, day))

    def is_past(self, today: date) -> bool:
        """True if the date may be on or before `today`."""
        return self.earliest is None or self.earliest <= (today.year, today.month, today.day)


def parse_date(text: str) -> DateSpan | None:
    """The span of a date; None if `text` is not certainly a date."""
    if len(text) > _MAX_CHARACTERS:
        return None
    text = re.sub(
        r"\s*(?:\(.*\)|\{.*\}|\[\[.*\]\])\s*$", "", text.strip().upper().replace("\u2212", "-")
    )
    if whole := _RANGE.fullmatch(text) or _YEARS.fullmatch(text):
        first, last = parse_date(whole.group(1)), parse_date(whole.group(2))
        if first is None or last is None or first.earliest is None or last.latest is None:
            return None
        if first.earliest > last.latest:
            return None
        label = first.label if first.label == last.label else f"{first.label} to {last.label}"
        return DateSpan(first.earliest, last.latest, label)
    if found := _BEFORE.match(text):
        span = parse_date(text[found.end() :])
        return span and DateSpan(None, span.latest, f"before {span.label}")
    if found := _AFTER.match(text):
        span = parse_date(text[found.end() :])
        return span and DateSpan(span.earliest, None, f"after {span.label}")
    if (found := _APPROXIMATE.match(text)) or text.endswith("?"):
        span = parse_date(text[found.end() if found else 0 :].removesuffix("?"))
        return span and _widened(span)
    return _single(text)


def _widened(span: DateSpan) -> DateSpan | None:
    if span.earliest is None or span.latest is None:
        return None
    early, late = span.earliest, span.latest
    return DateSpan(
        (early[0] - APPROXIMATE_YEARS, *early[1:]),
        (late[0] + APPROXIMATE_YEARS, *late[1:]),
        f"about {span.label}",
    )


def _single(text: str) -> DateSpan | None:
    calendar = "GREGORIAN"
    if found := _CALENDAR.match(text):
        calendar = (found.group(1) or found.group(2)).strip()
        text = text[found.end() :]
    name = calendar.split()[0].split("_")[0]
    if name in _OTHER_CALENDARS or name == "ISLAMIC":
        return _other_calendar(text, name)
    if name not in ("GREGORIAN", "JULIAN"):
        return None
    span = _iso(text) or _worded(text)
    # In the Julian calendar a year begins up to a month later.
    if span and span.latest and name == "JULIAN":
        return DateSpan(span.earliest, (span.latest[0] + 1, 1, 31), span.label)
    return span


def _other_calendar(text: str, calendar: str) -> DateSpan | None:
    """The Gregorian years that overlap a year of another calendar: exact enough here."""
    found = re.search(r"(?<!\d)(\d{1,4})$", text.strip())
    if found is None:
        return None
    year = int(found.group(1))
    if calendar == "ISLAMIC":
        first = int(year * 0.970224 + 621.57)
        last = first + 1
    else:
        first, last = (year + offset for offset in _OTHER_CALENDARS[calendar])
    return DateSpan((first, 1, 1), (last, 12, 31), str(last))


def _iso(text: str) -> DateSpan | None:
    if found := _NUMERIC.fullmatch(text):
        # The order of day and month depends on the country.
        return _span(int(found.group(1)))
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    return _span(year, month, day)


def _worded(text: str) -> DateSpan | None:
    found = _WORDED.fullmatch(text)
    if found is None:
        return None
    day, month, digits, dual, era = found.groups()
    year = int(digits)
    if era and era.strip().startswith("B"):
        return _span(1 - year, label=f"{year} BC")
    if len(digits) < 3 and not era:
        return None
    number = _MONTH_NUMBERS.get(month or "", 0)
    if month and not number:
        # In other languages "nach 1850" is a bound, but "12 Mrz 1850" is a day.
        return _span(year) if day else None
    span = _span(year, number, int(day or 0))
    if span is None or dual is None:
        return span
    # 1731/32: dual dating, from when the year began in March.
    last = int(digits[: -len(dual)] + dual)
    return DateSpan(span.earliest, (last, 12, 31), f"{digits}/{dual}") if last >= year else None


def _span(year: int, month: int = 0, day: int = 0, label: str = "") -> DateSpan | None:
    """The span of a year, month or day, 0 = not given; None if the calendar has no such date."""
    if month > 12 or (day and not month):
        return None
    last_month = month or 12
    # `monthrange` accepts no year before 1; leap years repeat every 400 years.
    last_day = monthrange((year - 1) % 400 + 1, last_month)[1]
    if day > last_day:
        return None
    label = label or str(year)
    return DateSpan((year, month or 1, day or 1), (year, last_month, day or last_day), label)


def gramps_date(event: "Element") -> str:
    """The date of an event of Gramps XML, in words that `parse_date` and people understand.

    Empty if the event has no date.
    """
    for child in event:
        name = str(child.tag).rpartition("}")[2]
        calendar = _GRAMPS_CALENDARS.get(child.get("cformat", ""), "")
        if name == "dateval":
            kind = _GRAMPS_KINDS.get(child.get("type", ""), "")
            quality = _GRAMPS_QUALITIES.get(child.get("quality", ""), "")
            return (kind or quality) + _gramps_day(child.get("val", ""), calendar)
        if name in ("daterange", "datespan"):
            first, last = (_gramps_day(child.get(end, ""), calendar) for end in ("start", "stop"))
            return (
                f"between {first} and {last}" if name == "daterange" else f"from {first} to {last}"
            )
        if name == "datestr":
            return child.get("val", "")
    return ""


def _gramps_day(value: str, calendar: str) -> str:
    if calendar not in _LIKE_GREGORIAN:
        # A day of another calendar would be read as Gregorian; the year is exact enough.
        return calendar + (value.split("-")[0].lstrip("0") or value)
    if value.startswith("-"):
        return f"{value.removeprefix('-').split('-')[0].lstrip('0')} BC"
    return calendar + value
