"""Backends that look at pixels see the frames that the track was read off, cut round the face."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from made_drivers import made_track
from synthetic_face import face_in, track_of

from nostalgia.clips.writer import ClipWriter
from nostalgia.drivers.bank import user as own
from nostalgia.drivers.recording.recording import record_driver
from nostalgia.drivers.tracks.easing import ease_out, ends_neutral
from nostalgia.errors import Cancelled, DriverError
from nostalgia.faces.finder import FaceFinder, number_faces
from nostalgia.faces.landmarks.mesh import FoundMesh
from nostalgia.options import AnimateOptions
from nostalgia.scene.casting import cast_drivers
from nostalgia.scene.driving_signals import SignalExtractor
from nostalgia.types import Driver, Face, Float32, HeadPose, Photo, UInt8

FPS, SIZE, COUNT, FIRST = 25.0, 160, 60, 17
"""The clip shows nobody before its frame 17."""


def level(number: int) -> int:
    return 40 + 3 * number


def number_of(pixels: UInt8) -> int:
    """Which frame of the clip this is: its grey says so, the corner's as well as the face's."""
    return round((float(pixels[:, SIZE // 2 :].mean()) - 40) / 3)


def face_at(number: int) -> Face:
    return face_in(
        (80 + 6 * np.sin(number / 6), 80.0), 60.0, HeadPose(9 * np.sin(number / 9), 0, 0)
    )


class Finder:
    """Sees the face whose place belongs to the frame's number."""

    def __init__(self) -> None:
        self.mesh = self
        self.searches = 0

    def find(self, photo: Any, options: object = None) -> tuple[Face, ...]:
        self.searches += 1
        number = number_of(photo.pixels)
        return number_faces([FoundMesh(face_at(number).landmarks, 0.9)]) if number >= FIRST else ()

    def track(self, pixels: UInt8, previous: Float32) -> FoundMesh:
        return FoundMesh(face_at(number_of(pixels)).landmarks, 0.9)


class Levels:
    """A backend that reads the grey of the right half and that of the left half off each square."""

    name = "levels"
    reads_signals = True

    def __init__(self) -> None:
        self.extractions = 0

    def extract_signals(self, frames: Iterable[UInt8]) -> Float32:
        self.extractions += 1
        seen = [(pixels[:, 160:].mean(), pixels[:, :96].mean()) for pixels in frames]
        return np.array(seen, np.float32)


class Points:
    """A landmarker that notes which frame it was shown with which landmarks."""

    name = "noting"

    def __init__(self) -> None:
        self.shown: list[tuple[int, Float32]] = []

    def points68(self, pixels: UInt8, landmarks: Float32) -> Float32:
        self.shown.append((number_of(pixels), landmarks))
        return np.ascontiguousarray(landmarks[:68, :2])


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Every frame has a grey of its own, and its left half is darker."""
    with ClipWriter(tmp_path / "clip.mp4", SIZE, SIZE, FPS) as writer:
        for number in range(COUNT):
            pixels = np.full((SIZE, SIZE, 3), level(number), np.uint8)
            pixels[:, : SIZE // 2] = level(number) // 2
            writer.write(pixels)
    return tmp_path / "clip.mp4"


def extractor_of(photo: UInt8 | None = None) -> tuple[SignalExtractor, Levels, Points]:
    backend, points = Levels(), Points()
    pixels = np.zeros((SIZE, SIZE, 3), np.uint8) if photo is None else photo
    return SignalExtractor(cast(Any, backend), cast(Any, points), Photo(pixels)), backend, points


def test_a_clip_that_begins_without_a_face_is_read_frame_by_frame_as_it_was_tracked(clip):
    recording = record_driver(clip, cast(FaceFinder, Finder()))
    first = round(recording.used_s[0] * FPS)
    assert FIRST <= first < FIRST + 3
    driver = Driver("clip", "", (), recording.track, clip)
    extractor, _, points = extractor_of()
    driver, driving = extractor.extract_from_clip(driver, recording)
    signals, start = driver.track.signals, driver.track.signals_start
    assert signals is not None and start is not None and len(signals) == len(recording.track)
    numbers = np.arange(first, COUNT)
    assert (signals + start)[:, 0] == pytest.approx([level(n) for n in numbers], abs=2)
    assert [number for number, _ in points.shown] == list(numbers)
    for number, landmarks in points.shown:
        assert np.abs(landmarks - face_at(number).landmarks).max() < 0.5
    face = face_at(first + 20)
    assert extractor.best_start(face, driving) == pytest.approx(20, abs=1)


def test_a_clip_that_has_changed_since_it_was_recorded_is_refused(clip):
    recording = record_driver(clip, cast(FaceFinder, Finder()))
    longer = replace(recording, track=track_of((9.0, 0.0, 0.0), length=200))
    with pytest.raises(DriverError, match="200"):
        extractor_of()[0].extract_from_clip(Driver("clip", "", (), longer.track, clip), longer)


def bank_driver(clip: Path, **changes: Any) -> Driver:
    return Driver("calm", "", (), track_of((9.0, 0.0, 0.0), length=COUNT), clip, **changes)


def test_a_bank_driver_ends_exactly_as_it_begins(clip):
    track = extractor_of()[0].extract_from_bank(bank_driver(clip), cast(FaceFinder, Finder())).track
    assert track.signals is not None and track.signals_start is not None
    assert not track.signals[[0, -1]].any()
    lopsided = replace(track, signals=track.signals + 1)
    assert ends_neutral(track) and not ends_neutral(lopsided)
    led = ease_out(lopsided).signals
    assert led is not None and not led[-1].any()


@pytest.mark.parametrize("frames", [3, COUNT + 3])
def test_reading_a_driver_can_be_stopped_at_any_frame(clip, frames):
    """Its frames are read twice: to find the performer, and for the signals."""
    left = iter(range(frames))

    def check() -> None:
        if next(left, None) is None:
            raise Cancelled

    extractor = replace(extractor_of()[0], check=check)
    for _ in range(2):
        with pytest.raises(Cancelled):
            extractor.extract_from_bank(bank_driver(clip), cast(FaceFinder, Finder()))
    recording = record_driver(clip, cast(FaceFinder, Finder()))
    with pytest.raises(Cancelled):
        extractor.extract_from_clip(bank_driver(clip), recording)


def test_a_mirrored_driver_is_read_in_the_mirror(clip):
    extractor, backend, _ = extractor_of()
    finder = Finder()
    plain, mirrored = (
        extractor.extract_from_bank(
            bank_driver(clip, mirrored=mirror), cast(FaceFinder, finder)
        ).track
        for mirror in (False, True)
    )
    assert plain.signals_start is not None and mirrored.signals_start is not None
    assert plain.signals_start[0] > plain.signals_start[1] + 10
    assert mirrored.signals_start == pytest.approx(plain.signals_start[::-1], abs=1)
    assert backend.extractions == 2


def test_a_bank_driver_is_searched_and_read_once_for_all_faces(clip):
    extractor, backend, _ = extractor_of()
    finder = Finder()
    for _ in range(3):
        extractor.extract_from_bank(bank_driver(clip), cast(FaceFinder, finder))
    assert backend.extractions == 1 and finder.searches == len(range(0, COUNT, 12))


def test_a_driver_without_its_clip_asks_for_the_clip(own_drivers):
    own.add_driver(made_track(), "uncle")
    faces = [face_in((200.0, 200.0), 100.0, HeadPose(0.0, 0.0, 0.0))]
    options = AnimateOptions(driver="uncle", motion="levels")
    with pytest.raises(DriverError, match="only the motion.*give the clip itself as driver"):
        cast_drivers(faces, options, lambda: cast(Any, Finder()), 0, extractor_of()[0])
