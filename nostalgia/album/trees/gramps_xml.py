"""Elements of Gramps XML, by their names without the name space."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def name_of(element: "Element") -> str:
    """The name of an element."""
    return str(element.tag).rpartition("}")[2]


def all_named(element: "Element", *names: str) -> "Iterator[Element]":
    """The children with these names."""
    return (child for child in element if name_of(child) in names)


def text_of(element: "Element", *names: str) -> str:
    """The texts of the children with these names, in the order of the names."""
    words = [child.text or "" for name in names for child in all_named(element, name)]
    return " ".join(" ".join(words).split())


def handles(element: "Element", *names: str) -> list[str]:
    """What the children with these names refer to."""
    return [child.get("hlink", "") for child in all_named(element, *names)]
