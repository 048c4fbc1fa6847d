"""``bank.json``: the list of a folder of drivers, read with distrust, one line per driver."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from nostalgia.errors import DriverError
from nostalgia.files import printable_name
from nostalgia.types import HeadPose

BANK_FILE = "bank.json"
NEVER_BY_ITSELF_DEG = 360.0
"""A reluctance beyond any distance of two poses: such a driver plays only where it is asked for."""

INSTALL_AGAIN = "install photo-nostalgia again"

_AXES = ("yaw", "pitch", "roll")
_MAX_LIST_BYTES = 4_000_000


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
    from_user: bool = False

    @property
    def only_when_asked(self) -> bool:
        """Whether ``--driver auto`` never chooses it."""
        return self.reluctance >= NEVER_BY_ITSELF_DEG

    @property
    def remedy(self) -> str:
        """What to do where its files are missing or changed."""
        return f"type `nostalgia drivers remove {self.name}`" if self.from_user else INSTALL_AGAIN

    def verify(self) -> None:
        """Compare the hashes of its files with ``bank.json``.

        Raises:
            DriverError: a file is missing or not the one that was listed.
        """
        check_hash(self, self.track, self.track_sha256)
        if self.clip:
            check_hash(self, self.clip, self.clip_sha256)


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


def read_entry(item: Any, folder: Path, *, from_user: bool = False) -> BankEntry:
    """One line of ``bank.json``.

    Raises:
        ValueError: it is not whole, with the reason.
    """
    if not isinstance(item, dict):
        raise ValueError("a line is no object")
    try:
        return _entry(item, folder, from_user)
    except KeyError as exc:
        raise ValueError(f"{exc.args[0]} is missing") from exc
    except (TypeError, OverflowError) as exc:
        raise ValueError(f"a value is of the wrong kind ({exc})") from exc


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


def _entry(item: Mapping[str, Any], folder: Path, from_user: bool) -> BankEntry:
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
        from_user=from_user,
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
