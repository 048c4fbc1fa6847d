"""Lines of a file, with the characters joined that a program has cut in two.

Programs that limit the length of lines often count bytes: half a character then stands before CONC,
CONT or a bare line end, and half behind it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO

_CHUNK_BYTES = 1 << 20
_CONTINUED = re.compile(rb"\s*\d{1,6}\s+CON[CT]\s")
_CONTINUED_TEXT = re.compile(r"\s*\d{1,6}\s+CON[CT]\s")
_LEAD_BYTES = ((0xC2, 0xDF, 1), (0xE0, 0xEF, 2), (0xF0, 0xF4, 3))
"""First and last lead byte of a UTF-8 character, and the number of bytes that follow."""
_ANSEL_ACCENT = re.compile(rb"[\xe0-\xfe]\Z")
_ANSEL_LETTER = re.compile(rb"[\xe0-\xfe]*[A-Za-z]")
_SURROGATE = re.compile("[\ud800-\udfff]")

RestOfCharacter = Callable[[bytes, bytes], int]
"""From a line and what follows it: how many bytes of that belong to the last character before."""


def byte_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines with their ends, which may be CR, LF or both."""
    pieces: list[bytes] = []
    while block := file.read(_CHUNK_BYTES):
        if pieces and pieces[-1].endswith(b"\r"):  # it may be the first half of a line end
            if block.startswith(b"\n"):
                pieces.append(b"\n")
                block = block[1:]
            yield b"".join(pieces)
            pieces = []
        lines = block.splitlines(keepends=True)
        for place, line in enumerate(lines, 1):
            pieces.append(line)
            if line.endswith(b"\n") or (line.endswith(b"\r") and place < len(lines)):
                yield b"".join(pieces)
                pieces = []
    if pieces:
        yield b"".join(pieces)


def joined(lines: Iterable[bytes], rest: RestOfCharacter) -> Iterator[bytes]:
    """The lines; the second half of a cut character is moved to the end of the first one's line."""
    held = b""
    for line in lines:
        text = held.rstrip(b"\r\n")
        if text and text[-1] >= 0x80:
            start = found.end() if (found := _CONTINUED.match(line)) else 0
            end = start + rest(text, line[start:])
            held = text + line[start:end] + held[len(text) :]
            line = line[:start] + line[end:]  # noqa: PLW2901
        if held:
            yield held
        held = line
    if held:
        yield held


def rest_in_utf8(text: bytes, after: bytes) -> int:
    """See `RestOfCharacter`."""
    for back, byte in enumerate(reversed(text[-3:])):
        if 0x80 <= byte <= 0xBF:
            continue
        lengths = [length for first, last, length in _LEAD_BYTES if first <= byte <= last]
        lacks = lengths[0] - back if lengths else 0
        rest = after[: max(lacks, 0)]
        is_whole = len(rest) == lacks and all(0x80 <= each <= 0xBF for each in rest)
        return lacks if is_whole else 0
    return 0


def rest_in_ansel(text: bytes, after: bytes) -> int:
    """See `RestOfCharacter`; in ANSEL, accents stand before their letter."""
    found = _ANSEL_LETTER.match(after) if _ANSEL_ACCENT.search(text) else None
    return found.end() if found else 0


def with_whole_characters(lines: Iterable[str]) -> Iterator[str]:
    """The lines of UTF-16 that was decoded with its surrogates; joined, or replaced if alone."""
    held = ""
    for line in lines:
        if "\ud800" <= held[-2:-1] <= "\udbff":
            start = found.end() if (found := _CONTINUED_TEXT.match(line)) else 0
            if "\udc00" <= line[start : start + 1] <= "\udfff":
                held = held[:-1] + line[start] + held[-1:]
                line = line[:start] + line[start + 1 :]  # noqa: PLW2901
        if held:
            yield without_surrogates(held)
        held = line
    if held:
        yield without_surrogates(held)


def without_surrogates(line: str) -> str:
    """The line with pairs of surrogates joined, and others replaced."""
    if not _SURROGATE.search(line):
        return line
    return line.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
