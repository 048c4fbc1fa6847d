"""Drivers for Python code: listed, recorded from a clip, removed."""

from collections.abc import Callable
from pathlib import Path

from nostalgia.drivers.bank import user
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.bank.listing import BankEntry
from nostalgia.drivers.bank.names import check_name
from nostalgia.drivers.recording.recording import record_driver
from nostalgia.errors import DriverError
from nostalgia.faces.finder import FaceFinder


def list_drivers() -> tuple[BankEntry, ...]:
    """All drivers: those that ship, then your own (`BankEntry.from_user`).

    Raises:
        DriverError: the list of your drivers is damaged; `load_bank` still reads the others.
    """
    bank = load_bank()
    if bank.user_error:
        raise DriverError(bank.user_error)
    return tuple(bank.entries.values())


def add_driver(
    clip: Path | str,
    name: str,
    *,
    title: str = "",
    in_auto: bool = False,
    overwrite: bool = False,
    check: Callable[[], None] = lambda: None,
) -> BankEntry:
    """Keep the motion of a person's clip as a driver; only the motion, never a picture.

    Args:
        clip: a clip that ffmpeg can read, showing a face for at least half a second.
        name: at most 40 letters, digits, - and _, beginning with a letter.
        title: description in one line.
        in_auto: True to let the driver be chosen automatically.
        overwrite: True to replace your driver of the same name.
        check: called before each frame; it reports progress, or raises to cancel.

    Raises:
        DriverError: the name cannot be used, or the clip shows no usable face.
    """
    name = check_name(name, overwrite=overwrite)
    track = record_driver(clip, FaceFinder.load(), check=check).track
    return user.add_driver(track, name, title=title, in_auto=in_auto, overwrite=overwrite)


def remove_driver(name: str) -> None:
    """Delete one of your own drivers.

    Raises:
        DriverError: none of your drivers has this name.
    """
    user.remove_driver(name)
