"""The user's own drivers: motion tracks recorded from their clips, never a picture.

The folder (`nostalgia.files.user_drivers_folder`) has a ``bank.json`` like that of the bank that
ships, and one track per driver. The names of tracks contain a hash of their content, so that the
list, which is replaced in one step, always names existing files.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from filelock import FileLock

from nostalgia.drivers.bank.bank import load_bank, load_user_entries
from nostalgia.drivers.bank.listing import AXES, BANK_FILE, BankEntry, entry_values, read_list
from nostalgia.drivers.bank.names import check_name
from nostalgia.drivers.tracks.easing import match_endpoints
from nostalgia.drivers.tracks.track import track_bytes
from nostalgia.errors import DriverError, EncodingError, Remedy
from nostalgia.faces.topology import MOUTH_CORNERS
from nostalgia.files import (
    make_folder,
    printable_name,
    remove_files,
    remove_partials,
    user_drivers_folder,
    write_whole,
)
from nostalgia.types import HeadPose, MotionTrack

LOCK_FILE = ".bank.lock"
"""Lock for one writer at a time; an empty file that is never deleted."""

PENALTY_DEG = 1.0
"""Penalty of a user driver in automatic choice: it must fit better than an included one."""

SHUT = 0.3
"""Eye opening below which an eye counts as shut, the bottom of a blink."""

LICENCE = "Not stated: recorded from the user's own clip"
_MADE = "Motion only, recorded by nostalgia from the user's own clip, ends eased so that it loops"


def add_driver(
    track: MotionTrack,
    name: str,
    *,
    title: str = "",
    in_auto: bool = False,
    overwrite: bool = False,
) -> BankEntry:
    """Store a track as one of the user's own drivers, with matched endpoints so that it loops.

    Args:
        track: the motion, as `nostalgia.drivers.recording.recording.record_driver` returns it.
        name: name of the driver; see `check_name`.
        title: description in one line.
        in_auto: True to let the driver be chosen automatically.
        overwrite: True to replace a user's driver of the same name.

    Raises:
        DriverError: the name cannot be used, or the folder cannot be written.
    """
    folder = user_drivers_folder()
    name = check_name(name, overwrite=overwrite)
    looped = match_endpoints(track)
    content = track_bytes(looped)
    digest = hashlib.sha256(content).hexdigest()
    entry = _entry(looped, name, title, digest, folder=folder, in_auto=in_auto)

    def with_new(items: list[Any]) -> list[Any]:
        check_name(name, overwrite=overwrite)  # Another process may have added it meanwhile.
        write_whole(folder / entry.track, content, "motion track")
        return [*(item for item in items if not _has_name(item, name)), entry_values(entry)]

    _rewrite(folder, with_new)
    return entry


def remove_driver(name: str) -> None:
    """Delete one of the user's own drivers.

    Raises:
        DriverError: no driver of the user has this name, or the folder cannot be written.
    """
    folder = user_drivers_folder()

    def without(items: list[Any]) -> list[Any]:
        kept = [item for item in items if not _has_name(item, name)]
        if len(kept) == len(items):
            raise _unknown(name, items)
        return kept

    if not load_user_entries(folder):
        raise _unknown(name, [])
    _rewrite(folder, without)


def blink_count(track: MotionTrack) -> int:
    """Number of times that both eyes shut."""
    shut = (track.eye_opening.max(1) < SHUT).astype(np.int8)
    return int((np.diff(shut, prepend=0) == 1).sum())


def gestures_of(track: MotionTrack) -> tuple[str, ...]:
    """Gestures found in a track, in the words of the bank."""
    yaw, pitch, roll = np.ptp(track.rotation_deg, axis=0)
    first, second = (track.expression[:, corner] for corner in MOUTH_CORNERS)
    smile = (second - first)[:, 0] - (first + second)[:, 1] / 2
    found = {
        "blink": blink_count(track) > 0,
        "look around": yaw >= 8 or np.ptp(track.gaze[:, 0]) >= 0.1,
        "nod": pitch >= 6,
        "tilt": roll >= 6,
        "smile": np.percentile(smile, 98) >= 0.05,
        "open mouth": np.percentile(track.mouth_opening, 98) >= 0.03,
    }
    return tuple(gesture for gesture, present in found.items() if present)


def _entry(
    track: MotionTrack, name: str, title: str, digest: str, *, folder: Path, in_auto: bool
) -> BankEntry:
    pose, low, high = track.start_pose, track.rotation_deg.min(0), track.rotation_deg.max(0)
    yaw, pitch, roll = ((round(float(low[i]), 1), round(float(high[i]), 1)) for i in range(3))
    return BankEntry(
        name=name,
        title=printable_name(title or "Recorded from your own clip", 200),
        gestures=gestures_of(track),
        start_pose=HeadPose(*(round(getattr(pose, axis), 1) for axis in AXES)),
        pose_range=(*yaw, *pitch, *roll),
        fps=track.fps,
        duration_s=round(track.duration_s, 2),
        licence=LICENCE,
        made=_MADE,
        penalty=PENALTY_DEG if in_auto else 0.0,
        clip="",
        clip_sha256="",
        track=f"{name}-{digest[:8]}.npz",
        track_sha256=digest,
        folder=folder,
        from_user=True,
        only_when_asked=not in_auto,
    )


def _rewrite(folder: Path, change: Callable[[list[Any]], list[Any]]) -> None:
    """Replace the list by `change` of it, one process at a time, and delete unlisted tracks."""
    try:
        make_folder(folder)
        with FileLock(folder / LOCK_FILE):  # The system releases it when a process dies.
            load_user_entries(folder)  # Raises for a damaged list, which stays as it is.
            path = folder / BANK_FILE
            items = list(read_list(folder)["drivers"]) if path.exists() else []
            changed = change(items)
            before, after = ({item["track"] for item in some} for some in (items, changed))
            listed = {"default": changed[0]["name"] if changed else "", "drivers": changed}
            text = json.dumps(listed, indent=1, ensure_ascii=False) + "\n"
            try:
                write_whole(path, text.encode(), "list of drivers")
            except EncodingError:
                _delete_tracks(folder, after - before)
                raise
            _delete_tracks(folder, before - after)
    except (OSError, ValueError, EncodingError) as exc:
        reason = exc.__cause__ if isinstance(exc, EncodingError) else exc
        raise DriverError(
            f"your drivers in {folder} cannot be written ({reason})",
            Remedy("set NOSTALGIA_DRIVERS to a folder that you can write to"),
        ) from exc


def _delete_tracks(folder: Path, names: Iterable[str]) -> None:
    """Delete tracks by name, and the temporary files of killed processes.

    A name with a folder in it is none that nostalgia has given.
    """
    remove_files(folder / name for name in names if _is_track_name(name))
    remove_partials(folder)


def _is_track_name(name: str) -> bool:
    return name.endswith(".npz") and name == PureWindowsPath(name).name


def _has_name(item: Any, name: str) -> bool:
    return bool(item["name"] == unicodedata.normalize("NFC", name))


def _unknown(name: str, items: list[Any]) -> DriverError:
    display_name = repr(printable_name(name))
    if name in load_bank().entries and not any(_has_name(item, name) for item in items):
        return DriverError(
            f"{display_name} ships with nostalgia and cannot be removed; only your own drivers can"
        )
    names = ", ".join(str(item["name"]) for item in items) or "none"
    return DriverError(
        f"you have no driver called {display_name} (yours: {names}); run `nostalgia drivers list`"
    )
