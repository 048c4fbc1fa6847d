"""Track files, mirrored and resampled tracks."""

import io
import zipfile

import numpy as np
import pytest

from nostalgia.drivers.tracks.track import (
    load_track,
    mirror_track,
    resample_track,
    save_track,
)
from nostalgia.errors import DriverError
from nostalgia.faces.head import load_face_shape
from nostalgia.types import HeadPose, MotionTrack


def looping_track(frames: int = 101, fps: float = 25.0) -> MotionTrack:
    """A smooth performance that starts and ends neutral, different on both sides of the face."""
    u = np.linspace(0, 1, frames)
    rise = np.sin(np.pi * u) ** 2
    wave = np.sin(2 * np.pi * u)
    expression = np.zeros((frames, 478, 3))
    expression[:, 61] = rise[:, None] * [-0.02, -0.03, 0.01]
    expression[:, 291] = rise[:, None] * [0.01, -0.01, 0.0]
    return MotionTrack(
        fps=fps,
        rotation_deg=np.stack([10 * wave, 4 * rise, -3 * wave], 1).astype(np.float32),
        translation=np.stack([0.02 * wave, 0.01 * rise, 0 * u], 1).astype(np.float32),
        scale=(1 + 0.02 * rise).astype(np.float32),
        expression=expression.astype(np.float32),
        eye_opening=np.stack([1 - rise, 1 - 0.5 * rise], 1).astype(np.float32),
        mouth_opening=(0.03 * rise).astype(np.float32),
        gaze=np.stack([0.1 * wave, 0.05 * rise], 1).astype(np.float32),
        start_pose=HeadPose(13.0, -2.0, 4.0),
    )


FIELDS = (
    "rotation_deg", "translation", "scale", "expression", "eye_opening", "mouth_opening", "gaze",
)  # fmt: skip


def test_a_saved_track_can_be_loaded(tmp_path):
    track = looping_track()
    save_track(tmp_path / "a.npz", track)
    back = load_track(tmp_path / "a.npz")
    assert back.fps == track.fps and back.start_pose == track.start_pose
    for name in FIELDS:
        array = getattr(back, name)
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, getattr(track, name), atol=7e-5)


def test_the_same_track_gives_the_same_bytes(tmp_path):
    save_track(tmp_path / "a.npz", looping_track())
    save_track(tmp_path / "b.npz", looping_track())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_missing_and_damaged_files_are_driver_errors(tmp_path):
    with pytest.raises(DriverError, match="missing"):
        load_track(tmp_path / "none.npz")
    save_track(tmp_path / "a.npz", looping_track())
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    for name in ("cut.npz", "text.npz", "empty.npz"):
        with pytest.raises(DriverError, match="not a nostalgia motion track"):
            load_track(tmp_path / name)


def test_a_pickle_inside_a_track_is_refused_and_not_run(tmp_path):
    save_track(tmp_path / "a.npz", looping_track())
    content = io.BytesIO()
    np.save(content, np.array([print], dtype=object), allow_pickle=True)
    with (
        zipfile.ZipFile(tmp_path / "a.npz") as good,
        zipfile.ZipFile(tmp_path / "bad.npz", "w") as bad,
    ):
        for name in good.namelist():
            bad.writestr(name, content.getvalue() if name == "scale.npy" else good.read(name))
    with pytest.raises(DriverError):
        load_track(tmp_path / "bad.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gaze", np.zeros((101, 3), np.float32)),
        ("gaze", np.zeros((50, 2), np.float32)),
        ("scale", np.full(101, np.nan, np.float32)),
        ("rotation_deg", np.full((101, 3), 400.0, np.float32)),
        ("expression", np.zeros((101, 468, 3), np.float16)),
        ("fps", np.float64(0)),
    ],
)
def test_arrays_of_a_wrong_shape_or_range_are_refused(tmp_path, name, value):
    save_track(tmp_path / "a.npz", looping_track())
    with np.load(tmp_path / "a.npz") as stored:
        arrays = dict(stored)
    np.savez(tmp_path / "b.npz", **{**arrays, name: value})
    with pytest.raises(DriverError, match=name):
        load_track(tmp_path / "b.npz")


def test_a_mirrored_track_swaps_sides_and_twice_is_the_same():
    track = looping_track()
    mirrored = mirror_track(track)
    np.testing.assert_array_equal(mirrored.rotation_deg, track.rotation_deg * [-1, 1, -1])
    np.testing.assert_array_equal(mirrored.eye_opening, track.eye_opening[:, ::-1])
    assert mirrored.start_pose == HeadPose(-13.0, -2.0, -4.0)
    assert load_face_shape().mirror[61] == 291
    np.testing.assert_array_equal(mirrored.expression[:, 291], track.expression[:, 61] * [-1, 1, 1])
    twice = mirror_track(mirrored)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(twice, name), getattr(track, name))


def test_resampling_to_the_same_is_the_same_track():
    track = looping_track()
    assert resample_track(track) is track
    assert resample_track(track, 25.0, len(track) / 25) is track


def test_another_rate_shows_the_same_moments():
    track = looping_track()
    faster = resample_track(track, 50.0)
    assert faster.fps == 50.0 and len(faster) == 202
    at = np.linspace(0, 100, 202)
    expected = 10 * np.sin(2 * np.pi * at / 100)
    np.testing.assert_allclose(faster.rotation_deg[:, 0], expected, atol=0.01)
    assert (faster.eye_opening >= 0).all()


@pytest.mark.parametrize("duration_s", [1.3, 4.4, 6.1, 8.0, 9.0, 21.7])
def test_every_length_ends_neutral_and_never_jumps(duration_s):
    track = looping_track()
    made = resample_track(track, 25.0, duration_s)
    assert len(made) == round(duration_s * 25)
    for name in FIELDS:
        values = getattr(made, name)
        np.testing.assert_allclose(values[-1], getattr(track, name)[0], atol=2e-4)
        np.testing.assert_allclose(values[0], getattr(track, name)[0], atol=1e-6)
        steepest = np.abs(np.diff(getattr(track, name), axis=0)).max()
        assert np.abs(np.diff(values, axis=0)).max() <= 2.5 * steepest + 1e-6


def test_a_looped_track_repeats_itself():
    track = looping_track()
    twice = resample_track(track, 25.0, 201 / 25)
    np.testing.assert_allclose(twice.rotation_deg[:101], twice.rotation_deg[100:], atol=1e-4)
    np.testing.assert_allclose(twice.rotation_deg[:101], track.rotation_deg, atol=1e-4)
