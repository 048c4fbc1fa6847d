"""What a photo says about itself: title, description, date and place, from its own metadata.

XMP comes first (Dublin Core, Photoshop, IPTC Core), then IPTC-IIM, then EXIF and PNG text. Words
that cameras and programs write without being asked count as nothing.
"""

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nostalgia.clips.xmp import extract_xmp

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_IPTC_CORE = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_XMP_TAG = 700
_MAX_XMP_BYTES = 4 << 20
_MAX_CHARS = 2000

_EXIF_IFD, _TAKEN = 0x8769, 0x9003
_DESCRIPTION, _XP_TITLE, _XP_COMMENT = 0x010E, 0x9C9B, 0x9C9C

_AUTOMATIC = re.compile(
    r"\W*(|default|untitled|(\w+ )*digital( still)? camera|sony dsc|dcim|dsc\w*|samsung|"
    r"(created|made|edited|processed) (with|by|in|on)\b.*|screenshot.*|binary comment|"
    r"(ascii|jpeg|lead technologies|intel\(r\) jpeg|ac?dsee)\b.*|minolta.*|kodak.*camera|"
    r"(charset|unicode)\b.*|<\w+.*)\W*",
    re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(r"(\d{4})(?:[-:]?(\d\d))?(?:[-:]?(\d\d))?(?!\d)")


@dataclass(frozen=True, slots=True)
class PhotoCaption:
    """Words in a photo's own metadata, each "" if it has none.

    date: when it was made, as somebody wrote it: "1905", "1905-06" or "1905-06-12". taken: the same
    as a camera wrote it, which may be the day of the scan. place: the smallest first.
    """

    title: str = ""
    description: str = ""
    date: str = ""
    taken: str = ""
    place: str = ""


def photo_caption(photo: Path) -> PhotoCaption:
    """The words in a photo's metadata; empty if there are none, or the photo cannot be read."""
    from PIL import Image, UnidentifiedImageError

    try:
        # Warnings about large or damaged photos are for the code that reads the pixels.
        with warnings.catch_warnings(action="ignore"), Image.open(photo) as image:
            kinds = [_xmp_words(image, photo), _iptc_words(image), _exif_words(image)]
    except (
        OSError,
        ValueError,
        TypeError,
        SyntaxError,
        LookupError,
        ArithmeticError,
        AttributeError,
        UnidentifiedImageError,
        Image.DecompressionBombError,
    ):
        return PhotoCaption()
    return PhotoCaption(
        title=_first(_plain(words.title) for words in kinds),
        description=_first(_plain(words.description) for words in kinds),
        date=_first(_day(words.date) for words in kinds),
        taken=_first(_day(words.taken) for words in kinds),
        place=_first(_plain(words.place) for words in kinds),
    )


def _first(words: Iterable[str]) -> str:
    return next(filter(None, words), "")


def _plain(text: str) -> str:
    """The text with its lines trimmed; "" if no person has written it."""
    lines = (" ".join(line.split()) for line in text.replace("\0", " ").splitlines())
    plain = "\n".join(filter(None, lines))[:_MAX_CHARS]
    return "" if _AUTOMATIC.fullmatch(plain) else plain


def _day(text: str) -> str:
    """Year, or year and month, or day; "" for anything else."""
    found = _DATE.match(text.strip())
    if found is None or found[1] == "0000":
        return ""
    parts = [found[1]]
    for part in (found[2], found[3]):
        if part in (None, "00"):
            break
        parts.append(part)
    return "-".join(parts)


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _xmp_words(image: "Image", photo: Path) -> PhotoCaption:
    root = _xmp_root(image, photo)
    if root is None:
        return PhotoCaption()
    places = [
        _IPTC_CORE + "Location",
        *(_PHOTOSHOP + part for part in ("City", "State", "Country")),
    ]
    return PhotoCaption(
        title=_property(root, _DC + "title") or _property(root, _PHOTOSHOP + "Headline"),
        description=_property(root, _DC + "description"),
        date=_property(root, _PHOTOSHOP + "DateCreated"),
        taken=_property(root, _EXIF + "DateTimeOriginal"),
        place=_joined(_property(root, name) for name in places),
    )


def _xmp_root(image: "Image", photo: Path) -> "Element | None":
    """The XMP packet of a picture; None if it has none, or a damaged or too large one."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not found and hasattr(image, "tag_v2"):
        found = image.tag_v2.get(_XMP_TAG, b"")
    if not found and image.format in ("JPEG", "MPO"):
        found = extract_xmp(photo) or b""  # Pillow before 11 finds none in a JPEG.
    packet = (found.encode() if isinstance(found, str) else bytes(found)).strip(b"\0 \t\r\n")
    if not packet or len(packet) > _MAX_XMP_BYTES:
        return None
    try:
        root: Element = fromstring(packet, forbid_dtd=True)
    except (ParseError, DefusedXmlException):
        return None
    return root


def _property(root: "Element", name: str) -> str:
    """A property of RDF: an attribute, plain text, or the first of its languages."""
    for description in root.iter(f"{_RDF}Description"):
        if value := description.get(name):
            return value
    for element in root.iter(name):
        item = next(element.iter(f"{_RDF}li"), None)
        text = (element if item is None else item).text or ""
        if text.strip():
            return text
    return ""


def _iptc_words(image: "ImageFile") -> PhotoCaption:
    from PIL import IptcImagePlugin

    found: Mapping[Any, Any] = IptcImagePlugin.getiptcinfo(image) or {}

    def text(number: int) -> str:
        value = found.get((2, number), b"")
        raw = value[0] if isinstance(value, list) else value
        try:
            return bytes(raw).decode("utf-8")
        except UnicodeDecodeError:
            return bytes(raw).decode("cp1252", "replace")

    return PhotoCaption(
        title=text(5) or text(105),
        description=text(120),
        date=text(55),
        place=_joined(map(text, (92, 90, 95, 101))),
    )


def _exif_words(image: "Image") -> PhotoCaption:
    """EXIF, with the two tags of Windows; a PNG's text comes after it."""
    exif = image.getexif()
    texts = {key.casefold(): str(value) for key, value in image.info.items() if key in _PNG_TEXT}

    def windows(tag: int) -> str:
        value = exif.get(tag, b"")
        raw = bytes(value) if isinstance(value, bytes | tuple | list) else b""
        return raw.decode("utf-16-le", "replace")

    return PhotoCaption(
        title=windows(_XP_TITLE) or texts.get("title", ""),
        description=str(exif.get(_DESCRIPTION, ""))
        or windows(_XP_COMMENT)
        or texts.get("description", "")
        or texts.get("comment", ""),
        taken=str(exif.get_ifd(_EXIF_IFD).get(_TAKEN, "")),
    )


_PNG_TEXT = ("Title", "Description", "Comment")
