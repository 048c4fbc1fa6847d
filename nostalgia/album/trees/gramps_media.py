"""Pictures of a person in Gramps XML: objects, regions, titles, notes and citations."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from nostalgia.album.trees.boxes import share_from_corners
from nostalgia.album.trees.gramps_privacy import is_private
from nostalgia.album.trees.gramps_xml import all_named, handles, text_of
from nostalgia.album.trees.media import MediaFinder
from nostalgia.album.trees.model import PhotoLink
from nostalgia.types import BoxXYWH

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Elements = dict[str, dict[str, "Element"]]
"""Objects, citations, sources and notes: kind -> handle -> element."""

_REGION = ("corner1_x", "corner1_y", "corner2_x", "corner2_y")


class GrampsMedia:
    """Turns references to media objects into links.

    Args:
        elements: the records.
        private: handles of the private ones among them.
        finder: for the files.
        warnings: counts each kind of problem.
    """

    def __init__(
        self,
        elements: Elements,
        private: Collection[str],
        finder: MediaFinder,
        warnings: Counter[str],
    ) -> None:
        self._elements = elements
        self._private = private
        self._finder = finder
        self._warnings = warnings

    def links(self, media: "Iterable[Element]", person_id: str) -> Iterator[PhotoLink]:
        """A link for each reference of a person."""
        for link in media:
            item = self._elements["object"].get(link.get("hlink", ""))
            file = next(all_named(item, "file"), None) if item is not None else None
            if item is None or file is None:
                self._warnings["links to media that are not in the tree"] += 1
                continue
            reference = file.get("src", "")
            found = self._finder.find(reference)
            yield PhotoLink(
                person_id=person_id,
                reference=reference,
                path=found.path,
                problem=found.problem,
                places=found.places,
                title=file.get("description", ""),
                source="; ".join(_both(self._sources, link, item)),
                note="\n".join(_both(self._notes, link, item)),
                crop_share=self._share(link),
                restricted=is_private(link) or link.get("hlink", "") in self._private,
                media_id=item.get("id", ""),
                archive_name=found.archive_name,
            )

    def _share(self, link: "Element") -> BoxXYWH | None:
        region = next(all_named(link, "region"), None)
        if region is None:
            return None
        share = share_from_corners([region.get(corner, "") for corner in _REGION], whole=100)
        if share is None:
            self._warnings["regions that mark no part of a picture, ignored"] += 1
        return share

    def _notes(self, element: "Element") -> Iterator[str]:
        for handle in handles(element, "noteref"):
            note = self._elements["note"].get(handle)
            if note is not None and handle not in self._private:
                yield text_of(note, "text")

    def _sources(self, element: "Element") -> Iterator[str]:
        """Citations in the usual order: author, title, page."""
        for handle in handles(element, "citationref"):
            citation = self._elements["citation"].get(handle)
            if citation is None or handle in self._private:
                continue
            sources = handles(citation, "sourceref")
            if any(source in self._private for source in sources):
                continue
            found = next((self._elements["source"].get(source) for source in sources), None)
            words = (
                [text_of(found, "sauthor"), text_of(found, "stitle")] if found is not None else []
            )
            yield ", ".join(filter(None, [*words, text_of(citation, "page")]))


def _both(
    read: "Callable[[Element], Iterator[str]]", link: "Element", item: "Element"
) -> list[str]:
    """The texts of a link and of the object itself, without repetitions."""
    return list(dict.fromkeys(filter(None, [*read(link), *read(item)])))
