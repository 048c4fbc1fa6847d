"""Signals that a motion backend reads off driving frames, cut round the performer's face."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from nostalgia.clips.reader import read_frames
from nostalgia.drivers.recording.recording import Recording, performer_frames
from nostalgia.drivers.tracks.alignment import best_frame
from nostalgia.errors import DriverError, Remedy, option
from nostalgia.faces.base import Landmarker
from nostalgia.faces.finder import FaceFinder
from nostalgia.files import printable_name
from nostalgia.motion.base import MotionBackend
from nostalgia.photo.crop import cut_square, face_square
from nostalgia.types import Driver, Face, Float32, MotionTrack, Photo, PixelBox, UInt8

SIDE_PX = 256
_SEARCH_EVERY = 12
_REINSTALL = "reinstall photo-nostalgia"

_ClipVersion = tuple[Path, int]
"""A clip of the bank and when it was last changed, so that a changed one is read again."""


@dataclass(frozen=True, slots=True)
class SignalCache:
    """Results for the clips of the bank; an album uses the same few again and again.

    squares: pixels round all places of the performer. signals: float32 (T, C), by clip and whether
    it is mirrored.
    """

    squares: dict[_ClipVersion, PixelBox] = field(default_factory=dict)
    signals: dict[tuple[_ClipVersion, bool], Float32] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignalExtractor:
    """A motion backend that looks at driving frames, and the finder of the 68 points for it.

    photo: whose faces are to be animated. check: called before each frame; what it raises ends the
    work.
    """

    backend: MotionBackend[Any]
    landmarker: Landmarker
    photo: Photo
    cache: SignalCache = field(default_factory=SignalCache)
    check: Callable[[], None] = lambda: None

    def extract_from_bank(self, driver: Driver, finder: FaceFinder) -> Driver:
        """A driver of the bank with the signals of its clip.

        It loops: the small difference between its end and its start is spread over its length.

        Raises:
            DriverError: only its motion exists, or its clip does not fit its track.
        """
        if driver.clip_path is None:
            raise DriverError(
                f"only the motion of the driver {driver.name!r} is stored, but the motion backend"
                f" {self.backend.name!r} needs its pixels",
                Remedy(f"give the clip itself as {option('driver')}, or choose another driver"),
            )
        clip = (driver.clip_path, driver.clip_path.stat().st_mtime_ns)
        signals = self._signals(clip, driver.track.fps, finder, mirrored=driver.mirrored)
        extracted = _with_signals(driver, signals, _REINSTALL)
        return replace(extracted, track=_without_drift(extracted.track))

    def extract_from_clip(self, driver: Driver, recording: Recording) -> tuple[Driver, Float32]:
        """A driver recorded from a user's clip, with the signals of that clip.

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
                self.check()
                points.append(self.landmarker.points68(pixels, landmarks))
                yield cut_square(pixels, square, SIDE_PX)

        signals = self.backend.extract_signals(squares())
        extracted = _with_signals(driver, signals, "give a clip that no program is writing to")
        return extracted, np.stack(points)

    def best_start(self, face: Face, driving: Float32) -> int:
        """The frame of a clip whose face has most nearly the shape of the photo's.

        driving: what `extract_from_clip` returned. Source: the original code's `best_frame`.
        """
        landmarks = face.landmarks * np.float32(self.photo.scale)
        return best_frame(self.landmarker.points68(self.photo.pixels, landmarks), driving)

    def _signals(
        self, clip: _ClipVersion, fps: float, finder: FaceFinder, *, mirrored: bool
    ) -> Float32:
        if (clip, mirrored) not in self.cache.signals:
            if clip not in self.cache.squares:
                frames = read_frames(clip[0], fps, check=self.check)
                self.cache.squares[clip] = _performer_square(frames, clip[0].name, finder)
            frames = read_frames(clip[0], fps, check=self.check)
            squares = _squares(frames, self.cache.squares[clip], mirrored=mirrored)
            self.cache.signals[clip, mirrored] = self.backend.extract_signals(squares)
        return self.cache.signals[clip, mirrored]


def _with_signals(driver: Driver, signals: Float32, remedy: str) -> Driver:
    if len(signals) != len(driver.track):
        raise DriverError(
            f"the clip of the driver {printable_name(driver.name)!r} has {len(signals)} frames and"
            f" its track {len(driver.track)}: {remedy}"
        )
    track = replace(driver.track, signals=signals - signals[0], signals_start=signals[0])
    return replace(driver, track=track)


def _without_drift(track: MotionTrack) -> MotionTrack:
    """The track with signals that end, exactly, as they begin."""
    assert track.signals is not None
    along = np.linspace(0, 1, len(track), dtype=np.float32)[:, None]
    return replace(track, signals=track.signals - along * track.signals[-1])


def _performer_square(frames: Iterable[UInt8], name: str, finder: FaceFinder) -> PixelBox:
    """The square round all places of the largest face of a clip."""
    landmarks = []
    for number, pixels in enumerate(frames):
        faces = finder.find(Photo(pixels)) if number % _SEARCH_EVERY == 0 else ()
        landmarks += [max(faces, key=lambda face: face.height_px).landmarks] if faces else []
    if not landmarks:
        raise DriverError(f"{name}: no face was found in it; {_REINSTALL}")
    return face_square(np.stack(landmarks))


def _squares(frames: Iterable[UInt8], square: PixelBox, *, mirrored: bool) -> Iterator[UInt8]:
    for pixels in frames:
        frame = cut_square(pixels, square, SIDE_PX)
        yield np.ascontiguousarray(frame[:, ::-1]) if mirrored else frame
