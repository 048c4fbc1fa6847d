"""Who is in an album: the finished clips, sorted by person."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nostalgia.album.pages.entry import AlbumEntry


@dataclass(frozen=True, slots=True)
class Chapter:
    """One person and the clips that show them.

    name: "" for the last chapter, which holds what belongs to nobody. heading: the name, or what
    such a chapter is called. entries: at least one, each with a clip, in the order of the batch.
    """

    name: str
    heading: str
    born: str
    died: str
    entries: tuple[AlbumEntry, ...]


def chapters(entries: Iterable[AlbumEntry]) -> tuple[Chapter, ...]:
    """The finished clips by person, sorted by surname as a reader looks for it.

    Two persons of one name stay two where their tree tells them apart.
    """
    people: dict[str, list[AlbumEntry]] = {}
    for entry in entries:
        if entry.status == "done" and entry.clip:
            key = f"{entry.name}\0{entry.person_id}" if entry.name else ""
            people.setdefault(key, []).append(entry)
    nobodys = "Other pictures" if len(people) > 1 else "Pictures"
    found = [_chapter(group, nobodys) for group in people.values()]
    return tuple(sorted(found, key=lambda chapter: place_among(chapter.entries[0])))


def left_out(entries: Iterable[AlbumEntry]) -> dict[str, list[AlbumEntry]]:
    """What has no clip, by status, without persons that have no picture at all."""
    groups: dict[str, list[AlbumEntry]] = {}
    for entry in entries:
        if entry.status not in ("done", "no-photo"):
            groups.setdefault(entry.status, []).append(entry)
    return dict(sorted(groups.items()))


def _chapter(group: Sequence[AlbumEntry], nobodys: str) -> Chapter:
    first = group[0]
    return Chapter(first.name, first.name or nobodys, first.born, first.died, tuple(group))


def place_among(entry: AlbumEntry) -> tuple[bool, str, str, str, str]:
    """Where a person stands among others: by surname, then by the whole name.

    Accents and case do not change that; who has no name stands last.
    """
    name = entry.name
    return not name, _plain(entry.surname or name), _plain(name), name, entry.person_id


def _plain(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()
