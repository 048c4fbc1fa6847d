"""Face regions in an XMP packet, in the schemas of the programs that mark people.

- MWG: Metadata Working Group, "Guidelines for Handling Image Metadata" 2.0 (2010), section 5.9;
  Lightroom, digiKam, Picasa, Apple. Centre and size.
- MP: Microsoft's people tags; Windows Live Photo Gallery. "left, top, width, height".
- IPTC: "Photo Metadata Standard" 2019.1, Image Region. A rectangle, a circle or a polygon.
- ACD: ACDSee. Centre and size.

All are shares of the picture as stored, before any rotation; some may be pixels.
"""

import math
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree.ElementTree import ParseError, TreeBuilder

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_XMP_BYTES = 4 << 20
SCHEMAS: Final = ("MWG", "MP", "IPTC", "ACD")
"""Schemas in the order of their precedence."""

_MAX_ELEMENTS = 200_000
_MAX_DEPTH = 64
_MAX_REGIONS = 500
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_MWG = "{http://www.metadataworkinggroup.com/schemas/regions/}"
_MWG_DIMENSIONS = f"{_MWG}AppliedToDimensions"
_DIMENSIONS = "{http://ns.adobe.com/xap/1.0/sType/Dimensions#}"
_MWG_AREA = "{http://ns.adobe.com/xmp/sType/Area#}"
_MP_LIST = "{http://ns.microsoft.com/photo/1.2/t/RegionInfo#}Regions"
_MP = "{http://ns.microsoft.com/photo/1.2/t/Region#}"
_IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
_ACD = "{http://ns.acdsee.com/regions/}"
_ACD_AREA = "{http://ns.acdsee.com/sType/Area#}"
_LISTS: Mapping[str, str] = MappingProxyType(
    {
        f"{_MWG}RegionList": "MWG",
        _MP_LIST: "MP",
        f"{_IPTC}ImageRegion": "IPTC",
        f"{_ACD}RegionList": "ACD",
    }
)
_KEPT = frozenset({*_LISTS, _MWG_DIMENSIONS})
_PERSON = re.compile(r"human|person|face", re.IGNORECASE)

Box = tuple[float, float, float, float]
"""Left, top, width and height."""


class StoredRegion(NamedTuple):
    """A face in the picture as stored. box: shares of it. name: "" if unknown.

    is_turned: True if the picture had its width and height exchanged when the face was marked.
    """

    name: str
    box: Box
    is_turned: bool = False


def regions_in_packet(
    packet: bytes, size_wh: tuple[int, int]
) -> Mapping[str, tuple[StoredRegion, ...]]:
    """Faces by schema; none if the packet is damaged, too large, too deep or has a DTD.

    Time and memory are linear in the packet's size, and bounded.

    Args:
        packet: the XMP, at most `MAX_XMP_BYTES`.
        size_wh: size of the stored picture in pixels.
    """
    found: dict[str, list[StoredRegion]] = {}
    elements = _kept_elements(packet)
    is_turned = any(_is_turned(each, size_wh) for each in elements if each.tag == _MWG_DIMENSIONS)
    for region_list in elements:
        if region_list.tag == _MWG_DIMENSIONS:
            continue
        schema = _LISTS[region_list.tag]
        regions = found.setdefault(schema, [])
        for item in _items(region_list):
            region = _READERS[schema](item, size_wh)
            if region is not None and len(regions) < _MAX_REGIONS:
                regions.append(region._replace(is_turned=is_turned and schema == SCHEMAS[0]))
    return {schema: tuple(regions) for schema, regions in found.items()}


def _is_turned(dimensions: "Element", size_wh: tuple[int, int]) -> bool:
    width, height = (_number(_value(dimensions, f"{_DIMENSIONS}{side}")) for side in ("w", "h"))
    return size_wh[0] != size_wh[1] and (width, height) == (size_wh[1], size_wh[0])


def plain_name(text: str) -> str:
    """A name on one line, without control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200]


class _ListBuilder:
    """Builds the outermost lists of regions, and what they apply to, and nothing else.

    Raises:
        ValueError: the document is too deep, or has too many elements.
    """

    def __init__(self) -> None:
        self.lists: list[Element] = []
        self._builder: TreeBuilder | None = None
        self._inside = 0
        self._depth = 0
        self._left = _MAX_ELEMENTS

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._left -= 1
        if self._depth > _MAX_DEPTH or self._left < 0:
            raise ValueError("far larger than a list of faces")
        if self._builder is None and tag in _KEPT:
            self._builder = TreeBuilder()
        if self._builder is not None:
            self._inside += 1
            self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._builder is not None:
            self._inside -= 1
            self._builder.end(tag)
            if not self._inside:
                self.lists.append(self._builder.close())
                self._builder = None

    def data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def close(self) -> None:
        """Part of the protocol of a parser's target."""


def _kept_elements(packet: bytes) -> "list[Element]":
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    builder = _ListBuilder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(packet[:MAX_XMP_BYTES])
        parser.close()
    except (DefusedXmlException, ParseError, ValueError, LookupError):
        return []
    return builder.lists


def _items(region_list: "Element") -> "Iterator[Element]":
    """The items of a list and of the bags or sequences in it."""
    for holder in (region_list, *region_list):
        for item in holder:
            if item.tag == f"{_RDF}li":
                yield item


def _mwg(item: "Element", size: tuple[int, int]) -> StoredRegion | None:
    return _centred(item, size, _MWG, _MWG_AREA, ("Area",))


def _acd(item: "Element", size: tuple[int, int]) -> StoredRegion | None:
    if _value(item, f"{_ACD}NameAssignType") == "denied":
        return None
    return _centred(item, size, _ACD, _ACD_AREA, ("DLYArea", "ALGArea"))


def _centred(
    item: "Element", size: tuple[int, int], space: str, area_space: str, areas: tuple[str, ...]
) -> StoredRegion | None:
    name = _value(item, f"{space}Name")
    if _value(item, f"{space}Type") != "Face" and (_value(item, f"{space}Type") or not name):
        return None  # a pet, a focus, or a frame that nobody has named
    area = next(
        (found for name in areas if (found := _child(item, space + name)) is not None), None
    )
    if area is None:
        return None
    numbers = [_number(_value(area, area_space + side)) for side in ("x", "y", "w", "h")]
    in_pixels = _value(area, f"{area_space}unit") == "pixel"
    x, y, width, height = _shares((*numbers[:2], *numbers[2:]), size, in_pixels=in_pixels)
    return _region(name, (x - width / 2, y - height / 2, width, height))


def _mp(item: "Element", size: tuple[int, int]) -> StoredRegion | None:
    numbers = [float(number) for number in _NUMBER.findall(_value(item, f"{_MP}Rectangle"))]
    if len(numbers) != 4:
        return None
    return _region(
        _value(item, f"{_MP}PersonDisplayName"), (numbers[0], numbers[1], numbers[2], numbers[3])
    )


def _iptc(item: "Element", size: tuple[int, int]) -> StoredRegion | None:
    area = _child(item, f"{_IPTC}RegionBoundary")
    if area is None:
        return None
    people = [person.text or "" for person in _entries(_child(item, f"{_IPTC}PersonInImage"))]
    people += [
        _text(_child(person, f"{_IPTC}PersonName"))
        for person in _entries(_child(item, f"{_IPTC}PersonInImageWDetails"))
    ]
    kinds = " ".join(
        text
        for name in ("rCtype", "rRole")
        for entity in _entries(_child(item, _IPTC + name))
        for text in entity.itertext()
    )
    if not people and not _PERSON.search(kinds):
        return None
    name = people[0] if len(people) == 1 else _text(_child(item, f"{_IPTC}Name"))
    in_pixels = _value(area, f"{_IPTC}rbUnit") == "pixel"
    return _region(name, _shares(_boundary(area, size), size, in_pixels=in_pixels))


def _boundary(area: "Element", size: tuple[int, int]) -> Box:
    """Box around a rectangle, circle or polygon, in the boundary's own unit."""
    x, y, width, height, radius = (
        _number(_value(area, f"{_IPTC}rb{side}")) for side in ("X", "Y", "W", "H", "Rx")
    )
    shape = _value(area, f"{_IPTC}rbShape")
    if shape == "circle":
        # The radius is a share of the picture's width.
        high = radius if _value(area, f"{_IPTC}rbUnit") == "pixel" else radius * size[0] / size[1]
        return (x - radius, y - high, 2 * radius, 2 * high)
    if shape == "polygon":
        corners = list(_entries(_child(area, f"{_IPTC}rbVertices")))
        xs = [_number(_value(corner, f"{_IPTC}rbX")) for corner in corners] or [math.nan]
        ys = [_number(_value(corner, f"{_IPTC}rbY")) for corner in corners] or [math.nan]
        return (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return (x, y, width, height)


_READERS = MappingProxyType({"MWG": _mwg, "MP": _mp, "IPTC": _iptc, "ACD": _acd})


def _region(name: str, box: Box) -> StoredRegion | None:
    return StoredRegion(plain_name(name), box) if all(map(math.isfinite, box)) else None


def _shares(box: tuple[float, ...], size: tuple[int, int], *, in_pixels: bool) -> Box:
    x, y, width, height = box
    if not in_pixels:
        return (x, y, width, height)
    return (x / size[0], y / size[1], width / size[0], height / size[1])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _holders(element: "Element") -> "tuple[Element, ...]":
    """The element, and the Descriptions that may stand between it and its properties."""
    return (element, *element.findall(f"{_RDF}Description"))


def _child(element: "Element", name: str) -> "Element | None":
    found = (holder.find(name) for holder in _holders(element))
    return next((child for child in found if child is not None), None)


def _value(element: "Element", name: str) -> str:
    """A property of RDF: an attribute or a child."""
    for holder in _holders(element):
        value = holder.get(name)
        child = holder.find(name)
        if value is None and child is not None:
            value = child.text
        if value is not None:
            return value.strip()
    return ""


def _entries(holder: "Element | None") -> "Iterator[Element]":
    return _items(holder) if holder is not None else iter(())


def _text(holder: "Element | None") -> str:
    """The first text of a property that may have several languages."""
    if holder is None:
        return ""
    return next((text for text in map(str.strip, holder.itertext()) if text), "")
