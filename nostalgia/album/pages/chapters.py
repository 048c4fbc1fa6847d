"""The people in an album: finished clips grouped by person, and pictures without a clip."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.wording import left_out_reason, life_dates, life_years
from nostalgia.errors import counted


@dataclass(frozen=True, slots=True)
class Chapter:
    """One person and the clips that show them.

    name: "" for the last chapter, which holds the clips of no known person. heading: the name, or
    the title of that last chapter. born, died: dates as the tree gives them. entries: at least one,
    each with a clip, in the order of the batch.
    """

    name: str
    heading: str
    born: str
    died: str
    entries: tuple[AlbumEntry, ...]

    @property
    def dates(self) -> str:
        """Birth and death in one line, "" if neither is known."""
        return life_dates(self.born, self.died)

    @property
    def years(self) -> str:
        """Years of birth and death, "" if neither is known."""
        return life_years(self.born, self.died)


def chapters(entries: Iterable[AlbumEntry]) -> tuple[Chapter, ...]:
    """The finished clips by person, sorted by surname.

    Two people with the same name stay separate if their tree gives them different identifiers.
    """
    people: dict[str, list[AlbumEntry]] = {}
    for entry in entries:
        if entry.status == "done" and entry.clip:
            key = f"{entry.name}\0{entry.person_id}" if entry.name else ""
            people.setdefault(key, []).append(entry)
    nobodys = "Other pictures" if len(people) > 1 else "Pictures"
    found = [_chapter(group, nobodys) for group in people.values()]
    return tuple(sorted(found, key=lambda chapter: person_order(chapter.entries[0])))


def left_out(entries: Iterable[AlbumEntry]) -> list[tuple[str, list[AlbumEntry]]]:
    """Headings and entries of pictures without a clip, by status.

    People who may be living are counted in the heading; their entries are not returned. People
    without any picture, and pictures left out by choice, are not listed.
    """
    groups: dict[str, list[AlbumEntry]] = {}
    for entry in entries:
        if entry.status not in ("done", "no-photo", "left-out"):
            groups.setdefault(entry.status, []).append(entry)
    return [_left_out_group(status, group) for status, group in sorted(groups.items())]


def _left_out_group(status: str, entries: list[AlbumEntry]) -> tuple[str, list[AlbumEntry]]:
    if status != "skipped-living":
        return left_out_reason(status), entries
    number = counted(len(entries), "picture", "pictures")
    return f"{number} of people who may be living", []


def _chapter(group: Sequence[AlbumEntry], nobodys: str) -> Chapter:
    first = group[0]
    return Chapter(first.name, first.name or nobodys, first.born, first.died, tuple(group))


def person_order(entry: AlbumEntry) -> tuple[bool, str, str, str, str]:
    """Sorting key of a person: surname, then full name, without accents or case; no name last."""
    name = entry.name
    return not name, _plain(entry.surname or name), _plain(name), name, entry.person_id


def _plain(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()
