"""The frame of a driving clip that matches the photo."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nostalgia.drivers.tracks.alignment import best_frame, best_start, start_track_at
from nostalgia.types import HeadPose, MotionTrack


@pytest.fixture
def faces() -> np.ndarray:
    """Six different sets of points: float32 (6, 68, 2)."""
    return np.random.default_rng(3).normal(0, 40, (6, 68, 2)).astype(np.float32) + 200


def test_the_same_points_win(faces):
    assert [best_frame(face, faces) for face in faces] == list(range(6))


def test_size_and_place_do_not_matter(faces):
    elsewhere = faces[4] * 3.5 + np.array([900, -50], np.float32)
    assert best_frame(elsewhere, faces) == 4
    larger = faces * np.linspace(0.2, 4, 6, dtype=np.float32)[:, None, None]
    assert best_frame(faces[2], larger) == 2


def test_shape_and_turn_do_matter(faces):
    turned = faces[1] @ np.array([[0, 1], [-1, 0]], np.float32)
    assert best_frame(faces[1], np.stack([turned, faces[1] + 5])) == 1
    stretched = faces[1] * np.array([1.5, 1], np.float32)
    assert best_frame(faces[1], np.stack([stretched, faces[1] + 5])) == 1


def test_the_first_of_equals_wins(faces):
    assert best_frame(faces[3], faces[[0, 3, 1, 3, 3]]) == 1


@pytest.mark.parametrize(
    "unusable",
    [
        np.full((68, 2), 7.0),
        np.stack([np.arange(68.0), 2 * np.arange(68.0)], axis=1),
        np.full((68, 2), np.nan),
        np.where(np.arange(136).reshape(68, 2) == 9, np.inf, 1.0),
    ],
    ids=["one-place", "one-line", "nan", "infinite"],
)
def test_frames_without_a_hull_are_never_best(faces, unusable):
    odd = unusable.astype(np.float32)
    assert best_frame(faces[0], np.stack([odd, faces[5], odd])) == 1
    assert best_frame(faces[0], np.stack([odd, odd])) == 0
    assert best_frame(odd, faces) == 0


def test_the_original_code_agrees(shared):
    golden = np.load(shared / "parity" / "golden_best_frame.npz")
    source, driving = (golden[key].astype(np.float32) for key in ("source", "driving"))
    assert best_frame(source, driving) == int(golden["index"])


def turning(count: int = 60, **changes) -> MotionTrack:
    """A head that turns from -20 to 20 degrees of yaw and grows a little."""
    way = np.linspace(0.0, 1.0, count)
    fields = {
        "expression": np.zeros((count, 478, 3), np.float32),
        "eye_opening": np.ones((count, 2), np.float32),
        "mouth_opening": np.zeros(count, np.float32),
        "gaze": np.zeros((count, 2), np.float32),
    }
    return MotionTrack(
        fps=25.0,
        rotation_deg=np.stack([40 * way, 0 * way, 0 * way], 1).astype(np.float32),
        scale=(1 + 0.1 * way).astype(np.float32),
        translation=np.stack([0.2 * way, 0 * way, 0 * way], 1).astype(np.float32),
        start_pose=HeadPose(-20.0, 0.0, 0.0),
        **{**fields, **changes},
    )


def test_the_frame_with_the_pose_of_the_photo_is_chosen():
    assert best_start(turning(), HeadPose(-20.0, 0.0, 0.0)) == 0
    assert best_start(turning(), HeadPose(-17.0, 1.0, 2.0)) == 0
    assert best_start(turning(), HeadPose(0.0, 0.0, 0.0)) == pytest.approx(29.5, abs=1)
    assert best_start(turning(), HeadPose(35.0, 0.0, 0.0)) == 59


def test_a_clip_that_begins_in_a_blink_starts_at_open_eyes():
    eyes = np.ones((60, 2), np.float32)
    eyes[:5] = 0.2
    assert 5 <= best_start(turning(eye_opening=eyes), HeadPose(-20.0, 0.0, 0.0)) <= 7


def test_a_clip_that_begins_with_an_open_mouth_starts_later_for_a_closed_mouth():
    mouth = np.zeros(60, np.float32)
    mouth[6:] = -0.05
    spoken = turning(mouth_opening=mouth)
    pose = HeadPose(-20.0, 0.0, 0.0)
    assert best_start(spoken, pose, mouth_opening=0.0) == 6
    assert best_start(spoken, pose, mouth_opening=0.05) == 0
    assert best_start(spoken, pose) == 0


def test_a_track_started_at_another_frame_keeps_all_frames_and_begins_neutral():
    track = turning()
    assert start_track_at(track, 0) is track
    moved = start_track_at(track, 30)
    assert len(moved) == len(track) and moved.fps == track.fps
    assert not moved.rotation_deg[0].any() and not moved.translation[0].any()
    assert moved.scale[0] == 1 and (moved.eye_opening[0] == 1).all()
    assert_allclose(moved.rotation_deg[30], 0, atol=1e-4)
    assert_allclose(
        moved.rotation_deg[20:, 0],
        track.rotation_deg[20:, 0] - track.rotation_deg[30, 0],
        atol=1e-3,
    )
    assert moved.start_pose.yaw == pytest.approx(-20 + track.rotation_deg[30, 0], abs=1e-3)
    assert np.abs(np.diff(moved.rotation_deg[:, 0])).max() < 6
    assert_allclose(moved.scale[40], track.scale[40] / track.scale[30], atol=1e-5)
