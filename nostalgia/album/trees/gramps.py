"""A family tree from Gramps XML (grampsxml.dtd 1.7), packed with gzip or plain.

The file is read one element at a time. defusedxml refuses entities and external definitions: no
tree needs them, and they can make XML exhaust the memory or read other files.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from xml.etree.ElementTree import ParseError

from nostalgia.album.trees.archives import GZIP_SIGNATURE
from nostalgia.album.trees.boxes import share_from_corners
from nostalgia.album.trees.dates import gramps_date
from nostalgia.album.trees.identifiers import PersonIds
from nostalgia.album.trees.limits import MAX_UNPACKED_BYTES, LimitedReader
from nostalgia.album.trees.living import Evidence, Families, Life, judged
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
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
_REGION = ("corner1_x", "corner1_y", "corner2_x", "corner2_y")


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    date: str


@dataclass(slots=True)
class _Individual:
    """A person whose events and media are still handles."""

    person: Person
    events: list[str]
    media: "list[Element]"


@dataclass
class _Records:
    """The records of the file, by handle."""

    events: dict[str, _Event] = field(default_factory=dict)
    people: dict[str, _Individual] = field(default_factory=dict)
    elements: "dict[str, dict[str, Element]]" = field(
        default_factory=lambda: {kind: {} for kind in ("object", "citation", "source", "note")}
    )
    families: "list[tuple[list[str], list[str], list[str]]]" = field(default_factory=list)
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
    families = _families(records)
    lives = {handle: _life(individual, records) for handle, individual in records.people.items()}
    warnings: Counter[str] = Counter()
    persons: list[Person] = []
    links: list[PhotoLink] = []
    for handle, individual in records.people.items():
        life = lives[handle]
        relatives = families.evidence(handle, lives.get)
        life = replace(life, evidence=life.evidence + relatives)
        persons.append(judged(individual.person, life, today))
        links += _links(individual, records, finder, warnings)
    problems = [f"{problem}: {count}" for problem, count in warnings.items()]
    return FamilyTree(
        path=path,
        form=form,
        version=records.version,
        persons=tuple(persons),
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
            _add_record(_name(element), element, records, ids)
            section.clear()
            inside = 0
    return records


def _begin(element: "Element", records: _Records, name: str) -> None:
    if _name(element) != "database":
        raise InputError(f"{name}: is XML, but not a Gramps tree; export it from Gramps as XML")
    space = element.tag.rpartition("}")[0].rstrip("/")
    records.version = space.rpartition("/")[2]


def _name(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: "Element", *names: str) -> "Iterator[Element]":
    return (child for child in element if _name(child) in names)


def _text(element: "Element", *names: str) -> str:
    """The texts of the children with these names, in the order of the names."""
    words = [child.text or "" for name in names for child in _all(element, name)]
    return " ".join(" ".join(words).split())


def _handles(element: "Element", *names: str) -> list[str]:
    return [child.get("hlink", "") for child in _all(element, *names)]


def _add_record(kind: str, element: "Element", records: _Records, ids: PersonIds) -> None:
    handle = element.get("handle", "")
    if kind == "event":
        records.events[handle] = _Event(_text(element, "type").casefold(), gramps_date(element))
    elif kind == "person":
        records.people.setdefault(handle, _individual(element, ids))
    elif kind == "family":
        records.families.append(
            (
                _handles(element, "father", "mother"),
                _handles(element, "childref"),
                _handles(element, "eventref"),
            )
        )
    elif kind in records.elements:
        records.elements[kind][handle] = element
    elif kind == "mediapath":
        records.media_path = (element.text or "").strip()


def _individual(element: "Element", ids: PersonIds) -> _Individual:
    elements = sorted(_all(element, "name"), key=lambda name: name.get("alt") == "1")
    names = list(dict.fromkeys(filter(None, map(_full_name, elements)))) or [""]
    person = Person(
        id=ids.unique(element.get("id", "") or element.get("handle", "")),
        name=names[0],
        also_named=tuple(names[1:]),
        surname=next((_surname(name) for name in elements if _full_name(name)), ""),
        restricted=element.get("priv") == "1",
    )
    events = [
        ref.get("hlink", "")
        for ref in _all(element, "eventref")
        if ref.get("role", "Primary") == "Primary"
    ]
    return _Individual(person, events, list(_all(element, "objref")))


def _surname(name: "Element") -> str:
    """The surname without its prefix: von Maier is sorted under M."""
    return " ".join(_text(name, "surname").split())


def _full_name(name: "Element") -> str:
    if name.get("priv") == "1" and name.get("alt") == "1":
        return ""
    words = [_text(name, "first")]
    for surname in _all(name, "surname"):
        words += [surname.get("prefix", ""), surname.text or "", surname.get("connector", "")]
    return " ".join(" ".join([*words, _text(name, "suffix")]).split())


def _families(records: _Records) -> Families:
    families = Families()
    for parents, children, events in records.families:
        known = [records.events[handle] for handle in events if handle in records.events]
        married = next((event.date for event in known if event.kind == "marriage"), "")
        families.add(parents, children, married)
    return families


def _life(individual: _Individual, records: _Records) -> Life:
    events = [records.events[handle] for handle in individual.events if handle in records.events]
    born = next((event.date for event in events if event.kind == "birth" and event.date), "")
    evidence = tuple(
        Evidence(_LIFE_EVENTS[event.kind], event.date)
        for event in events
        if event.kind in _LIFE_EVENTS and event.date
    )
    for end in _ENDS:
        found = [event.date for event in events if event.kind == end]
        if found:
            return Life(born, end, next(filter(None, found), ""), evidence=evidence)
    return Life(born, evidence=evidence)


def _links(
    individual: _Individual, records: _Records, finder: MediaFinder, warnings: Counter[str]
) -> Iterator[PhotoLink]:
    for link in individual.media:
        item = records.elements["object"].get(link.get("hlink", ""))
        file = next(_all(item, "file"), None) if item is not None else None
        if item is None or file is None:
            warnings["links to media that are not in the tree"] += 1
            continue
        reference = file.get("src", "")
        found = finder.find(reference)
        region = next(_all(link, "region"), None)
        share = None
        if region is not None:
            share = share_from_corners([region.get(corner, "") for corner in _REGION], whole=100)
            if share is None:
                warnings["regions that mark no part of a picture, ignored"] += 1
        yield PhotoLink(
            person_id=individual.person.id,
            reference=reference,
            path=found.path,
            problem=found.problem,
            places=found.places,
            title=file.get("description", ""),
            source="; ".join(_both(_sources, link, item, records.elements)),
            note="\n".join(_both(_notes, link, item, records.elements)),
            crop_share=share,
            restricted="1" in (link.get("priv"), item.get("priv")),
            media_id=item.get("id", ""),
            archive_name=found.archive_name,
        )


_Elements = Mapping[str, "Mapping[str, Element]"]


def _both(
    read: "Callable[[Element, _Elements], Iterator[str]]",
    link: "Element",
    item: "Element",
    elements: _Elements,
) -> list[str]:
    """The texts of a link and of the object itself, without repetitions."""
    return list(dict.fromkeys(filter(None, [*read(link, elements), *read(item, elements)])))


def _notes(element: "Element", elements: _Elements) -> Iterator[str]:
    for handle in _handles(element, "noteref"):
        note = elements["note"].get(handle)
        if note is not None and note.get("priv") != "1":
            yield _text(note, "text")


def _sources(element: "Element", elements: _Elements) -> Iterator[str]:
    for handle in _handles(element, "citationref"):
        citation = elements["citation"].get(handle)
        if citation is None:
            continue
        source = next(
            (elements["source"].get(ref) for ref in _handles(citation, "sourceref")), None
        )
        words = [_text(source, "sauthor"), _text(source, "stitle")] if source is not None else []
        yield ", ".join(filter(None, [*words, _text(citation, "page")]))
