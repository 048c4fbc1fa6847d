"""Record in a clip or still how it was made from a photo: XMP for machines, tags for people.

The IPTC DigitalSourceType (http://cv.iptc.org/newscodes/digitalsourcetype/, 2024-10) states how a
picture was created. These clips are photos of real people with added movement that never happened,
so neither ``algorithmicallyEnhanced`` (does not change what is shown) nor ``algorithmicMedia`` (not
based on a photo) fits. Where a trained network paints pixels (FOMM, GFPGAN) the term is
``compositeWithTrainedAlgorithmicMedia``; where networks only measure the face and the photo's own
pixels are moved by formulas it is ``compositeSynthetic``. A still picture, in which nothing moves,
is ``algorithmicallyEnhanced``, unless GFPGAN has painted in it.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from nostalgia.clips.xmp import extract_xmp
from nostalgia.errors import EncodingError
from nostalgia.files import printable_name
from nostalgia.types import PixelBox

_UNIX_EPOCH = datetime(1970, 1, 2, tzinfo=UTC)

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"
SYNTHETIC = SOURCE_TYPES + "compositeSynthetic"
ENHANCED = SOURCE_TYPES + "algorithmicallyEnhanced"

_MOVING_ONLY = frozenset({"", "none", "mesh", "embedded"})
"""Backends that move and correct the photo's own pixels; no network paints a face anew."""

_X = "adobe:ns:meta/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
XMP = "http://ns.adobe.com/xap/1.0/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
OWN = "urn:photo-nostalgia:provenance:1#"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIXES = {"x": _X, "rdf": RDF, "dc": DC, "xmp": XMP, "Iptc4xmpExt": IPTC, "nostalgia": OWN}
_PACKET_START = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_PACKET_END = '\n<?xpacket end="w"?>'
_OWN_FIELDS = ("source_sha256", "motion", "enhancement", "driver", "version", "label", "layout")
_OWN_BOXES = ("label_xyxy", "shown_xyxy")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of a clip or a still: its photo, and the software that made it.

    title: for people, such as the photo's name without its folders. source_sha256: hex digest of
    the photo's bytes. motion, enhancement: names of the backends, enhancement empty without one,
    motion empty for a still.
    driver: its name (several are separated by commas). version: nostalgia's. created: ISO 8601
    time, empty by default, because it makes the bytes of every run differ. label, label_xyxy: text
    and place in the clip of the visible mark; empty and None without one. shown_xyxy: the part of
    the photo that is shown, in the photo's own pixels; None if unknown. layout: "alone", "beside"
    or "below" the still photo; empty if unknown. rotated: degrees clockwise by which the photo was
    turned first; the boxes are those of the turned photo.
    """

    title: str
    source_sha256: str
    motion: str
    driver: str
    version: str
    enhancement: str = ""
    digital_source_type: str = SYNTHETIC
    created: str = ""
    label: str = ""
    label_xyxy: PixelBox | None = None
    shown_xyxy: PixelBox | None = None
    layout: str = ""
    rotated: int = 0

    @property
    def description(self) -> str:
        """Two sentences that state openly what the clip or still is."""
        if not self.motion:
            return (
                "An old photo restored by software: its faces, or all of it, were made clearer by"
                f" an algorithm. Made with nostalgia {self.version}."
            )
        return (
            "An old photo animated by software: the movement was added by an algorithm and was "
            f"never filmed. Made with nostalgia {self.version}."
        )


def digital_source_type(*backends: str) -> str:
    """IPTC term for a clip made with these backends; unknown ones are assumed to paint."""
    return SYNTHETIC if set(backends) <= _MOVING_ONLY else TRAINED


def still_source_type(enhancement: str) -> str:
    """IPTC term for a still picture restored with this backend; unknown ones are said to paint."""
    return ENHANCED if enhancement in _MOVING_ONLY else TRAINED


def metadata_tags(provenance: Provenance, taken: datetime | None = None) -> dict[str, str]:
    """Plain tags for `ClipWriter`: title, comment and description, and the photo's date.

    taken: when the photo was taken: the day as text, and the moment for programs that sort clips
        by it, which take the moments of MP4 before 1970 for others, 66 years later.
    """
    facts = [
        f"source sha256 {provenance.source_sha256}",
        f"motion {provenance.motion}",
        f"driver {provenance.driver}",
        f"enhancement {provenance.enhancement or 'none'}",
        f"nostalgia {provenance.version}",
        provenance.digital_source_type,
    ]
    facts += [f"label {provenance.label}"] if provenance.label else []
    tags = {
        "title": _plain(provenance.title),
        "comment": _plain("; ".join(facts)),
        "description": _plain(provenance.description),
    }
    if taken is not None:
        tags["date"] = taken.date().isoformat()
        if taken >= _UNIX_EPOCH:
            tags["creation_time"] = f"{taken.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return tags


def xmp_packet(provenance: Provenance) -> bytes:
    """XMP packet, UTF-8; the same provenance gives the same bytes."""
    for prefix, space in _PREFIXES.items():
        ET.register_namespace(prefix, space)
    root = ET.Element(f"{{{_X}}}xmpmeta")
    rdf = ET.SubElement(root, f"{{{RDF}}}RDF")
    about = ET.SubElement(rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
    _in_language(about, "title", provenance.title)
    _in_language(about, "description", provenance.description)
    ET.SubElement(about, f"{{{XMP}}}CreatorTool").text = _plain(f"nostalgia {provenance.version}")
    if provenance.created:
        ET.SubElement(about, f"{{{XMP}}}CreateDate").text = _plain(provenance.created)
    ET.SubElement(about, f"{{{IPTC}}}DigitalSourceType").text = provenance.digital_source_type
    for name in _OWN_FIELDS:
        ET.SubElement(about, f"{{{OWN}}}{name}").text = _plain(str(getattr(provenance, name)))
    for name in _OWN_BOXES:
        if (box := getattr(provenance, name)) is not None:
            ET.SubElement(about, f"{{{OWN}}}{name}").text = ",".join(map(str, box))
    if provenance.rotated:
        ET.SubElement(about, f"{{{OWN}}}rotated").text = str(provenance.rotated)
    text = ET.tostring(root, encoding="unicode", short_empty_elements=False)
    return (_PACKET_START + text + _PACKET_END).encode()


def read_provenance(path: Path | str) -> Provenance | None:
    """Provenance of a clip or still of nostalgia; None for files of other programs.

    Raises:
        EncodingError: the file cannot be read or is not an MP4, GIF, WebP, JPEG, PNG or TIFF.
    """
    try:
        packet = extract_xmp(Path(path))
    except (OSError, ValueError) as exc:
        raise EncodingError(
            f"{printable_name(path)}: its provenance cannot be read ({exc})"
        ) from exc
    if packet is None:
        return None
    try:
        text = packet.decode("utf-8", "replace").lstrip("\ufeff")
        root: ET.Element = fromstring(text, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException):
        return None
    about = root.find(f".//{{{RDF}}}Description")
    if about is None or about.find(f"{{{OWN}}}version") is None:
        return None
    own = {name: about.findtext(f"{{{OWN}}}{name}", "") for name in _OWN_FIELDS}
    return Provenance(
        title=about.findtext(f"{{{DC}}}title/{{{RDF}}}Alt/{{{RDF}}}li", ""),
        digital_source_type=about.findtext(f"{{{IPTC}}}DigitalSourceType", ""),
        created=about.findtext(f"{{{XMP}}}CreateDate", ""),
        label_xyxy=_box(about.findtext(f"{{{OWN}}}label_xyxy", "")),
        shown_xyxy=_box(about.findtext(f"{{{OWN}}}shown_xyxy", "")),
        rotated=_turn(about.findtext(f"{{{OWN}}}rotated", "")),
        **own,
    )


def _turn(text: str) -> int:
    """Degrees of a quarter turn; 0 for anything else, as in a forged file."""
    return int(text) if text in ("90", "180", "270") else 0


def _box(text: str) -> PixelBox | None:
    """Box of four whole numbers between commas; None for anything else, as in a forged file."""
    numbers = re.fullmatch(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", text)
    if numbers is None:
        return None
    x0, y0, x1, y1 = map(int, numbers.groups())
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _in_language(about: ET.Element, name: str, text: str) -> None:
    choice = ET.SubElement(ET.SubElement(about, f"{{{DC}}}{name}"), f"{{{RDF}}}Alt")
    ET.SubElement(choice, f"{{{RDF}}}li", {_LANGUAGE: "x-default"}).text = _plain(text)


def _plain(text: str) -> str:
    """Text that XML and tags can hold: control characters and lone surrogates are escaped."""
    return printable_name(text, limit=1000)
