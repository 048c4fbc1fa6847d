"""What the user's own drivers may be called."""

import unicodedata
from pathlib import Path

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.errors import DriverError
from nostalgia.files import printable_name

LONGEST_NAME = 40

_RESERVED = {"auto", "all", "none", "still", "largest", "con", "prn", "aux", "nul"}
_RESERVED |= {f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10)}
"""Words of the command line, and names that Windows keeps for devices."""


def check_name(name: str, *, overwrite: bool = False) -> str:
    """The name as it will be kept (Unicode composed).

    A name is letters of any script, digits, ``-`` and ``_``, begins with a letter, and has at most
    40 characters: it is a file name everywhere, and one word at the command line.

    Raises:
        DriverError: it is another kind of word, means something else, or is taken.
    """
    composed = unicodedata.normalize("NFC", name)
    if not _is_safe(composed):
        raise DriverError(
            f"{printable_name(repr(name))} cannot name a driver: a name is letters, digits,"
            f" - and _, begins with a letter, and has at most {LONGEST_NAME};"
            f" type: --name {_safe_like(composed)}"
        )
    if composed.casefold() in _RESERVED:
        raise DriverError(
            f"{composed!r} means something else to the command line or to Windows;"
            f" type: --name my-{composed}"
        )
    bank = load_bank()
    if bank.own_trouble:
        raise DriverError(bank.own_trouble)
    taken = {key.casefold(): entry for key, entry in bank.entries.items()}
    present = taken.get(composed.casefold())
    if present is not None and not present.from_user:
        raise DriverError(
            f"{present.name!r} is a driver that ships with nostalgia; type: --name my-{composed}"
        )
    if present is not None and present.name != composed:
        raise DriverError(
            f"you have a driver called {present.name!r}, which differs in its capitals only;"
            f" type: --name {present.name} --overwrite, or choose another name"
        )
    if present is not None and not overwrite:
        raise DriverError(
            f"you have a driver called {composed!r} already; replace it with --overwrite,"
            " or choose another --name"
        )
    return composed


def _is_safe(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_NAME
        and unicodedata.category(name[0]).startswith("L")
        and all(_is_safe_character(char) for char in name)
    )


def _is_safe_character(char: str) -> bool:
    return char in "-_" or unicodedata.category(char)[0] in "LMN"


def _safe_like(name: str) -> str:
    """A name that may be used, as near as can be."""
    words = "".join(char if _is_safe_character(char) else " " for char in Path(name).stem).split()
    near = "-".join(words).strip("-_0123456789")[:LONGEST_NAME]
    return near if _is_safe(near) else "uncle"
