"""The frame of a driving clip that looks most like the source."""

import numpy as np
import pytest

from nostalgia.drivers.tracks.best_frame import best_frame


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
    golden = np.load(shared / "parity/golden_best_frame.npz")
    source, driving = (golden[key].astype(np.float32) for key in ("source", "driving"))
    assert best_frame(source, driving) == int(golden["index"])
