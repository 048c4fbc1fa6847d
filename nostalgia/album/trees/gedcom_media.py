"""Pictures of a person in GEDCOM: OBJE records and embedded ones, crops, titles, sources."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from nostalgia.album.trees.boxes import box_from_corners, pixel_box, share_from_corners
from nostalgia.album.trees.gedcom_lines import Record
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import PhotoLink
from nostalgia.types import BoxXYWH

_RESTRICTED = re.compile(r"CONFIDENTIAL|PRIVACY", re.IGNORECASE)
_VOID = "VOID"


def is_restricted(record: Record) -> bool:
    """True if RESN marks the record as private; "locked" only forbids changes."""
    return any(_RESTRICTED.search(line.value) for line in record.all("RESN"))


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
        """A link for each file of each OBJE line of a person."""
        for line in media:
            record = self._shared["OBJE"].get(line.points_to) if line.points_to else line
            if record is not None:
                yield from self._files(line, record, person_id)
            elif line.points_to != _VOID:
                self._warnings["links to media that are not in the tree"] += 1

    def _files(self, line: Record, record: Record, person_id: str) -> Iterator[PhotoLink]:
        crop_px, crop_share = self._crop(line)
        for file in record.all("FILE"):
            reference = file.value.strip().replace("\n", "")
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
                restricted=is_restricted(line) or is_restricted(record),
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
            notes.append(note.value.strip() if note else "")
        return "\n".join(filter(None, notes))

    def _source(self, record: Record) -> str:
        """Citations in the usual order: author, title, page."""
        lines = []
        for line in record.all("SOUR"):
            source = self._shared["SOUR"].get(line.points_to) if line.points_to else None
            words = [source.text("AUTH"), source.text("TITL")] if source else [line.value]
            if line.points_to and source is None:
                words = []
            words.append(line.text("PAGE"))
            lines.append(", ".join(" ".join(word.split()) for word in words if word.strip()))
        return "; ".join(filter(None, lines))

    def _crop(self, line: Record) -> tuple[BoxXYWH | None, BoxXYWH | None]:
        """Pixels (CROP of GEDCOM 7, _POSITION of MyHeritage) or shares (_AREA of Agelong)."""
        crop = line.first("CROP")
        if crop is not None:
            sides = [crop.text(side) for side in ("LEFT", "TOP", "WIDTH", "HEIGHT")]
            return self._checked(pixel_box(*sides)), None
        # The position of a cut-out refers to the picture that it was cut from.
        position = line.text("_POSITION").split()
        if len(position) == 4 and not line.text("_CUTOUT").upper().startswith("Y"):
            return self._checked(box_from_corners(position)), None
        area = line.text("_AREA").split()
        if len(area) == 4:
            return None, self._checked(share_from_corners(area))
        return None, None

    def _checked(self, box: BoxXYWH | None) -> BoxXYWH | None:
        if box is None:
            self._warnings["crops that mark no part of a picture, ignored"] += 1
        return box
