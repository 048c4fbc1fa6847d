"""A family in every form of tree whose private and living things all carry the word SECRET.

Anna and Karl are dead and may be shown. Around them, at every place where a form can mark something
as private, or somebody as living, stands the word. Each builder returns the file and the places.
"""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from secret_gedcom import gedcom
from secret_gramps import gramps
from secret_words import GROUP, NAMING_PHOTO, PHOTO, SIDE, WORD, Secrets
from skimage import data


@dataclass(frozen=True)
class SecretTree:
    """path: the file or folder to run. places: where it holds the word."""

    path: Path
    places: tuple[str, ...]


def save_photos(folder: Path) -> None:
    """A face, and the same with its mirror image beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    head = Image.fromarray(np.asarray(data.astronaut())[:300, 70:370]).resize((SIDE, SIDE))
    head.save(folder / PHOTO, quality=92)
    group = Image.new("RGB", (2 * SIDE, SIDE))
    group.paste(head, (0, 0))
    group.paste(head.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (SIDE, 0))
    group.save(folder / GROUP, quality=92)
    # Copies of a photo count as one, which moves for nobody if a living person is linked to it.
    for name, turn in ((f"{WORD} zoe.jpg", 2), (f"{WORD} link.jpg", 4), (NAMING_PHOTO, 6)):
        head.rotate(turn).save(folder / name, quality=92)


def table(words: Secrets) -> str:
    """The family as a table."""
    columns = "id,photo,name,born,died,title,source,note,private,living"
    rows = [
        f"1,{PHOTO},Anna {{{words('name in braces')}}} Berg,1881,1949,"
        f"At the sea [[{words('title in brackets')}]],Album {{{words('source in braces')}}},"
        f"Linz {{{words('note in braces')}}},,",
        f"2,{PHOTO},Karl Berg,1879,Y,,,,no,no",
    ]
    others = {
        "private yes": ("Y", "yes", ""),
        "private in another row": ("Y", "", ""),
        "living yes": ("Y", "", "yes"),
        "died living": ("living", "", ""),
        "no date": ("", "", ""),
    }
    for number, (place, (died, private, living)) in enumerate(others.items(), 3):
        name, title, source, note = (
            words(f"{column}, {place}") for column in ("name", "title", "source", "note")
        )
        born = "" if died != "Y" else f'"1900 ({words(f"born, {place}")})"'
        rows.append(
            f"{number},{WORD} zoe.jpg,{name},{born},{died},{title},{source},{note},{private}"
            f",{living}"
        )
    rows.append(f"4,{WORD} link.jpg,{words('name, row of a private person')},,,,,,x,")
    return "\n".join([columns, *rows, ""])


def _in_file(name: str, make: Callable[[Secrets], str]) -> Callable[[Path], SecretTree]:
    def build(folder: Path) -> SecretTree:
        save_photos(folder)
        words = Secrets()
        (folder / name).write_text(make(words), encoding="utf-8")
        return SecretTree(folder / name, tuple(words.places))

    return build


def _gedzip(folder: Path) -> SecretTree:
    save_photos(folder / "photos")
    words = Secrets()
    with zipfile.ZipFile(folder / "family.gdz", "w") as archive:
        archive.writestr("gedcom.ged", gedcom(words, "7.0"))
        for photo in (folder / "photos").iterdir():
            archive.write(photo, photo.name)
    return SecretTree(folder / "family.gdz", tuple(words.places))


def _package(folder: Path) -> SecretTree:
    save_photos(folder / "photos")
    words = Secrets()
    content = gzip.compress(gramps(words).encode())
    with tarfile.open(folder / "family.gpkg", "w:gz") as archive:
        entry = tarfile.TarInfo("data.gramps")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
        for photo in (folder / "photos").iterdir():
            archive.add(photo, photo.name)
    return SecretTree(folder / "family.gpkg", tuple(words.places))


FORMS: dict[str, Callable[[Path], SecretTree]] = {
    "GEDCOM 5.5.1": _in_file("family.ged", gedcom),
    "GEDCOM 7": _in_file("family.ged", lambda words: gedcom(words, "7.0")),
    "GEDZIP": _gedzip,
    "Gramps XML": _in_file("family.gramps", gramps),
    "Gramps package": _package,
    "table": _in_file("family.csv", table),
}
"""Form -> makes its tree in an empty folder."""
