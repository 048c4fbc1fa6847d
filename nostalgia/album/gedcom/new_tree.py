"""A new GEDCOM 7 tree for inputs of other forms: the people with a clip, and their clips."""

import re
from collections.abc import Sequence
from types import MappingProxyType

from nostalgia.album.gedcom.records import ClipRecords
from nostalgia.album.gedcom.text import read_tree_text, text_lines
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.wording import event_word
from nostalgia.album.trees.dates import MONTHS

_VERSION = "7.0"
_MONTHS = [name[:3].upper() for name in MONTHS]
_EVENTS = MappingProxyType(
    {"baptised": "BAPM", "buried": "BURI", "cremated": "CREM", "probate": "PROB"}
)
_ISO = re.compile(r"(\d{3,4})(?:-(\d\d))?(?:-(\d\d))?")
_GEDCOM = re.compile(
    rf"(?:(?:ABT|CAL|EST|BEF|AFT|FROM|TO) )?(?:(?:\d\d? )?(?:{'|'.join(_MONTHS)}) )?\d{{3,4}}"
)
_NOTE = "Only the people of a tree whose photographs were animated with nostalgia."


def new_tree(entries: Sequence[AlbumEntry], start: str) -> bytes:
    """The bytes of the file, UTF-8. Identifiers of the original tree become REFN.

    Args:
        entries: with a clip and a person.
        start: path from the tree's folder to the album's, "." if they are the same.
    """
    lines = ["0 HEAD", "1 GEDC", f"2 VERS {_VERSION}", "1 SOUR nostalgia", f"1 NOTE {_NOTE}"]
    names: dict[str, str] = {}
    renamed = []
    for entry in entries:
        if entry.person_id not in names:
            names[entry.person_id] = f"I{len(names) + 1}"
            lines += _person(entry, names[entry.person_id])
        renamed.append((names[entry.person_id], entry))
    lines.append("0 TRLR")
    text = read_tree_text("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    clips = ClipRecords(text, start)
    for xref, entry in renamed:
        clips.add(entry, xref)
    return text.with_lines(clips.additions()).content()


def _person(entry: AlbumEntry, xref: str) -> list[str]:
    lines = [f"0 @{xref}@ INDI", *text_lines(1, "NAME", _slashed(entry), _VERSION)]
    lines += text_lines(1, "REFN", entry.person_id, _VERSION)
    for tag, dated in (("BIRT", entry.born.strip()), ("DEAT", entry.died.strip())):
        if dated.upper() in ("Y", "YES"):
            lines.append(f"1 {tag} Y")
        elif dated:
            event = event_word(dated, "")
            lines += [f"1 {_EVENTS.get(event, tag)}", *_date(dated.removeprefix(event).strip())]
    return lines


def _slashed(entry: AlbumEntry) -> str:
    """The name with its surname between slashes, as in GEDCOM."""
    before, surname, after = entry.name.rpartition(entry.surname or "\0")
    return f"{before}/{surname}/{after}" if surname else entry.name or "?"


def _date(text: str) -> list[str]:
    """The lines of a date, as a phrase if it is not one of GEDCOM's."""
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) if part else 0 for part in found.groups())
        if month <= len(_MONTHS):
            words = [str(day or ""), _MONTHS[month - 1] if month else "", str(year)]
            return [f"2 DATE {' '.join(word for word in words if word)}"]
    if _GEDCOM.fullmatch(text.upper()):
        return [f"2 DATE {text.upper()}"]
    return ["2 DATE", *text_lines(3, "PHRASE", text, _VERSION)]
