"""The driver bank: the drivers that ship, and those that the user has added, as ``bank.json`` says.

Each folder of drivers holds a ``bank.json`` beside its clips and tracks; the user's own folder
holds tracks only.
"""

import hashlib
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import Any

from nostalgia.drivers.track import load_track, mirror_track
from nostalgia.errors import DriverError
from nostalgia.naming import printable_name
from nostalgia.paths import driving_videos_folder, user_drivers_folder
from nostalgia.types import Driver, HeadPose, MotionTrack

BANK_FILE = "bank.json"
MIRRORED_SUFFIX = ":mirrored"
NEVER_BY_ITSELF_DEG = 360.0
"""A reluctance beyond any distance of two poses: such a driver plays only where it is asked for."""

_AXES = ("yaw", "pitch", "roll")
_MAX_LIST_BYTES = 4_000_000
_MAX_UNPACKED_BYTES = 200_000_000
_INSTALL_AGAIN = "install photo-nostalgia again"


@dataclass(frozen=True, slots=True)
class BankEntry:
    """What ``bank.json`` says about one driver.

    pose_range: lowest and highest yaw, pitch and roll over the clip, degrees relative to its start,
    as (yaw_min, yaw_max, pitch_min, pitch_max, roll_min, roll_max). reluctance: degrees added to
    the match distance, so that a special mood is not the everyday choice. mood: one word for the
    driver's temper, such as ``calm``; suits: the states of a face that it goes with, such as
    ``smiling``; both empty where the list does not say. folder: where its files are. own: whether
    the user has added it.
    """

    name: str
    title: str
    gestures: tuple[str, ...]
    start_pose: HeadPose
    pose_range: tuple[float, float, float, float, float, float]
    fps: float
    duration_s: float
    licence: str
    made: str
    reluctance: float
    clip: str
    clip_sha256: str
    track: str
    track_sha256: str
    mood: str = ""
    suits: tuple[str, ...] = ()
    folder: Path = Path()
    own: bool = False

    @property
    def only_when_asked(self) -> bool:
        """Whether ``--driver auto`` never chooses it."""
        return self.reluctance >= NEVER_BY_ITSELF_DEG

    @property
    def remedy(self) -> str:
        """What to do where its files are missing or changed."""
        return f"type `nostalgia drivers remove {self.name}`" if self.own else _INSTALL_AGAIN


@dataclass(frozen=True, slots=True)
class DriverBank:
    """The drivers of one folder and the user's own; tracks are read and checked when asked for.

    folder: where the default driver is. own_trouble: why the user's own drivers cannot be read;
    empty where they can, or where there are none.
    """

    folder: Path
    entries: Mapping[str, BankEntry]
    default: str
    own_trouble: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all drivers, in the order of the list."""
        return tuple(self.entries)

    def entry(self, name: str) -> BankEntry:
        """The entry of a driver, by its name without ``:mirrored``.

        Raises:
            DriverError: no driver has this name.
        """
        if name in self.entries:
            return self.entries[name]
        said = repr(printable_name(name))
        if self.own_trouble:
            raise DriverError(f"no driver that ships is called {said}, and {self.own_trouble}")
        raise DriverError(
            f"no driver is called {said}: the bank has {', '.join(self.names)}; "
            "type `nostalgia drivers list`, or give the path of a driving clip"
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
            DriverError: a file is missing or not the one that was listed.
        """
        for entry in self.entries.values():
            check_hash(entry, entry.track, entry.track_sha256)
            if entry.clip:
                check_hash(entry, entry.clip, entry.clip_sha256)


def load_bank(folder: Path | None = None) -> DriverBank:
    """Read ``bank.json`` of a folder alone, by default of the bank that ships and of the own one.

    A driver that ships hides an own one of the same name. Own drivers that cannot be read do not
    stop those that ship: `DriverBank.own_trouble` says why, and so does asking for one of them.

    Raises:
        DriverError: the folder or its list is missing or damaged.
    """
    chosen = driving_videos_folder() if folder is None else Path(folder)
    listed = _read_items(chosen, _INSTALL_AGAIN)
    entries = _entries(chosen, listed, own=False)
    default = str(listed.get("default"))
    if default not in entries:
        raise DriverError(f"{chosen / BANK_FILE} names {default!r} as default and does not list it")
    trouble = ""
    if folder is None:
        try:
            own = load_own_entries()
            entries |= {name: entry for name, entry in own.items() if name not in entries}
        except DriverError as exc:
            trouble = str(exc)
    return DriverBank(chosen, MappingProxyType(entries), default, trouble)


def load_own_entries(folder: Path | None = None) -> dict[str, BankEntry]:
    """The drivers that the user has added, by name; none where there is no such folder.

    Raises:
        DriverError: the list is damaged.
    """
    folder = user_drivers_folder() if folder is None else folder
    if not (folder / BANK_FILE).exists():
        return {}
    remedy = "move it away and add your clips again"
    return _entries(folder, _read_items(folder, remedy), own=True)


def read_list(folder: Path) -> Mapping[str, Any]:
    """``bank.json`` of a folder as it stands; ``drivers`` is a list, nothing else is sure.

    Raises:
        ValueError: it is no such list, with the reason.
        OSError: it cannot be read.
    """
    path = folder / BANK_FILE
    if path.stat().st_size > _MAX_LIST_BYTES:
        raise ValueError(f"it is larger than {_MAX_LIST_BYTES} bytes")
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as exc:
        raise ValueError("it is nested too deeply") from exc
    if not isinstance(listed, dict) or not isinstance(listed.get("drivers"), list):
        raise ValueError("it holds no list of drivers")
    return listed


def read_entry(item: Any, folder: Path, *, own: bool = False) -> BankEntry:
    """One line of ``bank.json``.

    Raises:
        ValueError: it is not whole, with the reason.
    """
    if not isinstance(item, dict):
        raise ValueError("a line is no object")
    try:
        return _entry(item, folder, own)
    except KeyError as exc:
        raise ValueError(f"{exc.args[0]} is missing") from exc
    except (TypeError, OverflowError) as exc:
        raise ValueError(f"a value is of the wrong kind ({exc})") from exc


def read_track(path: Path) -> MotionTrack:
    """A track from a file of unknown origin.

    Raises:
        DriverError: it is missing, damaged, no track, or unpacks to an absurd size.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > _MAX_UNPACKED_BYTES:
            raise DriverError(f"{path} unpacks to {unpacked} bytes, so it is no motion track")
        return load_track(path)
    except FileNotFoundError as exc:
        raise DriverError(f"the motion track {path} is missing") from exc
    except (OSError, ValueError, RuntimeError, MemoryError, zlib.error, zipfile.BadZipFile) as exc:
        raise DriverError(f"{path} is not a motion track of nostalgia, or it is damaged") from exc


def check_hash(entry: BankEntry, file: str, expected: str) -> None:
    """Compare the SHA-256 of one of a driver's files with the list.

    Raises:
        DriverError: the file is missing, or not the one that was listed.
    """
    path = entry.folder / file
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError) as exc:
        raise DriverError(f"the driver file {path} is missing: {entry.remedy}") from exc
    if found != expected:
        raise DriverError(
            f"{path} is not the file that bank.json lists (SHA-256 {found[:12]}...): {entry.remedy}"
        )


def _read_items(folder: Path, remedy: str) -> Mapping[str, Any]:
    path = folder / BANK_FILE
    try:
        return read_list(folder)
    except FileNotFoundError as exc:
        raise DriverError(
            f"the driver bank {folder} has no bank.json: set NOSTALGIA_DRIVING_VIDEOS"
        ) from exc
    except (OSError, ValueError) as exc:
        raise DriverError(f"{path} is damaged ({exc}): {remedy}") from exc


def _entries(folder: Path, listed: Mapping[str, Any], *, own: bool) -> dict[str, BankEntry]:
    try:
        entries = [read_entry(item, folder, own=own) for item in listed["drivers"]]
    except ValueError as exc:
        remedy = "move it away and add your clips again" if own else _INSTALL_AGAIN
        raise DriverError(f"{folder / BANK_FILE} is damaged ({exc}): {remedy}") from exc
    return {entry.name: entry for entry in entries}


def _entry(item: Mapping[str, Any], folder: Path, own: bool) -> BankEntry:
    pose, spans = item["start_pose_deg"], item["pose_range_deg"]
    pose_range = tuple(_number(value) for axis in _AXES for value in spans[axis])
    if len(pose_range) != 6:
        raise ValueError("pose_range_deg does not hold a lowest and a highest angle per axis")
    name, clip = str(item["name"]), str(item.get("clip", ""))
    if not name or printable_name(name) != name:
        raise ValueError(f"{printable_name(repr(name))} is no name")
    for file in (item["track"], clip or "-"):
        if not _lies_beside(file):
            raise ValueError(f"{printable_name(repr(file))} is not a file beside bank.json")
    return BankEntry(
        name=name,
        title=str(item["title"]),
        gestures=tuple(map(str, item["gestures"])),
        start_pose=HeadPose(*(_number(pose[axis]) for axis in _AXES)),
        pose_range=pose_range,
        fps=_number(item["fps"]),
        duration_s=_number(item["duration_s"]),
        licence=str(item["licence"]),
        made=str(item["made"]),
        reluctance=_number(item.get("reluctance", 0.0)),
        clip=clip,
        clip_sha256=str(item.get("clip_sha256", "")),
        track=str(item["track"]),
        track_sha256=str(item["track_sha256"]),
        mood=str(item.get("mood", "")),
        suits=tuple(map(str, item.get("suits", ()))),
        folder=folder,
        own=own,
    )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _lies_beside(name: Any) -> bool:
    """Whether a file name leads nowhere else, on any system."""
    if not isinstance(name, str) or name in {"", ".", ".."} or "\0" in name:
        return False
    return PurePosixPath(name).name == name == PureWindowsPath(name).name
