"""Fonts of title cards: the first installed one that has every character of a line.

Pillow's built-in font has little more than ASCII, so it comes last; it is always available.
"""

import functools
import unicodedata
from types import MappingProxyType

from PIL import ImageFont, features

from nostalgia.errors import UsageError, option
from nostalgia.files import printable_name

KNOWN_FONTS = (
    # Linux, macOS, Windows: serif fonts first, then those that cover many scripts.
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
_PILLOWS_FONT = ""
_NONCHARACTER = "\uffff"
_INVISIBLE = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
_DASHES = MappingProxyType(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-"))
_PROBE_PX = 32.0

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def font_for(text: str, size_px: float, chosen: str | None = None) -> Font:
    """The best font for a line of text.

    size_px: font size in pixels. chosen: path of a font file that is preferred to all others.

    Raises:
        UsageError: `chosen` is not a font.
    """
    font = _loaded(_best(text, chosen), size_px)
    assert font is not None
    return font


def legible(text: str, chosen: str | None = None) -> str:
    """The text with accented letters replaced by plain ones if its best font has only those."""
    name = _best(text, chosen)
    return "".join(char if _has(name, char) else _plain(name, char) for char in text)


def undrawable(text: str, chosen: str | None = None) -> str:
    """Characters of a line that its best font cannot draw correctly; "" if none.

    Without Raqm, Pillow cannot lay out right-to-left text, so its letters count as missing.
    """
    missing = _missing(_best(text, chosen), text)
    if not missing and not features.check("raqm"):
        return "".join(char for char in text if unicodedata.bidirectional(char) in ("R", "AL"))
    return missing


def _best(text: str, chosen: str | None) -> str:
    """Name of the font with the fewest missing characters; the first of several."""
    names = [*([] if chosen is None else [chosen]), *KNOWN_FONTS, _PILLOWS_FONT]
    installed = [
        name for name in names if _loaded(name, _PROBE_PX, required=name == chosen) is not None
    ]
    return min(installed, key=lambda name: len(_missing(name, text)))


def _missing(name: str, text: str) -> str:
    return "".join(char for char in dict.fromkeys(text) if not _has(name, char))


def _plain(name: str, char: str) -> str:
    bare = unicodedata.normalize("NFKD", _DASHES.get(char, char))[0]
    return bare if _has(name, bare) else char


@functools.lru_cache(maxsize=4096)
def _has(name: str, char: str) -> bool:
    """True if the font draws the character differently from one that no font has."""
    if unicodedata.category(char) in _INVISIBLE:
        return True
    font = _loaded(name, _PROBE_PX)
    assert font is not None
    drawn, missing = font.getmask(char), font.getmask(_NONCHARACTER)
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)


@functools.lru_cache(maxsize=256)
def _loaded(name: str, size_px: float, required: bool = False) -> Font | None:
    """Font with that file name; None if it is not installed."""
    try:
        return ImageFont.truetype(name, size_px) if name else ImageFont.load_default(size_px)
    except OSError as exc:
        if required:
            raise UsageError(
                f"{printable_name(name)}: not a readable font; {option('font')} takes .ttf or .otf"
            ) from exc
        return None
