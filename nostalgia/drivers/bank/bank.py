"""The driver bank: the drivers that ship with nostalgia and those that the user has added.

Each folder of drivers has a ``bank.json`` beside its clips and tracks; the user's own folder has
tracks only.
"""

import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nostalgia.declarations import did_you_mean
from nostalgia.drivers.bank.listing import (
    BANK_FILE,
    INSTALL_AGAIN,
    check_hash,
    read_entry,
    read_list,
)
from nostalgia.drivers.bank.listing import BankEntry as BankEntry
from nostalgia.drivers.tracks.track import load_track, mirror_track
from nostalgia.errors import DriverError
from nostalgia.files import driving_videos_folder, printable_name, user_drivers_folder
from nostalgia.types import Driver, MotionTrack

MIRRORED_SUFFIX = ":mirrored"

_ADD_AGAIN = "move it away and add your clips again"
_MAX_UNPACKED_BYTES = 200_000_000
_DAMAGE = (
    *(OSError, ValueError, RuntimeError, MemoryError, EOFError, zlib.error, zipfile.BadZipFile),
    *(tokenize.TokenError, SyntaxError),  # NumPy reads the header of an array as Python tokens.
)


@dataclass(frozen=True, slots=True)
class DriverBank:
    """The drivers of one folder and the user's own; tracks are read and checked on request.

    folder: folder of the default driver. user_error: error message if the user's own drivers
    cannot be read, else empty.
    """

    folder: Path
    entries: Mapping[str, BankEntry]
    default: str
    user_error: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all drivers, in the order of the list."""
        return tuple(self.entries)

    def entry(self, name: str) -> BankEntry:
        """Entry of a driver, by its name without ``:mirrored``.

        Raises:
            DriverError: no driver has this name.
        """
        if name in self.entries:
            return self.entries[name]
        display_name = repr(printable_name(name))
        if self.user_error:
            raise DriverError(
                f"no included driver is called {display_name}, and your own drivers cannot be"
                f" read: {self.user_error}"
            )
        if near := did_you_mean(name, self.names):
            raise DriverError(
                f"no driver is called {display_name}{near} `nostalgia drivers list` shows them all"
            )
        raise DriverError(
            f"no driver is called {display_name}: the bank has {', '.join(self.names)}; "
            "run `nostalgia drivers list`, or give the path of a driving clip"
        )

    def driver(self, name: str) -> Driver:
        """Read a driver's track; ``NAME:mirrored`` swaps image-left and image-right.

        Raises:
            DriverError: no driver has this name, or its track is missing, damaged or changed.
        """
        mirrored = name.endswith(MIRRORED_SUFFIX)
        entry = self.entry(name.removesuffix(MIRRORED_SUFFIX))
        check_hash(entry, entry.track, entry.track_sha256)
        track = read_track(entry.folder / entry.track)
        clip = entry.folder / entry.clip if entry.clip else None
        return Driver(
            name=entry.name,
            title=entry.title,
            gestures=entry.gestures,
            track=mirror_track(track) if mirrored else track,
            clip_path=clip if clip is not None and clip.is_file() else None,
            licence=entry.licence,
            mirrored=mirrored,
        )

    def verify(self) -> None:
        """Compare the hashes of all clips and tracks with ``bank.json``.

        Raises:
            DriverError: a file is missing or differs from the listed one.
        """
        for entry in self.entries.values():
            entry.verify()


def load_bank(folder: Path | None = None) -> DriverBank:
    """Read ``bank.json`` of one folder; by default of the bank that ships and of the user's folder.

    A driver that ships hides a user's driver of the same name. If the user's drivers cannot be
    read, those that ship still can; `DriverBank.user_error` gives the reason.

    Raises:
        DriverError: the folder or its list is missing or damaged.
    """
    chosen = driving_videos_folder() if folder is None else Path(folder)
    listed = _read_shipped(chosen)
    entries = _entries(chosen, listed, from_user=False)
    default = str(listed.get("default"))
    if default not in entries:
        raise DriverError(
            f"{chosen / BANK_FILE} names {default!r} as the default but does not list it"
        )
    trouble = ""
    if folder is None:
        try:
            from_user = load_user_entries()
            entries |= {name: entry for name, entry in from_user.items() if name not in entries}
        except DriverError as exc:
            trouble = exc.message
    return DriverBank(chosen, MappingProxyType(entries), default, trouble)


def with_clips(bank: DriverBank, keep: Sequence[str]) -> DriverBank:
    """The bank without its drivers that have no clip, except those named in `keep`.

    Motion backends that read driving frames choose automatically among drivers with clips.
    """
    kept = {
        name: entry for name, entry in bank.entries.items()
        if entry.clip or any(name == other.removesuffix(MIRRORED_SUFFIX) for other in keep)
    }  # fmt: skip
    return replace(bank, entries=MappingProxyType(kept))


def load_user_entries(folder: Path | None = None) -> dict[str, BankEntry]:
    """The drivers that the user has added, by name; empty if their folder does not exist.

    Raises:
        DriverError: the list is damaged.
    """
    folder = user_drivers_folder() if folder is None else folder
    try:
        listed = read_list(folder)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as exc:
        raise DriverError(f"{folder / BANK_FILE} is damaged ({exc}): {_ADD_AGAIN}") from exc
    return _entries(folder, listed, from_user=True)


def read_track(path: Path) -> MotionTrack:
    """Read a track from an untrusted file.

    Raises:
        DriverError: the file is missing, damaged, not a track, or unpacks to an absurd size.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > _MAX_UNPACKED_BYTES:
            raise DriverError(f"{path} unpacks to {unpacked} bytes, too many for a motion track")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # NumPy's, about odd array headers
            return load_track(path)
    except FileNotFoundError as exc:
        raise DriverError(f"the motion track {path} is missing") from exc
    except _DAMAGE as exc:
        raise DriverError(f"{path} is damaged or not a nostalgia motion track") from exc


def _read_shipped(folder: Path) -> Mapping[str, Any]:
    try:
        return read_list(folder)
    except FileNotFoundError as exc:
        raise DriverError(
            f"the driver bank {folder} has no bank.json: set NOSTALGIA_DRIVING_VIDEOS"
        ) from exc
    except (OSError, ValueError) as exc:
        raise DriverError(f"{folder / BANK_FILE} is damaged ({exc}): {INSTALL_AGAIN}") from exc


def _entries(folder: Path, listed: Mapping[str, Any], *, from_user: bool) -> dict[str, BankEntry]:
    try:
        entries = [read_entry(item, folder, from_user=from_user) for item in listed["drivers"]]
    except ValueError as exc:
        remedy = _ADD_AGAIN if from_user else INSTALL_AGAIN
        raise DriverError(f"{folder / BANK_FILE} is damaged ({exc}): {remedy}") from exc
    return {entry.name: entry for entry in entries}
