"""Which driver each moving face gets, and their tracks brought to one length and frame rate."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nostalgia.drivers.bank import DriverBank, load_bank
from nostalgia.drivers.grouping import close_faces, face_gaps, nearness
from nostalgia.drivers.matching import match_drivers
from nostalgia.drivers.phases import spread_phases
from nostalgia.drivers.rounds import lead_back, play_rounds
from nostalgia.drivers.track import resample_track
from nostalgia.drivers.tuning import excerpt, liveliest_start, smile_room, tune_track
from nostalgia.face_state import read_face_state
from nostalgia.faces import FaceFinder
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.types import Driver, DriverMatch, Face, MotionTrack

CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"})

AS_RECORDED = -1
"""The seed that asks a motion backend to play a track exactly, without small variations."""

PREVIEW_S = 1.0
"""Length of a preview: the liveliest second, of all faces together."""

CLOSE_STRENGTH = 0.75
"""What is left of the motion of faces close together, so that their heads do not collide."""


@dataclass(frozen=True, slots=True)
class Casting:
    """What each moving face performs; one entry per face, in their order.

    strengths, seeds: for the motion backend. fps, frames: of the clip.
    """

    matches: tuple[DriverMatch, ...]
    tracks: tuple[MotionTrack, ...]
    strengths: tuple[float, ...]
    seeds: tuple[int, ...]
    fps: float
    frames: int
    warnings: tuple[str, ...] = ()


def cast_drivers(
    faces: Sequence[Face],
    options: AnimateOptions,
    load_finder: Callable[[DetectionOptions], FaceFinder],
    photo_seed: int = 0,
) -> Casting:
    """Match drivers to faces, or record the driving clips that the options name.

    Args:
        faces: the faces that move.
        options: `driver`, `face_drivers`, `strength`, `fps`, `duration_s` and what tunes them.
        load_finder: finds the performer in a driving clip.
        photo_seed: belongs to the photo and `options.seed`; decides what is left to chance.

    Raises:
        DriverError: there is no such driver, or a clip cannot be used.
    """
    bank = load_bank()
    wanted = [options.face_drivers.get(face.number, options.driver) for face in faces]
    recorded, warnings = _record_clips(wanted, load_finder)
    matches = _matches(faces, wanted, bank, recorded, photo_seed)
    exact = [
        driver in recorded or bank.entry(match.driver.name).own
        for driver, match in zip(wanted, matches, strict=True)
    ]
    fps, duration = _clip_shape(matches, exact, options)
    fitted = [
        _performance(face, match, options, own, fps, duration)
        for face, match, own in zip(faces, matches, exact, strict=True)
    ]
    seeds = [_seed(photo_seed, face.number) for face in faces]
    near = nearness(face_gaps(faces))
    tracks = spread_phases(fitted, near, [seed / 2**32 for seed in seeds])
    if options.preview:
        start = liveliest_start(tracks, PREVIEW_S)
        tracks = tuple(excerpt(track, PREVIEW_S, start) for track in tracks)
    else:
        tracks = tuple(play_rounds(track, options.loop) for track in tracks)
    return Casting(
        matches=tuple(matches),
        tracks=tracks,
        strengths=_strengths(faces, options),
        seeds=tuple(AS_RECORDED if own else seed for own, seed in zip(exact, seeds, strict=True)),
        fps=fps,
        frames=len(tracks[0]),
        warnings=warnings,
    )


def is_clip(driver: str) -> bool:
    """Whether the words of --driver name a driving clip and not a driver of the bank."""
    return Path(driver).suffix.lower() in CLIP_SUFFIXES or "/" in driver


def _record_clips(
    wanted: Sequence[str], load_finder: Callable[[DetectionOptions], FaceFinder]
) -> tuple[Mapping[str, Driver], tuple[str, ...]]:
    """The drivers that are clips, each recorded once, and what was odd about them."""
    recorded: dict[str, Driver] = {}
    warnings: list[str] = []
    for driver in dict.fromkeys(filter(is_clip, wanted)):
        from nostalgia.recording import record_driver  # half a second that only clips need

        path = Path(driver)
        recording = record_driver(path, load_finder(DetectionOptions()))
        warnings += recording.warnings
        recorded[driver] = Driver(path.stem, "your own clip", (), recording.track, path)
    return recorded, tuple(warnings)


def _matches(
    faces: Sequence[Face],
    wanted: Sequence[str],
    bank: DriverBank,
    recorded: Mapping[str, Driver],
    photo_seed: int,
) -> list[DriverMatch]:
    from_bank = [i for i, driver in enumerate(wanted) if driver not in recorded]
    chosen = match_drivers(
        [faces[i] for i in from_bank], bank, [wanted[i] for i in from_bank], photo_seed
    )
    by_face = dict(zip(from_bank, chosen, strict=True))
    return [
        by_face[i] if i in by_face else DriverMatch(recorded[driver], 0.0, why="your own clip")
        for i, driver in enumerate(wanted)
    ]


def _clip_shape(
    matches: Sequence[DriverMatch], exact: Sequence[bool], options: AnimateOptions
) -> tuple[float, float]:
    """Frames per second of the clip, and seconds of one round.

    The rate is that of the user's own clips, if there are any, and the length the longest.
    """
    tracks = [match.driver.track for match in matches]
    own_rates = [track.fps for track, own in zip(tracks, exact, strict=True) if own]
    fps = options.fps or max(own_rates or [track.fps for track in tracks])
    longest = max(track.duration_s for track in tracks)
    return fps, longest if options.preview else options.duration_s or longest


def _performance(
    face: Face,
    match: DriverMatch,
    options: AnimateOptions,
    own: bool,
    fps: float,
    duration_s: float,
) -> MotionTrack:
    """A driver's track as this face plays it: tuned, and of the clip's length and rate.

    A clip of the user's own is played as it is, from the frame that looks most like the photo; a
    driver of the bank smiles less on a face that smiles already.
    """
    track, state = match.driver.track, read_face_state(face.landmarks)
    room = 1.0
    if own:
        if abs(duration_s - track.duration_s) > 0.5 / fps:
            track = lead_back(track)
    else:
        room = smile_room(state)
    tuned = tune_track(track, options.smile * room, options.blink, options.turn, options.gaze)
    return resample_track(tuned, fps, duration_s)


def _strengths(faces: Sequence[Face], options: AnimateOptions) -> tuple[float, ...]:
    """Each face's own strength; less where heads are close, unless somebody said how much."""
    close = close_faces(face_gaps(faces))
    return tuple(
        options.face_strengths.get(face.number, options.strength * (CLOSE_STRENGTH if near else 1))
        for face, near in zip(faces, close, strict=True)
    )


def _seed(photo_seed: int, number: int) -> int:
    """A seed of its own for each face of each photo."""
    told = f"{photo_seed}:{number}".encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:4], "big")
