"""The people in an album, each with the clips that show them."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.wording import life_dates, life_years


@dataclass(frozen=True, slots=True)
class Shown:
    """A clip where an album shows it.

    entry: of the first person. people: names of all whom the same clip shows, in the order of their
    chapters, "" left out.
    """

    entry: AlbumEntry
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A clip of a person that an earlier chapter shows.

    chapter, picture: numbers of both, from 1.
    """

    shown: Shown
    heading: str
    chapter: int
    picture: int


@dataclass(frozen=True, slots=True)
class Chapter:
    """One person and the clips that show them.

    name: "" for the last chapter, which holds the clips of no known person. heading: the name, or
    the title of that last chapter. born, died: dates as the tree gives them. clips: shown here, in
    the order of the batch. elsewhere: shown in earlier chapters. At least one of both.
    """

    name: str
    heading: str
    born: str
    died: str
    clips: tuple[Shown, ...]
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def dates(self) -> str:
        """Birth and death in one line, "" if neither is known."""
        return life_dates(self.born, self.died)

    @property
    def years(self) -> str:
        """Years of birth and death, "" if neither is known."""
        return life_years(self.born, self.died)


def chapters(entries: Iterable[AlbumEntry]) -> tuple[Chapter, ...]:
    """The finished clips by person, sorted by surname; each clip is shown once.

    Two people with the same name stay separate if their tree gives them different identifiers.
    """
    people: dict[str, list[AlbumEntry]] = {}
    for entry in entries:
        if entry.status == "done" and entry.clip:
            key = f"{entry.name}\0{entry.person_id}" if entry.name else ""
            people.setdefault(key, []).append(entry)
    groups = sorted(people.values(), key=lambda group: person_order(group[0]))
    names: dict[str, dict[str, None]] = {}
    for entry in (entry for group in groups for entry in group if entry.name):
        names.setdefault(_content(entry), {})[entry.name] = None
    nobodys = "Other pictures" if len(groups) > 1 else "Pictures"
    shown: dict[str, Elsewhere] = {}
    return tuple(
        _chapter(number, group, group[0].name or nobodys, names, shown)
        for number, group in enumerate(groups, 1)
    )


def left_out_as_living(entries: Iterable[AlbumEntry]) -> int:
    """Number of pictures of people who are or may be alive."""
    return sum(entry.status == "skipped-living" for entry in entries)


def _chapter(
    number: int,
    group: Sequence[AlbumEntry],
    heading: str,
    names: dict[str, dict[str, None]],
    shown: dict[str, Elsewhere],
) -> Chapter:
    """One chapter. shown: content of a clip -> where it is shown; clips of this one are added."""
    clips: list[Shown] = []
    elsewhere: list[Elsewhere] = []
    for entry in group:
        content = _content(entry)
        place = shown.get(content)
        if place is None:
            clips.append(Shown(entry, tuple(names.get(content, ()))))
            shown[content] = Elsewhere(clips[-1], heading, number, len(clips))
        elif place.chapter != number and place not in elsewhere:
            elsewhere.append(place)
    first = group[0]
    return Chapter(first.name, heading, first.born, first.died, tuple(clips), tuple(elsewhere))


def _content(entry: AlbumEntry) -> str:
    """What is the same for two clips that show the same; their path if nobody has read them."""
    return entry.clip_sha256 or f"{entry.key}\0{entry.clip}"


def person_order(entry: AlbumEntry) -> tuple[bool, str, str, str, str]:
    """Sorting key of a person: surname, then full name, without accents or case; no name last."""
    name = entry.name
    return not name, _plain(entry.surname or name), _plain(name), name, entry.person_id


def _plain(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()
