"""One picture of an album: the value that page, tree, reel and summary are made from."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from nostalgia.errors import UsageError
from nostalgia.files import printable_name


@dataclass(frozen=True, slots=True)
class AlbumEntry:
    """One picture of a batch, as album, tree, reel and summary show it.

    key: the same in every run. status: "done" (the clip exists), or why it does not:
    "skipped-living", "missing-file", "not-a-photo", "no-face", "no-photo", "ambiguous", "failed",
    "waiting", "left-out". photo: file name of the picture, without folders. clip, poster: paths
    below the album's folder, with forward slashes; "" if there is none. width, height: pixels of
    the clip. person_id, name, born, died, surname: "" for people who are left out, as living or by
    choice, so that nothing names them. caption: the people in the picture from left to right, or as
    the user has chosen. source: citation of the picture. media_id: identifier of its record in the
    tree. label: True if the clip carries the visible mark. message: error in words, with options
    still to be named by `errors.worded`. date, place: of the picture. whole_photo: path of a copy
    of the whole photo, if the clip shows a part of it and nobody in it is left out, else "". still:
    path of the photo with restored faces, "" if there is none.
    """

    key: str
    status: str
    photo: str
    clip: str = ""
    poster: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    person_id: str = ""
    name: str = ""
    born: str = ""
    died: str = ""
    title: str = ""
    caption: str = ""
    source: str = ""
    note: str = ""
    driver: str = ""
    media_id: str = ""
    photo_sha256: str = ""
    clip_sha256: str = ""
    label: bool = False
    message: str = ""
    surname: str = ""
    date: str = ""
    place: str = ""
    whole_photo: str = ""
    still: str = ""


def path_in_album(path: str) -> PurePosixPath:
    """The path of a clip or poster below the album's folder.

    Raises:
        UsageError: it leads out of the folder, or is empty.
    """
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts or not inside.name:
        raise UsageError(f"{printable_name(path)}: an album shows only files in its folder")
    return inside
