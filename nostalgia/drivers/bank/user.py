"""The user's own drivers: motion tracks recorded from clips of their own, and never a picture.

The folder (`nostalgia.files.user_drivers_folder`) holds a ``bank.json`` like that of the bank that
ships, and one track per driver. Tracks are named after their content, so that the list, which is
replaced in one step, always names files that are there.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock

from nostalgia.drivers.bank.bank import load_bank, load_own_entries
from nostalgia.drivers.bank.listing import (
    BANK_FILE,
    NEVER_BY_ITSELF_DEG,
    BankEntry,
    read_entry,
    read_list,
)
from nostalgia.drivers.bank.names import check_name
from nostalgia.drivers.bank.user_tracks import gestures_of
from nostalgia.drivers.tracks.easing import level_ends
from nostalgia.drivers.tracks.track import save_track
from nostalgia.errors import DriverError
from nostalgia.files import partial_path, printable_name, stale_partials, user_drivers_folder
from nostalgia.types import MotionTrack

LOCK_FILE = ".bank.lock"
"""One writer at a time; an empty file that stays."""

RELUCTANCE_DEG = 1.0
"""An own driver that takes part in ``--driver auto`` must fit better than one that ships."""

LICENCE = "Not stated: recorded from a clip of the user's own"
_MADE = "Motion only, recorded by nostalgia from a clip of the user's own, ends levelled to loop"
_AXES = ("yaw", "pitch", "roll")


def add_driver(
    track: MotionTrack,
    name: str,
    *,
    title: str = "",
    in_auto: bool = False,
    overwrite: bool = False,
) -> BankEntry:
    """Keep a track, its ends levelled, as one of the user's own drivers.

    Args:
        track: the motion, as `nostalgia.drivers.recording.recording.record_driver` returns it.
        name: what it is called; see `check_name`.
        title: one line about it.
        in_auto: whether ``--driver auto`` may choose it.
        overwrite: whether it may take the place of an own driver of this name.

    Raises:
        DriverError: the name cannot be used, or the folder cannot be written.
    """
    folder = user_drivers_folder()
    name = check_name(name, overwrite=overwrite)
    level = level_ends(track)

    def with_new(items: list[Any]) -> list[Any]:
        check_name(name, overwrite=overwrite)  # Another process may have added it meanwhile.
        partial = partial_path(folder / f"{name}.npz")
        try:
            save_track(partial, level)
            digest = hashlib.sha256(partial.read_bytes()).hexdigest()
            partial.replace(folder / f"{name}-{digest[:8]}.npz")
        finally:
            partial.unlink(missing_ok=True)
        said = printable_name(title or "Recorded from a clip of your own", 200)
        line = _line(level, name, said, digest, RELUCTANCE_DEG if in_auto else NEVER_BY_ITSELF_DEG)
        return [*(item for item in items if not _is(item, name)), line]

    items = _rewrite(folder, with_new)
    return read_entry(items[-1], folder, from_user=True)


def remove_driver(name: str) -> None:
    """Delete one of the user's own drivers.

    Raises:
        DriverError: there is none of this name, or the folder cannot be written.
    """
    folder = user_drivers_folder()

    def without(items: list[Any]) -> list[Any]:
        kept = [item for item in items if not _is(item, name)]
        if len(kept) == len(items):
            raise DriverError(_no_such(name, items))
        return kept

    if not load_own_entries(folder):
        raise DriverError(_no_such(name, []))
    _rewrite(folder, without)


def _rewrite(folder: Path, change: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """Read the list, change and replace it while no other process does, and tidy up."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK_FILE):  # the system lets go when a process dies
            load_own_entries(folder)  # A damaged list is not written over.
            path = folder / BANK_FILE
            items = list(read_list(folder)["drivers"]) if path.exists() else []
            changed = change(items)
            before, after = ({item["track"] for item in some} for some in (items, changed))
            listed = {"default": changed[0]["name"] if changed else "", "drivers": changed}
            try:
                _replace(path, listed)
            except OSError:
                _tidy(folder, after - before)
                raise
            _tidy(folder, before - after)
            return changed
    except (OSError, ValueError) as exc:
        raise DriverError(
            f"your drivers in {folder} cannot be written ({exc});"
            " set NOSTALGIA_DRIVERS to a folder of yours"
        ) from exc


def _replace(path: Path, values: Any) -> None:
    partial = partial_path(path)
    try:
        text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _tidy(folder: Path, gone: Iterable[str]) -> None:
    """Delete tracks that are listed no more, and what killed processes have left."""
    for name in gone:
        if name.endswith(".npz"):
            (folder / name).unlink(missing_ok=True)
    for path in stale_partials(folder / BANK_FILE):
        path.unlink(missing_ok=True)
    for path in folder.glob(".*.npz.partial-*.npz"):
        if path in stale_partials(folder / path.name[1:].partition(".partial-")[0]):
            path.unlink(missing_ok=True)


def _line(
    track: MotionTrack, name: str, title: str, digest: str, reluctance: float
) -> dict[str, Any]:
    pose, low, high = track.start_pose, track.rotation_deg.min(0), track.rotation_deg.max(0)
    return {
        "name": name,
        "title": title,
        "gestures": list(gestures_of(track)),
        "start_pose_deg": {axis: round(getattr(pose, axis), 1) for axis in _AXES},
        "pose_range_deg": {
            axis: [round(float(low[i]), 1), round(float(high[i]), 1)]
            for i, axis in enumerate(_AXES)
        },
        "fps": track.fps,
        "duration_s": round(track.duration_s, 2),
        "reluctance": reluctance,
        "licence": LICENCE,
        "made": _MADE,
        "track": f"{name}-{digest[:8]}.npz",
        "track_sha256": digest,
    }


def _is(item: Any, name: str) -> bool:
    return bool(item["name"] == unicodedata.normalize("NFC", name))


def _no_such(name: str, items: list[Any]) -> str:
    said = repr(printable_name(name))
    if name in load_bank().entries and not any(_is(item, name) for item in items):
        return f"{said} ships with nostalgia and is not yours to remove; use another with --driver"
    yours = ", ".join(str(item["name"]) for item in items) or "none"
    return f"you have no driver called {said} (yours: {yours}); type `nostalgia drivers list`"
