"""Which files are worth opening as photos: by name, else by their first bytes."""

from pathlib import Path

from nostalgia.files import PHOTO_SUFFIXES

_SIGNS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"BM", b"GIF8")
_BOXED = (b"heic", b"heix", b"mif1", b"avif", b"avis")


def is_picture_file(path: Path) -> bool:
    """Whether a file is meant as a picture. One that is so by its name alone may yet be damaged.

    Raises:
        OSError: it cannot be opened.
    """
    if path.suffix.lower() in PHOTO_SUFFIXES:
        return True
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"RIFF"):
        return start[8:12] == b"WEBP"
    if start[4:8] == b"ftyp":
        return start[8:12] in _BOXED
    return start.startswith(_SIGNS)
