"""Detect the encoding of a GEDCOM or CSV file.

In this order: a byte-order mark; zero bytes, which reveal UTF-16; the declaration in the header
(GEDCOM 5.5.1, chapter 3); whether the bytes are valid UTF-8.
"""

import codecs
import functools
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import IO, TextIO

_HEAD_BYTES = 1 << 14
_CHUNK_BYTES = 1 << 20
_CHAR_LINE = re.compile(rb"[\r\n]\s*1\s+CHAR\s+([^\r\n]*)")
_DECLARED_ENCODINGS = MappingProxyType(
    {
        "ANSEL": "gedcom",
        "ANSI": "cp1252",
        "WINDOWS": "cp1252",
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
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@contextmanager
def open_text(file: IO[bytes], warn: Callable[[str], None], *, gedcom: bool) -> Iterator[TextIO]:
    r"""The text of `file`, which must be seekable; lines may end in CR, LF or both.

    Args:
        file: the bytes; left open.
        warn: called with a sentence for each anomaly.
        gedcom: True to read the CHAR line of the header and to turn every line end into "\n";
            False to keep line ends, as the csv module requires.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    encoding = _marked(head) or (_declared(head) if gedcom else None) or "utf-8"
    # Headers are often wrong, but bytes are hardly ever valid UTF-8 by chance.
    if encoding in ("utf-8", "utf-8-sig") and not _decodes(file, "utf-8"):
        warn("the text is not valid UTF-8: read as Windows-1252, so letters may be wrong")
        encoding = "cp1252"
    elif encoding == "gedcom" and _decodes(file, "ascii"):
        encoding = "ascii"
    file.seek(0)
    newline = None if gedcom else ""
    if encoding == "gedcom":
        _register_ansel()
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=newline)
    try:
        yield text
    finally:
        # The caller closes the file.
        text.detach()


def _marked(head: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[1] == 0 and head[3] == 0 and head[0]:
        return "utf-16-le"
    if len(head) >= 4 and head[0] == 0 and head[2] == 0 and head[1]:
        return "utf-16-be"
    return None


def _declared(head: bytes) -> str | None:
    found = _CHAR_LINE.search(head)
    if found is None:
        return None
    name = found.group(1).decode("ascii", "replace").strip().upper()
    if name in _DECLARED_ENCODINGS:
        return _DECLARED_ENCODINGS[name]
    page = re.search(r"(?:CP|ANSI|WINDOWS)[ _-]*(\d{3,4})", name)
    if page is None:
        return None
    try:
        return codecs.lookup(f"cp{page.group(1)}").name
    except LookupError:
        return None


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while block := file.read(_CHUNK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@functools.cache
def _register_ansel() -> None:
    import ansel

    ansel.register()
