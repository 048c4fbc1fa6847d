"""The living guard: people who must be assumed to be alive, and the reasons.

A person counts as dead if the tree asserts a death, burial, cremation or probate, with or without a
date, or a birth at least 110 years ago (the age that Gramps assumes too). Everybody else is living,
above all people of whom nothing is known, and whoever the tree marks as living. Dates of relatives
may show that somebody without a birth date was born that long ago; they never make a person with a
birth date older.

What a tree keeps private counts too: a private death is a death. But nothing of it is shown, so
reasons are worded from what is public alone.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from nostalgia.album.trees.dates import DateSpan, parse_date
from nostalgia.album.trees.model import NO_DATE, Person
from nostalgia.album.trees.privacy import MARKED_LIVING, says_living

OLDEST_AGE_YEARS = 110
_POSTHUMOUS_YEARS = 1

_TOO_RECENT = "no birth date, no death: unknown means living"
_UNREADABLE_DATES = "no readable date: unknown means living"
_KNOWN_DEAD = "known to be dead"
_DENIALS = frozenset("n no never none".split())
_UNKNOWN = re.compile(
    r"\b(?:un(?:known|k|kn|sure|certain)|not (?:known|dead|deceased)|unbekannt|inconnue?|onbekend"
    r"|desconocid[oa]|sconosciut[oa]|desconhecid[oa]|ok\u00e4nd|ok\u00e4nt|ukjent|ukendt"
    r"|nezn\u00e1m\w*|nieznan\w*|ismeretlen)\b|^(?:n/?a|n/?k|nil|none|tbd)$"
)


@dataclass(frozen=True, slots=True)
class Life:
    """Birth and death of a person, as the tree asserts them.

    born: the birth date as written. end: "death", "burial", "cremation" or "probate" if the tree
    asserts one, else "". died: date of that event as written. undated: name of a death without a
    date, such as "DEAT Y"; death_word: name of a death in this form of tree. evidence: other dated
    events, for people without a birth date. is_marked_living: True if the tree says so itself.
    """

    born: str = ""
    end: str = ""
    died: str = ""
    undated: str = "a death"
    death_word: str = "death"
    evidence: tuple["Evidence", ...] = ()
    is_marked_living: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A dated event that limits when a person was born.

    phrase: such as "a child born". dated: the date as written. years_later: latest possible birth,
    in years after that date: a father may die before it, a parent may be old.
    """

    phrase: str
    dated: str
    years_later: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """living: True if the person must be assumed to be alive. reason: the grounds, as a phrase."""

    living: bool
    reason: str


def judge(life: Life, today: date) -> Verdict:
    """Decide whether a person must be assumed to be alive on the day `today`."""
    if life.is_marked_living:
        return Verdict(True, MARKED_LIVING)
    end = parse_date(life.died)
    if life.end and (end is None or end.is_past(today)):
        return Verdict(False, _end(life, end))
    born = parse_date(life.born)
    if born is not None and born.latest is not None and born.is_past(today):
        return _by_age("born", born, _age(born, today))
    events = (Evidence("born", life.born), *life.evidence)
    dated = [(event, parse_date(event.dated)) for event in events]
    ages = [
        (_age(span, today) - event.years_later, event.phrase, span)
        for event, span in dated
        if span is not None and span.is_past(today)
    ]
    if not ages:
        has_dates = life.born or life.died or life.evidence
        return Verdict(True, _UNREADABLE_DATES if has_dates else NO_DATE)
    age, phrase, span = max(ages, key=lambda known: known[0])
    return _by_age(phrase, span, age)


def denies(text: str) -> bool:
    """True if a text at an event says that it did not take place, such as "living"."""
    return text.strip(" ().").casefold() in _DENIALS or says_living(text)


def tells_something(text: str) -> bool:
    """True if a text at an event is more than a sign that nothing is known."""
    plain = text.strip(" ().").casefold()
    return any(map(str.isalnum, plain)) and not denies(text) and not _UNKNOWN.search(plain)


def _end(life: Life, span: DateSpan | None) -> str:
    if life.end != "death":
        return f"no {life.death_word} but a {life.end}: dead"
    return f"died {span.label}" if span else f"{life.undated} without a date: dead"


def _by_age(phrase: str, span: DateSpan, age: int) -> Verdict:
    if age >= OLDEST_AGE_YEARS:
        return Verdict(False, f"{phrase} {span.label}, no death: past any human age")
    if phrase == "born":
        return Verdict(True, f"born {span.label}, no death: living")
    return Verdict(True, _TOO_RECENT)


def _age(span: DateSpan, today: date) -> int:
    """Full years since the latest day; -1 if there is no such day."""
    years = span.years_ago(today)
    return -1 if years is None else years


def died_wording(life: Life) -> str:
    """The end of a life for people to read: the date of a death, or "buried 5 MAR 1931"."""
    if life.end in ("", "death") or not life.died:
        return life.died if life.end else ""
    word = {"burial": "buried", "cremation": "cremated", "probate": "probate"}[life.end]
    return f"{word} {life.died}"


def judged(person: Person, life: Life, today: date, public: Life | None = None) -> Person:
    """The person with the dates of their life and the decision of the living guard.

    public: the life without what the tree keeps private, None if it is the same. Dates and reason
    are taken from it.
    """
    public = life if public is None else public
    shown = judge(public, today)
    living = judge(life, today).living if public != life else shown.living
    if living == shown.living:
        reason = shown.reason
    else:
        reason = _TOO_RECENT if living else _KNOWN_DEAD
    return replace(
        person, born=public.born, died=died_wording(public), living=living, reason=reason
    )


@dataclass
class Families:
    """Parents, children and marriages, by the keys that a tree uses for people.

    Only direct relatives are looked up, so a person who descends from themselves, which trees do
    contain, causes no loop.
    """

    children: dict[str, list[str]] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    marriages: dict[str, list[str]] = field(default_factory=dict)

    def add(self, parents: Sequence[str], children: Sequence[str], married: str = "") -> None:
        """Add a family; married: the date as written, "" if unknown."""
        for parent in filter(None, parents):
            self.children.setdefault(parent, []).extend(filter(None, children))
            if married:
                self.marriages.setdefault(parent, []).append(married)
        for child in filter(None, children):
            self.parents.setdefault(child, []).extend(filter(None, parents))

    def update(self, other: "Families") -> None:
        """Add the families of another."""
        for mine, others in (
            (self.children, other.children),
            (self.parents, other.parents),
            (self.marriages, other.marriages),
        ):
            for key, values in others.items():
                mine.setdefault(key, []).extend(values)

    def evidence(self, key: str, life_of: Callable[[str], Life | None]) -> tuple[Evidence, ...]:
        """Dates of children, marriages and parents, which limit when a person was born.

        Cautious on purpose: a child may be as old as its parent, a parent may be 110 at the birth,
        a father may die a year before it.
        """
        return tuple(self._evidence(key, life_of))

    def _evidence(self, key: str, life_of: Callable[[str], Life | None]) -> Iterator[Evidence]:
        for child in map(life_of, self.children.get(key, ())):
            if child and child.born:
                yield Evidence("a child born", child.born)
        for married in self.marriages.get(key, ()):
            yield Evidence("married", married)
        for parent in map(life_of, self.parents.get(key, ())):
            if parent and parent.born:
                yield Evidence("a parent born", parent.born, OLDEST_AGE_YEARS)
            if parent and parent.died:
                yield Evidence("a parent died", parent.died, _POSTHUMOUS_YEARS)
