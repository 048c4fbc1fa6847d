"""Which driver each moving face gets, and their tracks brought to one length and frame rate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nostalgia.drivers.bank import load_bank
from nostalgia.drivers.matching import match_drivers
from nostalgia.drivers.track import resample_track
from nostalgia.faces import FaceFinder
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.types import Driver, DriverMatch, Face, MotionTrack

CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"})


@dataclass(frozen=True, slots=True)
class Casting:
    """matches and tracks: one per moving face, in their order. fps, frames: of the clip."""

    matches: tuple[DriverMatch, ...]
    tracks: tuple[MotionTrack, ...]
    fps: float
    frames: int
    warnings: tuple[str, ...] = ()


def cast_drivers(
    faces: Sequence[Face],
    options: AnimateOptions,
    load_finder: Callable[[DetectionOptions], FaceFinder],
) -> Casting:
    """Match drivers to faces, or record the driving clip that the options name.

    Raises:
        DriverError: there is no such driver, or the clip cannot be used.
    """
    warnings: tuple[str, ...] = ()
    if is_clip(options.driver):
        from nostalgia.recording import record_driver  # half a second that only clips need

        path = Path(options.driver)
        recording = record_driver(path, load_finder(DetectionOptions()))
        warnings = recording.warnings
        driver = Driver(path.stem, "your own clip", (), recording.track, path)
        matches = [DriverMatch(driver, 0.0) for _ in faces]
    else:
        matches = match_drivers(faces, load_bank(), options.driver)
    fps = options.fps or matches[0].driver.track.fps
    duration = options.duration_s or max(match.driver.track.duration_s for match in matches)
    tracks = tuple(resample_track(match.driver.track, fps, duration) for match in matches)
    return Casting(tuple(matches), tracks, fps, len(tracks[0]), warnings)


def is_clip(driver: str) -> bool:
    """Whether the words of --driver name a driving clip and not a driver of the bank."""
    return Path(driver).suffix.lower() in CLIP_SUFFIXES or "/" in driver
