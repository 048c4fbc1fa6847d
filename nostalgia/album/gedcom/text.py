"""A GEDCOM file as lines that can be added to without changing a byte of the others.

The old lines are never decoded to be written again: whatever is wrong with them stays as it is. In
UTF-8 and one-byte encodings each byte stands for itself, as the tags of GEDCOM are ASCII in all of
them. UTF-16 is decoded and encoded as such. Only new lines are encoded, as the old ones are.
"""

import codecs
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nostalgia.album.trees.charsets import ANSEL, detect, register_ansel
from nostalgia.album.trees.gedcom_lines import Line, parse_line
from nostalgia.album.trees.identifiers import PersonIds

_WITH_END = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_BYTE_ORDER_MARKS = (
    "\ufeff",
    *(
        mark.decode("latin-1")
        for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ),
)
_LIKENESSES = {
    ord(char): likeness
    for char, likeness in zip(
        "\u00df\u00e6\u00c6\u0153\u0152\u00f8\u00d8\u0142\u0141\u0111\u0110\u00f0\u00d0\u00fe\u00de\u0131"
        "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u20ac",
        "ss ae AE oe OE o O l L d D d D th Th i ' ' ' \" \" \" - - ... EUR".split(),
        strict=True,
    )
}
"""Letters and signs -> what stands for them in an encoding without them."""
_MAX_VALUE_CHARACTERS = 200
"""Of a value before GEDCOM 7: a whole line may have 255."""


@dataclass(frozen=True)
class TreeText:
    """The lines of a GEDCOM file with their line ends, as text that preserves its bytes.

    encoding: name of the Python codec of the lines, and for new ones. rest: bytes at the end that
    are no whole character of UTF-16.
    """

    lines: tuple[str, ...]
    encoding: str
    rest: bytes = b""

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
        return frozenset((line.tag, self.as_read(line.xref)) for line in heads if line.xref)

    @cached_property
    def person_ends(self) -> Mapping[str, int]:
        """Identifier of a person, as in `Person`, -> index of the line after their record."""
        ids, ends, current = PersonIds(), dict[str, int](), ""
        for number, line in enumerate(self.parsed):
            if line is not None and line.level == 0:
                current = ids.unique(self.as_read(line.xref)) if line.tag == "INDI" else ""
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
        """
        line_end = next((end for end in ("\r\n", "\n", "\r") if end in self.lines[0]), "\n")
        grown: list[str] = []
        for number in range(len(self.lines) + 1):
            new = [self.as_stored(line) + line_end for line in additions.get(number, ())]
            if new and grown and not grown[-1].endswith(("\r", "\n")):
                grown[-1] += line_end
            grown += new
            grown += self.lines[number : number + 1]
        return TreeText(tuple(grown), self.encoding, self.rest)

    def content(self) -> bytes:
        """The bytes of the file."""
        text = "".join(self.lines)
        if self.encoding.startswith("utf-16"):
            return text.encode(self.encoding, "surrogatepass") + self.rest
        return text.encode("latin-1")

    def can_store(self, text: str) -> bool:
        """True if the encoding of the file has all characters of a text."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def as_read(self, text: str) -> str:
        """A part of `lines`, decoded."""
        if text.isascii() or self.encoding.startswith("utf-16"):
            return text
        return text.encode("latin-1").decode(self.encoding, "replace")

    def as_stored(self, text: str) -> str:
        """New text in the form of `lines`, in which it stands for its bytes.

        A character that the encoding of the file does not have becomes one like it, else "?".
        """
        if self.encoding.startswith("utf-16"):
            return text
        text = unicodedata.normalize("NFC", text)
        return b"".join(map(self._encoded, [text] if self.can_store(text) else text)).decode(
            "latin-1"
        )

    def _encoded(self, text: str) -> bytes:
        if self.can_store(text):
            return text.encode(self.encoding)
        plain = unicodedata.normalize("NFKD", text.translate(_LIKENESSES))
        plain = "".join(char for char in plain if not unicodedata.combining(char))
        return plain.encode(self.encoding, "replace")


def read_tree_text(content: bytes) -> TreeText:
    """The lines of a GEDCOM file in any encoding."""
    found = detect(io.BytesIO(content), gedcom=True)
    encoding = found.of_most or found.name
    if encoding == ANSEL:
        register_ansel()
    if encoding.startswith("utf-16"):
        whole = len(content) - len(content) % 2
        text = content[:whole].decode(encoding, "surrogatepass")
        return TreeText(tuple(_split(text)), encoding, content[whole:])
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
    while line.startswith(_BYTE_ORDER_MARKS):
        line = line.removeprefix(next(mark for mark in _BYTE_ORDER_MARKS if line.startswith(mark)))
    return parse_line(line.rstrip("\r\n"))
