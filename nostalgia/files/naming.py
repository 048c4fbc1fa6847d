"""Names of files: in messages, of clips, and in text that must be UTF-8.

File names may hold line breaks, terminal escapes and marks that change the reading direction; a
message stays one line that reads from left to right, whatever the name is.
"""

import hashlib
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

CLIP_FORMATS = ("mp4", "gif", "webp")
"""Formats of clips that can be written, which are also their suffixes."""

PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .tif .tiff .webp .bmp .gif .heic .heif .avif .jp2 .j2k".split()
)
"""Suffixes of photos; the content decides what a file really is."""

DRIVING_CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"})
"""Suffixes of files that are accepted as a film of a performer."""

CLIP_MARK, PREVIEW_MARK, ENHANCED_MARK = "nostalgia", "preview", "enhanced"
"""Words before the suffix of the clips, previews and stills that nostalgia names itself."""

_STILL_SUFFIXES = frozenset({"jpg", "jpeg", "png", "tif", "tiff"})

NAME_LIMIT_BYTES = 255
# Without those of clips: a GIF or WebP beside a photo is often a clip of it.
_TWIN_SUFFIXES = sorted(PHOTO_SUFFIXES - {f".{name}" for name in CLIP_FORMATS})
_HARMLESS = "\u200c\u200d"
_LONGEST_NAME = 120
_NOT_UTF_8 = re.compile("[\ud800-\udfff]")


def printable_name(path: Path | str, limit: int = _LONGEST_NAME) -> str:
    r"""Name of a file as one harmless line: control characters escaped, long names cut.

    path: a path, or "-" for "standard input". limit: length in characters. Joiners, which emoji
    and several scripts need, stay; other control and format characters become \n, \u202e and so on.
    """
    if str(path) == "-":
        return "standard input"
    name = "".join(_escaped(char) for char in str(path))
    if len(name) <= limit:
        return name
    head = (limit - 3) // 3
    return f"{name[:head]}...{name[head + 3 - limit :]}"


def display_name(photo: Path | None) -> str:
    """A photo's name in messages and in the metadata of its clip; "the photo" without a file."""
    return printable_name(photo.name) if photo is not None else "the photo"


def _escaped(char: str) -> str:
    category = unicodedata.category(char)
    odd = category.startswith("C") or category in ("Zl", "Zp")
    if not odd or char in _HARMLESS:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def clip_path_for(photo: Path, clip_format: str = "mp4", mark: str = CLIP_MARK) -> Path:
    """Path of what is made of a photo, beside it: ``old_photo.nostalgia.mp4``.

    If another picture beside it has the same stem (``oma.jpg`` and ``oma.png``), the clip's name
    includes the photo's suffix: ``oma.jpg.nostalgia.mp4``. Names near the limit of the file system
    (255 bytes) are shortened and made unique by a hash. mark: the word before the suffix.
    """
    suffix = f".{mark}.{clip_format}"
    stem = photo.name if _has_twin(photo) else photo.stem
    return photo.with_name(shortened(stem, NAME_LIMIT_BYTES - len(suffix)) + suffix)


def still_suffix(photo: Path) -> str:
    """Suffix of a photo's restored picture, without its dot: its own, or png without losses."""
    own = photo.suffix.lstrip(".").lower()
    return own if own in _STILL_SUFFIXES else "png"


def replaces_itself(clip: Path, *, preview: bool) -> bool:
    """True for a preview under a preview's name, which may replace an earlier one."""
    return preview and clip.stem.endswith(f".{PREVIEW_MARK}")


def _has_twin(photo: Path) -> bool:
    try:
        suffixes = [*_TWIN_SUFFIXES, *map(str.upper, _TWIN_SUFFIXES)]
        beside = [photo.with_suffix(suffix) for suffix in suffixes]
        itself = photo.name.lower()
        return any(other.name.lower() != itself and other.is_file() for other in beside)
    except (OSError, ValueError):
        return False


def folded_file_name(name: str) -> str:
    """One form for all the names that some file system takes for the same.

    Neither case nor the spelling of accents (composed or decomposed) makes a difference.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shortened(name: str, limit_bytes: int) -> str:
    """`name`, or its beginning and eight hex digits of its hash if it exceeds `limit_bytes`."""
    raw = os.fsencode(name)
    if len(raw) <= limit_bytes:
        return name
    mark = f"-{hashlib.sha256(raw).hexdigest()[:8]}"
    kept = name
    while len(os.fsencode(kept)) > limit_bytes - len(mark):
        kept = kept[:-1]
    return kept + mark


def utf8(text: str) -> str:
    r"""Text that every file and program can hold: bytes of names that are not UTF-8 are escaped.

    Such a byte is written as in messages (see `printable_name`): ``Gro\udcdf.jpg``.
    """
    return _NOT_UTF_8.sub(lambda found: _escaped(found[0]), text)


def json_text(values: Any, indent: int | None = None, *, ascii_only: bool = False) -> str:
    """JSON whose strings are valid UTF-8; see `utf8`.

    ascii_only: escape all characters that are not ASCII.
    """
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    valid = _NOT_UTF_8.sub(lambda found: "\\" + _escaped(found[0]), text)
    return json.dumps(json.loads(valid), indent=indent) if ascii_only else valid
