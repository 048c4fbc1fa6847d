"""Faces that a photo itself names: MWG regions in its XMP, as digiKam, Picasa and Lightroom write.

Metadata Working Group, "Guidelines for Handling Image Metadata" 2.0 (2010), section 5.9: a region's
area is its centre and size, as shares of the picture as it is stored, before any turning.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from nostalgia.album.trees.boxes import within_picture
from nostalgia.album.trees.model import Box, Person, PhotoLink
from nostalgia.album.trees.names import folded_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from PIL.Image import Image

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_REGIONS = "{http://www.metadataworkinggroup.com/schemas/regions/}"
_AREA = "{http://ns.adobe.com/xmp/sType/Area#}"
_DIMENSIONS = "{http://ns.adobe.com/xap/1.0/sType/Dimensions#}"
_ORIENTATION = 0x0112
_XMP_TAG = 700
_MOST_XMP_BYTES = 4 << 20
_MOST_REGIONS = 500
_JPEG_NAME = b"http://ns.adobe.com/xap/1.0/\0"


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """A face that a photo names. name: empty where it has none. share: of the upright photo."""

    name: str
    share: Box


def face_regions(photo: Path) -> tuple[FaceRegion, ...]:
    """The face regions inside a photo, turned with it; none where it has none or cannot be read."""
    from PIL import Image, UnidentifiedImageError

    try:
        # Large or slightly damaged photos are the matter of who reads the pixels.
        with warnings.catch_warnings(action="ignore"), Image.open(photo) as image:
            packet = _packet(image)
            orientation = int(image.getexif().get(_ORIENTATION, 1)) if packet else 1
            size = image.size
        root = _parsed(packet) if packet else None
    except (
        OSError,
        ValueError,
        TypeError,
        SyntaxError,
        LookupError,
        ArithmeticError,
        UnidentifiedImageError,
        Image.DecompressionBombError,
        ParseError,
    ):
        return ()
    if root is None:
        return ()
    found = (_face(item, orientation, size) for item in _items(root))
    return tuple(region for region in found if region is not None)


def with_named_regions(link: PhotoLink, person: Person) -> PhotoLink:
    """The link with the part of its photo that bears the person's name, where just one does.

    Left as it is where the tree itself marks a part or numbers the faces.
    """
    if link.path is None or link.crop_px or link.crop_share or link.faces:
        return link
    names = {folded_name(name) for name in (person.name, *person.also_named)} - {""}
    mine = [region for region in face_regions(link.path) if folded_name(region.name) in names]
    if len(mine) != 1:
        return link
    return replace(link, crop_share=mine[0].share, region_name=mine[0].name)


def _packet(image: "Image") -> bytes:
    said = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not said and hasattr(image, "tag_v2"):
        said = image.tag_v2.get(_XMP_TAG, b"")
    if not said:
        # Pillow before 11 keeps the segments of a JPEG only.
        segments = (part for name, part in getattr(image, "applist", ()) if name == "APP1")
        said = next((part for part in segments if part.startswith(_JPEG_NAME)), b"")
        said = said.removeprefix(_JPEG_NAME)
    packet = said.encode() if isinstance(said, str) else bytes(said)
    return packet.strip(b"\0 \t\r\n") if len(packet) <= _MOST_XMP_BYTES else b""


def _parsed(packet: bytes) -> "Element | None":
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(packet, forbid_dtd=True)
    except DefusedXmlException:
        return None
    return root


def _items(root: "Element") -> "Iterator[Element]":
    lists = root.iter(f"{_REGIONS}RegionList")
    items = (item for found in lists for item in found.iter(f"{_RDF}li"))
    return (item for item, _ in zip(items, range(_MOST_REGIONS), strict=False))


def _face(item: "Element", orientation: int, size: tuple[int, int]) -> FaceRegion | None:
    if _value(item, f"{_REGIONS}Type") != "Face":
        return None
    area = next(item.iter(f"{_REGIONS}Area"), None)
    if area is None:
        return None
    words = [_value(area, _AREA + side) for side in ("x", "y", "w", "h")]
    try:
        x, y, width, height = (float(word) for word in words)
    except ValueError:
        return None
    if _value(area, f"{_AREA}unit") == "pixel":
        x, width = x / size[0], width / size[0]
        y, height = y / size[1], height / size[1]
    share = within_picture(*_upright((x - width / 2, y - height / 2, width, height), orientation))
    name = " ".join(_value(item, f"{_REGIONS}Name").split())
    return FaceRegion(name, share) if share else None


def _value(element: "Element", name: str) -> str:
    """A property of RDF: an attribute, a child, or either on a Description in between."""
    for holder in (element, *element.findall(f"{_RDF}Description")):
        said = holder.get(name)
        child = holder.find(name)
        if said is None and child is not None:
            said = child.text
        if said is not None:
            return said.strip()
    return ""


def _upright(box: Box, orientation: int) -> Box:
    """Turn a box with the photo: EXIF 2.32, tag Orientation, 1 to 8."""
    x, y, width, height = box
    if orientation in (5, 6, 7, 8):
        # First mirrored along the diagonal, as 5 says; then as 1, 2, 4 or 3.
        x, y, width, height = y, x, height, width
        orientation = {5: 1, 6: 2, 7: 3, 8: 4}[orientation]
    if orientation in (2, 3):
        x = 1 - x - width
    if orientation in (3, 4):
        y = 1 - y - height
    return x, y, width, height
