"""One picture of an album as its page shows it."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from nostalgia.album.pages.captions import date_and_place, picture_title
from nostalgia.album.pages.chapters import Shown
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.markup import address
from nostalgia.album.pages.wording import and_list
from nostalgia.files import shortened

_WIDE, _TALL = 1.25, 0.85
"""Ratios of width to height above and below which a picture gets a wider or narrower frame."""

_NOT_IN_FILE_NAMES = frozenset('<>:"/\\|?*')
_JOINERS = "\u200c\u200d"
_NAME_BYTES = 120
_TITLE_CHARS = 100


@dataclass(frozen=True, slots=True)
class Picture:
    """Values that the template of one figure inserts.

    clip, poster, whole, restored: addresses relative to the page; all but clip are "" if there is
    none.
    title: see `picture_title`; a long one is the text instead. people: those in the clip, if there
    are several.
    """

    entry: AlbumEntry
    clip: str
    poster: str
    whole: str
    restored: str
    title: str
    text: str = ""
    people: str = ""

    @classmethod
    def of(cls, shown: Shown) -> "Picture":
        """The picture of a clip.

        Raises:
            UsageError: one of its files lies outside the album's folder.
        """
        entry = shown.entry
        files = (entry.clip, entry.poster, entry.whole_photo, entry.still)
        clip, poster, whole, restored = (address(path) if path else "" for path in files)
        people = and_list(shown.people) if len(shown.people) > 1 and not entry.caption else ""
        title, text = picture_title(entry), ""
        if len(title) > _TITLE_CHARS:
            title, text = "", title
        return cls(entry, clip, poster, whole, restored, title, text, people)

    @property
    def is_film(self) -> bool:
        """True for a video, False for an image that moves (GIF, WebP)."""
        return not self.entry.clip.lower().endswith((".gif", ".webp"))

    @property
    def has_size(self) -> bool:
        """True if the size of the clip is known."""
        return bool(self.entry.width and self.entry.height)

    @property
    def shape(self) -> str:
        """Class of the figure: "wide", "tall" or ""."""
        ratio = self.entry.width / self.entry.height if self.has_size else 1.0
        return "wide" if ratio > _WIDE else "tall" if ratio < _TALL else ""

    @property
    def when_and_where(self) -> str:
        """Date and place of the picture, "" if neither is known."""
        return date_and_place(self.entry)

    @property
    def name(self) -> str:
        """Name of the picture for screen readers."""
        words = [word for word in (self.people or self.entry.name, self.title) if word]
        return ", ".join(words) or "A photograph"

    @property
    def still_text(self) -> str:
        """Text alternative of the poster."""
        return f"{self.name}: a still of the photograph"

    @property
    def clip_text(self) -> str:
        """Text alternative of the clip."""
        return f"{self.name}, the photograph set in motion; without sound"

    @property
    def file_name(self) -> str:
        """Name of the clip's file in its folder."""
        return PurePosixPath(self.entry.clip).name

    @property
    def save_name(self) -> str:
        """Name of the clip's file where a reader saves it."""
        return self._saved_as(PurePosixPath(self.entry.clip).suffix)

    @property
    def still_name(self) -> str:
        """Name of the restored picture's file where a reader saves it."""
        return self._saved_as(PurePosixPath(self.entry.still).suffix)

    def _saved_as(self, suffix: str) -> str:
        year = re.search(r"\d{4}", self.entry.date)
        words = (self.people or self.entry.name, self.title or (year[0] if year else ""))
        plain = ", ".join(filter(None, (_safe_in_file_names(word) for word in words)))
        stem = shortened(plain, _NAME_BYTES).strip(" .")
        return f"{stem or PurePosixPath(self.entry.clip).stem}{suffix}"


def _safe_in_file_names(text: str) -> str:
    """The text without characters that some system forbids, and without invisible ones."""
    kept = (
        " "
        if char in _NOT_IN_FILE_NAMES
        or (unicodedata.category(char).startswith("C") and char not in _JOINERS)
        else char
        for char in text
    )
    return " ".join("".join(kept).split())
