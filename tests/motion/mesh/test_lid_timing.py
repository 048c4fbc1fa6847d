"""Openings of both eyes over time."""

import numpy as np
import pytest

from nostalgia.motion.mesh.lid_timing import openings_as_recorded, openings_at_ease

FPS = 25.0


def blink(deepest: float, at: int = 20) -> np.ndarray:
    """Openings minus 1, float64 (81, 2): a blink, and a full one at 60."""
    times = [at - 3, at, at + 6, 57, 60, 66]
    path = np.interp(np.arange(81), times, [0.0, -deepest, 0.0, 0.0, -1.0, 0.0])
    return np.stack([path, path], -1)


def at_ease(lids: np.ndarray, fps: float = FPS) -> np.ndarray:
    return openings_at_ease(lids, 1.0, 1.0, fps)


@pytest.mark.parametrize("deepest", np.linspace(0.05, 0.95, 19))
def test_no_blink_stops_half_way(deepest: float) -> None:
    closure = (1 - at_ease(blink(deepest)))[:50]
    assert closure.max() <= 0.31 or closure.max() >= 0.8
    assert closure[20, 0] == closure.max()
    assert (closure[[0, -1]] == 0).all()
    assert (np.diff(closure[17:21, 0]) > 0).all() and (np.diff(closure[20:27, 0]) < 0).all()


def test_a_deeper_blink_stays_the_deeper_one() -> None:
    depths = [float((1 - at_ease(blink(d)))[:50].max()) for d in np.linspace(0.05, 0.9, 18)]
    assert (np.diff(depths) > 0).all()


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_lids_that_are_asked_to_close_less_do(share: float) -> None:
    closure = 1 - openings_at_ease(blink(0.65), share, 1.0, FPS)[:, 0]
    whole = 1 - at_ease(blink(0.65))[:, 0]
    assert closure.max() == pytest.approx(min(share / 0.92, 1.0))
    assert closure[20] == pytest.approx(closure.max() * whole[20], abs=0.06)


def test_two_blinks_in_a_row_are_each_decided() -> None:
    both = np.minimum(blink(0.4, at=16), blink(0.65, at=21))
    closure = 1 - at_ease(both)[:, 0]
    assert closure[16] < 0.32 and closure[21] > 0.8


def test_eyes_that_stay_half_shut_are_not_shut() -> None:
    lids = np.interp(np.arange(81), [5, 12, 42, 49], [0, -0.55, -0.55, 0])
    narrowed = blink(0.0) + np.stack([lids, lids], -1)
    assert np.allclose(at_ease(narrowed), openings_as_recorded(narrowed, 1.0, 1.0, FPS))


@pytest.mark.parametrize("fps", [25.0, 50.0])
def test_an_eye_that_lags_is_no_wink(fps: float) -> None:
    lids = blink(0.92)
    lids[1:, 1] = lids[:-1, 1]
    openings = at_ease(lids, fps)
    assert np.allclose(openings[:, 0], openings[:, 1])
    recorded = openings_as_recorded(lids, 1.0, 1.0, fps)
    assert np.abs(np.diff(recorded, axis=1)).max() > 0.15


def test_a_wink_leaves_the_other_eye_open() -> None:
    lids = np.zeros((61, 2))
    lids[20:35, 0] = -1.0
    openings = at_ease(lids)
    assert openings[:, 0].min() == 0
    assert openings[:, 1].min() > 0.95


@pytest.mark.parametrize("fps", [12.0, 25.0, 50.0])
def test_an_eye_opens_in_three_frames_at_least(fps: float) -> None:
    lids = np.zeros((41, 2))
    lids[15:20] = -1.0
    opening = at_ease(lids, fps)[:, 0]
    assert opening[19] == 0 and opening[22:].max() == 1
    assert ((opening[20:26] > 0) & (opening[20:26] < 1)).sum() >= 2
    assert opening[-1] == 1
