"""The XMP packet of a restored picture: that of its photo, and how it was made.

Titles, descriptions, names of people and their places stay; what describes the old file is left
out. Adobe's "XMP Specification Part 1" (2012), section 7.4: all properties of a resource, in
whatever number of rdf:Description elements, are one set, so none may be there twice.
"""

import xml.etree.ElementTree as ET

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from nostalgia.clips.provenance import DC, IPTC, OWN, RDF, XMP, Provenance, xmp_packet

_ABOUT = f"{{{RDF}}}about"
_SOURCE_TYPE = f"{{{IPTC}}}DigitalSourceType"
_KEPT_IF_THERE = (f"{{{DC}}}title", f"{{{DC}}}description", f"{{{XMP}}}CreatorTool")
"""What the photo says about itself goes before what we would say."""
_OF_THE_OLD_FILE = frozenset({
    "{http://ns.adobe.com/tiff/1.0/}Orientation",
    "{http://ns.adobe.com/tiff/1.0/}ImageWidth",
    "{http://ns.adobe.com/tiff/1.0/}ImageLength",
    "{http://ns.adobe.com/exif/1.0/}PixelXDimension",
    "{http://ns.adobe.com/exif/1.0/}PixelYDimension",
    "{http://ns.adobe.com/xmp/note/}HasExtendedXMP",
    "{http://ns.adobe.com/xap/1.0/}Thumbnails",
    _SOURCE_TYPE,
})  # fmt: skip
_REGIONS = frozenset({
    "{http://www.metadataworkinggroup.com/schemas/regions/}Regions",
    "{http://ns.microsoft.com/photo/1.2/}RegionInfo",
    f"{{{IPTC}}}ImageRegion",
    "{http://ns.acdsee.com/regions/}Regions",
})  # fmt: skip
"""Places of people, which programs store for the pixels as they lie in the file."""

_PREFIXES = {
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "acdsee-rs": "http://ns.acdsee.com/regions/",
}
"""Usual prefixes, so that a packet stays readable."""


def merged_packet(
    provenance: Provenance, photos: bytes | None, *, turned: bool = False
) -> tuple[bytes, list[str]]:
    """The packet of a restored picture, UTF-8, and one clause per thing that was left out.

    Args:
        provenance: of the picture.
        photos: the packet of its photo; None without one.
        turned: the photo lies turned in its file: places in it are left out.
    """
    own = xmp_packet(provenance)
    if photos is None:
        return own, []
    try:
        root: ET.Element = fromstring(photos.strip(b"\0 \r\n\t"), forbid_dtd=True)
        rdf = root if root.tag == f"{{{RDF}}}RDF" else root.find(f".//{{{RDF}}}RDF")
    except (ET.ParseError, DefusedXmlException, ValueError):
        rdf = None
    if rdf is None:
        return own, ["its XMP data are damaged and were not copied"]
    dropped = _OF_THE_OLD_FILE | (_REGIONS if turned else frozenset())
    regions = turned and any(each.tag in _REGIONS for about in rdf for each in about)
    for about in rdf:
        _drop(about, dropped)
    ours: ET.Element = fromstring(own, forbid_dtd=True)
    description = ours.find(f".//{{{RDF}}}Description")
    assert description is not None
    _leave_to(rdf, description)
    rdf.insert(0, description)
    for prefix, space in _PREFIXES.items():
        ET.register_namespace(prefix, space)
    start, _, end = own.partition(b"<x:xmpmeta")
    content = ET.tostring(root, encoding="unicode", short_empty_elements=False).encode()
    merged = start + content + end[end.rindex(b"\n<?xpacket") :]
    left_out = "places of people in its metadata, which hold for the unturned file, were left out"
    return merged, [left_out] if regions else []


def _drop(about: ET.Element, names: frozenset[str]) -> None:
    """Remove properties of the old file, and what an earlier run of ours has said."""
    for child in list(about):
        if child.tag in names or child.tag.startswith(f"{{{OWN}}}"):
            about.remove(child)
    for name in list(about.attrib):
        if name in names or name.startswith(f"{{{OWN}}}"):
            del about.attrib[name]


def _leave_to(rdf: ET.Element, description: ET.Element) -> None:
    """Take from our description what the photo says itself, and name the same resource."""
    theirs = {name for about in rdf for name in (*about.attrib, *(each.tag for each in about))}
    for child in list(description):
        if child.tag in _KEPT_IF_THERE and child.tag in theirs:
            description.remove(child)
    for about in rdf:
        if _ABOUT in about.attrib:
            description.set(_ABOUT, about.attrib[_ABOUT])
            break
