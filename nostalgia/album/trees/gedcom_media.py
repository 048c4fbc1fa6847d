"""Pictures of a person in GEDCOM: OBJE records and embedded ones, crops, titles, sources.

MyHeritage stores a face that a user has marked twice: as the place of the face in the picture
(_POSITION), and as a file of its own, the cut-out (_CUTOUT, _PARENTRIN). They are one picture.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from nostalgia.album.trees.boxes import box_from_corners, pixel_box, share_from_corners
from nostalgia.album.trees.gedcom_lines import Record
from nostalgia.album.trees.gedcom_privacy import is_private
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import PhotoLink
from nostalgia.types import BoxXYWH

_VOID = "VOID"
_MAIN = ("_PRIM", "_PRIMARY", "_PRIM_CUTOUT")
_CUT_OUTS = "cut-outs of pictures that are used as a whole, left out"


class _Media(NamedTuple):
    """A media link of a person, and the record that it points to, or itself."""

    link: Record
    record: Record

    def text(self, *tags: str) -> str:
        return self.link.text(*tags) or self.record.text(*tags)

    def says(self, tag: str) -> bool:
        return self.text(tag).upper().startswith("Y")


class GedcomMedia:
    """Turns OBJE lines into links.

    Args:
        shared: records by tag and identifier: OBJE, SOUR, NOTE and SNOTE.
        finder: for the files.
        warnings: counts each kind of problem.
    """

    def __init__(
        self,
        shared: Mapping[str, Mapping[str, Record]],
        finder: MediaFinder,
        warnings: Counter[str],
    ) -> None:
        self._shared = shared
        self._finder = finder
        self._warnings = warnings
        self.records = len(shared["OBJE"])

    def links(self, media: Sequence[Record], person_id: str) -> Iterator[PhotoLink]:
        """A link for each file of each OBJE line of a person, the main picture first."""
        found = list(self._resolved(media))
        found.sort(key=lambda each: not any(each.says(tag) for tag in _MAIN))
        for each in found:
            if self._is_spare(each, found):
                self._warnings[_CUT_OUTS] += 1
            else:
                yield from self._files(*each, person_id)

    def _resolved(self, media: Sequence[Record]) -> Iterator[_Media]:
        for line in media:
            record = self._shared["OBJE"].get(line.points_to) if line.points_to else line
            if record is not None:
                yield _Media(line, record)
            elif line.points_to != _VOID:
                self._warnings["links to media that are not in the tree"] += 1

    def _is_spare(self, cut_out: _Media, others: Sequence[_Media]) -> bool:
        """True for a cut-out, if the picture that it was cut from is there and marks the person."""
        if not cut_out.says("_CUTOUT"):
            return False
        number = cut_out.text("_PARENTRIN")
        for other in others:
            is_parent = other.text("_PHOTO_RIN") == number if number else other.says("_PARENTPHOTO")
            if is_parent and other.text("_POSITION") and not other.says("_CUTOUT"):
                files = [self._finder.find(_reference(file)) for file in other.record.all("FILE")]
                return any(file.path is not None or file.archive_name for file in files)
        return False

    def _files(self, line: Record, record: Record, person_id: str) -> Iterator[PhotoLink]:
        crop_px, crop_share = self._crop(_Media(line, record))
        for file in record.all("FILE"):
            reference = _reference(file)
            found = self._finder.find(reference)
            title = line.text("TITL") or file.text("TITL") or record.text("TITL")
            yield PhotoLink(
                person_id=person_id,
                reference=reference,
                path=found.path,
                problem=found.problem,
                places=found.places,
                title=title,
                source=self._both(self._source, line, record),
                note=self._both(self._note, line, record),
                crop_px=crop_px,
                crop_share=crop_share,
                restricted=is_private(line) or is_private(record),
                media_id=line.points_to,
                archive_name=found.archive_name,
            )

    def _both(self, read: Callable[[Record], str], line: Record, record: Record) -> str:
        texts = [read(line)] + ([read(record)] if record is not line else [])
        return "\n".join(dict.fromkeys(filter(None, texts)))

    def _note(self, record: Record) -> str:
        notes = []
        for line in (*record.all("NOTE"), *record.all("SNOTE")):
            note = self._shared[line.tag].get(line.points_to) if line.points_to else line
            if note is not None and not is_private(note):
                notes.append(note.value.strip())
        return "\n".join(filter(None, notes))

    def _source(self, record: Record) -> str:
        """Citations in the usual order: author, title, page."""
        lines = []
        for line in record.all("SOUR"):
            source = self._shared["SOUR"].get(line.points_to) if line.points_to else None
            if source is not None and is_private(source):
                continue
            words = [source.text("AUTH"), source.text("TITL")] if source else [line.value]
            if line.points_to and source is None:
                words = []
            words.append(line.text("PAGE"))
            lines.append(", ".join(" ".join(word.split()) for word in words if word.strip()))
        return "; ".join(filter(None, lines))

    def _crop(self, media: _Media) -> tuple[BoxXYWH | None, BoxXYWH | None]:
        """Pixels (CROP of GEDCOM 7, _POSITION of MyHeritage) or shares (_AREA of Agelong)."""
        crop = media.link.first("CROP")
        if crop is not None:
            sides = [crop.text(side) for side in ("LEFT", "TOP", "WIDTH", "HEIGHT")]
            return self._checked(pixel_box(*sides)), None
        # The position of a cut-out refers to the picture that it was cut from.
        position = media.link.text("_POSITION").split()
        if len(position) == 4 and not media.says("_CUTOUT"):
            return self._checked(box_from_corners(position)), None
        area = media.link.text("_AREA").split()
        if len(area) == 4:
            return None, self._checked(share_from_corners(area))
        return None, None

    def _checked(self, box: BoxXYWH | None) -> BoxXYWH | None:
        if box is None:
            self._warnings["crops that mark no part of a picture, ignored"] += 1
        return box


def _reference(file: Record) -> str:
    return file.value.strip().replace("\n", "")
