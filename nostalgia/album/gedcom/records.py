"""GEDCOM lines for clips: media records, their sources, and the links from people to them.

GEDCOM 7 and 5.5.1 have separate media records; 5.5 has files only inside the person. Each record
has one file, because several programs show only the first (and GEDCOM 7 recommends it for CROP).
"""

from collections import defaultdict
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import quote

from nostalgia.album.gedcom.text import TreeText, text_lines
from nostalgia.album.pages.entry import AlbumEntry, path_in_album

_MEDIA_TYPES = MappingProxyType({"mp4": "video/mp4", "gif": "image/gif", "webp": "image/webp"})
_PLAIN_IN_PATHS = "/,()'"
_XREF_PREFIX = "NOSTALGIA"
_VERSIONS_WITH_MEDIA_RECORDS = ("5.5.", "5.6", "7")


class ClipRecords:
    """Collects the lines to add to a tree.

    Args:
        text: the tree.
        start: path from the tree's folder to the album's, "." if they are the same.
    """

    def __init__(self, text: TreeText, start: str) -> None:
        self._text, self._start = text, start
        self._version = text.version
        self._taken = {xref.upper() for _, xref in text.xrefs}
        self._number = 0
        self._linked: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self._records: list[str] = []
        self._media: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._existing_files = {
            line.value.strip() for line in text.parsed if line is not None and line.tag == "FILE"
        }

    def add(self, entry: AlbumEntry, person: str = "") -> None:
        """Add the clip of an entry, unless the person is unknown or the tree has the clip already.

        person: identifier in this tree, if it differs from the entry's.
        """
        person = person or entry.person_id
        file = self._file(entry)
        if person not in self._text.person_ends:
            return
        if self._text.as_stored(file) in self._existing_files:
            return
        if not self._version.startswith(_VERSIONS_WITH_MEDIA_RECORDS):
            self._linked[person][file] = self._embedded(entry, file)
            return
        if file not in self._media:
            self._media[file] = self._new_xref()
            self._records += self._record(entry, file)
        self._linked[person][file] = [f"1 OBJE @{self._media[file]}@"]

    def additions(self) -> dict[int, list[str]]:
        """Index of a line of the tree -> new lines before it."""
        found = {
            self._text.person_ends[person]: [line for lines in links.values() for line in lines]
            for person, links in self._linked.items()
        }
        # A person may be the last record: then the links come before the new records.
        found[self._text.end] = [*found.get(self._text.end, []), *self._records]
        return found

    @property
    def _is_modern(self) -> bool:
        return self._version.startswith("7")

    def _file(self, entry: AlbumEntry) -> str:
        """Value of the FILE line: a URI reference in GEDCOM 7, a path in older versions.

        Where the tree's encoding has no such letters, the path is escaped as in a URI reference.
        """
        place = str(PurePosixPath(self._start, path_in_album(entry.clip)))
        is_plain = not self._is_modern and self._text.can_store(place)
        return place if is_plain else quote(place, safe=_PLAIN_IN_PATHS)

    def _record(self, entry: AlbumEntry, file: str) -> list[str]:
        source = self._source(entry)
        return [
            f"0 @{self._media[file]}@ OBJE",
            *text_lines(1, "FILE", file, self._version),
            *self._form(2, entry),
            *text_lines(2, "TITL", _title(entry), self._version),
            *text_lines(1, "NOTE", _note(entry), self._version),
            *([f"1 SOUR @{source}@"] if source else []),
        ]

    def _embedded(self, entry: AlbumEntry, file: str) -> list[str]:
        return [
            "1 OBJE",
            f"2 FORM {_short_form(entry)}",
            *text_lines(2, "TITL", _title(entry), self._version),
            *text_lines(2, "FILE", file, self._version),
            *text_lines(2, "NOTE", _note(entry), self._version),
        ]

    def _form(self, level: int, entry: AlbumEntry) -> list[str]:
        short = _short_form(entry)
        medium = "video" if short == "mp4" else "electronic"
        if self._is_modern:
            return [f"{level} FORM {_MEDIA_TYPES[short]}", f"{level + 1} MEDI {medium.upper()}"]
        return [f"{level} FORM {short}", f"{level + 1} TYPE {medium}"]

    def _source(self, entry: AlbumEntry) -> str:
        """Identifier of the source record for the photograph; "" if its name is unknown."""
        key = f"{entry.photo}\0{entry.photo_sha256}"
        if not entry.photo:
            return ""
        if key not in self._sources:
            xref = self._sources[key] = self._new_xref()
            notes = [f"SHA-256 of the file: {entry.photo_sha256}"] if entry.photo_sha256 else []
            notes += [f"Cited in the tree as: {entry.source}"] if entry.source else []
            lines = [f"0 @{xref}@ SOUR"]
            lines += text_lines(1, "TITL", f"Photograph {entry.photo}", self._version)
            if ("OBJE", entry.media_id) in self._text.xrefs:
                lines.append(f"1 OBJE @{entry.media_id}@")
            if notes:
                lines += text_lines(1, "NOTE", "\n".join(notes), self._version)
            self._records += lines
        return self._sources[key]

    def _new_xref(self) -> str:
        self._number += 1
        while f"{_XREF_PREFIX}{self._number}" in self._taken:
            self._number += 1
        return f"{_XREF_PREFIX}{self._number}"


def _title(entry: AlbumEntry) -> str:
    return f"{entry.title or entry.name or entry.photo} (animated photograph)"


def _note(entry: AlbumEntry) -> str:
    checksum = f" (SHA-256 {entry.photo_sha256})" if entry.photo_sha256 else ""
    sentences = [
        "An old photograph, animated by software. An algorithm generated the movement, which was"
        " never filmed: it is an illustration, not evidence.",
        f"Made with nostalgia from the photograph {entry.photo}{checksum}.",
        f"Movement: {entry.driver}." if entry.driver else "",
        f"Source of the photograph: {entry.source}" if entry.source else "",
    ]
    return "\n".join(sentence for sentence in sentences if sentence)


def _short_form(entry: AlbumEntry) -> str:
    suffix = PurePosixPath(entry.clip).suffix.lower().removeprefix(".")
    return suffix if suffix in _MEDIA_TYPES else "mp4"
