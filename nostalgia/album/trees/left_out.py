"""Files that nobody put among their photos: trash, thumbnails, previews and a system's own folders.

The rules are by kind. Names that begin with a dot are hidden everywhere. Disk stations and Windows
put a sign before a word of their own (``@eaDir``, ``#recycle``, ``$RECYCLE.BIN``). Photo programs
keep libraries, in which only the originals are the user's.
"""

import re
from collections import Counter
from collections.abc import Set
from pathlib import Path

from nostalgia.errors import counted
from nostalgia.files import printable_name

_SIGN_AND_WORD = re.compile(
    r"[@#$~](eadir|_*thumb\w*|recycle\w*|trash\w*|deleted\w*|snapshots?|recently[-_ ]\w+|te?mp"
    r"|transcode|share(bin|snap)|sys\w+|win[\w~]+)(\.[\w~]+)?",
    re.IGNORECASE,
)
_SYSTEM_NAMES = frozenset(
    (
        "system volume information",
        "recycler",
        "recycled",
        "lost+found",
        "__macosx",
        "network trash folder",
        "temporary items",
        "thevolumesettingsfolder",
        "captureone",
        "[originals]",
    )
)
_CHKDSK = re.compile(r"found\.\d{3}", re.IGNORECASE)
_CACHE_SUFFIXES = (".lrdata", ".lrcat-data", ".cocatalog", ".cache")
_LIBRARY_SUFFIXES = (
    ".photoslibrary",
    ".photolibrary",
    ".aplibrary",
    ".migratedphotolibrary",
    ".migratedaplibrary",
)
_ORIGINALS = ("originals", "masters")
_IPHOTO_INDEX = "albumdata.xml"
_PICASA_INDEX = (".picasa.ini", "picasa.ini")
_COPIES = ("thumbs", "_thumbs", "thumb", "thumbnails", "thumbnail", "previews", "preview")
_OWN_JOURNAL, _OWN_FOLDERS = "journal.sqlite", ("album", "unpacked")
_THUMBNAIL_FILE = re.compile(r"SYNO(PHOTO|FILE|VIDEO)_THUMB", re.IGNORECASE)
_MOST_PLACES = 5
_HIDDEN_FOLDERS, _HIDDEN_FILES, _OWN = "hidden folders", "hidden files", "earlier albums"


def is_system_name(name: str) -> bool:
    """True if a folder of this name is no user's own, wherever it is."""
    plain = name.casefold()
    return (
        name.startswith(".")
        or plain in _SYSTEM_NAMES
        or plain.endswith(_CACHE_SUFFIXES)
        or bool(_SIGN_AND_WORD.fullmatch(name) or _CHKDSK.fullmatch(name))
    )


class LeftOut:
    """Decides which files below a folder are left out, and counts them by the reason.

    Args:
        root: the folder that the user named: its own name and those above it do not count.
    """

    def __init__(self, root: Path) -> None:
        self._reasons: dict[Path, str] = {root: ""}
        self._names: dict[Path, Set[str]] = {}
        self._counts: Counter[str] = Counter()

    def reason_for_folder(self, folder: Path) -> str:
        """Why everything in a folder at or below the root is left out; "" if it is not."""
        unknown = []
        while folder not in self._reasons:
            unknown.append(folder)
            folder = folder.parent
        reason = self._reasons[folder]
        for below in reversed(unknown):
            reason = self._reasons[below] = reason or self._reason(below)
        return reason

    def reason_for_file(self, path: Path) -> str:
        """Why a file below the root is left out; "" if it is not."""
        reason = self.reason_for_folder(path.parent)
        if reason:
            return reason
        if path.name.startswith("."):
            return _HIDDEN_FILES
        return "thumbnails" if _THUMBNAIL_FILE.match(path.name) else ""

    def count(self, reason: str) -> None:
        """Count a picture that is left out for this reason; those of nostalgia do not count."""
        if reason != _OWN:
            self._counts[reason] += 1

    def warnings(self) -> list[str]:
        """A sentence about the pictures that were counted; none without any."""
        total = self._counts.total()
        if not total:
            return []
        most = self._counts.most_common(_MOST_PLACES)
        places = [f"{number} {place}" for place, number in most]
        rest = total - sum(number for _, number in most)
        places += [f"{rest} in other such folders"] if rest else []
        return [
            f"{counted(total, 'picture was', 'pictures were')} passed over, as trash, thumbnails or"
            f" a system's own: {', '.join(places)}"
        ]

    def _reason(self, folder: Path) -> str:
        """Reason of a folder whose parent is not left out."""
        name, above = folder.name, folder.parent
        plain = name.casefold()
        if name.startswith("."):
            return f"in {_HIDDEN_FOLDERS}"
        if plain in _OWN_FOLDERS and _OWN_JOURNAL in self._content(above):
            return _OWN
        if plain not in _ORIGINALS and self._is_library(above):
            return f"in {printable_name(above.name)}"
        if is_system_name(name) or self._holds_copies(folder):
            return f"in {printable_name(name)}"
        return ""

    def _is_library(self, folder: Path) -> bool:
        """True for the library of Apple's Photos, iPhoto or Aperture, which Finder hides."""
        if folder.name.casefold().endswith(_LIBRARY_SUFFIXES):
            return True
        content = self._content(folder)
        return _IPHOTO_INDEX in content and any(name in content for name in _ORIGINALS)

    def _holds_copies(self, folder: Path) -> bool:
        """True for thumbnails or Picasa's backups of the pictures beside the folder.

        A user's own folder may be called Originals or Thumbs as well.
        """
        plain, beside = folder.name.casefold(), self._content(folder.parent)
        is_backup = plain == "originals" and any(name in beside for name in _PICASA_INDEX)
        return (is_backup or plain in _COPIES) and self._content(folder) <= beside

    def _content(self, folder: Path) -> Set[str]:
        """Names in a folder, in lower case."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(entry.name.casefold() for entry in folder.iterdir())
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]
