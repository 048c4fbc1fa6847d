"""Lines and records of GEDCOM: versions 5.5, 5.5.1, 5.5.5 and 7, also damaged ones.

Grammar: GEDCOM 5.5.1, chapter 1; FamilySearch GEDCOM 7.0, chapter 1. A line is a level, an optional
identifier between @, a tag, and an optional value. Records are read one at a time, so a large tree
is never held whole.

Libraries that were tried instead: fastgedcom 1.1.4, ged4py 0.5.5, gedcom7 1.2.0 and python-gedcom.
fastgedcom reads every real export of the test corpus exactly as this module does, but it files
records by identifier, so of several with the same identifier, or none, only the last survives. It
drops lines that are indented, separated by tabs or wrapped, and holds the whole tree: three times
the memory and twice the time for 100,000 people. ged4py reads neither UTF-16 nor damaged nesting,
gedcom7 reads only flawless GEDCOM 7, and python-gedcom is under the GPL.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

# The closing @ is optional: some programs forget it.
_LINE = re.compile(r"\s*(\d{1,6})\s+(?:@([^@\s][^@]*?)@\s*|@([^@\s]+)\s+)?([^\s@]+)(?:\s(.*))?$")
_LEVEL = re.compile(r"\s*(\d{1,6})\s")
_POINTER = re.compile(r"@([^@#\s][^@]*)@\s*$")
_MAX_LEVEL = 99
_MAX_LINE_NUMBERS = 3
_MAX_LINES_IN_RECORD = 1_000_000


class Line(NamedTuple):
    """A line of GEDCOM.

    xref: identifier without @, "" if it has none. tag: upper case, "" for a damaged line of which
    only the level can be read. value: as written, without the blank before it. unclosed: True if
    the closing @ of the identifier is missing.
    """

    level: int
    xref: str
    tag: str
    value: str
    unclosed: bool = False


def parse_line(text: str) -> Line | None:
    """Parse a line without its line end; None if it has no level, so that it is not GEDCOM."""
    if found := _LINE.match(text):
        level, xref, unclosed, tag, value = found.groups()
        return Line(int(level), xref or unclosed or "", tag.upper(), value or "", bool(unclosed))
    if found := _LEVEL.match(text + " "):
        return Line(int(found.group(1)), "", "", "")
    return None


@dataclass(slots=True)
class Record:
    """A line with the lines below it. points_to: the identifier in a value such as @O1@."""

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
        """The value at the end of a path of tags, the first of each; "" if there is none."""
        here: Record | None = self
        for tag in tags:
            here = here.first(tag) if here is not None else None
        return here.value.strip() if here is not None else ""


class GedcomReader:
    """Reads records from text and counts what is wrong with it.

    version: of GEDCOM; the caller sets it as soon as the header is read, because it decides how
    values are unescaped. embedded_media: number of OBJE lines inside records that are not pointers.
    """

    def __init__(self, text: Iterable[str]) -> None:
        self._text = text
        self.version = ""
        self.embedded_media = 0
        self.has_head = False
        self.has_trailer = False
        self._inside = 0
        self._problems: Counter[str] = Counter()
        self._problem_lines: dict[str, list[int]] = {}

    def warnings(self) -> list[str]:
        """A sentence for each kind of problem in the lines read so far."""
        found = []
        for kind, count in self._problems.items():
            where = ", ".join(str(number) for number in self._problem_lines[kind])
            more = " and more" if count > _MAX_LINE_NUMBERS else ""
            found.append(f"{kind}: {count} (line {where}{more})")
        if not self.has_head:
            found.append("does not begin with a header (0 HEAD)")
        if not self.has_trailer:
            found.append("ends without 0 TRLR: it may be cut off")
        return found

    def records(self) -> Iterator[Record]:
        """The records of level 0, in their order."""
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

    def _line(self, text: str, number: int) -> Record | None:
        """The line as a separate record; None for text that continues the previous line."""
        text = text.rstrip("\n").lstrip("\ufeff")
        if "\0" in text:
            self._note("lines with NUL bytes", number)
        line = parse_line(text)
        if (line is None or not line.tag) and text.strip():
            self._note("lines that are not GEDCOM", number)
        if line is None:
            return None
        if line.unclosed:
            self._note("identifiers without their closing @", number)
        if line.level > _MAX_LEVEL:
            self._note(f"lines with a level above {_MAX_LEVEL}", number)
        return self._record(line)

    def _record(self, line: Line) -> Record:
        level, xref, tag, value, _ = line
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

    def _attach(self, record: Record, path: list[Record], number: int) -> None:
        while path[-1].level >= record.level:
            path.pop()
        if record.level > path[-1].level + 1:
            self._note("lines more than one level below the previous one", number)
        self._inside += 1
        if self._inside > _MAX_LINES_IN_RECORD:
            self._note("lines beyond the first million of a record, ignored", number)
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
        self._problems[kind] += 1
        lines = self._problem_lines.setdefault(kind, [])
        if len(lines) < _MAX_LINE_NUMBERS:
            lines.append(number)
