"""Pictures of a person in GEDCOM: OBJE records and embedded ones, crops, titles, sources."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from nostalgia.album.trees.boxes import box_between, pixel_box, share_between
from nostalgia.album.trees.gedcom_lines import Record
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import Box, PhotoLink

_SILENT = re.compile(r"CONFIDENTIAL|PRIVACY", re.IGNORECASE)
_VOID = "VOID"


def is_silent(record: Record) -> bool:
    """Whether RESN asks for silence; "locked" only asks not to change."""
    return any(_SILENT.search(line.value) for line in record.all("RESN"))


class GedcomMedia:
    """Makes links from OBJE lines.

    kept: records by tag and identifier: OBJE, SOUR, NOTE and SNOTE. warnings: told what was odd.
    """

    def __init__(
        self,
        kept: Mapping[str, Mapping[str, Record]],
        finder: MediaFinder,
        warnings: Counter[str],
    ) -> None:
        self._kept = kept
        self._finder = finder
        self._warnings = warnings
        self.records = len(kept["OBJE"])

    def links(self, media: Sequence[Record], person_id: str) -> Iterator[PhotoLink]:
        """A link for each file of each OBJE line of a person."""
        for line in media:
            record = self._kept["OBJE"].get(line.points_to) if line.points_to else line
            if record is not None:
                yield from self._files(line, record, person_id)
            elif line.points_to != _VOID:
                self._warnings["links to media that are not in the tree"] += 1

    def _files(self, line: Record, record: Record, person_id: str) -> Iterator[PhotoLink]:
        crop_px, crop_share = self._crop(line)
        for file in record.all("FILE"):
            said = file.value.strip().replace("\n", "")
            found = self._finder.find(said)
            title = line.text("TITL") or file.text("TITL") or record.text("TITL")
            yield PhotoLink(
                person_id=person_id,
                said=said,
                path=found.path,
                problem=found.problem,
                title=title,
                source=self._both(self._source, line, record),
                note=self._both(self._note, line, record),
                crop_px=crop_px,
                crop_share=crop_share,
                restricted=is_silent(line) or is_silent(record),
                media_id=line.points_to,
                archive_name=found.archive_name,
            )

    def _both(self, read: Callable[[Record], str], line: Record, record: Record) -> str:
        said = [read(line)] + ([read(record)] if record is not line else [])
        return "\n".join(dict.fromkeys(filter(None, said)))

    def _note(self, record: Record) -> str:
        notes = []
        for line in (*record.all("NOTE"), *record.all("SNOTE")):
            shared = self._kept[line.tag].get(line.points_to) if line.points_to else line
            notes.append(shared.value.strip() if shared else "")
        return "\n".join(filter(None, notes))

    def _source(self, record: Record) -> str:
        """Citations as one reads them: author, title, page."""
        lines = []
        for line in record.all("SOUR"):
            source = self._kept["SOUR"].get(line.points_to) if line.points_to else None
            words = [source.text("AUTH"), source.text("TITL")] if source else [line.value]
            if line.points_to and source is None:
                words = []
            words.append(line.text("PAGE"))
            lines.append(", ".join(" ".join(word.split()) for word in words if word.strip()))
        return "; ".join(filter(None, lines))

    def _crop(self, line: Record) -> tuple[Box | None, Box | None]:
        """Pixels (CROP of GEDCOM 7, _POSITION of MyHeritage) or shares (_AREA of Agelong)."""
        crop = line.first("CROP")
        if crop is not None:
            sides = [crop.text(side) for side in ("LEFT", "TOP", "WIDTH", "HEIGHT")]
            return self._checked(pixel_box(*sides)), None
        # Of a cut-out, the position is that in the picture that it was cut from.
        position = line.text("_POSITION").split()
        if len(position) == 4 and not line.text("_CUTOUT").upper().startswith("Y"):
            return self._checked(box_between(position)), None
        area = line.text("_AREA").split()
        if len(area) == 4:
            return None, self._checked(share_between(area))
        return None, None

    def _checked(self, box: Box | None) -> Box | None:
        if box is None:
            self._warnings["crops that mark no part of a picture: left out"] += 1
        return box
