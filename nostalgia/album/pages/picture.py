"""One picture of an album as its page shows it."""

from dataclasses import dataclass

from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.markup import address

_WIDE, _TALL = 1.45, 0.85
"""Ratios of width to height above and below which a picture gets a wider or narrower frame."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Values that the template of one figure inserts.

    clip, poster: addresses relative to the page; poster is "" if there is none.
    """

    entry: AlbumEntry
    clip: str
    poster: str

    @classmethod
    def from_entry(cls, entry: AlbumEntry) -> "Picture":
        """The picture of a finished entry.

        Raises:
            UsageError: its clip or poster lies outside the album's folder.
        """
        return cls(entry, address(entry.clip), address(entry.poster) if entry.poster else "")

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
    def name(self) -> str:
        """Name of the picture for screen readers."""
        words = [word for word in (self.entry.name, self.entry.title) if word]
        return ", ".join(words) or self.entry.photo

    @property
    def still_text(self) -> str:
        """Text alternative of the poster."""
        return f"{self.name}: a still of the photograph {self.entry.photo}"

    @property
    def clip_text(self) -> str:
        """Text alternative of the clip."""
        return f"{self.name}, the photograph set in motion; without sound"
