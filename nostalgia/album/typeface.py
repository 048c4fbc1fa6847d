"""Fonts for title cards: the first of this computer that has every letter of a line.

Pillow's own font knows hardly more than ASCII, so it comes last; it is there everywhere.
"""

import functools
import unicodedata

from PIL import ImageFont, features

from nostalgia.errors import UsageError
from nostalgia.naming import printable_name

_KNOWN = (
    # Linux, macOS, Windows: serif faces first, then those with many scripts.
    "DejaVuSerif.ttf",
    "Georgia.ttf",
    "LiberationSerif-Regular.ttf",
    "times.ttf",
    "NotoSerif-Regular.ttf",
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "Arial Unicode.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "NotoSerifCJK-Regular.ttc",
    "NotoSansCJK-Regular.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "msyh.ttc",
    "msgothic.ttc",
)
_NOBODYS_LETTER = "\uffff"
_PROBE_PX = 32.0

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def font_for(text: str, size_px: float, chosen: str | None = None) -> Font:
    """The best font for a line of text.

    chosen: a font file to take before all others.

    Raises:
        UsageError: `chosen` is no font.
    """
    names = [*([chosen] if chosen is not None else []), *_KNOWN, ""]
    known = [name for name in names if _loaded(name, _PROBE_PX, must=name == chosen) is not None]
    best = min(known, key=lambda name: len(_lacking(name, text)))
    font = _loaded(best, size_px)
    assert font is not None
    return font


def undrawable(text: str, chosen: str | None = None) -> str:
    """The letters of a line that none of its fonts can draw as they should be; "" where all can."""
    names = [*([chosen] if chosen is not None else []), *_KNOWN, ""]
    known = [name for name in names if _loaded(name, _PROBE_PX) is not None]
    lacking = min((_lacking(name, text) for name in known), key=len)
    if not lacking and not features.check("raqm"):
        return "".join(char for char in text if unicodedata.bidirectional(char) in ("R", "AL"))
    return lacking


def _lacking(name: str, text: str) -> str:
    return "".join(char for char in dict.fromkeys(text) if not _has(name, char))


@functools.lru_cache(maxsize=4096)
def _has(name: str, char: str) -> bool:
    """Whether a font draws a letter otherwise than one that no font has."""
    if unicodedata.category(char)[0] in "ZCM":
        return True
    font = _loaded(name, _PROBE_PX)
    assert font is not None
    drawn, nothing = font.getmask(char), font.getmask(_NOBODYS_LETTER)
    return drawn.size != nothing.size or bytes(drawn) != bytes(nothing)


@functools.lru_cache(maxsize=256)
def _loaded(name: str, size_px: float, must: bool = False) -> Font | None:
    """A font by file name, "" for Pillow's own; None where it is not here."""
    try:
        return ImageFont.truetype(name, size_px) if name else ImageFont.load_default(size_px)
    except OSError as exc:
        if must:
            raise UsageError(
                f"{printable_name(name)}: not a font that can be read; --font takes a .ttf or .otf"
            ) from exc
        return None
