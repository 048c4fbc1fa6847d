"""Validation of a folder of drivers: list, hashes, tracks, blinks, rest, clips, timing, size.

Any content of the folder, such as a damaged list or a track that is not one, becomes a finding.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from nostalgia.clips.ffmpeg import probe_film
from nostalgia.drivers.bank.bank import load_bank, read_track
from nostalgia.drivers.bank.listing import (
    AXES,
    BANK_FILE,
    BankEntry,
    check_hash,
    read_entry,
    read_list,
)
from nostalgia.drivers.tracks.checks import (
    ERROR,
    USER_TOLERANCE,
    WARNING,
    Finding,
    check_blinks,
    check_track,
    same_timing,
)
from nostalgia.drivers.tracks.liveliness import check_blink_times, check_rest
from nostalgia.errors import DriverError, NostalgiaError
from nostalgia.files import driving_videos_folder, printable_name, user_drivers_folder
from nostalgia.types import MotionTrack

SHORTEST_S, LONGEST_S = 5.0, 11.0
SLOWEST_FPS, FASTEST_FPS = 24.0, 60.0
SHORTEST_USER_S = 2.0
LARGEST_BYTES = 20_000_000
AGREES_DEG = 0.15
"""Tolerance between the angles of ``bank.json``, which have one decimal, and the track's."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BESIDE = {"README.md", BANK_FILE}


def lint_bank(folder: Path | None = None, from_user: bool | None = None) -> tuple[Finding, ...]:
    """Check every driver of a folder, and the folder as a whole.

    Args:
        folder: by default that of the bank that ships.
        from_user: True for users' drivers, whose motion is unedited (faults in it are warnings)
            and which have no clips; None = True for the user's own folder.

    Returns:
        The faults found, in the order of the list; empty if there are none.
    """
    folder = driving_videos_folder() if folder is None else folder
    if from_user is None:
        from_user = folder.resolve() == user_drivers_folder().resolve()
    return tuple(_Linter(folder, from_user).findings())


class _Linter:
    """The checks of one folder; `tracks` collects the tracks that could be read."""

    def __init__(self, folder: Path, from_user: bool) -> None:
        self.folder = folder
        self.from_user = from_user
        self.tracks: dict[str, MotionTrack] = {}

    def findings(self) -> Iterator[Finding]:
        try:
            listed = read_list(self.folder)
        except FileNotFoundError:
            if not self.from_user:
                yield Finding(ERROR, "", "list", f"{self.folder} has no {BANK_FILE}")
            return
        except (OSError, ValueError) as exc:
            yield Finding(ERROR, "", "list", f"{BANK_FILE} cannot be read ({_one_line(exc)})")
            return
        entries: dict[str, BankEntry] = {}
        for number, item in enumerate(listed["drivers"], 1):
            try:
                entry = read_entry(item, self.folder, from_user=self.from_user)
            except ValueError as exc:
                name = item.get("name") if isinstance(item, dict) else None
                label = printable_name(name, 40) if isinstance(name, str) else f"entry {number}"
                yield Finding(ERROR, label, "list", f"{BANK_FILE}: {_one_line(exc)}")
                continue
            if entry.name in entries:
                yield Finding(ERROR, entry.name, "list", "is listed twice")
                continue
            entries[entry.name] = entry
            yield from self._check_entry(entry)
        yield from self._check_folder(listed, entries)
        yield from self._check_timing()

    def _check_entry(self, entry: BankEntry) -> Iterator[Finding]:
        for text in _wrong_fields(entry):
            yield Finding(ERROR, entry.name, "list", text)
        try:
            check_hash(entry, entry.track, entry.track_sha256)
        except DriverError as exc:
            yield Finding(ERROR, entry.name, "hash", _one_line(exc))
        try:
            track = read_track(entry.folder / entry.track)
        except (DriverError, ValueError) as exc:
            yield Finding(ERROR, entry.name, "track", _one_line(exc))
            track = None
        if track is not None:
            self.tracks[entry.name] = track
            yield from self._check_motion(entry, track)
        yield from self._check_clip(entry, track)

    def _check_motion(self, entry: BankEntry, track: MotionTrack) -> Iterator[Finding]:
        for text in _disagreements(entry, track):
            yield Finding(ERROR, entry.name, "list", text)
        severity = WARNING if self.from_user else ERROR
        for fault in check_track(track, USER_TOLERANCE if self.from_user else 1.0):
            # Endpoints are matched when a user's driver is added, so faults there are errors.
            grave = ERROR if fault.check == "ends" else severity
            yield Finding(grave, entry.name, fault.check, fault.text)
        faults = [*check_blinks(track, one_eye="wink" in entry.gestures)]
        for fault in (*faults, *check_blink_times(track), *check_rest(track)):
            yield Finding(severity, entry.name, fault.check, fault.text)
        yield from self._check_length(entry, track)

    def _check_length(self, entry: BankEntry, track: MotionTrack) -> Iterator[Finding]:
        seconds = track.duration_s
        if self.from_user:
            if seconds < SHORTEST_USER_S:
                yield Finding(WARNING, entry.name, "length", f"lasts only {seconds:.1f} s")
            return
        if not SHORTEST_S <= seconds <= LONGEST_S:
            text = f"lasts {seconds:.1f} s, not {SHORTEST_S:g} to {LONGEST_S:g}"
            yield Finding(ERROR, entry.name, "length", text)
        if not SLOWEST_FPS <= track.fps <= FASTEST_FPS:
            text = f"has {track.fps:g} frames per second, not {SLOWEST_FPS:g} to {FASTEST_FPS:g}"
            yield Finding(ERROR, entry.name, "fps", text)

    def _check_clip(self, entry: BankEntry, track: MotionTrack | None) -> Iterator[Finding]:
        if not entry.clip:
            if not self.from_user:
                yield Finding(ERROR, entry.name, "clip", "has no clip")
            return
        if self.from_user:
            yield Finding(ERROR, entry.name, "clip", "a user driver must not have a clip")
        try:
            check_hash(entry, entry.clip, entry.clip_sha256)
        except DriverError as exc:
            yield Finding(ERROR, entry.name, "hash", _one_line(exc))
        try:
            info = probe_film(entry.folder / entry.clip, DriverError)
        except NostalgiaError as exc:
            yield Finding(ERROR, entry.name, "clip", _one_line(exc))
            return
        if track is None:
            return
        if info.frames != len(track):
            text = f"the clip has {info.frames} frames and the track {len(track)}"
            yield Finding(ERROR, entry.name, "clip", text)
        if abs(info.fps - track.fps) > 0.01 * track.fps:
            text = f"the clip has {info.fps:g} frames per second and the track {track.fps:g}"
            yield Finding(ERROR, entry.name, "clip", text)

    def _check_folder(
        self, listed: Mapping[str, Any], entries: Mapping[str, BankEntry]
    ) -> Iterator[Finding]:
        if not entries and not self.from_user:
            yield Finding(ERROR, "", "list", "the list has no drivers")
        if not self.from_user and listed.get("default") not in entries:
            yield Finding(ERROR, "", "list", "the default driver is not listed")
        if self.from_user:
            for name in _shadowed(entries):
                text = (
                    "is hidden by a driver of the same name that ships; add it under another name"
                )
                yield Finding(WARNING, name, "name", text)
        known = {str(item.get(file)) for item in _objects(listed) for file in ("track", "clip")}
        total = 0
        for path in sorted(self.folder.iterdir()):
            if not path.is_file():
                continue
            total += path.stat().st_size
            if path.name not in known | _BESIDE and not path.name.startswith("."):
                text = f"{printable_name(path.name)} is not in {BANK_FILE}"
                yield Finding(WARNING, "", "files", text)
        if total > LARGEST_BYTES and not self.from_user:
            text = f"{total / 1e6:.1f} MB in total; at most {LARGEST_BYTES / 1e6:g} are allowed"
            yield Finding(ERROR, "", "size", text)

    def _check_timing(self) -> Iterator[Finding]:
        severity = WARNING if self.from_user else ERROR
        for (first, a), (second, b) in combinations(self.tracks.items(), 2):
            if likeness := same_timing(a, b):
                yield Finding(severity, second, "timing", f"{likeness} as {first}")


def _wrong_fields(entry: BankEntry) -> Iterator[str]:
    for field in ("title", "licence", "made", "gestures"):
        if not getattr(entry, field):
            yield f"{field} is empty"
    for field, file in (("track_sha256", entry.track), ("clip_sha256", entry.clip)):
        if file and not _SHA256.fullmatch(getattr(entry, field)):
            yield f"{field} is not a SHA-256"
    if entry.penalty < 0:
        yield "reluctance is negative"


def _disagreements(entry: BankEntry, track: MotionTrack) -> Iterator[str]:
    """Fields of the list that contradict the track."""
    if abs(entry.fps - track.fps) > 1e-3:
        yield f"fps is {entry.fps:g}, the track's {track.fps:g}"
    if abs(entry.duration_s - track.duration_s) > 0.05:
        yield f"duration_s is {entry.duration_s:g}, the track's {track.duration_s:.2f}"
    for axis in AXES:
        listed, real = getattr(entry.start_pose, axis), getattr(track.start_pose, axis)
        if abs(listed - real) > AGREES_DEG:
            yield f"{axis} of start_pose_deg is {listed:g}, the track's {real:.1f}"
    spans = np.stack([track.rotation_deg.min(0), track.rotation_deg.max(0)], 1)
    apart = np.abs(spans - np.reshape(entry.pose_range, (3, 2))).max(1)
    for axis, off in zip(AXES, apart, strict=True):
        if off > AGREES_DEG:
            yield f"{axis} of pose_range_deg differs from the track's by {off:.1f} degrees"


def _objects(listed: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [item for item in listed["drivers"] if isinstance(item, dict)]


def _shadowed(entries: Mapping[str, BankEntry]) -> list[str]:
    try:
        shipped = load_bank(driving_videos_folder()).names
    except DriverError:
        return []
    return [name for name in entries if name in shipped]


def _one_line(error: Exception) -> str:
    return printable_name(" ".join(str(error).split()), limit=300)
