"""Possible meanings of the reference to a picture that a tree contains.

A reference may be a path of Windows, of Unix or of an old Mac (``Macintosh HD:Pictures:Opa.jpg``),
a ``file:`` URL, a URI reference, or a web address whose picture was saved. Which of these it is
cannot always be told, so that all its readings are tried.
"""

import html
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

from nostalgia.files import PHOTO_SUFFIXES, folded_file_name

# A colon alone does not make an address: "Berlin:Oma.jpg" is a path of an old Mac.
_WEB = re.compile(
    r"(?!file:)(?:[a-z][a-z0-9+.-]+://|(?:data|blob|cid|mailto|urn|https?|ftp):)", re.I
)
_DRIVE = re.compile(r"/?[A-Za-z][:|](?=/|$)")
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_QUERY = re.compile(r"[?#]")
_COPY_NUMBER = re.compile(r"\s*\(\d{1,3}\)$")
_QUOTED = re.compile(r"(?:\"(.*)\"|'(.*)'|<(.*)>)")
_SAME_SUFFIXES = MappingProxyType(
    {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif"}
)
_WRONG_CODECS = ("cp1252", "cp437", "mac_roman")
_MOST_PARAMETERS = 50
_LEAST_TELLING = 4


@dataclass(frozen=True, slots=True)
class Reference:
    """One reading of a reference, as a clean path.

    parts: its folders and file name. start: "" for a relative path, else "/", "C:/" or "//".
    foreign: True for an absolute path of another operating system or of the web. any_suffix: True
    if the file may have been saved with another suffix.
    """

    parts: tuple[str, ...]
    start: str = ""
    foreign: bool = False
    any_suffix: bool = False

    @property
    def climbs(self) -> bool:
        """True if the path leaves the folder that it starts in."""
        depth = 0
        for part in self.parts:
            depth += -1 if part == ".." else 1
            if depth < 0:
                return True
        return False


def is_web_address(text: str) -> bool:
    """True if a reference is an address on the web, or another URI that is no file."""
    return _WEB.match(text) is not None


def readings(text: str) -> list[Reference]:
    """All meanings of a reference that name a file, the most literal one first."""
    if quoted := _QUOTED.fullmatch(text.strip()):
        text = next(filter(None, quoted.groups()), "")
    if is_web_address(text):
        found = list(_web_readings(text))
    else:
        found = [parsed(spelling) for spelling in _spellings(text)] + _colon_readings(text)
    return [reading for reading in dict.fromkeys(found) if reading.parts]


def file_name(text: str) -> str:
    """The name of the file that a reference means, without folders and without a web query."""
    found = readings(text) if is_web_address(text) else _colon_readings(text)
    if found:
        return found[0].parts[-1]
    if is_web_address(text):
        text = _QUERY.split(text, maxsplit=1)[0].rstrip("/")
    return text.replace("\\", "/").rpartition("/")[2]


def parsed(text: str) -> Reference:
    """Split a path into its parts; backslashes count as separators, as on Windows."""
    slashed = text.replace("\\", "/")
    drive = _DRIVE.match(slashed)
    rest = slashed[drive.end() if drive else 0 :]
    if drive:
        start = f"{drive.group().lstrip('/')}/"
    else:
        start = "//" if rest.startswith("//") else "/" if rest.startswith("/") else ""
    parts = rest.split("/")
    return Reference(
        parts=tuple(part for part in parts if part not in ("", ".")) if parts[-1] else (),
        start=start,
        foreign=start not in ("", "/") and os.name != "nt",
    )


def name_key(name: str) -> str:
    """One form for all the names that programs make of one file name when they copy or save it.

    Case, the spelling of accents, blanks and dots at the end and characters that Windows forbids
    make no difference.
    """
    return folded_file_name(" ".join(_FORBIDDEN.sub("_", name).split()).rstrip(". "))


def usual_key(name: str) -> str:
    """The same with one spelling of each suffix: "karl.jpeg" is "karl.jpg"."""
    suffix = PurePosixPath(name).suffix
    usual = _SAME_SUFFIXES.get(suffix.lower(), suffix)
    return name_key(name.removesuffix(suffix) + usual)


def stem_key(name: str) -> str:
    """The same without the suffixes of a picture, and without the "(1)" that browsers add."""
    while (path := PurePosixPath(name)).suffix.lower() in PHOTO_SUFFIXES:
        name = path.stem
    return name_key(_COPY_NUMBER.sub("", name) or name)


def _spellings(text: str) -> Iterator[str]:
    """A path as written, and with its percent escapes decoded."""
    if text.lower().startswith("file:"):
        rest = text[len("file:") :]
        try:
            url = urlsplit(text)
            host = "" if url.netloc.lower() == "localhost" else url.netloc
            yield from _unescaped(f"//{host}{url.path}" if host else url.path)
        except ValueError:
            pass
        yield from _unescaped(rest)  # a name may contain # or ?, which this writer did not escape
        return
    yield text
    yield from _unescaped(text)
    yield html.unescape(text)
    yield from _misread(text)
    beginning = _QUERY.split(text, maxsplit=1)[0]
    if beginning != text and PurePosixPath(beginning).suffix.lower() in PHOTO_SUFFIXES:
        yield from _unescaped(beginning)


def _unescaped(text: str) -> Iterator[str]:
    plain = unquote(text)
    yield unquote(text, "cp1252") if "\ufffd" in plain else plain
    yield unquote(plain)  # escaped twice


def _misread(text: str) -> Iterator[str]:
    """A name in UTF-8 that was read in another encoding, by the tree or by an unpacked archive."""
    if text.isascii():
        return
    for codec in _WRONG_CODECS:
        for wrote, read in (("utf-8", codec), (codec, "utf-8")):
            with suppress(UnicodeError):
                yield text.encode(wrote).decode(read)


def _colon_readings(text: str) -> list[Reference]:
    """The reading as a path of an old Mac, if a volume or a colon comes before any slash."""
    volume, colon, _ = text.partition(":")
    if not colon or "\\" in text or "/" in volume or _DRIVE.match(text):
        return []
    if text.lower().startswith("file:"):
        return []
    parts = [part for part in text.split(":")[1:] if part]
    return [Reference(tuple(parts), foreign=True)] if parts and not text.endswith(":") else []


def _web_readings(text: str) -> Iterator[Reference]:
    """Names under which the picture of a web address may have been saved."""
    try:
        url = urlsplit(text)
        values = parse_qsl(f"{url.query}&{url.fragment}", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return
    if not url.netloc:
        return
    path = [unquote(part) for part in url.path.split("/")]
    if "+" in path[-1] and _is_picture_name(path[-1]):
        yield from _saved(url.netloc, path)
        yield from _saved(url.netloc, [*path[:-1], path[-1].replace("+", " ")])
    # MediaWiki's addresses of smaller copies contain the name of the picture as a folder.
    for end in range(len(path), 0, -1):
        if _is_picture_name(path[end - 1]):
            yield from _saved(url.netloc, path[:end])
    for value in (unquote(url.fragment), *(value for _, value in values)):
        if _is_picture_name(value):
            yield from _saved("", list(parsed(value).parts))
    # A word such as "photo" tells nothing; a number does.
    last = path[-1]
    if any(char.isdecimal() for char in last) and len(last) >= _LEAST_TELLING:
        yield from _saved(url.netloc, path)


def _saved(host: str, path: list[str]) -> Iterator[Reference]:
    """The reading of a path on the web; and without MediaWiki's "File:" before the name."""
    *folders, name = path
    for each in dict.fromkeys((name, name.rpartition(":")[2])):
        parts = (host, *folders, each)
        usual = tuple(part for part in parts if part not in ("", ".", ".."))
        yield Reference(usual, "//", foreign=True, any_suffix=True)


def _is_picture_name(name: str) -> bool:
    return PurePosixPath(name.strip()).suffix.lower() in PHOTO_SUFFIXES
