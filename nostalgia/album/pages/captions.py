"""Captions of pictures: the tree's or the photo's own words, and file names only if they say much.

A name that a camera, a scanner or a program has given, such as ``IMG_1234`` or ``scan0001``, is no
caption.
"""

import re
import unicodedata
from pathlib import PurePosixPath

from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.wording import readable_date, readable_title
from nostalgia.files import PHOTO_SUFFIXES

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(
    r"[A-Z]{2,6}[ _-]?(?!1[5-9]\d\d(?!\d))\d{3,}|[^\W_]*\d[^\W_]*[^\W\d_]\d[^\W_]*|"
    r"(?=\w*\d)[0-9a-f]{8,}|[0-9a-f]{4,}(-[0-9a-f]{4,}){2,}"
)
"""Capitals and a counter, letters between digits, or hexadecimal digits."""
_YEAR = re.compile(r"(?<!\d)(1[5-9]|20)\d\d(?!\d)")
_VOWELS = frozenset("aeiouy")
_SAYS_NOTHING = frozenset(
    "a an the of and my our no nr number new old one file page side front back top left right"
    " img image images imag bild bilder picture pictures pict pic pics photo photos photograph foto"
    " fotos fotografie photographie immagine imagen imagem afbeelding obraz zdjecie kep kuva bilde"
    " billede scan scans scanned scannen scanner numerisation numeriser escaneo digitize digital"
    " camera cam untitled unnamed unknown default download downloads received screenshot screen"
    " snapshot attachment document doc copy copie kopie copia edit edited crop cropped resized"
    " scaled small medium large big final version original orig export exported output temp tmp"
    " whatsapp facebook messenger signal telegram instagram snapchat fb wa at am pm um"
    " jpeg jpg png tif tiff bmp gif webp heic heif portrait fullsizeoutput fullsizerender cimg imgp"
    " hpim epson canon nikon kodak sony mvc фото скан изображение".split()
)


def picture_title(entry: AlbumEntry) -> str:
    """Title of a picture: the given one, else what its file name says; "" if that is nothing.

    The name of the person, which many programs give to their pictures, is nothing.
    """
    given = " ".join(entry.title.split()) if "\n" not in entry.title else entry.title
    if given and not _is_file_name(given):
        return "" if _words(given) == _words(entry.name) else given
    return file_caption(given or entry.photo, entry.name)


def file_caption(file_name: str, person: str = "") -> str:
    """What the name of a picture file says, as a title; "" if a machine has named it.

    Args:
        file_name: without folders.
        person: a name that needs no repetition.
    """
    stem = _without_suffix(file_name)
    known = set(_words(person))
    readable = readable_title(_CODE.sub(" ", stem).strip(" -_.,()#"))
    words = [word for word in _words(readable) if _says_something(word)]
    year = _YEAR.search(readable)
    if not words or (set(words) <= known and year is None):
        return ""
    return readable


def date_and_place(entry: AlbumEntry) -> str:
    """When and where a picture was made, in one line; "" if neither is known."""
    return ", ".join(filter(None, (readable_date(entry.date), entry.place)))


def _is_file_name(title: str) -> bool:
    return PurePosixPath(title).suffix.lower() in PHOTO_SUFFIXES or bool(_CODE.fullmatch(title))


def _without_suffix(file_name: str) -> str:
    path = PurePosixPath(file_name)
    return path.stem if path.suffix.lower() in PHOTO_SUFFIXES else file_name


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _WORD.findall(plain.casefold())


def _says_something(word: str) -> bool:
    """True unless the word is short or general, or letters that nobody can pronounce."""
    if word in _SAYS_NOTHING:
        return False
    return not word.isascii() or (len(word) > 2 and not _VOWELS.isdisjoint(word))
