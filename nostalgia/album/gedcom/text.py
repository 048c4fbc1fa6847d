"""A GEDCOM file as lines that can be added to, while every byte that is there stays as it is.

Bytes of one-byte encodings and UTF-8 travel as Latin-1, which gives each back unchanged; the tags
and identifiers of GEDCOM are ASCII in all of them. UTF-16 is decoded and encoded as it came.
"""

import codecs
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.identifiers import PersonIds

_LINE = re.compile(r"\s*(\d{1,2})\s+(?:@([^@\s][^@]*?)@\s*)?([^\s@]+)(?:[ \t](.*))?$")
_WITH_END = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_OTHER_CHARSET = re.compile(rb"[\r\n]\s*1\s+CHAR\s+(?!UTF-?8|UNICODE)", re.IGNORECASE)
_MARKS = ("\ufeff", codecs.BOM_UTF8.decode("latin-1"))
_LONGEST_VALUE = 200
"""Characters of a line's value before GEDCOM 7, which allows 255 for the whole line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of GEDCOM: level, identifier without @ ("" where there is none), tag, value."""

    level: int
    xref: str
    tag: str
    value: str


@dataclass(frozen=True)
class TreeText:
    """The lines of a GEDCOM file, each with its line end, as text that holds its bytes.

    encoding: what new lines are encoded in, a name of Python's codecs.
    """

    lines: tuple[str, ...]
    encoding: str

    @cached_property
    def parsed(self) -> tuple[Line | None, ...]:
        """What each line says; None for lines that are no GEDCOM."""
        return tuple(map(_parsed, self.lines))

    @cached_property
    def version(self) -> str:
        """The version of GEDCOM that the header names, "" where it names none."""
        inside = ""
        for line in self.parsed[1:]:
            if line is None:
                continue
            if line.level == 0:
                break
            inside = line.tag if line.level == 1 else inside
            if line.level == 2 and line.tag == "VERS" and inside == "GEDC":  # noqa: PLR2004
                return line.value.strip()
        return ""

    @cached_property
    def xrefs(self) -> frozenset[tuple[str, str]]:
        """Tag and identifier of every record that has one."""
        heads = (line for line in self.parsed if line is not None and line.level == 0)
        return frozenset((line.tag, line.xref) for line in heads if line.xref)

    @cached_property
    def person_ends(self) -> Mapping[str, int]:
        """Identifier of a person, as `album.trees` gives it -> number of the line behind."""
        ids, ends, current = PersonIds(), dict[str, int](), ""
        for number, line in enumerate(self.parsed):
            if line is not None and line.level == 0:
                current = ids.unique(line.xref) if line.tag == "INDI" else ""
            if current and self.lines[number].strip():
                ends[current] = number + 1
        return ends

    @cached_property
    def end(self) -> int:
        """Number of the line before which new records belong: the trailer, or behind the last."""
        numbers = [
            number
            for number, line in enumerate(self.parsed)
            if line is not None and line.level == 0 and line.tag == "TRLR"
        ]
        return numbers[-1] if numbers else len(self.lines)

    def with_lines(self, additions: Mapping[int, Iterable[str]]) -> "TreeText":
        """A copy with new lines, without line ends, before the lines of these numbers.

        Raises:
            UnicodeEncodeError: the encoding of the file has no such characters.
        """
        line_end = next((end for end in ("\r\n", "\n", "\r") if end in self.lines[0]), "\n")
        grown: list[str] = []
        for number in range(len(self.lines) + 1):
            fresh = [self._carried(line) + line_end for line in additions.get(number, ())]
            if fresh and grown and not grown[-1].endswith(("\r", "\n")):
                grown[-1] += line_end
            grown += fresh
            grown += self.lines[number : number + 1]
        return TreeText(tuple(grown), self.encoding)

    def as_utf8(self) -> "TreeText":
        """The same text in UTF-8, and a header that says so."""
        text = self.content().decode(self.encoding, "replace").removeprefix("\ufeff")
        lines = _split(text.encode("utf-8", "replace").decode("latin-1"))
        for number, line in enumerate(lines):
            said = _parsed(line)
            if said is not None and said.level == 0 and number:
                break
            if said is not None and said.level == 1 and said.tag == "CHAR":
                ending = line[len(line.rstrip("\r\n")) :]
                lines[number] = f"1 CHAR UTF-8{ending}"
        return TreeText(tuple(lines), "utf-8")

    def content(self) -> bytes:
        """The bytes of the file."""
        text = "".join(self.lines)
        if self.encoding.startswith("utf-16"):
            return text.encode(self.encoding, "surrogatepass")
        return text.encode("latin-1")

    def _carried(self, line: str) -> str:
        if self.encoding.startswith("utf-16"):
            return line
        return line.encode(self.encoding).decode("latin-1")


def read_tree_text(content: bytes) -> TreeText:
    """The lines of a GEDCOM file, whatever its encoding."""
    with open_text(io.BytesIO(content), lambda oddity: None, gedcom=True) as text:
        encoding = text.encoding
    if encoding == "utf-16":
        little = content.startswith(codecs.BOM_UTF16_LE)
        encoding = "utf-16-le" if little else "utf-16-be"
    if encoding.startswith("utf-16"):
        return TreeText(tuple(_split(content.decode(encoding, "surrogatepass"))), encoding)
    encoding = encoding.removesuffix("-sig")
    if encoding == "utf-8" and content.isascii() and _OTHER_CHARSET.search(content):
        encoding = "ascii"
    return TreeText(tuple(_split(content.decode("latin-1"))), encoding)


def text_lines(level: int, tag: str, text: str, version: str) -> list[str]:
    """A value of any length as lines: CONT for its line breaks, CONC (before 7) for its length."""
    modern = version.startswith("7")
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        value = "".join(char if char >= " " else " " for char in paragraph)
        if modern:
            pieces = [f"@{value}" if value.startswith("@") else value]
        else:
            pieces = _pieces(value.replace("@", "@@"))
        for number, piece in enumerate(pieces):
            here = f"{level} {tag}" if not lines else f"{level + 1} {'CONC' if number else 'CONT'}"
            lines.append(f"{here} {piece}".rstrip(" ") if not piece else f"{here} {piece}")
    return lines


def _pieces(value: str) -> list[str]:
    """Parts of a long value, cut inside words: spaces at a cut get lost in some programs."""
    pieces = []
    while len(value) > _LONGEST_VALUE:
        cut = _LONGEST_VALUE
        while cut > 1 and not (value[cut - 1].isalnum() and value[cut].isalnum()):
            cut -= 1
        cut = cut if cut > 1 else _LONGEST_VALUE
        pieces.append(value[:cut])
        value = value[cut:]
    return [*pieces, value]


def _split(text: str) -> list[str]:
    return _WITH_END.findall(text)


def _parsed(line: str) -> Line | None:
    for mark in _MARKS:
        line = line.removeprefix(mark)
    found = _LINE.match(line.rstrip("\r\n"))
    if found is None:
        return None
    level, xref, tag, value = found.groups()
    return Line(int(level), xref or "", tag.upper(), value or "")
