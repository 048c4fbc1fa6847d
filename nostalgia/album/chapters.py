"""Who is in an album: the finished clips, sorted by person."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nostalgia.family import AlbumEntry


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
    """The finished clips by person, sorted by name as a reader looks for it.

    Two persons of one name stay two where their tree tells them apart.
    """
    people: dict[str, list[AlbumEntry]] = {}
    for entry in entries:
        if entry.status == "done" and entry.clip:
            key = f"{entry.name}\0{entry.person_id}" if entry.name else ""
            people.setdefault(key, []).append(entry)
    nobodys = "Other pictures" if len(people) > 1 else "Pictures"
    found = [_chapter(group, nobodys) for group in people.values()]
    return tuple(sorted(found, key=_place))


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


def _place(chapter: Chapter) -> tuple[bool, str, str, str]:
    """Accents and case do not change where a name stands; who has no name stands last."""
    plain = unicodedata.normalize("NFKD", chapter.name)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return not chapter.name, plain, chapter.name, chapter.entries[0].person_id
