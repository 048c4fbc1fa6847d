"""Driving frames for backends that look at pixels: cut round the performer, read once per clip."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nostalgia.clips.reader import read_frames
from nostalgia.drivers.recording.recording import Recording, performer_frames
from nostalgia.drivers.tracks.alignment import best_frame
from nostalgia.errors import DriverError
from nostalgia.faces.base import Landmarker
from nostalgia.faces.finder import FaceFinder
from nostalgia.files import printable_name
from nostalgia.motion.base import MotionBackend
from nostalgia.photo.crop import cut_square, face_square
from nostalgia.types import Driver, Face, Float32, MotionTrack, Photo, PixelBox, UInt8

SIDE_PX = 256
_LOOK_EVERY = 12


@dataclass(frozen=True, slots=True)
class SignalExtractor:
    """A backend that looks at driving frames, and who finds the 68 points of faces for it.

    photo: RGB uint8 (H, W, 3), whose faces are to move.
    """

    backend: MotionBackend[Any]
    landmarker: Landmarker
    photo: UInt8

    def extract_from_bank(self, driver: Driver, finder: FaceFinder) -> Driver:
        """A driver of the bank with what the backend reads off its clip.

        It loops: what little it does not end as it began is taken out over its whole length.

        Raises:
            DriverError: there is only its motion, or its clip does not fit its track.
        """
        if driver.clip_path is None:
            raise DriverError(
                f"the driver {driver.name!r} is kept as motion only, and --motion"
                f" {self.backend.name} looks at its pixels: give the clip itself with --driver"
                " CLIP.mp4, or another driver"
            )
        path, fps = driver.clip_path, driver.track.fps
        version = path.stat().st_mtime_ns
        square = _performer_square(path, version, fps, finder)
        backend: Any = self.backend  # which need not say that it can be hashed
        seen = _watch(backend, path, version, fps, square, mirrored=driver.mirrored)
        watched = _with_signals(driver, seen, "install photo-nostalgia again")
        return replace(watched, track=_without_drift(watched.track))

    def extract_from_clip(self, driver: Driver, recording: Recording) -> tuple[Driver, Float32]:
        """A driver recorded from a clip of the user's own, with what the backend reads off it.

        Returns:
            The driver; the 68 points of each frame, float32 (T, 68, 2), for `best_start`. The clip
            is read once for both.

        Raises:
            DriverError: the clip cannot be read any more, or was changed meanwhile.
        """
        square = face_square(recording.landmarks)
        frames = performer_frames(driver.clip_path or Path(driver.name), recording)
        points: list[Float32] = []

        def squares() -> Iterator[UInt8]:
            for pixels, landmarks in zip(frames, recording.landmarks, strict=False):
                points.append(self.landmarker.points68(pixels, landmarks))
                yield cut_square(pixels, square, SIDE_PX)

        seen = self.backend.extract_signals(squares())
        return _with_signals(driver, seen, "give a clip that nobody is writing"), np.stack(points)

    def best_start(self, face: Face, driving: Float32) -> int:
        """The frame of a clip whose face has most nearly the shape of the photo's.

        driving: what `extract_from_clip` returned. Source: the original code's `best_frame`.
        """
        return best_frame(self.landmarker.points68(self.photo, face.landmarks), driving)


def _with_signals(driver: Driver, seen: Float32, remedy: str) -> Driver:
    if len(seen) != len(driver.track):
        raise DriverError(
            f"the clip of the driver {printable_name(driver.name)!r} has {len(seen)} frames and its"
            f" track {len(driver.track)}: {remedy}"
        )
    track = replace(driver.track, signals=seen - seen[0], signals_start=seen[0])
    return replace(driver, track=track)


def _without_drift(track: MotionTrack) -> MotionTrack:
    """The track with signals that end, exactly, as they begin."""
    assert track.signals is not None
    along = np.linspace(0, 1, len(track), dtype=np.float32)[:, None]
    return replace(track, signals=track.signals - along * track.signals[-1])


@lru_cache(maxsize=64)
def _performer_square(path: Path, version: int, fps: float, finder: FaceFinder) -> PixelBox:
    """The square round all places where the largest face of a clip is seen.

    version: of the file, so that a changed one is read anew. This and what is watched is kept:
    an album uses the same few clips again and again.
    """
    seen = []
    for number, pixels in enumerate(read_frames(path, fps)):
        faces = finder.find(Photo(pixels)) if number % _LOOK_EVERY == 0 else ()
        seen += [max(faces, key=lambda face: face.height_px).landmarks] if faces else []
    if not seen:
        raise DriverError(f"{path.name}: no face was found in it; install photo-nostalgia again")
    return face_square(np.stack(seen))


@lru_cache(maxsize=64)
def _watch(
    backend: MotionBackend[Any],
    path: Path,
    version: int,
    fps: float,
    square: PixelBox,
    *,
    mirrored: bool,
) -> Float32:
    """What a backend reads off a clip of the bank."""
    return backend.extract_signals(_squares(path, fps, square, mirrored=mirrored))


def _squares(path: Path, fps: float, square: PixelBox, *, mirrored: bool) -> Iterator[UInt8]:
    for pixels in read_frames(path, fps):
        frame = cut_square(pixels, square, SIDE_PX)
        yield np.ascontiguousarray(frame[:, ::-1]) if mirrored else frame
