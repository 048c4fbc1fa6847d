"""Named faces inside a photo: MWG regions in its XMP, written by digiKam, Picasa and Lightroom.

Metadata Working Group, "Guidelines for Handling Image Metadata" 2.0 (2010), section 5.9: a region's
area is given by its centre and size, as shares of the picture as stored, before any rotation.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from nostalgia.album.trees.boxes import within_picture
from nostalgia.album.trees.identifiers import folded_name
from nostalgia.album.trees.model import Person, PhotoLink
from nostalgia.clips.xmp import extract_xmp
from nostalgia.types import BoxXYWH

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from PIL.Image import Image

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_REGIONS = "{http://www.metadataworkinggroup.com/schemas/regions/}"
_AREA = "{http://ns.adobe.com/xmp/sType/Area#}"
_ORIENTATION = 0x0112
_XMP_TAG = 700
_MAX_XMP_BYTES = 4 << 20
_MAX_REGIONS = 500


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """A face marked in a photo. name: "" if unknown. share: box in the upright photo, 0..1."""

    name: str
    share: BoxXYWH


def face_regions(photo: Path) -> tuple[FaceRegion, ...]:
    """The face regions of a photo, rotated upright with it; none if the photo cannot be read."""
    from PIL import Image, UnidentifiedImageError

    try:
        # Warnings about large or damaged photos are for the code that reads the pixels.
        with warnings.catch_warnings(action="ignore"), Image.open(photo) as image:
            packet = _packet(image, photo)
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
    """The link, cropped to the region of its photo that has the person's name, if exactly one has.

    Unchanged if the tree itself marks a part of the photo or numbers its faces.
    """
    if link.path is None or link.crop_px or link.crop_share or link.faces:
        return link
    names = {folded_name(name) for name in (person.name, *person.also_named)} - {""}
    regions = [region for region in face_regions(link.path) if folded_name(region.name) in names]
    if len(regions) != 1:
        return link
    return replace(link, crop_share=regions[0].share, region_name=regions[0].name)


def _packet(image: "Image", photo: Path) -> bytes:
    """The XMP packet of a picture; empty if it has none or is too large."""
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not found and hasattr(image, "tag_v2"):
        found = image.tag_v2.get(_XMP_TAG, b"")
    if not found and image.format in ("JPEG", "MPO"):
        found = extract_xmp(photo) or b""  # Pillow before 11 finds none in a JPEG.
    packet = found.encode() if isinstance(found, str) else bytes(found)
    return packet.strip(b"\0 \t\r\n") if len(packet) <= _MAX_XMP_BYTES else b""


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
    return (item for item, _ in zip(items, range(_MAX_REGIONS), strict=False))


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
    """A property of RDF: an attribute, a child, or either of these on a Description in between."""
    for holder in (element, *element.findall(f"{_RDF}Description")):
        value = holder.get(name)
        child = holder.find(name)
        if value is None and child is not None:
            value = child.text
        if value is not None:
            return value.strip()
    return ""


def _upright(
    box: tuple[float, float, float, float], orientation: int
) -> tuple[float, float, float, float]:
    """x, y, width, height of a box after rotation with the photo: EXIF 2.32, tag Orientation."""
    x, y, width, height = box
    if orientation in (5, 6, 7, 8):
        # 5 mirrors along the diagonal; the others then add what 1, 2, 4 or 3 do.
        x, y, width, height = y, x, height, width
        orientation = {5: 1, 6: 2, 7: 3, 8: 4}[orientation]
    if orientation in (2, 3):
        x = 1 - x - width
    if orientation in (3, 4):
        y = 1 - y - height
    return x, y, width, height
