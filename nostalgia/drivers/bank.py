"""The driver bank: the drivers that ship, read from ``bank.json`` beside their clips and tracks."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nostalgia.drivers.track import load_track, mirror_track
from nostalgia.errors import DriverError
from nostalgia.paths import driving_videos_folder
from nostalgia.types import Driver, HeadPose

MIRRORED_SUFFIX = ":mirrored"


@dataclass(frozen=True, slots=True)
class BankEntry:
    """What ``bank.json`` says about one driver.

    pose_range: lowest and highest yaw, pitch and roll over the clip, degrees relative to its start,
    as (yaw_min, yaw_max, pitch_min, pitch_max, roll_min, roll_max). reluctance: degrees added to
    the match distance, so that a special mood is not the everyday choice. mood: one word for the
    driver's temper, such as ``calm``; suits: the states of a face that it goes with, such as
    ``smiling``; both empty where the list does not say.
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


@dataclass(frozen=True, slots=True)
class DriverBank:
    """The drivers of one folder; tracks are read and checked when asked for."""

    folder: Path
    entries: Mapping[str, BankEntry]
    default: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all drivers, in the order of the list."""
        return tuple(self.entries)

    def entry(self, name: str) -> BankEntry:
        """The entry of a driver, by its name without ``:mirrored``.

        Raises:
            DriverError: no driver has this name.
        """
        if name not in self.entries:
            raise DriverError(
                f"no driver is called {name!r}: the bank has {', '.join(self.names)}; "
                "type `nostalgia drivers list`, or give the path of a driving clip"
            )
        return self.entries[name]

    def driver(self, name: str) -> Driver:
        """Read a driver's track; ``NAME:mirrored`` swaps image-left and image-right.

        Raises:
            DriverError: no driver has this name, or its track is missing, damaged or changed.
        """
        mirrored = name.endswith(MIRRORED_SUFFIX)
        entry = self.entry(name.removesuffix(MIRRORED_SUFFIX))
        path = self.folder / entry.track
        _check_hash(path, entry.track_sha256)
        track = load_track(path)
        clip = self.folder / entry.clip if entry.clip else None
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
            _check_hash(self.folder / entry.track, entry.track_sha256)
            if entry.clip:
                _check_hash(self.folder / entry.clip, entry.clip_sha256)


def load_bank(folder: Path | None = None) -> DriverBank:
    """Read ``bank.json`` of a folder, by default of the bank that ships.

    Raises:
        DriverError: the folder or its list is missing or damaged.
    """
    folder = driving_videos_folder() if folder is None else Path(folder)
    path = folder / "bank.json"
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        entries = {str(item["name"]): _entry(item) for item in listed["drivers"]}
        default = str(listed["default"])
    except FileNotFoundError as exc:
        raise DriverError(
            f"the driver bank {folder} has no bank.json: set NOSTALGIA_DRIVING_VIDEOS"
        ) from exc
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise DriverError(f"{path} is damaged: install photo-nostalgia again") from exc
    if default not in entries:
        raise DriverError(f"{path} names {default!r} as default and does not list it")
    return DriverBank(folder, MappingProxyType(entries), default)


def _entry(item: Mapping[str, Any]) -> BankEntry:
    """One line of the list; KeyError, TypeError or ValueError where it is not whole."""
    pose, spans = item["start_pose_deg"], item["pose_range_deg"]
    pose_range = tuple(float(v) for axis in ("yaw", "pitch", "roll") for v in spans[axis])
    if len(pose_range) != 6:
        raise ValueError("pose_range_deg holds a lowest and a highest angle per axis")
    for name in (item["track"], item.get("clip", "")):
        if Path(name).name != name:
            raise ValueError("files of the bank lie beside bank.json")
    return BankEntry(
        name=str(item["name"]),
        title=str(item["title"]),
        gestures=tuple(map(str, item["gestures"])),
        start_pose=HeadPose(*(float(pose[axis]) for axis in ("yaw", "pitch", "roll"))),
        pose_range=pose_range,
        fps=float(item["fps"]),
        duration_s=float(item["duration_s"]),
        licence=str(item["licence"]),
        made=str(item["made"]),
        reluctance=float(item.get("reluctance", 0.0)),
        clip=str(item.get("clip", "")),
        clip_sha256=str(item.get("clip_sha256", "")),
        track=str(item["track"]),
        track_sha256=str(item["track_sha256"]),
        mood=str(item.get("mood", "")),
        suits=tuple(map(str, item.get("suits", ()))),
    )


def _check_hash(path: Path, expected: str) -> None:
    """Raise a DriverError unless the file has this SHA-256."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        raise DriverError(
            f"the driver file {path} is missing: install photo-nostalgia again"
        ) from exc
    if found != expected:
        raise DriverError(f"{path} is not the file that bank.json lists (SHA-256 {found[:12]}...)")
