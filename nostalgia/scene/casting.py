"""Which driver each moving face gets, and their tracks brought to one length and frame rate."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nostalgia.drivers.bank.bank import load_bank, with_clips
from nostalgia.drivers.matching.explanations import QUIET
from nostalgia.drivers.matching.matching import AUTO, match_drivers
from nostalgia.drivers.tracks.alignment import best_start, start_track_at
from nostalgia.drivers.tracks.easing import ease_out, play_loops
from nostalgia.drivers.tracks.phases import spread_phases
from nostalgia.drivers.tracks.track import resample_track
from nostalgia.drivers.tracks.tuning import excerpt, liveliest_start, smile_room, tune_track
from nostalgia.faces.expression import read_expression
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.spacing import close_faces, face_gaps, nearness
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.types import Driver, DriverMatch, Face, Float32, MotionTrack

if TYPE_CHECKING:
    from nostalgia.scene.driving_signals import SignalExtractor

if TYPE_CHECKING:
    pass

CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"})

AS_RECORDED = None
"""The seed that asks a motion backend to play a track exactly, without small variations."""

PREVIEW_S = 1.0
"""Length of a preview: the liveliest second, of all faces together."""

CLOSE_STRENGTH = 0.75
"""What is left of the motion of faces close together, so that their heads do not collide; quiet
drivers and a user's own clip are played in full."""


@dataclass(frozen=True, slots=True)
class Casting:
    """What each moving face performs; one entry per face, in their order.

    strengths, seeds: for the motion backend. fps, frames: of the clip.
    """

    matches: tuple[DriverMatch, ...]
    tracks: tuple[MotionTrack, ...]
    strengths: tuple[float, ...]
    seeds: tuple[int | None, ...]
    fps: float
    frames: int
    warnings: tuple[str, ...] = ()


def cast_drivers(
    faces: Sequence[Face],
    options: AnimateOptions,
    load_finder: Callable[[DetectionOptions], FaceFinder],
    photo_seed: int = 0,
    watcher: "SignalExtractor | None" = None,
) -> Casting:
    """Match drivers to faces, or record the driving clips that the options name.

    Args:
        faces: the faces that move.
        options: `driver`, `face_drivers`, `strength`, `fps`, `duration_s` and what tunes them.
        load_finder: finds the performer in a driving clip.
        photo_seed: belongs to the photo and `options.seed`; decides what is left to chance.
        watcher: for motion backends that look at the drivers' pixels.

    Raises:
        DriverError: there is no such driver, or a clip cannot be used.
    """
    wanted = [options.face_drivers.get(face.number, options.driver) for face in faces]
    clips = _record_clips(wanted, load_finder, watcher)
    warnings = [word for clip in clips.values() for word in clip.warnings]
    roles = _roles(faces, wanted, clips, photo_seed, watcher)
    if watcher is not None:
        finder = load_finder(DetectionOptions())
        roles = [_watched(role, watcher, finder) for role in roles]
        warnings += _tuning_words(options)
    fps, duration_s = _clip_shape(roles, options)
    tracks = spread_phases(
        [_performance(role, options, fps, duration_s) for role in roles],
        nearness(face_gaps(faces)),
        [role.seed / 2**32 for role in roles],
        # A clip of one's own keeps its timing, which sound may go with, on its first face.
        [role.from_user and wanted.index(wanted[i]) == i for i, role in enumerate(roles)],
    )
    if options.preview:
        start = liveliest_start(tracks, PREVIEW_S)
        tracks = tuple(excerpt(track, PREVIEW_S, start) for track in tracks)
    else:
        tracks = tuple(play_loops(track, options.loop) for track in tracks)
    return Casting(
        matches=tuple(role.match for role in roles),
        tracks=tracks,
        strengths=_strengths(roles, options),
        seeds=tuple(AS_RECORDED if role.from_user else role.seed for role in roles),
        fps=fps,
        frames=len(tracks[0]),
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True)
class _Clip:
    """A driving clip of the user's own, as it was recorded.

    points68: float32 (T, 68, 2), of the performer; None where no backend looks at its pixels.
    """

    driver: Driver
    warnings: tuple[str, ...]
    points68: Float32 | None = None


@dataclass(frozen=True, slots=True)
class _Role:
    """What one face is to perform.

    own: a clip of the user's, played as it is. quiet: a driver that moves little anyway.
    """

    face: Face
    match: DriverMatch
    from_user: bool
    quiet: bool
    seed: int


def is_clip(driver: str) -> bool:
    """Whether the words of --driver name a driving clip and not a driver of the bank."""
    return Path(driver).suffix.lower() in CLIP_SUFFIXES or "/" in driver


def _record_clips(
    wanted: Sequence[str],
    load_finder: Callable[[DetectionOptions], FaceFinder],
    watcher: "SignalExtractor | None",
) -> Mapping[str, _Clip]:
    """The drivers that are clips, each recorded once."""
    clips: dict[str, _Clip] = {}
    for driver in dict.fromkeys(filter(is_clip, wanted)):
        from nostalgia.drivers.recording.recording import (
            record_driver,  # half a second that only clips need
        )

        path = Path(driver)
        recording = record_driver(path, load_finder(DetectionOptions()))
        recorded = Driver(path.stem, "your own clip", (), recording.track, path)
        if watcher is None:
            clips[driver] = _Clip(recorded, recording.warnings)
        else:
            seen, points68 = watcher.extract_from_clip(recorded, recording)
            clips[driver] = _Clip(seen, recording.warnings, points68)
    return clips


def _roles(
    faces: Sequence[Face],
    wanted: Sequence[str],
    clips: Mapping[str, _Clip],
    photo_seed: int,
    watcher: "SignalExtractor | None",
) -> list[_Role]:
    bank = load_bank()
    if watcher is not None and AUTO in wanted:
        bank = with_clips(bank, keep=wanted)
    from_bank = [i for i, driver in enumerate(wanted) if driver not in clips]
    chosen = match_drivers(
        [faces[i] for i in from_bank], bank, [wanted[i] for i in from_bank], photo_seed
    )
    by_face = dict(zip(from_bank, chosen, strict=True))
    roles = []
    for i, (face, driver) in enumerate(zip(faces, wanted, strict=True)):
        match = by_face[i] if i in by_face else DriverMatch(clips[driver].driver, 0.0)
        entry = bank.entry(match.driver.name) if i in by_face else None
        from_user = entry is None or entry.from_user
        quiet = entry is not None and entry.mood == QUIET
        if from_user:
            match = _start_like_photo(match, face, clips.get(driver), watcher)
        roles.append(_Role(face, match, from_user, quiet, _seed(photo_seed, face.number)))
    return roles


def _watched(role: _Role, watcher: "SignalExtractor", finder: FaceFinder) -> _Role:
    """The role with what the backend sees in its driver; a clip was watched when it was recorded.

    Raises:
        DriverError: a driver of the user's own, of which only the motion was kept.
    """
    if role.match.driver.track.signals is not None:
        return role
    driver = watcher.extract_from_bank(role.match.driver, finder)
    return replace(role, match=replace(role.match, driver=driver))


def _tuning_words(options: AnimateOptions) -> list[str]:
    """What a backend that plays the driver's pixels cannot do."""
    tunings = {name: getattr(options, name) for name in ("smile", "blink", "turn", "gaze")}
    changed = [f"--{name} {value:g}" for name, value in tunings.items() if value != 1.0]
    if not changed:
        return []
    return [f"{', '.join(changed)}: no effect with --motion {options.motion}, which follows pixels"]


def _start_like_photo(
    match: DriverMatch, face: Face, clip: _Clip | None, watcher: "SignalExtractor | None"
) -> DriverMatch:
    """A match with a clip of the user's own, relative to the frame most like the photo."""
    track = match.driver.track
    if watcher is not None and clip is not None and clip.points68 is not None:
        frame = watcher.best_start(face, clip.points68)
    else:
        gap = read_expression(face.landmarks).mouth_opening
        frame = best_start(track, face.pose, gap)
    track = start_track_at(track, frame)
    start, pose = track.start_pose, face.pose
    why = match.why or "it is your own clip"
    if frame:
        why += f"; the photo is taken for its frame at {frame / track.fps:.1f} s"
    return replace(
        match,
        driver=replace(match.driver, track=track),
        distance=match.distance or math.hypot(start.yaw - pose.yaw, start.pitch - pose.pitch),
        why=why,
    )


def _clip_shape(roles: Sequence[_Role], options: AnimateOptions) -> tuple[float, float]:
    """Frames per second of the clip, and seconds of one round.

    The rate is that of the user's own clips, if there are any, and the length the longest.
    """
    own_rates = [role.match.driver.track.fps for role in roles if role.from_user]
    fps = options.fps or max(own_rates or [role.match.driver.track.fps for role in roles])
    longest_s = max(role.match.driver.track.duration_s for role in roles)
    return fps, longest_s if options.preview else options.duration_s or longest_s


def _performance(
    role: _Role, options: AnimateOptions, fps: float, duration_s: float
) -> MotionTrack:
    """A driver's track as this face plays it: tuned, and of the clip's length and rate.

    A clip of the user's own is played as it is, and a driver of the bank smiles less on a face
    that smiles already.
    """
    track, room = role.match.driver.track, 1.0
    if role.from_user:
        if abs(duration_s - track.duration_s) > 0.5 / fps:
            track = ease_out(track)
    else:
        room = smile_room(read_expression(role.face.landmarks))
    tuned = tune_track(track, options.smile * room, options.blink, options.turn, options.gaze)
    return resample_track(tuned, fps, duration_s)


def _strengths(roles: Sequence[_Role], options: AnimateOptions) -> tuple[float, ...]:
    """Each face's own strength; less where heads are close, unless somebody said how much."""
    strengths = []
    for role, close in zip(roles, close_faces(face_gaps([r.face for r in roles])), strict=True):
        held_back = CLOSE_STRENGTH if close and not (role.quiet or role.from_user) else 1.0
        strengths.append(options.face_strengths.get(role.face.number, options.strength * held_back))
    return tuple(strengths)


def _seed(photo_seed: int, number: int) -> int:
    """A seed of its own for each face of each photo."""
    told = f"{photo_seed}:{number}".encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:4], "big")
