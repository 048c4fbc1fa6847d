"""Lines of GEDCOM, put together into records: versions 5.5, 5.5.1, 5.5.5 and 7, good or damaged.

Grammar: GEDCOM 5.5.1 chapter 1, FamilySearch GEDCOM 7.0 chapter 1. A line is a level, perhaps an
identifier between @, a tag, and perhaps a value. Records come one at a time, so a large tree is
never held whole.

Why not a library: ged4py 0.5.5 reads 5.5 and 5.5.1 well, but no UTF-16 and no damaged nesting;
gedcom7 1.2.0 reads nothing but flawless GEDCOM 7; python-gedcom is under the GPL.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

# The closing @ is optional: some programs forget it.
_LINE = re.compile(r"\s*(\d{1,6})\s+(?:@([^@\s][^@]*?)@\s*|@([^@\s]+)\s+)?([^\s@]+)(?:\s(.*))?$")
_LEVEL = re.compile(r"\s*(\d{1,6})\s")
_POINTER = re.compile(r"@([^@#\s][^@]*)@\s*$")
_HIGHEST_LEVEL = 99
_ODD_LINES_SHOWN = 3
_MOST_INSIDE = 1_000_000


@dataclass(slots=True)
class Record:
    """One line with all that belongs to it. `points_to`: the identifier in a value like @O1@."""

    level: int
    tag: str
    value: str = ""
    xref: str = ""
    points_to: str = ""
    children: list["Record"] = field(default_factory=list)

    def all(self, tag: str) -> list["Record"]:
        """The lines directly below with this tag."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> "Record | None":
        """The first line directly below with this tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def text(self, *tags: str) -> str:
        """The value at the end of a path of tags, each time the first; empty without one."""
        here: Record | None = self
        for tag in tags:
            here = here.first(tag) if here is not None else None
        return here.value.strip() if here is not None else ""


class GedcomReader:
    """Reads records from text and counts what it passes.

    embedded_media: OBJE lines below a record that are no pointer. odd: what was wrong, per kind.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.version = ""
        self.embedded_media = 0
        self.has_head = False
        self.has_trailer = False
        self._inside = 0
        self._odd: Counter[str] = Counter()
        self._odd_lines: dict[str, list[int]] = {}

    def warnings(self) -> list[str]:
        """What was odd in the lines read so far, a sentence per kind."""
        said = []
        for kind, count in self._odd.items():
            where = ", ".join(str(number) for number in self._odd_lines[kind])
            more = " and more" if count > _ODD_LINES_SHOWN else ""
            said.append(f"{count} {kind} (line {where}{more})")
        if not self.has_head:
            said.append("does not begin with a header (0 HEAD)")
        if not self.has_trailer:
            said.append("ends without 0 TRLR: it may be cut off")
        return said

    def records(self) -> Iterator[Record]:
        """Every record of level 0, the header first."""
        path: list[Record] = []
        pieces: list[str] = []
        for number, line in enumerate(self._text, 1):
            found = self._line(line, number)
            if found is None:
                if path and line.strip():
                    pieces.append("\n" + line.rstrip("\n"))
                continue
            if found.tag in ("CONC", "CONT") and path:
                pieces.append(found.value if found.tag == "CONC" else "\n" + found.value)
                continue
            if path and pieces:
                path[-1].value += "".join(pieces)
            pieces = []
            if found.level == 0:
                if path:
                    yield self._complete(path[0])
                path = [found]
                self._inside = 0
            elif path:
                self._attach(found, path, number)
        if path:
            path[-1].value += "".join(pieces)
            yield self._complete(path[0])

    def _line(self, line: str, number: int) -> Record | None:
        line = line.rstrip("\n").lstrip("\ufeff")
        if "\0" in line:
            self._note("lines with NUL bytes", number)
        found = _LINE.match(line)
        if found is None:
            return self._damaged(line, number)
        level, xref, unclosed, tag, value = found.groups()
        if unclosed:
            self._note("identifiers without their closing @", number)
        if int(level) > _HIGHEST_LEVEL:
            self._note("lines with a level above 99", number)
        return self._record(int(level), tag.upper(), value or "", xref or unclosed or "")

    def _record(self, level: int, tag: str, value: str, xref: str) -> Record:
        pointer = _POINTER.match(value)
        if pointer:
            return Record(level, tag, value, xref, pointer.group(1))
        if tag == "OBJE" and level > 0:
            self.embedded_media += 1
        if self.version.startswith("7"):
            value = value[1:] if value.startswith("@@") else value
        else:
            value = value.replace("@@", "@")
        return Record(level, tag, value, xref)

    def _damaged(self, line: str, number: int) -> Record | None:
        """A line without a tag still ends what came before; one without a level goes on with it."""
        if not line.strip():
            return None
        self._note("lines that are no GEDCOM", number)
        found = _LEVEL.match(line + " ")
        return Record(int(found.group(1)), "") if found else None

    def _attach(self, record: Record, path: list[Record], number: int) -> None:
        while path[-1].level >= record.level:
            path.pop()
        if record.level > path[-1].level + 1:
            self._note("lines more than one level below the line before", number)
        self._inside += 1
        if self._inside > _MOST_INSIDE:
            self._note("lines beyond the first million of one record, left out,", number)
            return
        path[-1].children.append(record)
        path.append(record)

    def _complete(self, record: Record) -> Record:
        if record.tag == "HEAD":
            self.has_head = True
        elif record.tag == "TRLR":
            self.has_trailer = True
        return record

    def _note(self, kind: str, number: int) -> None:
        self._odd[kind] += 1
        lines = self._odd_lines.setdefault(kind, [])
        if len(lines) < _ODD_LINES_SHOWN:
            lines.append(number)
