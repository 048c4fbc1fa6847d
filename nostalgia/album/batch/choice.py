"""Choices about one picture: what its user has typed, read and checked."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from nostalgia.album.batch.planning import clip_within, names_clip
from nostalgia.album.batch.request import BatchRequest
from nostalgia.declarations import declared, did_you_mean
from nostalgia.drivers.bank.bank import MIRRORED_SUFFIX, load_bank
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

NOTHING = "-"
"""Typed as a title or caption, it means: none, whatever the tree has."""

_YES = frozenset(
    "y yes true 1 x ja j wahr oui o vrai si s\u00ed vero sim tak \u2713 \u2714".split()
)
_NO = frozenset("n no false 0 nein falsch non faux falso n\u00e3o nie".split()) | {"", NOTHING}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")
_AUTO, _MAX_FACE = "auto", 9999

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a user wants for one picture; each default leaves what the input and the options say.

    face: number of the person's face in the photo, 0 = as the input says. driver: name or path.
    title, caption: `NOTHING` for none. order: place among the pictures of its person, smallest
    first; those without a place come last.
    """

    leave_out: bool = False
    face: int = 0
    driver: str = ""
    strength: float | None = None
    title: str = ""
    caption: str = ""
    order: float = math.inf


@dataclass(frozen=True, slots=True)
class Found:
    """The choice in a row. mistakes: columns of wrong cells, and what is wrong with them."""

    choice: Choice
    mistakes: tuple[tuple[str, str], ...]


class ChoiceReader:
    """Reads typed choices.

    Args:
        request: names the folders in which driving clips may be.

    Raises:
        DriverError: the bank of drivers is damaged.
    """

    def __init__(self, request: BatchRequest) -> None:
        self._request = request
        self._limits = declared(AnimateOptions)["strength"].limits or (0.0, math.inf)
        names = load_bank().names
        known = (_AUTO, *names, *(name + MIRRORED_SUFFIX for name in names))
        self._drivers = {name.casefold(): name for name in known}

    def read(self, typed: Mapping[str, str]) -> Found:
        """The choice in the cells of a row, by column; a wrong cell counts as empty."""
        mistakes: list[tuple[str, str]] = []

        def value(column: str, read: Callable[[str], T], default: T) -> T:
            text = typed.get(column, "")
            try:
                return read(text) if text else default
            except ValueError as exc:
                mistakes.append((column, f"{printable_name(text)!r} {exc}"))
                return default

        choice = Choice(
            leave_out=value("leave_out", _yes_or_no, False),
            face=value("face", _face, 0),
            driver=value("driver", self.driver, ""),
            strength=value("strength", self.strength, None),
            title=typed.get("title", ""),
            caption=typed.get("caption", ""),
            order=value("order", _order, math.inf),
        )
        return Found(choice, tuple(mistakes))

    def driver(self, text: str) -> str:
        """The driver as the bank spells it, or the path of a driving clip.

        Raises:
            ValueError: it does not exist.
        """
        name = self._drivers.get(text.casefold())
        if name is not None:
            return name
        if names_clip(text):
            if clip := clip_within(text, self._request):
                return clip
            raise ValueError(
                "is not in the folders that may be read: put the driving clip beside the input, or"
                " name a driver"
            )
        near = did_you_mean(text.casefold(), list(self._drivers))
        raise ValueError(f"is not a driver{near or ': `nostalgia drivers list` shows them'}")

    def strength(self, text: str) -> float:
        """The strength; 0.8, 0,8 and 80% are the same.

        Raises:
            ValueError: it is no number, or out of the range of the option.
        """
        least, most = self._limits
        percent = text.endswith("%")
        number = _number(text.rstrip("% ")) / (100 if percent else 1)
        if not least <= number <= most:
            raise ValueError(f"is not a number from {least:g} to {most:g}, such as 0.8")
        return number


def _yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise ValueError("is neither yes nor no: write yes, or leave the cell empty")
    return word in _YES


def _face(text: str) -> int:
    number = _number(text)
    if not 1 <= number <= _MAX_FACE or number != int(number):
        raise ValueError("is not the number of a face: `nostalgia faces PHOTO` shows them")
    return int(number)


def _order(text: str) -> float:
    number = _number(text)
    if math.isnan(number):
        raise ValueError("is not a number such as 1, 2 or 2.5")
    return number


def _number(text: str) -> float:
    """The number, NaN if it is none."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else math.nan
