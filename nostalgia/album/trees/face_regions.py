"""Named faces inside a photo, marked by the programs in which families sort their pictures.

The first of these that names somebody counts: MWG regions of the photo, those of its sidecar
(``photo.xmp`` or ``photo.jpg.xmp``), then Microsoft's, IPTC's and ACDSee's of both, then Picasa's.
"""

import codecs
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nostalgia.album.trees.boxes import within_picture
from nostalgia.album.trees.identifiers import folded_name
from nostalgia.album.trees.model import Person, PhotoLink
from nostalgia.album.trees.picasa import picasa_regions
from nostalgia.album.trees.xmp_regions import (
    MAX_XMP_BYTES,
    SCHEMAS,
    Box,
    StoredRegion,
    regions_in_packet,
)
from nostalgia.clips.xmp import extract_xmp
from nostalgia.errors import InputError
from nostalgia.files import PHOTO_SUFFIXES, open_regular_file
from nostalgia.types import BoxXYWH

if TYPE_CHECKING:
    from PIL.Image import Image

_ORIENTATION = 0x0112
_XMP_TAG = 700
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_EXTENDED_HEAD_BYTES = len(_EXTENDED_XMP) + 32 + 4 + 4
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SIDECAR_SUFFIXES = (".xmp", ".XMP")


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """A face marked in a photo. name: "" if unknown. share: box in the upright photo, 0..1."""

    name: str
    share: BoxXYWH


def face_regions(photo: Path) -> tuple[FaceRegion, ...]:
    """The face regions of a photo, rotated upright with it."""
    regions = _first_named(_by_precedence(photo, *_opened(photo)))
    orientation = _orientation(photo) if regions else 1
    shares = ((region.name, within_picture(*_upright(region, orientation))) for region in regions)
    return tuple(FaceRegion(name, share) for name, share in shares if share is not None)


def with_named_regions(
    link: PhotoLink,
    person: Person,
    regions_of: Callable[[Path], Sequence[FaceRegion]] = face_regions,
) -> PhotoLink:
    """The link, cropped to the region of its photo that has the person's name, if exactly one has.

    Unchanged if the tree itself marks a part of the photo or numbers its faces.

    Args:
        link: of the person.
        person: whose names count.
        regions_of: reads the regions of a photo; a cache if many people share one.
    """
    if link.path is None or link.crop_px or link.crop_share or link.faces:
        return link
    names = {folded_name(name) for name in (person.name, *person.also_named)} - {""}
    regions = [region for region in regions_of(link.path) if folded_name(region.name) in names]
    if len(regions) != 1:
        return link
    return replace(link, crop_share=regions[0].share, region_name=regions[0].name)


def _first_named(sources: Iterable[Sequence[StoredRegion]]) -> Sequence[StoredRegion]:
    """The regions of the first source that names somebody, else those of the first with any."""
    unnamed: Sequence[StoredRegion] = ()
    for regions in sources:
        if any(region.name for region in regions):
            return regions
        unnamed = unnamed or regions
    return unnamed


def _by_precedence(
    photo: Path, packets: Sequence[bytes], size_wh: tuple[int, int]
) -> Iterator[Sequence[StoredRegion]]:
    found = [regions_in_packet(packet, size_wh) for packet in packets]
    for own in found:
        yield own.get(SCHEMAS[0], ())
    sidecars = filter(None, map(_read_packet, _sidecars(photo)))
    found += [regions_in_packet(packet, size_wh) for packet in sidecars]
    for schema in SCHEMAS:
        for regions in found:
            yield regions.get(schema, ())
    yield picasa_regions(photo)


@contextmanager
def _image(photo: Path) -> "Iterator[Image]":
    """The photo, not decoded.

    Raises:
        ValueError: it cannot be opened, or what is read of it is damaged.
    """
    from PIL import Image

    try:
        # Warnings about large or damaged photos are for the code that reads the pixels.
        with warnings.catch_warnings(action="ignore"), Image.open(photo) as image:
            yield image
    except (
        OSError,
        TypeError,
        SyntaxError,
        LookupError,
        ArithmeticError,
        Image.DecompressionBombError,
    ) as exc:
        raise ValueError(str(exc)) from exc


def _opened(photo: Path) -> tuple[list[bytes], tuple[int, int]]:
    """XMP packets and stored size of a photo; of one that cannot be opened, none and a nominal one.

    In that case a sidecar still counts; only its pixels, which few programs write, do not.
    """
    packets: list[bytes] = []
    size_wh = (1, 1)
    with suppress(ValueError), _image(photo) as image:
        size_wh = image.size
        packets += filter(None, (_packet(image, photo), _extended_packet(image)))
    return packets, size_wh


def _orientation(photo: Path) -> int:
    with suppress(ValueError), _image(photo) as image:
        return int(image.getexif().get(_ORIENTATION, 1))
    return 1


def _packet(image: "Image", photo: Path) -> bytes:
    """The XMP packet of a picture; empty if it has none or is too large."""
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not found and hasattr(image, "tag_v2"):
        found = image.tag_v2.get(_XMP_TAG, b"")
    if not found and image.format in ("JPEG", "MPO"):
        found = extract_xmp(photo) or b""  # Pillow before 11 finds none in a JPEG.
    packet = found.encode() if isinstance(found, str) else bytes(found)
    return packet.strip(b"\0 \t\r\n") if len(packet) <= MAX_XMP_BYTES else b""


def _extended_packet(image: "Image") -> bytes:
    """The second packet of a JPEG whose XMP does not fit into one segment (Adobe, Part 3)."""
    parts: dict[int, bytes] = {}
    for marker, content in getattr(image, "applist", ()):
        if marker == "APP1" and content.startswith(_EXTENDED_XMP):
            place = int.from_bytes(content[_EXTENDED_HEAD_BYTES - 4 : _EXTENDED_HEAD_BYTES])
            parts[place] = content[_EXTENDED_HEAD_BYTES:]
    packet = b"".join(part for _, part in sorted(parts.items()))
    return packet if len(packet) <= MAX_XMP_BYTES else b""


def _sidecars(photo: Path) -> Iterator[Path]:
    """Files of XMP beside a photo; one without the photo's suffix only if it can mean no other."""
    for suffix in _SIDECAR_SUFFIXES:
        yield photo.with_name(photo.name + suffix)
    for suffix in _SIDECAR_SUFFIXES:
        path = photo.with_suffix(suffix)
        if path.is_file() and not _has_twin(photo):
            yield path


def _has_twin(photo: Path) -> bool:
    others = PHOTO_SUFFIXES - {photo.suffix.lower()}
    return any(photo.with_suffix(cased).exists() for s in others for cased in (s, s.upper()))


def _read_packet(path: Path) -> bytes:
    """Content of a sidecar; empty if there is none, or it is a link, which may lead anywhere."""
    try:
        if not path.is_file() or path.is_symlink():
            return b""
        with open_regular_file(path, "sidecar") as file:
            packet = file.read(MAX_XMP_BYTES + 1)
    except (InputError, OSError, ValueError):
        return b""
    packet = packet if packet.startswith(_UTF_16) else packet.strip(b"\0 \t\r\n")
    return packet if len(packet) <= MAX_XMP_BYTES else b""


def _upright(region: StoredRegion, orientation: int) -> Box:
    """x, y, width, height of a box after rotation with the photo: EXIF 2.32, tag Orientation.

    Some programs mark faces in the upright photo, and tell its size.
    """
    x, y, width, height = region.box
    if region.is_turned and orientation in (5, 6, 7, 8):
        return region.box
    if orientation in (5, 6, 7, 8):
        # 5 mirrors along the diagonal; the others then add what 1, 2, 4 or 3 do.
        x, y, width, height = y, x, height, width
        orientation = {5: 1, 6: 2, 7: 3, 8: 4}[orientation]
    if orientation in (2, 3):
        x = 1 - x - width
    if orientation in (3, 4):
        y = 1 - y - height
    return x, y, width, height
