"""Dates of Gramps XML as words that people read and `trees.dates` understands."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_KINDS = {"before": "before ", "after": "after ", "about": "about ", "from": "from ", "to": "to "}
_QUALITIES = {"estimated": "est ", "calculated": "cal "}
_CALENDARS = {
    "Julian": "JULIAN ",
    "Swedish": "JULIAN ",
    "French Republican": "FRENCH_R ",
    "Hebrew": "HEBREW ",
    "Islamic": "ISLAMIC ",
    "Persian": "PERSIAN ",
}
_WHOLE_DATES = ("JULIAN ", "")


def date_wording(event: "Element") -> str:
    """The date of an event; empty where it has none."""
    for child in event:
        name = str(child.tag).rpartition("}")[2]
        calendar = _CALENDARS.get(child.get("cformat", ""), "")
        if name == "dateval":
            said = _day(child.get("val", ""), calendar)
            kind = _KINDS.get(child.get("type", ""), "")
            return f"{kind}{_QUALITIES.get(child.get('quality', ''), '') if not kind else ''}{said}"
        if name in ("daterange", "datespan"):
            first, last = (_day(child.get(end, ""), calendar) for end in ("start", "stop"))
            return (
                f"between {first} and {last}" if name == "daterange" else f"from {first} to {last}"
            )
        if name == "datestr":
            return child.get("val", "")
    return ""


def _day(value: str, calendar: str) -> str:
    if calendar not in _WHOLE_DATES:
        # Days of other calendars would read like days of ours; the year is exact enough.
        return calendar + (value.split("-")[0].lstrip("0") or value)
    if value.startswith("-"):
        return f"{value.removeprefix('-').split('-')[0].lstrip('0')} BC"
    return calendar + value
