"""The driver, track and strength of each animated face."""

from dataclasses import replace
from unittest.mock import create_autospec

import numpy as np
import pytest
from synthetic_face import face_in, track_of

from nostalgia.drivers.recording import recording
from nostalgia.drivers.tracks.smiles import smile_shape
from nostalgia.errors import Cancelled, DriverError
from nostalgia.faces.finder import FaceFinder
from nostalgia.options import AnimateOptions
from nostalgia.scene.casting import CLOSE_STRENGTH, cast_drivers, is_clip
from nostalgia.types import Face, HeadPose


def face(number: int, x: float = 150.0, yaw: float = 0.0) -> Face:
    return face_in((x, 200.0), 100, HeadPose(yaw, 0.0, 0.0), number)


def cast(faces, photo_seed: int = 0, **changes):
    finder = create_autospec(FaceFinder, instance=True)
    return cast_drivers(faces, AnimateOptions(**changes), lambda: finder, photo_seed)


@pytest.fixture
def clips(monkeypatch):
    """Recordings by file name, and the names in the order in which they were recorded."""
    asked: list[str] = []
    short = replace(track_of((9.0, 0.0, 0.0), length=31), fps=30.0)
    tracks = {"short.mp4": short, "calm.mp4": short}

    def record(path, finder, *, check):
        check()
        asked.append(path.name)
        return recording.Recording(tracks[path.name], ("a cut",))

    spec = create_autospec(recording.record_driver, side_effect=record)
    monkeypatch.setattr(recording, "record_driver", spec)
    return asked, tracks


def test_one_entry_per_face_of_one_length():
    casting = cast([face(1), face(2, 400), face(3, 700, yaw=20)])
    assert {len(track) for track in casting.tracks} == {casting.frames}
    assert {track.fps for track in casting.tracks} == {casting.fps}
    lengths = map(len, (casting.matches, casting.tracks, casting.strengths, casting.seeds))
    assert set(lengths) == {3}
    assert len(set(casting.seeds)) == 3 and min(casting.seeds) >= 0


def test_the_same_photo_is_cast_the_same_and_another_otherwise():
    one, again, other = cast([face(1)], 5), cast([face(1)], 5), cast([face(1)], 6)
    assert one.seeds == again.seeds != other.seeds
    assert np.array_equal(one.tracks[0].rotation_deg, again.tracks[0].rotation_deg)


def test_one_driver_for_all_and_another_for_one():
    casting = cast([face(1), face(2, 400)], driver="smile", face_drivers={2: "nod:mirrored"})
    names = [(m.driver.name, m.driver.mirrored) for m in casting.matches]
    assert names == [("smile", False), ("nod", True)]
    with pytest.raises(DriverError, match="grin"):
        cast([face(1)], face_drivers={1: "grin"})


def test_the_same_driver_on_two_faces_is_played_at_two_times():
    casting = cast([face(1), face(2, 300)], driver="calm")
    lids = [track.eye_opening.mean(axis=1) for track in casting.tracks]
    assert not ((lids[0] < 0.5) & (lids[1] < 0.5)).any(), "they blink together"


def test_each_face_has_its_strength_and_close_ones_less():
    assert cast([face(1), face(2, 900)], strength=0.8).strengths == (0.8, 0.8)
    close = cast([face(1), face(2, 240)], driver="nod", strength=0.8, face_strengths={2: 0.5})
    assert close.strengths == pytest.approx((0.8 * CLOSE_STRENGTH, 0.5))


def test_what_moves_little_is_not_held_back_further():
    quiet = cast([face(1), face(2, 240)], driver="subtle", face_drivers={2: "nod"})
    assert quiet.strengths == (1.0, CLOSE_STRENGTH)


def test_tuning_reaches_every_track():
    casting = cast([face(1), face(2, 400)], blink=0.0, turn=0.0)
    for track in casting.tracks:
        assert track.eye_opening.min() > 0.98
        assert not track.rotation_deg.any()


def test_a_drivers_smile_suits_the_mouth_in_the_photo():
    plain = face(1)
    smiling = replace(plain, landmarks=plain.landmarks + 100 * smile_shape(0.0) * 0.12)

    def widest(whose: Face) -> float:
        expression = cast([whose], driver="smile").tracks[0].expression
        return float((expression[:, 291, 0] - expression[:, 61, 0]).max())

    assert 0.7 < widest(smiling) / widest(plain) < 0.85


def test_a_clip_alone_is_played_exactly_and_with_others_sets_the_rate(clips):
    asked, tracks = clips
    alone = cast([face(1)], driver="films/short.mp4")
    assert alone.seeds == (None,)
    assert (alone.fps, alone.frames) == (30.0, 31)
    assert np.array_equal(alone.tracks[0].rotation_deg, tracks["short.mp4"].rotation_deg)
    assert alone.warnings == ("a cut",)
    mixed = cast([face(1), face(2, 400)], face_drivers={1: "short.mp4"})
    assert mixed.fps == 30.0, "not the bank's 25"
    assert mixed.frames > 31, "as long as the longest"
    assert mixed.seeds[0] is None and mixed.seeds[1] is not None


def test_a_clip_starts_from_the_frame_that_looks_like_the_photo(clips):
    _, tracks = clips
    swing = np.linspace(0, 24, 61, dtype=np.float32)
    turning = track_of(length=61)
    tracks["short.mp4"] = replace(
        turning, rotation_deg=np.stack([swing, 0 * swing, 0 * swing], axis=1)
    )
    casting = cast([face(1, yaw=12)], driver="short.mp4")
    match = casting.matches[0]
    assert match.driver.track.start_pose.yaw == pytest.approx(12, abs=1.0)
    assert match.distance < 1.5 and "at 1.2 s" in match.why
    assert not casting.tracks[0].rotation_deg[0].any(), "the clip begins as the photo"
    assert casting.tracks[0].rotation_deg[-1, 0] == pytest.approx(12, abs=1.0)


def test_a_clip_among_drivers_keeps_its_timing(clips):
    _, tracks = clips
    options = {"face_drivers": {2: "short.mp4", 1: "calm", 3: "short.mp4"}, "duration_s": 31 / 30}
    casting = cast([face(1), face(2, 300), face(3, 500)], **options)
    exact = tracks["short.mp4"].rotation_deg
    assert np.array_equal(casting.tracks[1].rotation_deg, exact)
    assert not np.array_equal(casting.tracks[2].rotation_deg, exact), "they move in step"


def test_a_clip_with_the_name_of_a_driver_is_still_a_clip(clips):
    casting = cast([face(1)], driver="calm.mp4")
    assert casting.seeds == (None,) and casting.frames == 31


def test_a_clip_is_recorded_once_for_many_faces(clips):
    asked, _ = clips
    cast([face(1), face(2, 400), face(3, 700)], driver="short.mp4")
    assert asked == ["short.mp4"]


def test_loops_duration_and_rate():
    once = cast([face(1)], driver="calm", duration_s=4.0, fps=20.0)
    assert (once.frames, once.fps) == (80, 20.0)
    whole = cast([face(1)], driver="calm", fps=20.0)
    thrice = cast([face(1)], driver="calm", fps=20.0, loop=3)
    steps = whole.frames - 1
    assert thrice.frames == 3 * steps + 1
    for start in (0, steps, 2 * steps, 3 * steps):
        assert np.abs(thrice.tracks[0].rotation_deg[start]).max() < 0.05


def test_a_preview_is_the_liveliest_second():
    casting = cast([face(1), face(2, 400)], preview=True, duration_s=9.0)
    assert casting.frames == round(casting.fps)
    whole = cast([face(1), face(2, 400)])
    lively = [np.abs(np.diff(track.eye_opening, axis=0)).sum() for track in casting.tracks]
    again = cast([face(1), face(2, 400)], preview=True, loop=4)
    assert again.frames == casting.frames, "a preview does not loop"
    usual = [
        np.abs(np.diff(track.eye_opening, axis=0)).sum() * casting.frames / whole.frames
        for track in whole.tracks
    ]
    assert sum(lively) > sum(usual)


@pytest.mark.parametrize(
    ("driver", "clip"),
    [("smile", False), ("a.MOV", True), ("films/uncle", True), ("nod:mirrored", False)],
)
def test_a_clip_is_distinguished_from_a_driver(driver, clip):
    assert is_clip(driver) is clip


def test_recording_a_clip_can_be_stopped(clips):
    finder = create_autospec(FaceFinder, instance=True)

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        options = AnimateOptions(driver="short.mp4")
        cast_drivers([face(1)], options, lambda: finder, check=stop)
