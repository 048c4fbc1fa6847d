"""The kind of a file by its first bytes, else by its suffix, and what to do with one of no use.

Cheap: nothing is decoded, and no picture library is imported.
"""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nostalgia.errors import option

UNKNOWN: Final = "unknown file"
START_BYTES = 64
"""Bytes that say the kind of a file."""

SAVE_AS = "open it in a picture program and save it as JPEG or PNG"
_DEVELOP = (
    "open it in a program for camera raw files, such as darktable or RawTherapee, and save it as"
    " JPEG or PNG"
)
_FIRST_PAGE = "save the page as a picture first"
_NO_PICTURE = "name a photo"
_AN = re.compile("[AEIOaeio]|SVG|XML")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. name: a noun phrase without article. remedy: "" for a kind that is read."""

    name: str
    remedy: str = ""

    @property
    def phrase(self) -> str:
        """The name with its article."""
        return f"{'an' if _AN.match(self.name) else 'a'} {self.name}"

    @property
    def refusal(self) -> str:
        """Why a file of this kind is not read, and what to do: a clause."""
        is_picture = self.remedy in (SAVE_AS, _DEVELOP)
        why = "which cannot be read" if is_picture else "not a picture"
        return f"{self.phrase}, {why}: {self.remedy}"


JPEG, PNG, TIFF = Kind("JPEG picture"), Kind("PNG picture"), Kind("TIFF picture")
JPEG_2000, HEIC, AVIF = Kind("JPEG 2000 picture"), Kind("HEIC picture"), Kind("AVIF picture")
_WEBP, _GIF, _BMP = Kind("WebP picture"), Kind("GIF picture"), Kind("BMP picture")
RAW: Final = Kind("camera raw file", _DEVELOP)
_JPEG_XL = Kind("JPEG XL picture", SAVE_AS)
_JPEG_XR = Kind("JPEG XR picture", SAVE_AS)
_PHOTOSHOP = Kind("Photoshop document", SAVE_AS)
_GIMP = Kind("GIMP document", SAVE_AS)
_ICON = Kind("Windows icon", SAVE_AS)
_PDF = Kind("PDF document", _FIRST_PAGE)
_POSTSCRIPT = Kind("PostScript document", _FIRST_PAGE)
_DJVU = Kind("DjVu document", _FIRST_PAGE)
_SVG = Kind("SVG drawing", SAVE_AS)
_EXR = Kind("OpenEXR picture", SAVE_AS)
_HDR = Kind("Radiance HDR picture", SAVE_AS)
_PCD = Kind("Kodak Photo CD picture", SAVE_AS)
_RARE = Kind("rarely used picture", SAVE_AS)
_VIDEO = Kind("video", f"give a picture, or name the video as {option('driver')}")
_SOUND = Kind("sound file", _NO_PICTURE)
_ZIP = Kind("ZIP archive or office document", "extract the picture from it first")
_ARCHIVE = Kind("archive", "extract the picture from it first")
_OFFICE = Kind("office document", "save the picture in it as a file first")
_WEB_PAGE = Kind("web page", "save the picture itself")
_SCRIPT = Kind("script", _NO_PICTURE)
_XML = Kind("XML document", _NO_PICTURE)
_TEXT = Kind("text file", _NO_PICTURE)

_BRANDS = {
    b"avif": AVIF, b"avis": AVIF, b"crx ": RAW, b"jp2 ": JPEG_2000, b"jpx ": JPEG_2000,
    b"jxl ": _JPEG_XL,
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"), HEIC),
    **dict.fromkeys((b"mif1", b"msf1", b"heif"), HEIC),
}  # fmt: skip
"""Brands of ISO media files; all others are videos."""

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (rb"\xff\xd8\xff", JPEG),
    (rb"\x89PNG\r\n\x1a\n", PNG),
    (rb"GIF8[79]a", _GIF),
    (rb"RIFF....WEBP", _WEBP),
    (rb"RIFF....AVI ", _VIDEO),
    (rb"RIFF....WAVE", _SOUND),
    (rb"BM....\0\0\0\0", _BMP),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", JPEG_2000),
    (rb"\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a", _JPEG_XL),
    (rb"II\xbc", _JPEG_XR),
    # Raw files: Canon CR2 and CRW, Olympus, Panasonic, Fujifilm, Minolta, Sigma; others are TIFF.
    (rb"II\*\0....CR|II\x1a\0\0\0HEAPCCDR|II(RO|RS)|MMOR|IIU\0|FUJIFILMCCD-RAW|\0MRM|FOVb", RAW),
    (rb"II[*+]\0|MM\0[*+]", TIFF),
    (rb"8BP[SB]", _PHOTOSHOP),
    (rb"gimp xcf", _GIMP),
    (rb"%PDF", _PDF),
    (rb"%!PS|\xc5\xd0\xd3\xc6", _POSTSCRIPT),
    (rb"AT&TFORM", _DJVU),
    (rb"v/1\x01", _EXR),
    (rb"#\?(RADIANCE|RGBE)", _HDR),
    (rb"SIMPLE  =|DDS |P[1-7]\s|farbfeld|qoif|\x01\xda[\0\x01][\x01\x02]", _RARE),
    (rb"\0\0[\x01\x02]\0[^\0]\0", _ICON),
    (rb"\x1aE\xdf\xa3|\0\0\x01[\xba\xb3]|FLV\x01|0&\xb2u\x8ef\xcf\x11", _VIDEO),
    (rb"....(moov|mdat|wide)", _VIDEO),
    (rb"ID3|OggS|fLaC|\xff[\xfb\xf3\xf2]", _SOUND),
    (rb"PK\x03\x04|PK\x05\x06", _ZIP),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ", _ARCHIVE),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\{\\rtf", _OFFICE),
)  # fmt: skip
_MARKUP: tuple[tuple[bytes, Kind], ...] = (
    (rb"<!doctype html|<html", _WEB_PAGE),
    (rb"<svg|<\?xml.*<svg", _SVG),
    (rb"<\?xml|<x:xmpmeta", _XML),
    (rb"#!", _SCRIPT),
)
_PATTERNS = [(re.compile(start, re.DOTALL), kind) for start, kind in _STARTS] + [
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:" + start + rb")", re.DOTALL | re.IGNORECASE), kind)
    for start, kind in _MARKUP
]

_RAW_SUFFIXES = (
    ".3fr .ari .arq .arw .bay .cap .cr2 .cr3 .crw .dcr .dcs .dng .drf .eip .erf .fff .gpr .iiq .k25"
    " .kdc .mdc .mef .mos .mrw .nef .nrw .orf .ori .pef .ptx .pxn .r3d .raf .raw .rw2 .rwl .rwz"
    " .sr2 .srf .srw .x3f"
)
_SUFFIXES: dict[str, Kind] = {
    suffix: kind
    for suffixes, kind in (
        (_RAW_SUFFIXES, RAW),
        (".jpg .jpeg .jpe .jfif .mpo .jps", JPEG),
        (".png .apng", PNG),
        (".tif .tiff .btf", TIFF),
        (".webp", _WEBP),
        (".gif", _GIF),
        (".bmp .dib", _BMP),
        (".heic .heif .hif", HEIC),
        (".avif", AVIF),
        (".jp2 .j2k .j2c .jpc .jpf .jpx", JPEG_2000),
        (".jxl", _JPEG_XL),
        (".jxr .wdp .hdp", _JPEG_XR),
        (".psd .psb", _PHOTOSHOP),
        (".xcf", _GIMP),
        (".ico .cur", _ICON),
        (".pdf", _PDF),
        (".ps .eps .ai", _POSTSCRIPT),
        (".djvu .djv", _DJVU),
        (".svg .svgz", _SVG),
        (".exr", _EXR),
        (".hdr", _HDR),
        (".pcd", _PCD),
        (".tga .pcx .ppm .pgm .pbm .pnm .pam .sgi .dds .pct .pict .fits", _RARE),
        (".mp4 .mov .m4v .avi .mkv .webm .mpg .mpeg .wmv .flv .mts .m2ts .3gp .vob .mod", _VIDEO),
        (".mp3 .m4a .wav .ogg .flac .aac .wma .opus .amr", _SOUND),
        (".zip .docx .xlsx .pptx .odt .ods .odp .gdz .cbz", _ZIP),
        (".rar .7z .gz .tgz .bz2 .xz .tar", _ARCHIVE),
        (".doc .xls .ppt .rtf .pages .numbers .key .pub", _OFFICE),
        (".htm .html .mht .mhtml", _WEB_PAGE),
        (".sh .py .bat .cmd .ps1", _SCRIPT),
        (".xml .xmp", _XML),
        (".txt .md .csv .tsv .json .log .ini", _TEXT),
    )
    for suffix in suffixes.split()
}


def kind_of(path: Path) -> str:
    """Name of a file's kind in words, such as "camera raw file", "JPEG XL picture", "video".

    The first bytes decide; the suffix only where they say nothing, and for raw files, most of
    which begin like a TIFF. Never raises: a file that cannot be read has the kind of its suffix.

    Returns:
        A noun phrase without article, whose plural is made with an "s"; `UNKNOWN` ("unknown
        file") if neither says anything.
    """
    start = b""
    with suppress(OSError, ValueError):
        if path.is_file():  # a pipe may never end
            with path.open("rb") as file:
                start = file.read(START_BYTES)
    by_suffix = _SUFFIXES.get(path.suffix.lower())
    found = kind_of_start(start)
    if found is None or found is _TEXT or (found is TIFF and by_suffix is RAW):
        found = by_suffix or found
    return found.name if found else UNKNOWN


def kind_of_start(start: bytes) -> Kind | None:
    """The kind of a file by its first `START_BYTES`; None if they say nothing."""
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], _VIDEO)
    for pattern, kind in _PATTERNS:
        if pattern.match(start):
            return kind
    return _TEXT if start and b"\0" not in start and _is_utf8(start) else None


def _is_utf8(start: bytes) -> bool:
    """True for text; its last character may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True
