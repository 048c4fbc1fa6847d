"""A family tree from Gramps XML (grampsxml.dtd 1.7), packed with gzip or plain.

The file is read one element at a time. defusedxml refuses entities and external definitions: no
tree needs them, and they can make XML exhaust the memory or read other files.

Of what the tree keeps private, only the living guard sees anything; see `gramps_privacy`.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from xml.etree.ElementTree import ParseError

from nostalgia.album.trees.archives import GZIP_SIGNATURE
from nostalgia.album.trees.dates import gramps_date
from nostalgia.album.trees.gramps_media import Elements, GrampsMedia
from nostalgia.album.trees.gramps_privacy import (
    drop_private,
    is_marked_living,
    is_private,
    meaning_of_tag,
)
from nostalgia.album.trees.gramps_xml import all_named, handles, name_of, text_of
from nostalgia.album.trees.identifiers import PersonIds
from nostalgia.album.trees.limits import MAX_UNPACKED_BYTES, LimitedReader
from nostalgia.album.trees.living import Evidence, Families, Life, denies, judged
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person
from nostalgia.album.trees.privacy import says_living
from nostalgia.errors import InputError
from nostalgia.files import printable_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ENDS = ("death", "burial", "cremation", "probate")
_LIFE_EVENTS = {
    "baptism": "baptised",
    "christening": "baptised",
    "adult christening": "baptised",
    "confirmation": "confirmed",
    "census": "in a census of",
    "emigration": "emigrated",
    "immigration": "immigrated",
    "naturalization": "naturalised",
    "graduation": "graduated",
}
_MAX_ELEMENTS_IN_RECORD = 2_000_000


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    date: str
    is_private: bool


@dataclass(slots=True)
class _Individual:
    """A person whose events and media are still handles.

    events: with True for those whose link to the person is private.
    """

    person: Person
    is_marked_living: bool
    events: list[tuple[str, bool]]
    media: "list[Element]"


_Members = tuple[list[str], list[str], list[str]]
"""Handles of the parents, the children and the events of a family."""


@dataclass
class _Records:
    """The records of the file, by handle.

    families: each as a whole, and without what is private, None if all of it is. private: handles
    of records. tags: those that mean "private" or "living".
    """

    events: dict[str, _Event] = field(default_factory=dict)
    people: dict[str, _Individual] = field(default_factory=dict)
    elements: Elements = field(
        default_factory=lambda: {kind: {} for kind in ("object", "citation", "source", "note")}
    )
    families: list[tuple[_Members, _Members | None]] = field(default_factory=list)
    private: set[str] = field(default_factory=set)
    tags: dict[str, set[str]] = field(default_factory=lambda: {"private": set(), "living": set()})
    media_path: str = ""
    version: str = ""


def read_gramps(
    path: Path, file: IO[bytes], finder: MediaFinder, today: date, form: str = "gramps"
) -> FamilyTree:
    """Read Gramps XML.

    Raises:
        InputError: the file is not Gramps XML, is damaged, or unpacks to too much.
    """
    ids = PersonIds()
    records = _records(path, file, ids)
    finder.base_folder = records.media_path
    warnings: Counter[str] = Counter()
    media = GrampsMedia(records.elements, records.private, finder, warnings)
    persons = _persons(records, today)
    links = [
        link
        for individual in records.people.values()
        for link in media.links(individual.media, individual.person.id)
    ]
    problems = [f"{problem}: {count}" for problem, count in warnings.items()]
    return FamilyTree(
        path=path,
        form=form,
        version=records.version,
        persons=persons,
        links=tuple(links),
        media_objects=len(records.elements["object"]),
        warnings=tuple(problems + ids.warnings() + finder.warnings),
    )


def _records(path: Path, file: IO[bytes], ids: PersonIds) -> _Records:
    from defusedxml.common import DefusedXmlException

    name = printable_name(path)
    file.seek(0)
    is_packed = file.read(2) == GZIP_SIGNATURE
    file.seek(0)
    try:
        plain = cast(IO[bytes], gzip.open(file)) if is_packed else file
        return _parsed(
            LimitedReader(plain, MAX_UNPACKED_BYTES, name) if is_packed else plain, name, ids
        )
    except DefusedXmlException as exc:
        raise InputError(
            f"{name}: declares entities, which no tree needs; export it again from Gramps"
        ) from exc
    except (ParseError, OSError, EOFError, zlib.error, ValueError, LookupError) as exc:
        raise InputError(
            f"{name}: is damaged or not Gramps XML ({exc}); export it again from Gramps"
        ) from exc


def _parsed(xml: IO[bytes] | LimitedReader, name: str, ids: PersonIds) -> _Records:
    from defusedxml.ElementTree import iterparse

    records = _Records()
    section: Element | None = None
    depth = inside = 0
    for event, element in iterparse(
        xml, ("start", "end"), forbid_dtd=False, forbid_entities=True, forbid_external=True
    ):
        depth += 1 if event == "start" else -1
        inside += 1
        if inside > _MAX_ELEMENTS_IN_RECORD:
            raise ValueError("one record is far too large")
        if event == "start" and depth == 1:
            _begin(element, records, name)
        elif event == "start" and depth == 2:
            section = element
        elif event == "end" and depth == 2 and section is not None:
            _add_record(name_of(element), element, records, ids)
            section.clear()
            inside = 0
    return records


def _begin(element: "Element", records: _Records, name: str) -> None:
    if name_of(element) != "database":
        raise InputError(f"{name}: is XML, but not a Gramps tree; export it from Gramps as XML")
    space = element.tag.rpartition("}")[0].rstrip("/")
    records.version = space.rpartition("/")[2]


def _add_record(kind: str, element: "Element", records: _Records, ids: PersonIds) -> None:
    handle = element.get("handle", "")
    private = is_private(element, records.tags["private"])
    if private:
        records.private.add(handle)
    if kind == "event":
        records.events[handle] = _event(element, private)
    elif kind == "person":
        records.people.setdefault(handle, _individual(element, records, ids, private))
    elif kind == "family":
        whole = _members(element)
        drop_private(element)
        records.families.append((whole, None if private else _members(element)))
    elif kind in records.elements:
        drop_private(element)
        records.elements[kind][handle] = element
    elif kind == "mediapath":
        records.media_path = (element.text or "").strip()
    elif kind == "tag" and (meaning := meaning_of_tag(element.get("name", ""))):
        records.tags[meaning].add(handle)


def _event(element: "Element", private: bool) -> _Event:
    kind, when = text_of(element, "type").casefold(), gramps_date(element)
    is_denied = denies(when) or says_living(text_of(element, "description"))
    return _Event("" if kind in _ENDS and is_denied else kind, when, private)


def _members(element: "Element") -> _Members:
    return (
        handles(element, "father", "mother"),
        handles(element, "childref"),
        handles(element, "eventref"),
    )


def _individual(
    element: "Element", records: _Records, ids: PersonIds, private: bool
) -> _Individual:
    alive = is_marked_living(element, records.tags["living"])
    drop_private(element, keep=("eventref", "objref"))
    elements = sorted(all_named(element, "name"), key=lambda name: name.get("alt") == "1")
    names = list(dict.fromkeys(filter(None, map(_full_name, elements)))) or [""]
    person = Person(
        id=ids.unique(element.get("id", "") or element.get("handle", "")),
        name=names[0],
        also_named=tuple(names[1:]),
        surname=next((_surname(name) for name in elements if _full_name(name)), ""),
        restricted=private,
    )
    events = [
        (ref.get("hlink", ""), is_private(ref))
        for ref in all_named(element, "eventref")
        if ref.get("role", "Primary") == "Primary"
    ]
    return _Individual(person, alive, events, list(all_named(element, "objref")))


def _surname(name: "Element") -> str:
    """The surname without its prefix: von Maier is sorted under M."""
    return " ".join(text_of(name, "surname").split())


def _full_name(name: "Element") -> str:
    words = [text_of(name, "first")]
    for surname in all_named(name, "surname"):
        words += [surname.get("prefix", ""), surname.text or "", surname.get("connector", "")]
    return " ".join(" ".join([*words, text_of(name, "suffix")]).split())


def _persons(records: _Records, today: date) -> tuple[Person, ...]:
    families, public_families = Families(), Families()
    for whole, public in records.families:
        _add_family(whole, records, families)
        if public is not None:
            _add_family(public, records, public_families, only_public=True)
    people = records.people.items()
    lives = {handle: _life(each, records) for handle, each in people}
    shown = {handle: _life(each, records, only_public=True) for handle, each in people}
    public_lives = {
        handle: life
        for handle, life in shown.items()
        if not records.people[handle].person.restricted
    }
    return tuple(
        judged(
            each.person,
            _with_relatives(lives[handle], families.evidence(handle, lives.get)),
            today,
            _with_relatives(shown[handle], public_families.evidence(handle, public_lives.get)),
        )
        for handle, each in people
    )


def _with_relatives(life: Life, evidence: tuple[Evidence, ...]) -> Life:
    return replace(life, evidence=life.evidence + evidence)


def _add_family(
    members: _Members, records: _Records, families: Families, *, only_public: bool = False
) -> None:
    parents, children, handles_of_events = members
    events = _events([(handle, False) for handle in handles_of_events], records, only_public)
    married = next((event.date for event in events if event.kind == "marriage"), "")
    families.add(parents, children, married)


def _events(
    references: Iterable[tuple[str, bool]], records: _Records, only_public: bool
) -> list[_Event]:
    events = ((records.events.get(handle), private) for handle, private in references)
    return [
        event
        for event, private in events
        if event is not None and not (only_public and (private or event.is_private))
    ]


def _life(individual: _Individual, records: _Records, *, only_public: bool = False) -> Life:
    events = _events(individual.events, records, only_public)
    born = next((event.date for event in events if event.kind == "birth" and event.date), "")
    evidence = tuple(
        Evidence(_LIFE_EVENTS[event.kind], event.date)
        for event in events
        if event.kind in _LIFE_EVENTS and event.date
    )
    life = Life(born, evidence=evidence, is_marked_living=individual.is_marked_living)
    for end in _ENDS:
        found = [event.date for event in events if event.kind == end]
        if found:
            return replace(life, end=end, died=next(filter(None, found), ""))
    return life
