"""Cover of an album: its best picture, and the years of the lives in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from nostalgia.album.pages.chapters import Chapter, Shown
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.markup import address
from nostalgia.album.pages.wording import and_list, life_span


@dataclass(frozen=True, slots=True)
class Cover:
    """picture: address relative to the page, "" if no clip has a still. text: its alternative.

    years: from the first birth to the last death, "" if none is known.
    """

    picture: str
    text: str
    years: str


def cover_of(people: Sequence[Chapter]) -> Cover:
    """The cover of these chapters.

    Its picture is the one in which most people are named, and of these the largest; the whole photo
    where the album has it.
    """
    years = life_span((person.born, person.died) for person in people if person.name)
    clips = [clip for person in people for clip in person.clips if clip.entry.poster]
    if not clips:
        return Cover("", "", years)
    names = _names_by_photo(clips)
    best = max(clips, key=lambda clip: (len(names[_photo(clip.entry)]), _size(clip.entry)))
    text = and_list(names[_photo(best.entry)]) or "A photograph of this album"
    return Cover(address(best.entry.whole_photo or best.entry.poster), text, years)


def _names_by_photo(clips: Sequence[Shown]) -> dict[str, list[str]]:
    """Photo -> names of all people whom its clips show, each once."""
    names: dict[str, list[str]] = {}
    for clip in clips:
        known = names.setdefault(_photo(clip.entry), [])
        known += [name for name in clip.people if name not in known]
    return names


def _photo(entry: AlbumEntry) -> str:
    return entry.photo_sha256 or entry.key


def _size(entry: AlbumEntry) -> int:
    """Pixels of the clip's shorter side: that of a long strip is small."""
    return min(entry.width, entry.height)
