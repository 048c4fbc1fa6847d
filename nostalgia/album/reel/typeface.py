"""Fonts for title cards: the first of this computer that has every letter of a line.

Pillow's own font knows hardly more than ASCII, so it comes last; it is there everywhere.
"""

import functools
import unicodedata
from types import MappingProxyType

from PIL import ImageFont, features

from nostalgia.errors import UsageError
from nostalgia.files import printable_name

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
_PILLOWS_OWN = ""
_NOBODYS_LETTER = "\uffff"
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
_DASHES = MappingProxyType(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-"))
_PROBE_PX = 32.0

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def font_for(text: str, size_px: float, chosen: str | None = None) -> Font:
    """The best font for a line of text.

    chosen: a font file to take before all others.

    Raises:
        UsageError: `chosen` is no font.
    """
    font = _loaded(_best(text, chosen), size_px)
    assert font is not None
    return font


def legible(text: str, chosen: str | None = None) -> str:
    """The text with plain letters for those that its best font lacks, where there are such."""
    name = _best(text, chosen)
    return "".join(char if _has(name, char) else _plain(name, char) for char in text)


def undrawable(text: str, chosen: str | None = None) -> str:
    """The letters of a line that its best font does not draw as they should be; "" for none."""
    lacking = _lacking(_best(text, chosen), text)
    if not lacking and not features.check("raqm"):
        return "".join(char for char in text if unicodedata.bidirectional(char) in ("R", "AL"))
    return lacking


def _best(text: str, chosen: str | None) -> str:
    """The name of the font that lacks the fewest letters; the first of several."""
    names = [*([] if chosen is None else [chosen]), *_KNOWN, _PILLOWS_OWN]
    here = [name for name in names if _loaded(name, _PROBE_PX, must=name == chosen) is not None]
    return min(here, key=lambda name: len(_lacking(name, text)))


def _lacking(name: str, text: str) -> str:
    return "".join(char for char in dict.fromkeys(text) if not _has(name, char))


def _plain(name: str, char: str) -> str:
    bare = unicodedata.normalize("NFKD", _DASHES.get(char, char))[0]
    return bare if _has(name, bare) else char


@functools.lru_cache(maxsize=4096)
def _has(name: str, char: str) -> bool:
    """Whether a font draws a letter otherwise than one that no font has."""
    if unicodedata.category(char) in _UNSEEN:
        return True
    font = _loaded(name, _PROBE_PX)
    assert font is not None
    drawn, nothing = font.getmask(char), font.getmask(_NOBODYS_LETTER)
    return drawn.size != nothing.size or bytes(drawn) != bytes(nothing)


@functools.lru_cache(maxsize=256)
def _loaded(name: str, size_px: float, must: bool = False) -> Font | None:
    """A font by the name of its file; None where it is not here."""
    try:
        return ImageFont.truetype(name, size_px) if name else ImageFont.load_default(size_px)
    except OSError as exc:
        if must:
            raise UsageError(
                f"{printable_name(name)}: not a font that can be read; --font takes a .ttf or .otf"
            ) from exc
        return None
