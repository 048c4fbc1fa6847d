"""Which driver each moving face gets, and their tracks brought to one length and frame rate."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nostalgia.drivers.bank import load_bank
from nostalgia.drivers.grouping import close_faces, face_gaps
from nostalgia.drivers.matching import match_drivers
from nostalgia.drivers.track import resample_track
from nostalgia.faces import FaceFinder
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.types import Driver, DriverMatch, Face, MotionTrack

CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"})

AS_RECORDED = -1
"""The seed that asks a motion backend to play a track exactly, without small variations."""

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
    wanted = [options.face_drivers.get(face.number, options.driver) for face in faces]
    recorded, warnings = _record_clips(wanted, load_finder)
    from_bank = [i for i, driver in enumerate(wanted) if driver not in recorded]
    chosen = match_drivers(
        [faces[i] for i in from_bank], load_bank(), [wanted[i] for i in from_bank], photo_seed
    )
    by_face = dict(zip(from_bank, chosen, strict=True))
    matches = [
        by_face[i] if i in by_face else DriverMatch(recorded[driver], 0.0, why="your own clip")
        for i, driver in enumerate(wanted)
    ]
    clip_rates = [driver.track.fps for driver in recorded.values()]
    fps = options.fps or max(clip_rates or [match.driver.track.fps for match in matches])
    duration = options.duration_s or max(match.driver.track.duration_s for match in matches)
    tracks = tuple(resample_track(match.driver.track, fps, duration) for match in matches)
    alone = len(faces) == 1 and bool(recorded)
    return Casting(
        matches=tuple(matches),
        tracks=tracks,
        strengths=_strengths(faces, options),
        seeds=tuple(AS_RECORDED if alone else _seed(photo_seed, face.number) for face in faces),
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
