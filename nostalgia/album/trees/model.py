"""What a family tree says of people and their pictures: plain values without behaviour."""

from dataclasses import dataclass, field
from pathlib import Path

Box = tuple[float, float, float, float]
"""x, y, width, height."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a tree.

    id: the tree's own, without @ and with no folder in it. born, died: as the tree words them, for
    people to read; empty where it says nothing. living: whether the guard takes the person for
    alive; why: a phrase that says on what ground, such as "died 1865". restricted: the tree asks
    for silence about the person (RESN, Gramps priv). surname: what people look the person up by, ""
    where the tree does not say.
    """

    id: str
    name: str
    also_named: tuple[str, ...] = ()
    born: str = ""
    died: str = ""
    living: bool = True
    why: str = "no date of any kind: unknown means living"
    restricted: bool = False
    surname: str = ""


@dataclass(frozen=True, slots=True)
class PhotoLink:
    """A picture that a tree names for a person.

    said: the file as the tree writes it. path: the file that was found for it, inside the folders
    that the user named, else None, and then problem: "missing-file", "outside", "web" or
    "unreadable". crop_px: the person's part of the picture in pixels of the upright photo;
    crop_share: the same as shares 0..1 of its width and height, where that is what the tree says.
    faces: numbers as `--faces` takes them, where the tree (a CSV) says those. region_name: the
    name that an XMP region inside the photo has. driver: of a CSV row. restricted: RESN or priv of
    the picture or of the link. archive_name: entry of the GEDZIP or .gpkg that holds the picture.
    """

    person_id: str
    said: str
    path: Path | None
    problem: str = ""
    title: str = ""
    source: str = ""
    note: str = ""
    crop_px: Box | None = None
    crop_share: Box | None = None
    faces: str = ""
    region_name: str = ""
    driver: str = ""
    restricted: bool = False
    media_id: str = ""
    archive_name: str = ""


@dataclass(frozen=True, slots=True)
class FamilyTree:
    """A tree as it was read.

    form: "gedcom", "gedzip", "gramps", "csv" or "folder". version: of the format, "" where it has
    none. media_objects: how many the file holds, linked to a person or not. warnings: what was odd.
    """

    path: Path
    form: str
    version: str
    persons: tuple[Person, ...]
    links: tuple[PhotoLink, ...]
    media_objects: int = 0
    warnings: tuple[str, ...] = field(default=())
