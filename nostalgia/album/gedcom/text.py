"""A GEDCOM file as lines that can be added to without changing a byte of the others.

UTF-8 and one-byte encodings are decoded as Latin-1, which restores every byte; the tags and
identifiers of GEDCOM are ASCII in all of them. UTF-16 is decoded and encoded as such.
"""

import codecs
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nostalgia.album.trees.charsets import open_text
from nostalgia.album.trees.gedcom_lines import Line, parse_line
from nostalgia.album.trees.identifiers import PersonIds

_WITH_END = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_OTHER_CHARSET = re.compile(rb"[\r\n]\s*1\s+CHAR\s+(?!UTF-?8|UNICODE)", re.IGNORECASE)
_BYTE_ORDER_MARKS = ("\ufeff", codecs.BOM_UTF8.decode("latin-1"))
_MAX_VALUE_CHARACTERS = 200
"""Of a value before GEDCOM 7: a whole line may have 255."""


@dataclass(frozen=True)
class TreeText:
    """The lines of a GEDCOM file with their line ends, as text that preserves its bytes.

    encoding: name of the Python codec for new lines.
    """

    lines: tuple[str, ...]
    encoding: str

    @cached_property
    def parsed(self) -> tuple[Line | None, ...]:
        """The lines, parsed; None for those that are not GEDCOM."""
        return tuple(map(_parsed, self.lines))

    @cached_property
    def version(self) -> str:
        """The version of GEDCOM in the header, "" if there is none."""
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
        """Tag and identifier of every record with an identifier."""
        heads = (line for line in self.parsed if line is not None and line.level == 0)
        return frozenset((line.tag, line.xref) for line in heads if line.xref)

    @cached_property
    def person_ends(self) -> Mapping[str, int]:
        """Identifier of a person, as in `Person`, -> index of the line after their record."""
        ids, ends, current = PersonIds(), dict[str, int](), ""
        for number, line in enumerate(self.parsed):
            if line is not None and line.level == 0:
                current = ids.unique(line.xref) if line.tag == "INDI" else ""
            if current and self.lines[number].strip():
                ends[current] = number + 1
        return ends

    @cached_property
    def end(self) -> int:
        """Index of the line to insert new records before: the trailer, or after the last line."""
        numbers = [
            number
            for number, line in enumerate(self.parsed)
            if line is not None and line.level == 0 and line.tag == "TRLR"
        ]
        return numbers[-1] if numbers else len(self.lines)

    def with_lines(self, additions: Mapping[int, Iterable[str]]) -> "TreeText":
        """A copy with more lines.

        Args:
            additions: index of a line -> new lines before it, without line ends.

        Raises:
            UnicodeEncodeError: the encoding of the file cannot represent a new line.
        """
        line_end = next((end for end in ("\r\n", "\n", "\r") if end in self.lines[0]), "\n")
        grown: list[str] = []
        for number in range(len(self.lines) + 1):
            new = [self.as_stored(line) + line_end for line in additions.get(number, ())]
            if new and grown and not grown[-1].endswith(("\r", "\n")):
                grown[-1] += line_end
            grown += new
            grown += self.lines[number : number + 1]
        return TreeText(tuple(grown), self.encoding)

    def as_utf8(self) -> "TreeText":
        """The same text in UTF-8, declared in its header."""
        text = self.content().decode(self.encoding, "replace").removeprefix("\ufeff")
        lines = _split(text.encode("utf-8", "replace").decode("latin-1"))
        for number, line in enumerate(lines):
            parsed = _parsed(line)
            if parsed is not None and parsed.level == 0 and number:
                break
            if parsed is not None and parsed.level == 1 and parsed.tag == "CHAR":
                ending = line[len(line.rstrip("\r\n")) :]
                lines[number] = f"1 CHAR UTF-8{ending}"
        return TreeText(tuple(lines), "utf-8")

    def content(self) -> bytes:
        """The bytes of the file."""
        text = "".join(self.lines)
        if self.encoding.startswith("utf-16"):
            return text.encode(self.encoding, "surrogatepass")
        return text.encode("latin-1")

    def as_stored(self, line: str) -> str:
        """New text in the form of `lines`, in which it stands for its bytes.

        Raises:
            UnicodeEncodeError: the encoding of the file cannot represent it.
        """
        if self.encoding.startswith("utf-16"):
            return line
        return line.encode(self.encoding).decode("latin-1")


def read_tree_text(content: bytes) -> TreeText:
    """The lines of a GEDCOM file in any encoding."""
    with open_text(io.BytesIO(content), lambda warning: None, gedcom=True) as text:
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
    """The lines of a value of any length, with CONT at line breaks; before version 7 also CONC."""
    modern = version.startswith("7")
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        value = "".join(char if char >= " " else " " for char in paragraph)
        if modern:
            pieces = [f"@{value}" if value.startswith("@") else value]
        else:
            pieces = _pieces(value.replace("@", "@@"))
        for number, piece in enumerate(pieces):
            start = f"{level} {tag}" if not lines else f"{level + 1} {'CONC' if number else 'CONT'}"
            lines.append(f"{start} {piece}" if piece else start)
    return lines


def _pieces(value: str) -> list[str]:
    """Parts of a long value, cut inside words: some programs lose spaces at a cut."""
    pieces = []
    while len(value) > _MAX_VALUE_CHARACTERS:
        cut = _MAX_VALUE_CHARACTERS
        while cut > 1 and not (value[cut - 1].isalnum() and value[cut].isalnum()):
            cut -= 1
        cut = cut if cut > 1 else _MAX_VALUE_CHARACTERS
        pieces.append(value[:cut])
        value = value[cut:]
    return [*pieces, value]


def _split(text: str) -> list[str]:
    return _WITH_END.findall(text)


def _parsed(line: str) -> Line | None:
    for mark in _BYTE_ORDER_MARKS:
        line = line.removeprefix(mark)
    return parse_line(line.rstrip("\r\n"))
