"""Rules for the names of users' drivers."""

import unicodedata
from pathlib import Path

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.errors import DriverError, Remedy, option
from nostalgia.files import printable_name

LONGEST_NAME = 40

_RESERVED = {"auto", "all", "none", "still", "largest", "con", "prn", "aux", "nul"}
_RESERVED |= {f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10)}
"""Words with a meaning for nostalgia, and names that Windows reserves for devices."""


def check_name(name: str, *, overwrite: bool = False) -> str:
    """Validate the name of a user's driver and return it in composed Unicode (NFC).

    A name has at most 40 letters of any script, digits, ``-`` and ``_`` and begins with a letter:
    it is a valid file name on every system and a single word on the command line.

    Raises:
        DriverError: the name has other characters, is reserved, or is taken.
    """
    composed = unicodedata.normalize("NFC", name)
    if not _is_safe(composed):
        raise DriverError(
            f"{printable_name(repr(name))} is not a valid name: use at most {LONGEST_NAME} letters,"
            " digits, - and _, beginning with a letter",
            _rename(_safe_like(composed)),
        )
    if composed.casefold() in _RESERVED:
        raise DriverError(f"{composed!r} is a reserved word", _rename(f"my-{composed}"))
    bank = load_bank()
    if bank.user_error:
        raise DriverError(bank.user_error)
    taken = {key.casefold(): entry for key, entry in bank.entries.items()}
    present = taken.get(composed.casefold())
    if present is None:
        return composed
    if not present.from_user:
        raise DriverError(
            f"{present.name!r} is the name of a driver that ships with nostalgia",
            _rename(f"my-{composed}"),
        )
    if present.name != composed:
        changes = {"name": present.name, "overwrite": True}
        how = " and ".join(option(key, value) for key, value in changes.items())
        raise DriverError(
            f"you already have a driver called {present.name!r}, which differs only in"
            " capitalisation",
            Remedy(f"replace it with {how}, or choose another name", changes),
        )
    if not overwrite:
        raise DriverError(
            f"you already have a driver called {composed!r}",
            Remedy(
                f"replace it with {option('overwrite', True)}, or choose another {option('name')}",
                {"overwrite": True},
            ),
        )
    return composed


def _rename(name: str) -> Remedy:
    return Remedy(f"use, for example, {option('name', name)}", {"name": name})


def _is_safe(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_NAME
        and unicodedata.category(name[0]).startswith("L")
        and all(_is_safe_character(char) for char in name)
    )


def _is_safe_character(char: str) -> bool:
    return char in "-_" or unicodedata.category(char)[0] in "LMN"


def _safe_like(name: str) -> str:
    """A valid name as similar as possible."""
    words = "".join(char if _is_safe_character(char) else " " for char in Path(name).stem).split()
    near = "-".join(words).strip("-_0123456789")[:LONGEST_NAME]
    return near if _is_safe(near) else "uncle"
