"""Recording of a driver, with a finder whose faces are scripted."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest

from nostalgia.clips.reader import read_frames
from nostalgia.clips.writer import ClipWriter
from nostalgia.drivers.recording import recording
from nostalgia.drivers.recording.face_tracking import follow_face
from nostalgia.drivers.recording.recording import record_driver, usable_part
from nostalgia.errors import Cancelled, DriverError
from nostalgia.faces.finder import FaceFinder, number_faces
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.landmarks.mesh import FoundMesh
from nostalgia.geometry import rotation_from_pose
from nostalgia.types import HeadPose

FPS = 25.0
SIZE = 160
FACE_PX = 60.0


def face_at(x: float, y: float = 80.0, yaw: float = 0.0, height_px: float = FACE_PX) -> np.ndarray:
    turned = load_face_shape().mean @ rotation_from_pose(HeadPose(yaw, 0, 0)).T
    return (height_px * turned + [x, y, 0]).astype(np.float32)


def frame(number: int, scene: int = 0) -> np.ndarray:
    """A frame that carries its own number, by which the finder below looks up its faces."""
    pixels = np.full((SIZE, SIZE, 3), 60 + 120 * scene, np.uint8)
    pixels[0, 0] = (number // 256, number % 256, 0)
    return pixels


def number_of(pixels: np.ndarray) -> int:
    return int(pixels[0, 0, 0]) * 256 + int(pixels[0, 0, 1])


class ScriptedFinder:
    """Finds, by frame number, the faces of a script: lists of landmarks, the nearest followed."""

    def __init__(self, script):
        self.script = script
        self.mesh = self
        self.searches = 0

    def find(self, photo, options=None):
        self.searches += 1
        return number_faces([FoundMesh(face, 0.9) for face in self.script(number_of(photo.pixels))])

    def track(self, pixels, previous):
        faces = self.script(number_of(pixels))
        if not faces:
            return FoundMesh(previous, 0.02)
        near = min(faces, key=lambda f: np.abs(f - previous).mean())
        return FoundMesh(near, 0.9)


def follow(script, frames, scenes=lambda n: 0, with_flow=False):
    finder = ScriptedFinder(script)
    pictures = (frame(n, scenes(n)) for n in range(frames))
    return list(follow_face(pictures, cast(FaceFinder, finder), with_flow)), finder


def moving(number: int) -> np.ndarray:
    return face_at(80 + 4 * np.sin(number / 6), yaw=8 * np.sin(number / 9))


def test_a_face_is_searched_once_and_then_followed():
    sightings, finder = follow(lambda n: [moving(n)], 20)
    assert finder.searches == 1
    part = usable_part(sightings, FPS, "clip")
    assert (part.frames.start, part.frames.stop) == (0, 20) and part.warnings == ()
    np.testing.assert_allclose(part.landmarks[17], moving(17), atol=1e-4)


def test_the_largest_central_face_is_followed_with_a_warning_about_the_others():
    small = face_at(20, 30, height_px=30)
    sightings, _ = follow(lambda n: [small, moving(n)], 30)
    part = usable_part(sightings, FPS, "clip")
    np.testing.assert_allclose(part.landmarks[20], moving(20), atol=1e-4)
    assert any("several faces" in warning for warning in part.warnings)


def test_a_gap_of_half_a_second_is_bridged():
    sightings, _ = follow(lambda n: [] if 20 <= n < 30 else [moving(n)], 60)
    part = usable_part(sightings, FPS, "clip")
    assert part.frames.stop - part.frames.start == 60
    assert any("lost in 1" in warning for warning in part.warnings)
    assert np.isfinite(part.landmarks).all()
    halfway = (part.landmarks[19] + part.landmarks[31]) / 2
    assert np.abs(part.landmarks[25] - halfway).max() < 2.0


def test_a_long_gap_ends_the_usable_part():
    sightings, _ = follow(lambda n: [] if 70 <= n < 95 else [moving(n)], 140)
    part = usable_part(sightings, FPS, "clip")
    assert (part.frames.start, part.frames.stop) == (0, 70) and len(part.landmarks) == 70
    assert any("used from 0.0 s to 2.8 s" in warning for warning in part.warnings)


def test_optical_flow_is_read_where_a_face_is_seen_and_only_on_request():
    with_flow, _ = follow(lambda n: [moving(n)] if n != 3 else [], 6, with_flow=True)
    assert [s.flow is not None for s in with_flow] == [n != 3 for n in range(6)]
    without, _ = follow(lambda n: [moving(n)], 6)
    assert all(s.flow is None and s.eyes is not None for s in without)


def test_a_cut_is_seen_and_the_longest_scene_used():
    sightings, _ = follow(lambda n: [moving(n)], 100, scenes=lambda n: int(n >= 30))
    assert [n for n, s in enumerate(sightings) if s.cut] == [30]
    part = usable_part(sightings, FPS, "clip")
    assert (part.frames.start, part.frames.stop) == (30, 100)
    assert any("cuts" in warning for warning in part.warnings)


def test_a_face_that_appears_late_is_found():
    sightings, _ = follow(lambda n: [] if n < 10 else [moving(n)], 60)
    part = usable_part(sightings, FPS, "clip")
    assert 10 <= part.frames.start <= 13 and part.frames.stop == 60


def test_a_clip_without_a_face_a_brief_face_and_a_tiny_face_are_driver_errors():
    with pytest.raises(DriverError, match=r"clip: no face"):
        usable_part(follow(lambda n: [], 20)[0], FPS, "clip")
    with pytest.raises(DriverError, match="at least 0.5 seconds"):
        usable_part(follow(lambda n: [moving(n)] if n < 6 else [], 60)[0], FPS, "clip")
    tiny = follow(lambda n: [face_at(80 + n / 10, height_px=16)], 60)[0]
    with pytest.raises(DriverError, match="16 pixels tall"):
        usable_part(tiny, FPS, "clip")


def write_clip(path: Path, frames: int) -> None:
    with ClipWriter(path, SIZE, SIZE, FPS) as writer:
        for _ in range(frames):
            writer.write(np.full((SIZE, SIZE, 3), 90, np.uint8))


class CountingFinder(ScriptedFinder):
    """Counts frames instead of reading their numbers, which an encoded clip does not preserve."""

    def __init__(self, script):
        super().__init__(script)
        self.seen = 0

    def find(self, photo, options=None):
        self.seen += 1
        return number_faces([FoundMesh(self.script(0), 0.9)])

    def track(self, pixels, previous):
        self.seen += 1
        return FoundMesh(self.script(self.seen - 1), 0.9)


def test_a_track_has_the_rate_and_length_of_its_clip(tmp_path):
    path = tmp_path / "uncle.mp4"
    write_clip(path, 50)
    made = record_driver(path, cast(FaceFinder, CountingFinder(moving)))
    assert made.track.fps == FPS and len(made.track) == 50
    assert np.ptp(made.track.rotation_deg[:, 0]) > 5
    assert made.used_s == (0.0, 2.0) and made.warnings == ()


def test_a_face_that_never_moves_is_a_driver_error(tmp_path):
    path = tmp_path / "portrait.mp4"
    write_clip(path, 30)
    with pytest.raises(DriverError, match="never moves"):
        record_driver(path, cast(FaceFinder, CountingFinder(lambda n: face_at(80))))


def test_only_the_beginning_of_a_long_clip_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MAX_CLIP_S", 1.0)
    path = tmp_path / "long.mp4"
    write_clip(path, 60)
    made = record_driver(path, cast(FaceFinder, CountingFinder(moving)))
    assert len(made.track) <= 26
    assert any("first 1 seconds" in warning for warning in made.warnings)


def test_check_is_called_before_each_frame(tmp_path):
    path = tmp_path / "uncle.mp4"
    write_clip(path, 30)
    calls = []
    record_driver(path, cast(FaceFinder, CountingFinder(moving)), check=lambda: calls.append(1))
    assert len(calls) == 30


def test_check_can_cancel_a_recording_and_the_clip_is_closed(tmp_path, monkeypatch):
    path = tmp_path / "uncle.mp4"
    write_clip(path, 10)
    finder = CountingFinder(moving)
    closed = []

    def frames(path, fps=None, max_side_px=None, info=None):
        try:
            yield from read_frames(path, fps, max_side_px, info)
        finally:
            closed.append(path)

    def cancel_at_the_fifth_frame():
        if finder.seen == 4:
            raise Cancelled("stopped")

    monkeypatch.setattr(recording, "read_frames", frames)
    with pytest.raises(Cancelled):
        record_driver(path, cast(FaceFinder, finder), check=cancel_at_the_fifth_frame)
    assert finder.seen == 4 and closed == [path]


def test_a_file_that_is_not_a_clip_is_a_driver_error(tmp_path):
    path = tmp_path / "text.mp4"
    path.write_text("no clip")
    with pytest.raises(DriverError, match=r"text\.mp4"):
        record_driver(path, cast(FaceFinder, CountingFinder(moving)))
