"""Find out in which of its many encodings a GEDCOM or CSV file is written.

A byte-order mark decides; then zero bytes, which give UTF-16 away; then what the header says
(GEDCOM 5.5.1, chapter 3); then whether the bytes are UTF-8 at all.
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
_SAID = MappingProxyType(
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

    gedcom: look for the header's CHAR line, and give every line end as "\n"; else they stay as they
    are, as the csv module wants them. warn: told what was odd.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    encoding = _marked(head) or (_declared(head) if gedcom else None) or "utf-8"
    # What the header says and what the bytes are differ often: UTF-8 is hard to hit by chance.
    if encoding in ("utf-8", "utf-8-sig") and not _decodes(file, "utf-8"):
        warn("its bytes are not UTF-8: read as Windows-1252, so names may suffer")
        encoding = "cp1252"
    elif encoding == "gedcom" and _decodes(file, "ascii"):
        encoding = "ascii"
    file.seek(0)
    newline = None if gedcom else ""
    text = io.TextIOWrapper(file, encoding=_known(encoding), errors="replace", newline=newline)
    try:
        yield text
    finally:
        # The file is the caller's to close.
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
    said = found.group(1).decode("ascii", "replace").strip().upper()
    if said in _SAID:
        return _SAID[said]
    page = re.search(r"(?:CP|ANSI|WINDOWS)[ _-]*(\d{3,4})", said)
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


def _known(encoding: str) -> str:
    if encoding == "gedcom":
        _register_ansel()
    return encoding


@functools.cache
def _register_ansel() -> None:
    import ansel

    ansel.register()
