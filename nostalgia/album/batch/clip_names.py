"""Names of the clips of an album: readable, and fit for every file system that a stick may have."""

import re
import unicodedata
from collections.abc import Container

from nostalgia.files import shortened

_LONGEST_BYTES = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*#%@]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def clip_stem(person: str, photo_stem: str, taken: Container[str]) -> str:
    """What a clip is called, without suffix: ``Abraham Lincoln, lincoln-1865``.

    Where that is taken it ends in ``-2`` and so on. taken: stems as `folded` writes them.
    """
    words = dict.fromkeys(filter(None, (_safe(part) for part in (person, photo_stem))))
    wanted = shortened(", ".join(words) or "photo", _LONGEST_BYTES)
    stem, number = wanted, 1
    while folded(stem) in taken:
        number += 1
        stem = f"{wanted}-{number}"
    return stem


def folded(stem: str) -> str:
    """One form for all names that some file system takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold())


def _safe(text: str) -> str:
    """A part of a file name: nothing in it that Windows, a shell or a page trips over."""
    plain = unicodedata.normalize("NFC", text)
    plain = "".join("_" if _is_odd(char) else char for char in _SPACES.sub(" ", plain))
    plain = _FORBIDDEN.sub("_", plain).strip(" .").lstrip("-")
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain


def _is_odd(char: str) -> bool:
    category = unicodedata.category(char)
    return category.startswith("C") or category in ("Zl", "Zp")
