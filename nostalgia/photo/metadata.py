"""What a photo's file says beside its pixels, as bytes that another file can take over.

Descriptions, dates, places and regions of faces are worth more to a family than any restoration:
they are copied as they stand, and only what would be wrong in a new file is corrected or left out.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from PIL import Image

from nostalgia.photo import kinds
from nostalgia.photo.decoding import DECODING_ERRORS
from nostalgia.photo.opening import Opened
from nostalgia.photo.png_chunks import COLOUR_CHUNKS, TEXT_CHUNKS, whole_chunks

XMP_KEYWORD = b"XML:com.adobe.xmp\0"
"""Start of the PNG text that is an XMP packet."""

_EXIF_NAME, _XMP_NAME = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP_NAME = b"Photoshop 3.0\0"
_PNG_SIZE = b"pHYs"
_XMP_TAG, _PHOTOSHOP_TAG = 700, 34377
_SUB_EXIF, _SUB_GPS = 34665, 34853
_RESOLUTION, _UNIT = (282, 283), 296
_NO_UNIT, _INCH, _CENTIMETRE, _CM_PER_INCH = 1, 2, 3, 2.54
_LARGEST_XMP = 1 << 24
_DESCRIPTIVE = frozenset({
    269, 270, 271, 272, 282, 283, 285, 296, 305, 306, 315, 316, 18246, 18249, 33432, 40091, 40092,
    40093, 40094, 40095,
})  # fmt: skip
"""Tags of a TIFF that describe the picture, and not how it lies in its file: names, descriptions,
camera, resolution, software, date, artist, rating, copyright, and Windows' titles and comments."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says beside its pixels.

    exif: a block as in EXIF files, from its byte order on; None without one. xmp: packet.
    photoshop: image resources, which hold the captions of IPTC. comments: of a JPEG. png_texts,
    png_colours: chunks, type and data. dpi: dots per inch across and down.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    photoshop: bytes | None = None
    comments: tuple[bytes, ...] = ()
    png_texts: tuple[tuple[bytes, bytes], ...] = ()
    png_colours: tuple[tuple[bytes, bytes], ...] = ()
    dpi: tuple[float, float] | None = None


NO_METADATA = Metadata()


def colours_only(metadata: Metadata) -> Metadata:
    """The metadata without what tells of people, places and times."""
    return Metadata(png_colours=metadata.png_colours, dpi=metadata.dpi)


def read_metadata(file: IO[bytes], opened: Opened, oddities: list[str]) -> Metadata:
    """The metadata of an opened picture.

    Args:
        file: of the picture.
        opened: the picture; that of a PNG is loaded.
        oddities: a clause is added if some are damaged; those are left out.
    """
    try:
        return _metadata(file, opened)
    except DECODING_ERRORS:
        oddities.append("its metadata are damaged and were not copied")
        return NO_METADATA


def _metadata(file: IO[bytes], opened: Opened) -> Metadata:
    file.seek(0)
    kind = kinds.kind_of_start(file.read(kinds.START_BYTES))
    if kind is kinds.TIFF:
        return _of_tiff(opened)
    image = opened.image
    if image is None:  # a JPEG 2000, which Pillow does not open
        return NO_METADATA
    if kind is kinds.JPEG:
        return _of_jpeg(image)
    xmp = image.info.get("xmp")
    found = Metadata(_block(image.info.get("exif")), _bytes(xmp), dpi=_dpi(image.info.get("dpi")))
    return _of_png(file, found) if kind is kinds.PNG else found


def _of_jpeg(image: Image.Image) -> Metadata:
    segments = list(getattr(image, "applist", []))
    exif = next(_contents(segments, "APP1", _EXIF_NAME), None)
    xmp = next(_contents(segments, "APP1", _XMP_NAME), None)
    photoshop = b"".join(_contents(segments, "APP13", _PHOTOSHOP_NAME)) or None
    comments = tuple(_contents(segments, "COM", b""))
    return Metadata(exif or None, xmp, photoshop, comments, dpi=_dpi(image.info.get("dpi")))


def _contents(segments: list[tuple[str, bytes]], marker: str, name: bytes) -> Iterator[bytes]:
    """What segments of a JPEG hold behind their name."""
    for found, data in segments:
        if found == marker and data.startswith(name):
            yield bytes(data[len(name) :])


def _of_png(file: IO[bytes], found: Metadata) -> Metadata:
    chunks = list(whole_chunks(file, (*COLOUR_CHUNKS, *TEXT_CHUNKS, _PNG_SIZE)))
    texts = [chunk for chunk in chunks if chunk[0] in TEXT_CHUNKS]
    return Metadata(
        found.exif,
        _packet_of_texts(texts),
        png_texts=tuple(chunk for chunk in texts if not chunk[1].startswith(XMP_KEYWORD)),
        png_colours=tuple(chunk for chunk in chunks if chunk[0] in COLOUR_CHUNKS),
        dpi=found.dpi,
    )


def packet_of_png(file: IO[bytes]) -> bytes | None:
    """The XMP packet of a PNG; None without one."""
    return _packet_of_texts(list(whole_chunks(file, TEXT_CHUNKS)))


def packet_of_tiff(file: IO[bytes]) -> bytes | None:
    """The XMP packet of a TIFF's first page; None without one.

    Raises:
        ValueError: the file is damaged.
    """
    exif = Image.Exif()
    try:
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged tags beside it
            exif.load_from_fp(file)
            return _bytes(exif.get(_XMP_TAG))
    except DECODING_ERRORS as exc:
        raise ValueError(f"this TIFF is damaged ({exc})") from exc


def _packet_of_texts(texts: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """The packet in the texts of a PNG; None if it is packed, which XMP's specification forbids."""
    for _, data in texts:
        if data.startswith(XMP_KEYWORD):
            flag, rest = data[len(XMP_KEYWORD) : len(XMP_KEYWORD) + 1], data[len(XMP_KEYWORD) + 2 :]
            return rest.split(b"\0", 2)[-1] if flag == b"\0" else None
    return None


def _of_tiff(opened: Opened) -> Metadata:
    """What the directory of the picture says; a BigTIFF's is not read."""
    opened.file.seek(0)
    if opened.file.read(4)[2:4] not in (b"\x2a\0", b"\0\x2a"):
        return NO_METADATA
    opened.file.seek(0)
    exif = Image.Exif()
    exif.load_from_fp(opened.file)
    xmp, photoshop = _bytes(exif.get(_XMP_TAG)), _bytes(exif.get(_PHOTOSHOP_TAG))
    parts = {tag: exif.get_ifd(tag) for tag in (_SUB_EXIF, _SUB_GPS)}
    kept = Image.Exif()
    for tag in exif:
        if tag in _DESCRIPTIVE:
            kept[tag] = exif[tag]
    for tag, part in parts.items():
        if part:
            kept[tag] = dict(part)
    block = _block(kept.tobytes()) if len(kept) else None
    per_unit = exif.get(_UNIT, _INCH)
    dots = tuple(float(exif.get(tag, 0)) for tag in _RESOLUTION)
    dpi = tuple(each * (_CM_PER_INCH if per_unit == _CENTIMETRE else 1) for each in dots)
    return Metadata(block, xmp, photoshop, dpi=_dpi(dpi if per_unit != _NO_UNIT else None))


def _block(exif: object) -> bytes | None:
    """EXIF data without the name that stands before them in a JPEG; None for nothing."""
    if not isinstance(exif, bytes):
        return None
    return exif.removeprefix(_EXIF_NAME) or None


def _bytes(found: object) -> bytes | None:
    if isinstance(found, tuple):
        try:
            found = bytes(found)
        except (TypeError, ValueError):
            return None
    if isinstance(found, str):
        found = found.encode()
    return found if isinstance(found, bytes) and 0 < len(found) <= _LARGEST_XMP else None


def _dpi(dpi: object) -> tuple[float, float] | None:
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    across, down = (float(value) for value in dpi)
    return (across, down) if 1 <= across <= 1e5 and 1 <= down <= 1e5 else None
