"""A family tree from Gramps XML (grampsxml.dtd 1.7), packed with gzip or plain.

The file is read one element at a time. Entities and fetched definitions are refused by defusedxml:
a tree needs none, and they are how XML is made to explode or to read other files.
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

from nostalgia.album.trees.boxes import share_between
from nostalgia.album.trees.gramps_dates import date_wording
from nostalgia.album.trees.identifiers import PersonIds
from nostalgia.album.trees.kin import Kin
from nostalgia.album.trees.living import Life, Sign, judged_person
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.album.trees.opening import PACKED_MOST_BYTES, Bounded
from nostalgia.errors import InputError
from nostalgia.files import printable_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_GZIP = b"\x1f\x8b"
_ENDS = ("death", "burial", "cremation", "probate")
_SIGNS = {
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
_MOST_INSIDE = 2_000_000
_REGION = ("corner1_x", "corner1_y", "corner2_x", "corner2_y")


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    wording: str


@dataclass(slots=True)
class _Someone:
    """A person before its events are looked up."""

    id: str
    names: tuple[str, ...]
    surname: str
    events: list[str]
    media: "list[Element]"
    restricted: bool


@dataclass
class _Parts:
    """What the file holds, by handle."""

    events: dict[str, _Event] = field(default_factory=dict)
    people: dict[str, _Someone] = field(default_factory=dict)
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
        InputError: it is no Gramps XML, is damaged, or unpacks to too much.
    """
    ids = PersonIds()
    parts = _parts(path, file, ids)
    finder.first_folder = parts.media_path
    kin = _kin(parts)
    lives = {handle: _life(someone, parts) for handle, someone in parts.people.items()}
    warnings: Counter[str] = Counter()
    persons: list[Person] = []
    links: list[PhotoLink] = []
    for handle, someone in parts.people.items():
        life = lives[handle]
        life = replace(life, seen=life.seen + kin.signs(handle, lives.get))
        persons.append(judged_person(someone, life, today))
        links += _links(someone, parts, finder, warnings)
    said = [f"{count} {what}" for what, count in warnings.items()]
    return FamilyTree(
        path=path,
        form=form,
        version=parts.version,
        persons=tuple(persons),
        links=tuple(links),
        media_objects=len(parts.elements["object"]),
        warnings=tuple(said + ids.warnings() + finder.warnings),
    )


def _parts(path: Path, file: IO[bytes], ids: PersonIds) -> _Parts:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    said = printable_name(path)
    parts = _Parts()
    file.seek(0)
    packed = file.read(2) == _GZIP
    file.seek(0)
    try:
        plain = cast(IO[bytes], gzip.open(file)) if packed else file
        text = Bounded(plain, PACKED_MOST_BYTES, said) if packed else plain
        section: Element | None = None
        depth = inside = 0
        for event, element in iterparse(
            text, ("start", "end"), forbid_dtd=False, forbid_entities=True, forbid_external=True
        ):
            depth += 1 if event == "start" else -1
            inside += 1
            if inside > _MOST_INSIDE:
                raise ValueError("far too much inside one record")
            if event == "start" and depth == 1:
                _begin(element, parts, said)
            elif event == "start" and depth == 2:
                section = element
            elif event == "end" and depth == 2 and section is not None:
                _take(_name(element), element, parts, ids)
                section.clear()
                inside = 0
    except DefusedXmlException as exc:
        raise InputError(
            f"{said}: declares entities, which no tree needs; export it again from Gramps"
        ) from exc
    except (ParseError, OSError, EOFError, zlib.error, ValueError, LookupError) as exc:
        raise InputError(
            f"{said}: is damaged or no Gramps XML ({exc}); export it again from Gramps"
        ) from exc
    return parts


def _begin(element: "Element", parts: _Parts, said: str) -> None:
    if _name(element) != "database":
        raise InputError(f"{said}: is XML, but no Gramps tree; export it from Gramps as XML")
    space = element.tag.rpartition("}")[0].rstrip("/")
    parts.version = space.rpartition("/")[2]


def _name(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: "Element", *names: str) -> "Iterator[Element]":
    return (child for child in element if _name(child) in names)


def _text(element: "Element", *names: str) -> str:
    """The texts of the children of these names, in the order of the names."""
    words = [child.text or "" for name in names for child in _all(element, name)]
    return " ".join(" ".join(words).split())


def _handles(element: "Element", *names: str) -> list[str]:
    return [child.get("hlink", "") for child in _all(element, *names)]


def _take(kind: str, element: "Element", parts: _Parts, ids: PersonIds) -> None:
    handle = element.get("handle", "")
    if kind == "event":
        parts.events[handle] = _Event(_text(element, "type").casefold(), date_wording(element))
    elif kind == "person":
        parts.people.setdefault(handle, _someone(element, ids))
    elif kind == "family":
        parts.families.append(
            (
                _handles(element, "father", "mother"),
                _handles(element, "childref"),
                _handles(element, "eventref"),
            )
        )
    elif kind in parts.elements:
        parts.elements[kind][handle] = element
    elif kind == "mediapath":
        parts.media_path = (element.text or "").strip()


def _someone(element: "Element", ids: PersonIds) -> _Someone:
    names = sorted(_all(element, "name"), key=lambda name: name.get("alt") == "1")
    return _Someone(
        id=ids.unique(element.get("id", "") or element.get("handle", "")),
        names=tuple(dict.fromkeys(filter(None, map(_full_name, names)))),
        surname=next((_surname(name) for name in names if _full_name(name)), ""),
        events=[
            ref.get("hlink", "")
            for ref in _all(element, "eventref")
            if ref.get("role", "Primary") == "Primary"
        ],
        media=list(_all(element, "objref")),
        restricted=element.get("priv") == "1",
    )


def _surname(name: "Element") -> str:
    """Without its prefix: who is called von Maier is looked up under M."""
    return " ".join(_text(name, "surname").split())


def _full_name(name: "Element") -> str:
    if name.get("priv") == "1" and name.get("alt") == "1":
        return ""
    words = [_text(name, "first")]
    for surname in _all(name, "surname"):
        words += [surname.get("prefix", ""), surname.text or "", surname.get("connector", "")]
    return " ".join(" ".join([*words, _text(name, "suffix")]).split())


def _kin(parts: _Parts) -> Kin:
    kin = Kin()
    for parents, children, events in parts.families:
        known = [parts.events[handle] for handle in events if handle in parts.events]
        married = next((event.wording for event in known if event.kind == "marriage"), "")
        kin.add_family(parents, children, married)
    return kin


def _life(someone: _Someone, parts: _Parts) -> Life:
    events = [parts.events[handle] for handle in someone.events if handle in parts.events]
    born = next((event.wording for event in events if event.kind == "birth" and event.wording), "")
    seen = tuple(
        Sign(_SIGNS[event.kind], event.wording)
        for event in events
        if event.kind in _SIGNS and event.wording
    )
    for end in _ENDS:
        found = [event.wording for event in events if event.kind == end]
        if found:
            return Life(born, end, next(filter(None, found), ""), seen=seen)
    return Life(born, seen=seen)


def _links(
    someone: _Someone, parts: _Parts, finder: MediaFinder, warnings: Counter[str]
) -> Iterator[PhotoLink]:
    for link in someone.media:
        thing = parts.elements["object"].get(link.get("hlink", ""))
        file = next(_all(thing, "file"), None) if thing is not None else None
        if thing is None or file is None:
            warnings["links to media that are not in the tree"] += 1
            continue
        said = file.get("src", "")
        found = finder.find(said)
        region = next(_all(link, "region"), None)
        share = None
        if region is not None:
            share = share_between([region.get(corner, "") for corner in _REGION], whole=100)
            if share is None:
                warnings["regions that mark no part of a picture: left out"] += 1
        yield PhotoLink(
            person_id=someone.id,
            said=said,
            path=found.path,
            problem=found.problem,
            title=file.get("description", ""),
            source="; ".join(_both(_sources, link, thing, parts.elements)),
            note="\n".join(_both(_notes, link, thing, parts.elements)),
            crop_share=share,
            restricted="1" in (link.get("priv"), thing.get("priv")),
            media_id=thing.get("id", ""),
            archive_name=found.archive_name,
        )


_Elements = Mapping[str, "Mapping[str, Element]"]


def _both(
    read: "Callable[[Element, _Elements], Iterator[str]]",
    link: "Element",
    thing: "Element",
    elements: _Elements,
) -> list[str]:
    """What a link and the object itself say, each thing once."""
    return list(dict.fromkeys(filter(None, [*read(link, elements), *read(thing, elements)])))


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
