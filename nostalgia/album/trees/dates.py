"""What a date in a family tree can mean: its earliest and its latest day, read with caution.

GEDCOM dates (5.5.1 and 7), Gramps' wording, ISO dates and a few common ways of tables. Whatever is
not surely a date is none: a living person must not count as dead for a slip of the pen.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

Day = tuple[int, int, int]
"""Year, month, day of the Gregorian calendar; the year before 1 is 0."""

APPROXIMATE_YEARS = 10
"""How far "about 1900" may be off."""
_LONGEST = 200

_MONTHS = MappingProxyType(
    {
        name: number
        for number, names in enumerate(
            (
                "JAN JANUARY",
                "FEB FEBRUARY",
                "MAR MARCH",
                "APR APRIL",
                "MAY",
                "JUN JUNE",
                "JUL JULY",
                "AUG AUGUST",
                "SEP SEPT SEPTEMBER",
                "OCT OCTOBER",
                "NOV NOVEMBER",
                "DEC DECEMBER",
            ),
            1,
        )
        for name in names.split()
    }
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
    # Earliest and latest Gregorian year of the year 0 of each.
    {"FRENCH": (1791, 1792), "HEBREW": (-3761, -3760), "PERSIAN": (621, 622)}
)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The days that a date can mean, None where it sets no bound, and a short wording of it."""

    earliest: Day | None
    latest: Day | None
    label: str

    def years_ago(self, today: date) -> int | None:
        """Full years from the latest day to `today`, at least; None without a latest day."""
        if self.latest is None:
            return None
        year, month, day = self.latest
        return today.year - year - ((today.month, today.day) < (month, day))

    def is_past(self, today: date) -> bool:
        """Whether it can lie on or before `today`."""
        return self.earliest is None or self.earliest <= (today.year, today.month, today.day)


def parse_date(text: str) -> DateSpan | None:
    """The span of a date, None where `text` is none that can be relied on."""
    if len(text) > _LONGEST:
        return None
    text = re.sub(r"\s*\(.*\)\s*$", "", text.strip().upper().replace("\u2212", "-"))
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
        return _foreign(text, name)
    if name not in ("GREGORIAN", "JULIAN"):
        return None
    span = _iso(text) or _worded(text)
    # In the Julian calendar a year begins up to a month later.
    if span and span.latest and name == "JULIAN":
        return DateSpan(span.earliest, (span.latest[0] + 1, 1, 31), span.label)
    return span


def _foreign(text: str, calendar: str) -> DateSpan | None:
    """By the year alone, which is exact enough for an age of 110."""
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
        # Day and month, or month and day: which is which depends on the country.
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
    number = _MONTHS.get(month or "", 0)
    if month and not number:
        # "nach 1850" is a bound in some language; "12 Mrz 1850" is a day in some language.
        return _span(year) if day else None
    span = _span(year, number, int(day or 0))
    if span is None or dual is None:
        return span
    # 1731/32: a year that began in March and one that began in January.
    last = int(digits[: -len(dual)] + dual)
    return DateSpan(span.earliest, (last, 12, 31), f"{digits}/{dual}") if last >= year else None


def _span(year: int, month: int = 0, day: int = 0, label: str = "") -> DateSpan | None:
    """A year, a month or a day; None where the calendar has none such. Zero means not said."""
    if month > 12 or (day and not month):
        return None
    last_month = month or 12
    # Leap years repeat, so that years before 1 can be asked about as well.
    last_day = monthrange((year - 1) % 400 + 1, last_month)[1]
    if day > last_day:
        return None
    label = label or str(year)
    return DateSpan((year, month or 1, day or 1), (year, last_month, day or last_day), label)
