"""The text of a GEDCOM file or a table: its bytes decide the encoding, the header only helps.

A byte-order mark or zero bytes reveal UTF-16. Bytes that are valid UTF-8 are UTF-8, whatever the
header says: no other encoding produces them by chance in more than a line or two. In a damaged file
each line is decoded by itself, so that one bad line spoils no other. Only what is not UTF-8 is read
as the header declares (GEDCOM 5.5.1, chapter 3), else as Windows-1252.

Programs that cut long values by bytes write half of a character before CONC and half after it;
such halves are joined before anything is decoded.
"""

import codecs
import functools
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import IO, Final

from nostalgia.album.trees.cut_characters import (
    byte_lines,
    joined,
    rest_in_ansel,
    rest_in_utf8,
    with_whole_characters,
    without_surrogates,
)

ANSEL: Final = "gedcom"
"""Name of the codec of the package `ansel`; see `register_ansel`."""

_FALLBACK: Final = "cp1252"
_HEAD_BYTES = 1 << 14
_CHUNK_BYTES = 1 << 20
_CHAR_LINE = re.compile(
    rb"[\r\n]\s*1\s+CHAR\s+([^\r\n]*)(?:[\r\n]+\s*2\s+VERS\s+(\d{3,4})\s*[\r\n])?"
)
_KNOWN_CODECS = re.compile(r"(?:CP|WINDOWS|ISO|LATIN|KOI8|MAC|BIG5|GB|EUC|SHIFT|TIS)")
_UTF_8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_DECLARED_ENCODINGS = MappingProxyType(
    {
        "ANSEL": ANSEL,
        "ANSI": "cp1252",
        "ASCII": "ascii",
        "WINDOWS": "cp1252",
        "IBM WINDOWS": "cp1252",
        "LATIN1": "cp1252",
        "ISO-8859-1": "cp1252",
        "ISO8859-1": "cp1252",
        "IBMPC": "cp437",
        "IBM": "cp437",
        "IBM DOS": "cp437",
        "MSDOS": "cp850",
        "OEM": "cp850",
        "MACINTOSH": "mac_roman",
        "MAC": "mac_roman",
    }
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the text of a file is encoded.

    name: Python codec of the text, without a mark. skip: number of bytes of the byte-order mark.
    by_line: True if the file must be decoded line by line, because it has lines that are not valid
    UTF-8, or characters that are cut in two. fallback: codec of such lines. bad_lines: how many;
    first_bad_line: number of the first, from 1. of_most: codec of most lines, for new
    ones, if that is not the name.
    """

    name: str
    skip: int = 0
    by_line: bool = False
    fallback: str = _FALLBACK
    bad_lines: int = 0
    first_bad_line: int = 0
    of_most: str = ""


@contextmanager
def open_text(
    file: IO[bytes], warn: Callable[[str], None], *, gedcom: bool
) -> Iterator[Iterator[str]]:
    r"""The lines of `file`, which must be seekable; they may end in CR, LF or both.

    Args:
        file: the bytes; left open.
        warn: called with a sentence if a line cannot be decoded for certain.
        gedcom: True to read the CHAR line of the header and to turn every line end into "\n";
            False to keep line ends, as the csv module requires.
    """
    encoding = detect(file, gedcom=gedcom)
    if encoding.bad_lines:
        warn(_warning(encoding))
    file.seek(encoding.skip)
    if ANSEL in (encoding.name, encoding.fallback):
        register_ansel()
    if encoding.by_line:
        yield _decoded(file, encoding, gedcom=gedcom)
        return
    is_utf16 = encoding.name.startswith("utf-16")
    errors = _keeping_surrogates() if is_utf16 else "replace"
    newline = None if gedcom else ""
    text = io.TextIOWrapper(file, encoding=encoding.name, errors=errors, newline=newline)
    try:
        yield with_whole_characters(text) if is_utf16 else text
    finally:
        # The caller closes the file.
        text.detach()


def detect(file: IO[bytes], *, gedcom: bool) -> Encoding:
    """Find out how a file is encoded; it must be seekable, and is left anywhere.

    gedcom: True to consider the CHAR line of the header.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    marked, skip = _marked(head)
    if marked.startswith("utf-16"):
        return Encoding(marked, skip)
    declared = _declared(head) if gedcom else ""
    file.seek(skip)
    is_utf8, is_ascii = _checked(file)
    if is_ascii:
        return Encoding(declared or "utf-8", skip)
    if is_utf8:
        return Encoding("utf-8", skip)
    file.seek(skip)
    return _of_damaged(file, declared, skip, marked == "utf-8")


def _of_damaged(file: IO[bytes], declared: str, skip: int, is_marked: bool) -> Encoding:
    """The encoding of text that is not valid UTF-8 as a whole."""
    fallback = _FALLBACK if declared in ("", "ascii") else declared
    good = bad = first = 0
    for number, line in enumerate(joined(byte_lines(file), rest_in_utf8), 1):
        if line.isascii():
            continue
        if _decodes(line):
            good += 1
        else:
            bad += 1
            first = first or number
    # Mac and DOS texts contain valid UTF-8 by chance, Windows-1252 hardly ever, ANSEL never.
    if good and (fallback == _FALLBACK or is_marked or good > bad):
        of_most = fallback if declared and bad > good and not is_marked else ""
        return Encoding("utf-8", skip, True, fallback, bad, first, of_most)
    found = Encoding(fallback, skip, fallback == ANSEL, fallback)
    return found if declared else replace(found, bad_lines=bad, first_bad_line=first)


def _warning(encoding: Encoding) -> str:
    page = encoding.fallback.upper().replace("CP1252", "Windows-1252")
    lines = f"{encoding.bad_lines} lines are" if encoding.bad_lines > 1 else "1 line is"
    where = "the first is line" if encoding.bad_lines > 1 else "it is line"
    return (
        f"{lines} not valid UTF-8 ({where} {encoding.first_bad_line}): read as {page}, so letters"
        " may be wrong"
    )


def _marked(head: bytes) -> tuple[str, int]:
    """Codec that a mark or zero bytes reveal, "" if none, and the length of the mark."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            # A mark of UTF-16 before other text is a mistake: every line of it has zero bytes.
            is_mistake = encoding != "utf-8" and b"\0" not in head
            return "" if is_mistake else encoding, len(mark)
    if len(head) >= 4 and head[1] == 0 and head[3] == 0 and head[0]:
        return "utf-16-le", 0
    if len(head) >= 4 and head[0] == 0 and head[2] == 0 and head[1]:
        return "utf-16-be", 0
    return "", 0


def _declared(head: bytes) -> str:
    """The codec of the header; "" if there is none, or none of a byte or two for each character."""
    found = _CHAR_LINE.search(head)
    if found is None:
        return ""
    name = found.group(1).decode("ascii", "replace").strip().upper()
    page = re.search(r"(?:CP|ANSI|WINDOWS|IBM|MSDOS|DOS)[ _-]*(\d{3,4})", name)
    number = page.group(1) if page else (found.group(2) or b"").decode()
    if number and not name.startswith(("UTF", "UNICODE", "ANSEL")):
        return _codec(f"cp{number}") or _DECLARED_ENCODINGS.get(name, "")
    if name in _DECLARED_ENCODINGS:
        return _DECLARED_ENCODINGS[name]
    return _codec(name) if _KNOWN_CODECS.match(name) else ""


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _checked(file: IO[bytes]) -> tuple[bool, bool]:
    """True if the rest of the file is valid UTF-8, and True if it is ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_ascii = True
    try:
        while block := file.read(_CHUNK_BYTES):
            is_ascii = is_ascii and block.isascii()
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, False
    return True, is_ascii


def _decodes(line: bytes) -> bool:
    """True if a line is UTF-8; databases may have written rare characters as two surrogates."""
    try:
        line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(file: IO[bytes], encoding: Encoding, *, gedcom: bool) -> Iterator[str]:
    lines = byte_lines(file)
    if gedcom:
        lines = joined(lines, rest_in_ansel if encoding.name == ANSEL else rest_in_utf8)
    for line in lines:
        text = _decoded_line(line, encoding)
        if encoding.name == ANSEL:  # which writes accents apart from their letters
            text = unicodedata.normalize("NFC", text)
        yield text.rstrip("\r\n") + "\n" if gedcom else text


def _decoded_line(line: bytes, encoding: Encoding) -> str:
    """A line in its own encoding; in UTF-8 with bad bytes, only these are read as the fallback.

    A line of ANSEL is UTF-8 where it can be: there, what looks like the first byte of a character
    is an accent, and a letter follows it.
    """
    if encoding.name == ANSEL and not _decodes(line):
        return line.decode(ANSEL, "replace")
    if encoding.name not in ("utf-8", ANSEL):
        return line.decode(encoding.name, "replace")
    if _decodes(line):
        return without_surrogates(line.decode("utf-8", "surrogatepass"))
    if _UTF_8_CHARACTER.search(line):
        return line.decode("utf-8", _reading_as(encoding.fallback))
    return line.decode(encoding.fallback, "replace")


@functools.cache
def _reading_as(fallback: str) -> str:
    """Name of an error handler: bytes that are no UTF-8 are read as the fallback.

    The first half of a character at the end of a line is the rest of one that was cut off.
    """

    def handler(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        is_last = not error.object[error.end :].strip(b"\r\n")
        bad = error.object[error.start : error.end]
        return "\ufffd" if is_last else bad.decode(fallback, "replace"), error.end

    codecs.register_error(f"nostalgia.{fallback}", handler)
    return f"nostalgia.{fallback}"


@functools.cache
def _keeping_surrogates() -> str:
    """Name of an error handler: half characters are kept, whatever else is wrong is replaced."""
    keep = codecs.lookup_error("surrogatepass")

    def handler(error: UnicodeError) -> tuple[str | bytes, int]:
        try:
            return keep(error)
        except UnicodeError:
            return "\ufffd", error.end if isinstance(error, UnicodeDecodeError) else 0

    codecs.register_error("nostalgia.utf-16", handler)
    return "nostalgia.utf-16"


@functools.cache
def register_ansel() -> None:
    """Make the codec `ANSEL` known to Python."""
    import ansel

    ansel.register()
