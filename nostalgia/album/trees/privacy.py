"""Privacy of every form of tree: the marks of private things, and the filter of what is read.

The readers of GEDCOM and Gramps drop what carries a mark as soon as they have read it; see
`gedcom_privacy` and `gramps_privacy`. `without_private` is the last step of every form.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink

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
#
# Nobody knows what the next program calls it, so every tag whose name speaks of privacy is a mark.
_PRIVATE_TAG: Final = re.compile(
    r"PRIV(?!IL)|CONFID|CONF_FLAG|(?:^|_)HID(?:E|DEN)?(?:_|$)|SECRET(?!AR)|SENSITIV"
    r"|INVISIBLE|RESTRICT|VERTRAULICH|GEHEIM"
)
_LIVING_TAG: Final = re.compile(r"(?:^|_)(?:IS_?)?(?:LIVING|ALIVE|LEBT|LEBEND|VIVANT)(?:_|$)")
_PUBLIC_TAG: Final = re.compile(r"(?:^|_)(?:PUBLIC|VISIBLE|SHOWN?|EXPORT(?:ED)?)(?:_|$)")
_NEGATED_TAG: Final = re.compile(r"(?:^|_)(?:NOT?|NON|UN)_?(?:PRIV|LIVING|ALIVE|CONFID|HID|RESTR)")
_TEXT_TAG: Final = re.compile(r"NOTE|TEXT|COMMENT|MEMO|DESC|STORY|TITLE|NAME|DATE|INFO")
MARKED_LIVING: Final = "the tree marks this person as living"
"""The reason of the living guard for somebody with a mark."""

FLAG_HOLDERS: Final = frozenset({"_FLGS", "_FLAGS", "_FLAG", "_STATUS", "_ACCESS", "_VISIBILITY"})
"""Tags whose value, or whose lines below, name flags of the line above."""

_NO: Final = frozenset(
    "n no 0 false f off none non nein nee nej nei nie não nao ei - public open everyone".split()
)
_YES: Final = frozenset(["", *"y yes 1 true t on x oui ja j si sí s o".split()])
_UNRESTRICTED: Final = frozenset({"LOCKED", "NONE", "PUBLIC", "N", "NO"})
_NEGATIONS: Final = frozenset("not no non nicht kein pas un former formerly never".split())
_PRIVATE_WORDS: Final = frozenset(
    "private privacy privat privé privée privado privada privato privata prive priv confidential"
    " vertraulich confidentiel hidden secret geheim withheld sensitive invisible".split()
)
_LIVING_WORDS: Final = frozenset(
    "living alive lebt lebend lebende lebender lebendig vivant vivante vivo viva vivente viviente"
    " levend leeft levende levande lever żyje żyjący žije žijící".split()
)
_NAMES_OF_THE_LIVING: Final = _LIVING_WORDS - {"lever", "vivo", "viva"}  # given names, too
_BESIDE_A_STAND_IN: Final = (
    _PRIVATE_WORDS | _LIVING_WORDS | frozenset("person individual name details".split())
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_SIGNS: Final = re.compile(r"\[\[|\]\]|\{|\}")
_OPENING: Final = ("[[", "{")
_CONFIDENTIAL_PARAGRAPH: Final = re.compile(r"^~(?!\s*\d).*(?:\n(?![!~]|\s*$).+)*", re.MULTILINE)
_BRACKETED: Final = re.compile(r"[<\[(*]+\s*([^<>\[\]()*]+?)\s*[>\])*]+")


def is_no(value: str) -> bool:
    """True if the value of a mark takes it back."""
    return value.strip().casefold() in _NO


def restricts(value: str) -> bool:
    """True if a value of RESN, a word or a list, keeps something private.

    "locked" only forbids changes, and webtrees writes "none" for what may be shown. Every other
    word restricts, also one that no standard knows.
    """
    return any(word not in _UNRESTRICTED for word in _WORD.findall(value.upper()))


@functools.lru_cache(maxsize=4096)
def is_mark(tag: str) -> bool:
    """True if lines of this upper-case tag may be marks, whatever their values."""
    return tag in FLAG_HOLDERS or bool(_kind(tag))


def marks_private(tag: str, value: str) -> bool:
    """True if a line of this upper-case tag says that the line above it is private.

    A flag without a value counts (Family Historian's have none), and so does any value that is
    not a no: a person who is left out costs less than one who is shown. A tag that holds a private
    text of its own (_PRIVATE_NOTE) says nothing about the line above.
    """
    kind = _kind(tag)
    if kind == "restriction":
        return restricts(value)
    if kind == "public":
        return is_no(value)
    return kind == "private" and not is_no(value) and not _is_own_text(tag, value)


def marks_living(tag: str, value: str) -> bool:
    """True if a line of this upper-case tag says that the person is alive."""
    return _kind(tag) == "living" and not is_no(value) and not _is_own_text(tag, value)


@functools.lru_cache(maxsize=4096)
def _kind(tag: str) -> str:
    if tag.strip("_") == "RESN":
        return "restriction"
    if _NEGATED_TAG.search(tag):
        return ""
    if _PRIVATE_TAG.search(tag):
        return "private"
    if _LIVING_TAG.search(tag):
        return "living"
    return "public" if _PUBLIC_TAG.search(tag) else ""


def _is_own_text(tag: str, value: str) -> bool:
    return bool(_TEXT_TAG.search(tag)) and value.strip().casefold() not in _YES


def says_private(words: str) -> bool:
    """True if the name of a flag or a tag is a word such as "Private", and not denied."""
    return _says(words, _PRIVATE_WORDS)


def says_living(words: str) -> bool:
    """True if a short text says that somebody is alive."""
    return _says(words, _LIVING_WORDS)


def is_word_for_living(text: str) -> bool:
    """True if a text is nothing but such a word."""
    return text.strip().casefold() in _LIVING_WORDS


def _says(text: str, known: frozenset[str]) -> bool:
    words = set(_WORD.findall(text.casefold()))
    return bool(words & known) and not words & _NEGATIONS


def public_text(text: str) -> str:
    """A text without the parts in [[ ]] or { }; an opened part that never ends is one to the end.

    Several programs keep such parts out of whatever they print.
    """
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
    return re.sub(r"[ \t]{2,}", " ", "".join(kept)).strip()


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
    names = _public_names((person.name, *person.also_named))
    given = person.name.removesuffix(person.surname).strip() or person.name
    is_nobody = _is_stand_in(given, _PRIVATE_WORDS)
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
    words = _WORD.findall((bracketed[1] if bracketed else given).casefold())
    return bool(words) and words[0] in known and _BESIDE_A_STAND_IN.issuperset(words[1:])


def _public_link(link: PhotoLink) -> PhotoLink:
    texts = (link.title, link.source, link.note)
    title, source, note = ("", "", "") if link.restricted else map(public_text, texts)
    note = _CONFIDENTIAL_PARAGRAPH.sub("", note).strip()  # not "~1908", which is a date
    if texts == (title, source, note):
        return link
    return replace(link, title=title, source=source, note=note)
