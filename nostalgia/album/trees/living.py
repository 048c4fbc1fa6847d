"""The living guard: who has to be taken for alive, and why.

Dead is whom the tree shows to be dead: a death, burial, cremation or probate, with or without a
date, or a birth 110 years ago (the oldest age that Gramps assumes too). Everybody else is living,
above all those of whom nothing is known. Dates of relatives may show that somebody without a birth
date must have been born that long ago; they never make a person with a birth date older.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from nostalgia.album.trees.dates import DateSpan, parse_date
from nostalgia.album.trees.model import Person

OLDEST_AGE_YEARS = 110

_NO_DATE = "no date of any kind: unknown means living"
_TOO_RECENT = "no birth date, no death: unknown means living"
_NO_GOOD_DATE = "no date that can be read: unknown means living"


@dataclass(frozen=True, slots=True)
class Life:
    """What a tree says of the ends of a life.

    born: wording of the birth date. end: "death", "burial", "cremation" or "probate" where the tree
    asserts one, else "". died: wording of that event's date. undated: what a death without a date
    is called, such as "DEAT Y"; death_word: how the form calls a death. seen: other dated signs of
    life, for people without a birth date.
    """

    born: str = ""
    end: str = ""
    died: str = ""
    undated: str = "a death"
    death_word: str = "death"
    seen: tuple["Sign", ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """Something dated that shows when somebody was born at the latest.

    phrase: such as "a child born". dated: wording of the date. years_later: how long after that
    date the person can have been born: a father may die before, a parent may be old.
    """

    phrase: str
    dated: str
    years_later: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody counts as living, and a phrase that says on what ground."""

    living: bool
    why: str


def judge(life: Life, today: date) -> Verdict:
    """Decide whether a person has to be taken for alive on the day `today`."""
    end = parse_date(life.died)
    if life.end and (end is None or end.is_past(today)):
        return Verdict(False, _end(life, end))
    born = parse_date(life.born)
    if born is not None and born.latest is not None and born.is_past(today):
        return _by_age("born", born, _age(born, today))
    signs = (Sign("born", life.born), *life.seen)
    dated = [(sign, parse_date(sign.dated)) for sign in signs]
    ages = [
        (_age(span, today) - sign.years_later, sign.phrase, span)
        for sign, span in dated
        if span is not None and span.is_past(today)
    ]
    if not ages:
        said = life.born or life.died or life.seen
        return Verdict(True, _NO_GOOD_DATE if said else _NO_DATE)
    age, phrase, span = max(ages, key=lambda known: known[0])
    return _by_age(phrase, span, age)


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
    """Years since the latest day; -1 where there is no such day."""
    years = span.years_ago(today)
    return -1 if years is None else years


def died_wording(life: Life) -> str:
    """The end of a life for people to read: the date of a death, or "buried 5 MAR 1931"."""
    if life.end in ("", "death") or not life.died:
        return life.died if life.end else ""
    word = {"burial": "buried", "cremation": "cremated", "probate": "probate"}[life.end]
    return f"{word} {life.died}"


class Someone(Protocol):
    """A person as a reader finds her, before anybody asks whether she lives."""

    @property
    def id(self) -> str:
        """As in `Person`."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The first is the one to call her by."""
        ...

    @property
    def surname(self) -> str:
        """As in `Person`."""
        ...

    @property
    def restricted(self) -> bool:
        """As in `Person`."""
        ...


def judged_person(someone: Someone, life: Life, today: date) -> Person:
    """The person with what the guard makes of her life."""
    verdict = judge(life, today)
    return Person(
        id=someone.id,
        name=someone.names[0] if someone.names else "",
        also_named=someone.names[1:],
        born=life.born,
        died=died_wording(life),
        living=verdict.living,
        why=verdict.why,
        restricted=someone.restricted,
        surname=someone.surname,
    )
