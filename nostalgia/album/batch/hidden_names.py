"""Names of people who are left out, in the words about pictures of others.

The title of a dead man's picture may be "Karl with Zoe, 2001", and so may be the name of its file.
Such words are not shown: nobody asked Zoe. A namesake among those who are shown lets them pass.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from nostalgia.album.trees.dates import MONTHS
from nostalgia.album.trees.model import Person, PhotoLink
from nostalgia.album.trees.private_tags import LIVING_WORDS, PRIVATE_WORDS

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_INSIDE = re.compile(r"(?<=[a-z\u00df-\u00ff])(?=[A-Z\u00c0-\u00de])")
_NO_NAMES = (
    PRIVATE_WORDS
    | LIVING_WORDS
    | frozenset(
        "unknown unbekannt inconnu inconnue onbekend desconocido desconocida nn person individual"
        " mr mrs miss ms dr herr frau fraulein mme mlle don dona sir lady baby infant child son"
        " daughter junior senior jr sr mai juni juli".split()
    )
    | {month.casefold() for month in MONTHS}
)
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class HiddenNames:
    """The names that must not be told.

    given: given names of people left out that nobody who is shown has. full: surname -> given names
    of people left out that nobody shown has beside this surname.
    """

    given: frozenset[str] = frozenset()
    full: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def in_words(self, text: str, owner: Person | None = None) -> bool:
        """True if a title or a note has one of the given names, or a full name.

        owner: of the picture; their own given names count for them: a wife's married name may be
        her granddaughter's.
        """
        if not self.given and not self.full:
            return False
        words = {_plain(word) for word in _words_in(text) if not word[0].islower()}
        return not self.given.isdisjoint(words) or self.in_citation(text, owner)

    def in_file_name(self, name: str, owner: Person | None = None) -> bool:
        """The same for the name of a file, which may be all lower case."""
        words = set(map(_plain, _words_in(name)))
        return not self.given.isdisjoint(words) or self.in_citation(name, owner)

    def in_citation(self, text: str, owner: Person | None = None) -> bool:
        """True if a text has a full name: the names of archives and towns are given names, too."""
        words = set(map(_plain, _words_in(text)))
        names = [self.full[word] for word in words if word in self.full]
        if not names:
            return False
        own = set[str]().union(*(given for given, _ in _names([owner] if owner else [])))
        return any(not given.isdisjoint(words - own) for given in names)


def hidden_names(shown: Iterable[Person], left_out: Iterable[Person]) -> HiddenNames:
    """The names of people who are left out, but for those that somebody shown has."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    known_given: set[str] = set()
    for given, surname in _names(shown):
        known[surname] |= given
        known_given |= given | {surname}
    full: defaultdict[str, set[str]] = defaultdict(set)
    hidden_given: set[str] = set()
    for given, surname in _names(left_out):
        full[surname] |= given - known[surname]
        hidden_given |= given
    return HiddenNames(
        frozenset(hidden_given - known_given - {""}),
        {name: frozenset(given) for name, given in full.items() if name and given},
    )


def without_hidden(
    link: PhotoLink, person: Person | None, hidden: HiddenNames, *, shows_hidden: bool
) -> PhotoLink:
    """The link without words that name somebody left out; without any if the photo shows them.

    Nicknames and "her youngest" tell of them as well.
    """
    if shows_hidden:
        return replace(link, title="", note="", source="")
    return replace(
        link,
        title="" if hidden.in_words(link.title, person) else link.title,
        note="" if hidden.in_words(link.note, person) else link.note,
        source="" if hidden.in_citation(link.source, person) else link.source,
    )


def _names(people: Iterable[Person]) -> Iterator[tuple[set[str], str]]:
    """Given names and the last word of the surname of each name of each person."""
    for person in people:
        surname = _name_words(person.surname)
        for name in (person.name, *person.also_named):
            words = _name_words(name)
            last = surname if set(surname) <= set(words) and surname else words[1:][-1:]
            yield set(words) - set(last), last[-1] if last else ""


def _name_words(name: str) -> list[str]:
    """The words of a name without particles, initials and what stands in for a name."""
    words = [word for word in _WORD.findall(name) if not word[0].islower()]
    plain = [_plain(word) for word in words if len(word) >= _SHORTEST]
    return [word for word in plain if word not in _NO_NAMES]


def _words_in(text: str) -> Iterator[str]:
    """The words of a text, also those of "KarlZoe2001" and "karl_zoe"."""
    for one in dict.fromkeys((text, _INSIDE.sub(" ", text))):
        for word in _WORD.findall(one):
            yield word
            if not word.isalpha():
                yield from _LETTERS.findall(word)


def _plain(word: str) -> str:
    """A word without case and accents, which file names often lack."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))
