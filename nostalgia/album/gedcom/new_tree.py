"""A new GEDCOM 7 file for trees of other forms: the persons who have a clip, and their clips."""

import re
from collections.abc import Sequence
from types import MappingProxyType

from nostalgia.album.gedcom.records import ClipRecords
from nostalgia.album.gedcom.text import read_tree_text, text_lines
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.wording import event_word

_VERSION = "7.0"
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_EVENTS = MappingProxyType(
    {"baptised": "BAPM", "buried": "BURI", "cremated": "CREM", "probate": "PROB"}
)
_ISO = re.compile(r"(\d{3,4})(?:-(\d\d))?(?:-(\d\d))?")
_GEDCOM = re.compile(
    rf"(?:(?:ABT|CAL|EST|BEF|AFT|FROM|TO) )?(?:(?:\d\d? )?(?:{'|'.join(_MONTHS)}) )?\d{{3,4}}"
)
_REMARK = "People of a tree whose photographs were set in motion by nostalgia, and nobody else."


def young_tree(entries: Sequence[AlbumEntry], start: str) -> bytes:
    """The file, UTF-8; identifiers of the other tree stand in REFN. start: see `ClipRecords`."""
    lines = ["0 HEAD", "1 GEDC", f"2 VERS {_VERSION}", "1 SOUR nostalgia", f"1 NOTE {_REMARK}"]
    names: dict[str, str] = {}
    renamed = []
    for entry in entries:
        if entry.person_id not in names:
            names[entry.person_id] = f"I{len(names) + 1}"
            lines += _person(entry, names[entry.person_id])
        renamed.append((names[entry.person_id], entry))
    lines.append("0 TRLR")
    text = read_tree_text("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    made = ClipRecords(text, start)
    for xref, entry in renamed:
        made.add(entry, xref)
    return text.with_lines(made.additions()).content()


def _person(entry: AlbumEntry, xref: str) -> list[str]:
    lines = [f"0 @{xref}@ INDI", *text_lines(1, "NAME", _slashed(entry), _VERSION)]
    lines += text_lines(1, "REFN", entry.person_id, _VERSION)
    for tag, said in (("BIRT", entry.born.strip()), ("DEAT", entry.died.strip())):
        if said.upper() in ("Y", "YES"):
            lines.append(f"1 {tag} Y")
        elif said:
            event = event_word(said, "")
            lines += [f"1 {_EVENTS.get(event, tag)}", *_date(said.removeprefix(event).strip())]
    return lines


def _slashed(entry: AlbumEntry) -> str:
    """The name with its surname between slashes, as GEDCOM marks it."""
    before, surname, after = entry.name.rpartition(entry.surname or "\0")
    return f"{before}/{surname}/{after}" if surname else entry.name or "?"


def _date(said: str) -> list[str]:
    """A date that GEDCOM knows as such, any other as a phrase."""
    if found := _ISO.fullmatch(said):
        year, month, day = (int(part) if part else 0 for part in found.groups())
        if month <= len(_MONTHS):
            words = [str(day or ""), _MONTHS[month - 1] if month else "", str(year)]
            return [f"2 DATE {' '.join(word for word in words if word)}"]
    if _GEDCOM.fullmatch(said.upper()):
        return [f"2 DATE {said.upper()}"]
    return ["2 DATE", *text_lines(3, "PHRASE", said, _VERSION)]
