"""What Gramps XML marks as private: any object or reference with priv="1", and by its tags.

An element that is private is so with all that is inside it. A reference to a private object is as
private as the object.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from nostalgia.album.trees.gramps_xml import all_named, name_of
from nostalgia.album.trees.privacy import says_living, says_private
from nostalgia.album.trees.private_tags import marks_living, marks_private

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def is_private(element: "Element", private_tags: Collection[str] = ()) -> bool:
    """True if the element is marked; private_tags: handles of tags that mean so."""
    if element.get("priv", "0") not in ("0", "") or _has_tag(element, private_tags):
        return True
    return any(marks_private(name, value) for name, value in _attributes(element))


def is_marked_living(person: "Element", living_tags: Collection[str]) -> bool:
    """True if a tag or an attribute says that the person is alive."""
    if _has_tag(person, living_tags):
        return True
    return any(marks_living(name, value) for name, value in _attributes(person))


def meaning_of_tag(name: str) -> str:
    """For a tag whose name says so "private" or "living", else ""."""
    if says_private(name):
        return "private"
    return "living" if says_living(name) else ""


def _has_tag(element: "Element", tags: Collection[str]) -> bool:
    return any(child.get("hlink", "") in tags for child in all_named(element, "tagref"))


def _attributes(element: "Element") -> "Iterator[tuple[str, str]]":
    """Types and values of the attributes: an import from GEDCOM turns marks into such."""
    for child in all_named(element, "attribute", "srcattribute"):
        yield "_".join(child.get("type", "").upper().split()), child.get("value", "")


def drop_private(element: "Element", keep: Collection[str] = ()) -> None:
    """Remove everything private inside an element, at any depth.

    keep: names of elements directly inside that stay, although they may be private themselves.
    """
    waiting = [element]
    while waiting:
        here = waiting.pop()
        for child in list(here):
            if is_private(child) and not (here is element and name_of(child) in keep):
                here.remove(child)
            else:
                waiting.append(child)
