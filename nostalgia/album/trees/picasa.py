"""Faces that Picasa recorded in the ``.picasa.ini`` of a folder.

    [Contacts2]
    8e62b2035b74b477=Anna Berg;;
    [wedding.jpg]
    faces=rect64(3f845bcb59418507),8e62b2035b74b477;rect64(9bff22f6ad443ebb),ffffffffffffffff

The hexadecimal number holds left, top, right and bottom, 16 bits each, as shares of the picture;
leading zeros are missing. They refer to the picture as stored: so ExifTool's
``picasa_faces.config`` converts them. Picasa's own ``rotate=`` does not change the file and does
not count.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from nostalgia.album.trees.boxes import share_from_corners
from nostalgia.album.trees.xmp_regions import StoredRegion, plain_name
from nostalgia.errors import InputError
from nostalgia.files import folded_file_name, open_regular_file

_NAMES = (".picasa.ini", "Picasa.ini", "picasa.ini")
_MAX_BYTES = 2 << 20
_MOST_FOLDERS = 16
_SECTION = re.compile(r"\s*\[(.+)\]\s*")
_FACE = re.compile(r"rect64\(([0-9a-fA-F]{1,16})\)\s*,\s*([0-9a-fA-F]{1,16})")
_MAX_FACES = 500


def picasa_regions(photo: Path) -> tuple[StoredRegion, ...]:
    """The faces of a photo according to the file of its folder; none if there is no such file."""
    for name in _NAMES:
        path = photo.with_name(name)
        try:
            found = path.lstat()
        except OSError:
            continue
        if not path.is_symlink():  # a link may lead out of the folders that may be read
            faces = _faces(path, found.st_size, found.st_mtime_ns)
            return faces.get(folded_file_name(photo.name), ())
    return ()


@lru_cache(_MOST_FOLDERS)
def _faces(path: Path, size: int, time_ns: int) -> Mapping[str, tuple[StoredRegion, ...]]:
    """Photo -> its faces. size, time_ns: of the file, so that a changed one is read again."""
    try:
        with open_regular_file(path, "list of faces") as file:
            text = _decoded(file.read(_MAX_BYTES))
    except (InputError, OSError):
        return {}
    names: dict[str, str] = {}
    marks: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if found := _SECTION.fullmatch(line):
            section = found[1]
            continue
        key, sign, value = line.partition("=")
        if section.casefold() == "contacts2":
            names[_number(key)] = plain_name(value.split(";")[0])
        elif sign and key.strip().casefold() == "faces":
            marks[folded_file_name(section)] = value
    return {photo: tuple(_regions(value, names)) for photo, value in marks.items()}


def _regions(value: str, names: Mapping[str, str]) -> list[StoredRegion]:
    regions = []
    for digits, contact in _FACE.findall(value)[:_MAX_FACES]:
        whole = digits.rjust(16, "0")
        corners = [str(int(whole[place : place + 4], 16)) for place in range(0, 16, 4)]
        box = share_from_corners(corners, 0xFFFF)
        if box is not None:
            regions.append(StoredRegion(names.get(_number(contact), ""), box))
    return regions


def _number(digits: str) -> str:
    """A contact's number without case and leading zeros, which Picasa leaves out at times."""
    return digits.strip().casefold().lstrip("0")


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
