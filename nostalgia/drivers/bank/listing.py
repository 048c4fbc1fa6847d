"""``bank.json``: the list of a folder of drivers, one entry per driver, validated when read."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from nostalgia.errors import DriverError, InputError
from nostalgia.files import printable_name, sha256_of
from nostalgia.types import HeadPose

BANK_FILE = "bank.json"
INSTALL_AGAIN = "reinstall photo-nostalgia"
AXES = ("yaw", "pitch", "roll")

_MAX_LIST_BYTES = 4_000_000
_ONLY_WHEN_ASKED_DEG = 360.0
"""Value of ``reluctance`` in ``bank.json`` from which a driver is never automatic."""


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One driver of ``bank.json``.

    pose_range: lowest and highest yaw, pitch and roll over the clip, degrees relative to its start,
    as (yaw_min, yaw_max, pitch_min, pitch_max, roll_min, roll_max). penalty: degrees added to the
    match distance, so that a special mood is not an everyday choice. mood: one word, such as
    ``calm``; suits: expressions of a face that it suits, such as ``smiling``; both empty if the
    list does not give them. folder: folder of its files. from_user: True if the user added it.
    only_when_asked: True if it is never chosen automatically.
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
    penalty: float
    clip: str
    clip_sha256: str
    track: str
    track_sha256: str
    mood: str = ""
    suits: tuple[str, ...] = ()
    folder: Path = Path()
    from_user: bool = False
    only_when_asked: bool = False

    @property
    def remedy(self) -> str:
        """Advice for files that are missing or changed."""
        return f"run `nostalgia drivers remove {self.name}`" if self.from_user else INSTALL_AGAIN

    def verify(self) -> None:
        """Compare the hashes of its files with ``bank.json``.

        Raises:
            DriverError: a file is missing or differs from the listed one.
        """
        check_hash(self, self.track, self.track_sha256)
        if self.clip:
            check_hash(self, self.clip, self.clip_sha256)


def read_list(folder: Path) -> Mapping[str, Any]:
    """Read ``bank.json`` of a folder; only ``drivers`` is known to be a list, the rest is raw.

    Raises:
        ValueError: the file is not such a list; the message is the reason.
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
        raise ValueError("it has no list of drivers")
    return listed


def read_entry(item: Any, folder: Path, *, from_user: bool = False) -> BankEntry:
    """Validate one entry of ``bank.json``.

    Raises:
        ValueError: it is incomplete or wrong; the message is the reason.
    """
    if not isinstance(item, dict):
        raise ValueError("an entry is not an object")
    try:
        return _entry(item, folder, from_user)
    except KeyError as exc:
        raise ValueError(f"{exc.args[0]} is missing") from exc
    except (TypeError, OverflowError) as exc:
        raise ValueError(f"a value has the wrong type ({exc})") from exc


def entry_values(entry: BankEntry) -> dict[str, Any]:
    """The entry of a user's driver as ``bank.json`` stores it."""
    pose, spans = entry.start_pose, zip(entry.pose_range[::2], entry.pose_range[1::2], strict=True)
    return {
        "name": entry.name,
        "title": entry.title,
        "gestures": list(entry.gestures),
        "start_pose_deg": {axis: getattr(pose, axis) for axis in AXES},
        "pose_range_deg": dict(zip(AXES, map(list, spans), strict=True)),
        "fps": entry.fps,
        "duration_s": entry.duration_s,
        "reluctance": _ONLY_WHEN_ASKED_DEG if entry.only_when_asked else entry.penalty,
        "licence": entry.licence,
        "made": entry.made,
        "track": entry.track,
        "track_sha256": entry.track_sha256,
    }


def check_hash(entry: BankEntry, file: str, expected: str) -> None:
    """Compare the SHA-256 of one of a driver's files with the list.

    Raises:
        DriverError: the file cannot be read, or differs from the listed one.
    """
    path = entry.folder / file
    try:
        found = sha256_of(path)
    except InputError as exc:
        raise DriverError(
            f"the driver file {path} is missing or cannot be read: {entry.remedy}"
        ) from exc
    if found != expected:
        raise DriverError(
            f"{path} is not the file that bank.json lists (SHA-256 {found[:12]}...): {entry.remedy}"
        )


def _entry(item: Mapping[str, Any], folder: Path, from_user: bool) -> BankEntry:
    pose, spans = item["start_pose_deg"], item["pose_range_deg"]
    pose_range = tuple(_number(value) for axis in AXES for value in spans[axis])
    if len(pose_range) != 6:
        raise ValueError("pose_range_deg does not have a lowest and a highest angle per axis")
    reluctance = _number(item.get("reluctance", 0.0))
    only_when_asked = reluctance >= _ONLY_WHEN_ASKED_DEG
    name, clip = str(item["name"]), str(item.get("clip", ""))
    if not name or printable_name(name) != name:
        raise ValueError(f"{printable_name(repr(name))} is not a valid name")
    for file in (item["track"], clip or "-"):
        if not _lies_beside(file):
            raise ValueError(f"{printable_name(repr(file))} is not a file beside bank.json")
    return BankEntry(
        name=name,
        title=str(item["title"]),
        gestures=tuple(map(str, item["gestures"])),
        start_pose=HeadPose(*(_number(pose[axis]) for axis in AXES)),
        pose_range=pose_range,
        fps=_number(item["fps"]),
        duration_s=_number(item["duration_s"]),
        licence=str(item["licence"]),
        made=str(item["made"]),
        penalty=0.0 if only_when_asked else reluctance,
        clip=clip,
        clip_sha256=str(item.get("clip_sha256", "")),
        track=str(item["track"]),
        track_sha256=str(item["track_sha256"]),
        mood=str(item.get("mood", "")),
        suits=tuple(map(str, item.get("suits", ()))),
        folder=folder,
        from_user=from_user,
        only_when_asked=only_when_asked,
    )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _lies_beside(name: Any) -> bool:
    """True if a file name stays within its folder on every operating system."""
    if not isinstance(name, str) or name in {"", ".", ".."} or "\0" in name:
        return False
    return PurePosixPath(name).name == name == PureWindowsPath(name).name
