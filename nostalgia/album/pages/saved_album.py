"""What a batch left in its album's folder: the entries, read back from its summary."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.errors import InputError
from nostalgia.files import printable_name

ALBUM, SUMMARY_FILE = "album", "summary.json"
"""The folder in that of a batch which can be given away, and what is read back from it."""

_FIELDS = {field.name: field for field in fields(AlbumEntry)}


@dataclass(frozen=True, slots=True)
class KeptAlbum:
    """An album as it lies on the disk. folder: that of the clips; title: what it was made from."""

    folder: Path
    title: str
    entries: Sequence[AlbumEntry]


def read_kept_album(folder: Path) -> KeptAlbum:
    """The album in `folder`: that of the batch (with ``album`` in it), or the album's own.

    Raises:
        InputError: there is none, or its summary cannot be read.
    """
    for place in (folder / ALBUM, folder):
        summary = place / SUMMARY_FILE
        if summary.is_file():
            break
    else:
        raise InputError(
            f"{printable_name(folder)}: holds no album; type: nostalgia batch INPUT --output"
            f" {printable_name(folder)}"
        )
    try:
        values: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
        entries = tuple(_entry(item) for item in values["items"])
        title = str(values.get("title", "")) or Path(str(values.get("source", ""))).stem
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise InputError(
            f"{printable_name(summary)}: cannot be read ({exc}); run nostalgia batch again"
        ) from exc
    return KeptAlbum(place, title or place.absolute().parent.name, entries)


def _entry(item: dict[str, Any]) -> AlbumEntry:
    """An entry of known fields, each of the kind that it should be."""
    known = {name: item[name] for name in _FIELDS if name in item}
    empty = AlbumEntry(key="", status="", photo="")
    for name, value in known.items():
        kind = type(getattr(empty, name))
        if not isinstance(value, int if kind is float else kind) and not isinstance(value, kind):
            raise ValueError(f"{name} is no {kind.__name__}")
    return AlbumEntry(**known)
