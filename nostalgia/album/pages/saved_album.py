"""Album that a batch has saved: its entries, read back from the summary."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.errors import InputError, option
from nostalgia.files import printable_name

ALBUM, SUMMARY_FILE = "album", "summary.json"
"""Name of the folder to give away, inside the folder of a batch, and of the summary inside it."""

_FIELDS = frozenset(field.name for field in fields(AlbumEntry))


@dataclass(frozen=True, slots=True)
class SavedAlbum:
    """An album on disk. folder: holds its clips. title: the album's, or the name of its source."""

    folder: Path
    title: str
    entries: Sequence[AlbumEntry]


def read_saved_album(folder: Path) -> SavedAlbum:
    """Read the album in `folder`, which is that of a batch (it contains ``album``) or the album's.

    Raises:
        InputError: the folder holds no album, or its summary cannot be read.
    """
    for place in (folder / ALBUM, folder):
        summary = place / SUMMARY_FILE
        if summary.is_file():
            break
    else:
        name = printable_name(folder)
        raise InputError(
            f"{name}: contains no album; run `nostalgia batch` with {option('output', name)}"
        )
    try:
        values: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
        entries = tuple(_entry(item) for item in values["items"])
        title = str(values.get("title", "")) or Path(str(values.get("source", ""))).stem
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise InputError(
            f"{printable_name(summary)}: cannot be read ({exc}); run `nostalgia batch` again"
        ) from exc
    return SavedAlbum(place, title or place.absolute().parent.name, entries)


def _entry(item: dict[str, Any]) -> AlbumEntry:
    """Entry of the fields that are known; raises ValueError where one has the wrong type."""
    known = {name: item[name] for name in _FIELDS if name in item}
    empty = AlbumEntry(key="", status="", photo="")
    for name, value in known.items():
        kind = type(getattr(empty, name))
        if not isinstance(value, int if kind is float else kind) and not isinstance(value, kind):
            raise ValueError(f"{name} is not of type {kind.__name__}")
    return AlbumEntry(**known)
