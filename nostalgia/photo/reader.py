"""Read any photo: whatever kind of file it is, out comes an upright picture in 8-bit sRGB.

The content decides what a file is, never its name. Size is checked from the header before
anything is decoded, and only plain files are read: a pipe or a device could go on for ever.
"""

import hashlib
import io
import os
import stat
import struct
import sys
import tempfile
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import ExifTags, Image, UnidentifiedImageError, features

from nostalgia.errors import InputError, PhotoTooLargeError
from nostalgia.files import printable_name
from nostalgia.options import PhotoOptions
from nostalgia.photo.pixel_formats import upright_rgb
from nostalgia.types import Photo

READABLE = ("JPEG", "MPO", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "HEIF")
_STDIN_LIMIT_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20
_SAVE_AS = "open it in a picture program and save it as JPEG or PNG"
_KINDS = (
    (b"%PDF", "a PDF document, not a picture: save the page as a picture first"),
    (b"<!doctype html", "a web page, not a picture: save the picture itself"),
    (b"<html", "a web page, not a picture: save the picture itself"),
    (b"#!", "a script, not a picture"),
    (b"<svg", f"a drawing in SVG, not a photo: {_SAVE_AS}"),
    (b"<?xml", "an XML document, not a picture"),
    (b"8BPS", f"a Photoshop document: {_SAVE_AS}"),
    (b"PK\x03\x04", "a ZIP archive or office document: take the picture out of it first"),
    (b"\x1aE\xdf\xa3", "a film, not a photo"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"heif")
_BROKEN = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    ArithmeticError,
    LookupError,
    AttributeError,
    AssertionError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow and its decoders raise at broken files; found by feeding them such files."""
_ONE_AT_A_TIME = threading.RLock()
"""Pillow's limit and Python's warning filters are global to the process."""


def read_photo(source: Path | str, options: PhotoOptions | None = None) -> Photo:
    """Read a photo from a file, or from standard input where `source` is "-".

    Raises:
        InputError: it cannot be read, is not a picture, or is damaged.
        PhotoTooLargeError: its header declares more than `options.max_pixels`.
    """
    options = options or PhotoOptions()
    said = printable_name(source)
    if str(source) == "-":
        with _from_standard_input() as file:
            return _photo(file, said, None, options)
    path = Path(source)
    with _plain_file(path, said) as file:
        return _photo(file, said, path, options)


def _plain_file(path: Path, said: str) -> IO[bytes]:
    """Open a regular file; without waiting, so that a named pipe is refused at once."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        number = os.open(path, flags)
    except FileNotFoundError as exc:
        if path.is_symlink():
            raise InputError(
                f"{said}: a link to a file that is not there; check where it points"
            ) from exc
        raise InputError(f"{said}: no such file; check the name") from exc
    except PermissionError as exc:
        why = (
            "is a folder; name a photo in it"
            if path.is_dir()
            else "may not be read; check its permissions"
        )
        raise InputError(f"{said}: {why}") from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise InputError(f"{said}: cannot be opened ({reason}); check the name") from exc
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(number, "rb")
    os.close(number)
    if stat.S_ISDIR(mode):
        raise InputError(f"{said}: is a folder; name a photo in it")
    raise InputError(f"{said}: is a pipe or a device, not a file; pipe the photo in and name it -")


@contextmanager
def _from_standard_input() -> Iterator[IO[bytes]]:
    """A temporary file with what comes in, because decoders need to go back and forth in it."""
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError(
            "standard input: nothing is piped in; try: nostalgia animate - < photo.jpg"
        )
    with tempfile.TemporaryFile() as file:
        read = 0
        while block := sys.stdin.buffer.read(_CHUNK_BYTES):
            read += len(block)
            if read > _STDIN_LIMIT_BYTES:
                raise InputError(
                    "standard input: more than 1 GiB; save it as a file and make it smaller"
                )
            file.write(block)
        file.seek(0)
        yield file


def _photo(file: IO[bytes], said: str, path: Path | None, options: PhotoOptions) -> Photo:
    with _ONE_AT_A_TIME, warnings.catch_warnings(record=True) as grumbles:
        warnings.simplefilter("always")
        try:
            image = _opened(file, said, options)
            pages = _pages(image)
            image.load()
            orientation, oddities = _orientation(image)
            pixels, more = upright_rgb(image, orientation)
        except (*_BROKEN, Image.DecompressionBombError) as exc:
            raise InputError(f"{said}: {_damage(exc)}") from exc
    oddities += pages + more
    if any(issubclass(g.category, UserWarning) for g in grumbles):
        oddities.append("parts of its metadata are damaged")
    try:
        digest = _sha256(file)
    except OSError as exc:
        raise InputError(
            f"{said}: cannot be read to its end ({exc.strerror}); copy it anew"
        ) from exc
    return Photo(
        pixels, path, digest, tuple(f"{said}: {oddity}" for oddity in dict.fromkeys(oddities))
    )


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(_CHUNK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _opened(file: IO[bytes], said: str, options: PhotoOptions) -> Image.Image:
    """The picture with its header read and its size within the limit."""
    start = file.read(64)
    file.seek(0)
    if not start:
        raise InputError(f"{said}: the file is empty; copy it anew")
    _allow_heif(start, said)
    with _no_pillow_limit():
        try:
            image = Image.open(
                file, formats=[name for name in READABLE if name in _known_formats()]
            )
        except UnidentifiedImageError as exc:
            raise InputError(f"{said}: {_kind(start)}") from exc
    if image.width * image.height > options.max_pixels:
        raise PhotoTooLargeError(
            f"{said}: {image.width} x {image.height} pixels are more than the limit of "
            f"{options.max_pixels / 1e6:.0f} megapixels; save a smaller copy of it"
        )
    return image


def _known_formats() -> dict[str, object]:
    Image.init()
    return dict(Image.OPEN)


@contextmanager
def _no_pillow_limit() -> Iterator[None]:
    """Headers are read without Pillow's own limit, because ours is checked right after that."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _allow_heif(start: bytes, said: str) -> None:
    if start[4:8] != b"ftyp":
        return
    if start[8:12] in (b"avif", b"avis"):
        if not features.check("avif"):
            raise InputError(f"{said}: an AVIF picture, which this Pillow cannot read; {_SAVE_AS}")
    elif start[8:12] in _HEIF_BRANDS:
        try:
            import pillow_heif
        except ImportError as exc:
            raise InputError(
                f"{said}: a HEIC picture; to read those, type: pip install pillow-heif"
            ) from exc
        pillow_heif.register_heif_opener()
    else:
        raise InputError(f"{said}: a film, not a photo; give a picture, or the film as --driver")


def _kind(start: bytes) -> str:
    low = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for sign, kind in _KINDS:
        if low.startswith(sign.lower()):
            return kind
    if start.isascii() and b"\0" not in start:
        return "a text file, not a picture; name a photo"
    return f"not a picture that can be read, or badly damaged; {_SAVE_AS}"


def _damage(exc: BaseException) -> str:
    if isinstance(exc, MemoryError):
        return "too little memory to decode it; save a smaller copy of it"
    if "truncated" in str(exc).lower():
        return "the picture is cut off before its end; copy or download it anew"
    reason = " ".join(str(exc).split())[:120] or type(exc).__name__
    return f"the picture is damaged ({printable_name(reason)}); {_SAVE_AS}"


def _pages(image: Image.Image) -> list[str]:
    """A remark where the file holds further pictures; the previews inside an MPO are none."""
    if image.format != "MPO" and getattr(image, "is_animated", False):
        image.seek(0)
        return ["it holds several pictures: the first one was taken"]
    return []


def _orientation(image: Image.Image) -> tuple[int, list[str]]:
    """EXIF orientation 1..8; 1 where the tag is missing, impossible or unreadable."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _BROKEN:
        return 1, ["its EXIF data are damaged: they were left out"]
    return (value, []) if isinstance(value, int) and 1 <= value <= 8 else (1, [])


def photo_from_bytes(content: bytes, name: str, options: PhotoOptions | None = None) -> Photo:
    """Read a photo that is in memory, such as an upload; `name` is what messages call it."""
    return _photo(io.BytesIO(content), printable_name(name), None, options or PhotoOptions())
