"""People and pictures of a family tree: plain values without behaviour."""

from dataclasses import dataclass
from pathlib import Path

from nostalgia.types import BoxXYWH

NO_DATE = "no date of any kind: unknown means living"


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a tree.

    id: the tree's own, without @ and safe in file names. name: the preferred one; also_named: the
    others. born, died: dates as the tree writes them, for people to read; "" if unknown. living:
    True if the living guard must assume so; reason: its grounds, such as "died 1865". restricted:
    True if the tree marks the person as private (RESN, Gramps priv). surname: the name to sort by,
    "" if the tree has none.
    """

    id: str
    name: str
    also_named: tuple[str, ...] = ()
    born: str = ""
    died: str = ""
    living: bool = True
    reason: str = NO_DATE
    restricted: bool = False
    surname: str = ""


@dataclass(frozen=True, slots=True)
class PhotoLink:
    """A picture that a tree links to a person.

    person_id: "" if the tree does not say who it is. reference: the file as the tree writes it.
    path: the file found for it inside the folders that may be read, else None; then problem is
    "missing-file", "outside", "web", "unreadable", "ambiguous" (different files have the name) or
    "doubtful" (the only one is as likely another person's), or archive_name is the entry of the
    GEDZIP or .gpkg that contains the picture. places: the files that an ambiguous one may be, below
    these folders. crop_px: the person's part of the picture, in pixels of the upright photo;
    crop_share: the same as shares 0..1 of its width and height. faces: numbers of faces, in the
    form that the option of this name takes. region_name: name of the face region of the photo.
    driver: name or path. restricted: True if the tree marks picture or link as private.
    """

    person_id: str
    reference: str
    path: Path | None
    problem: str = ""
    title: str = ""
    source: str = ""
    note: str = ""
    crop_px: BoxXYWH | None = None
    crop_share: BoxXYWH | None = None
    faces: str = ""
    region_name: str = ""
    driver: str = ""
    restricted: bool = False
    media_id: str = ""
    archive_name: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyTree:
    """A family tree, a table or a folder of photos, as it was read.

    form: "gedcom", "gedzip", "gramps", "csv" or "folder". version: of the format, "" if it has
    none. media_objects: number of pictures in the file, linked to a person or not. warnings: one
    sentence for each kind of anomaly.
    """

    path: Path
    form: str
    version: str
    persons: tuple[Person, ...]
    links: tuple[PhotoLink, ...]
    media_objects: int = 0
    warnings: tuple[str, ...] = ()
