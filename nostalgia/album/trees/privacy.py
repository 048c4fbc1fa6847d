"""Privacy of every form of tree: the marks of private things, and the filter of what is read.

The readers of GEDCOM and Gramps drop what carries a mark as soon as they have read it; see
`gedcom_privacy` and `gramps_privacy`. `without_private` is the last step of every form.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.album.trees.private_tags import LIVING_WORDS, PRIVATE_WORDS, WORD, says

# The marks that programs write or read, besides RESN of GEDCOM and priv="1" of Gramps XML:
#
#   TNG                     _PRIVATE Y, _LIVING Y in a person (its GEDCOM export)
#   Legacy Family Tree      _PRIV in a person or fact, _CONF_FLAG in the definition of an event
#                           (its pages on custom tags); [[ ]] around words of a text
#   Family Historian        _FLGS with __PRIVATE or __LIVING below, in records and facts; [[ ]]
#                           around words of a text (its list of extension tags)
#   Gramps                  reads _PRIV (its libgedcom); in its XML tags called "private" or such,
#                           and attributes, which it makes of tags that it does not know
#   webtrees                RESN none: may be shown; often in a list: "none, locked"
#   TMG, RootsMagic         { } around words of a text
#   PAF, Ancestral Quest    ~ before a paragraph of a note
#   Ancestry, MyHeritage, Geni, FTM, Gramps: people whose name is only Living or Private
#   GensDataPro             _HID Y, _UNHID Y (permission) in a person
#
# `private_tags` reads the tags.

MARKED_LIVING: Final = "the tree marks this person as living"
"""The reason of the living guard for somebody with a mark."""

_NAMES_OF_THE_LIVING: Final = LIVING_WORDS - {"lever", "vivo", "viva"}  # given names, too
_BESIDE_A_STAND_IN: Final = (
    PRIVATE_WORDS
    | LIVING_WORDS
    | frozenset("person individual name details persoon persona personne pessoa osoba".split())
)
_SIGNS: Final = re.compile(r"\[\[|\]\]|\{|\}")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_OPENING: Final = ("[[", "{")
_CONFIDENTIAL_PARAGRAPH: Final = re.compile(r"^~(?!\s*\d).*(?:\n(?![!~]|\s*$).+)*", re.MULTILINE)
_BRACKETED: Final = re.compile(r"[<\[(*]+\s*([^<>\[\]()*]+?)\s*[>\])*]+")


def says_private(words: str) -> bool:
    """True if the name of a flag or a tag is a word such as "Private", and not denied."""
    return says(words, PRIVATE_WORDS)


def says_living(words: str) -> bool:
    """True if a short text says that somebody is alive."""
    return says(words, LIVING_WORDS)


def is_word_for_living(text: str) -> bool:
    """True if a text is nothing but such a word."""
    return text.strip().casefold() in LIVING_WORDS


def public_text(text: str) -> str:
    """A text without the parts in [[ ]] or { }; an opened part that never ends is one to the end.

    Several programs keep such parts out of whatever they print. Comments of HTML go, too: many
    programs allow HTML in notes, and show its comments nowhere.
    """
    text = _COMMENT.sub("", text)
    if not any(sign in text for sign in _OPENING):
        return text
    kept, depth, start = [], 0, 0
    for sign in _SIGNS.finditer(text):
        if sign[0] in _OPENING:
            if not depth:
                kept.append(text[start : sign.start()])
            depth += 1
        elif depth:
            depth -= 1
            start = sign.end()
    if not depth:
        kept.append(text[start:])
    return re.sub(r"[ \t]{2,}", " ", re.sub(r"\(\s*\)", "", "".join(kept))).strip()


def without_private(tree: FamilyTree) -> FamilyTree:
    """The tree without private words; people without a name of their own are private or living.

    A private person and a private picture stay, marked as restricted: consent may admit them. The
    texts of a private picture go.
    """
    return replace(
        tree,
        persons=tuple(map(_public_person, tree.persons)),
        links=tuple(map(_public_link, tree.links)),
    )


def _public_person(person: Person) -> Person:
    born, died = public_text(person.born), public_text(person.died)
    if (born, died) != (person.born, person.died):
        person = replace(person, born=born, died=died)
    names = _public_names((person.name, *person.also_named))
    given = person.name.removesuffix(person.surname).strip() or person.name
    is_nobody = _is_stand_in(given, PRIVATE_WORDS)
    is_alive = _is_stand_in(given, _NAMES_OF_THE_LIVING)
    surname = public_text(person.surname)
    if (person.name, *person.also_named) == names and surname == person.surname:
        if not is_nobody and not is_alive:
            return person
    if is_alive and not person.living:
        person = replace(person, living=True, reason=MARKED_LIVING)
    return replace(
        person,
        name=names[0],
        also_named=names[1:],
        surname=surname,
        restricted=person.restricted or is_nobody,
    )


def _public_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names without private words, each once; at least one, "" if nothing is left."""
    public = (" ".join(public_text(name).split()) for name in names)
    return tuple(dict.fromkeys(filter(None, public))) or ("",)


def _is_stand_in(given: str, known: frozenset[str]) -> bool:
    """True if a given name only says that the real one is kept back: Living, <Private>."""
    bracketed = _BRACKETED.match(given)
    words = WORD.findall((bracketed[1] if bracketed else given).casefold())
    return not known.isdisjoint(words) and _BESIDE_A_STAND_IN.issuperset(words)


def _public_link(link: PhotoLink) -> PhotoLink:
    texts = (link.title, link.source, link.note)
    title, source, note = ("", "", "") if link.restricted else map(public_text, texts)
    note = _CONFIDENTIAL_PARAGRAPH.sub("", note).strip()  # not "~1908", which is a date
    if texts == (title, source, note):
        return link
    return replace(link, title=title, source=source, note=note)
