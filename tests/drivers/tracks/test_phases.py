"""Time shifts between the faces of one photo."""

import numpy as np
import pytest

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.tracks.phases import (
    EARLIEST_S,
    LATEST_S,
    shift_time,
    spread_phases,
    together,
)


@pytest.fixture(scope="module")
def calm():
    return load_bank().driver("calm").track


@pytest.mark.parametrize("shift", [-0.44, 0.32, 0.88])
def test_a_shift_moves_the_middle_and_keeps_the_ends(calm, shift):
    shifted = shift_time(calm, shift)
    assert len(shifted) == len(calm)
    for name in ("rotation_deg", "expression", "eye_opening", "gaze", "scale"):
        before, after = getattr(calm, name), getattr(shifted, name)
        assert np.array_equal(before[[0, -1]], after[[0, -1]]), name
        assert np.isfinite(after).all()
    frames = round(shift * calm.fps)
    middle = slice(100, 115)
    moved = calm.rotation_deg[100 - frames : 115 - frames]
    assert np.abs(shifted.rotation_deg[middle] - moved).max() < 0.05
    assert shifted.eye_opening.min() < 0.1, "blinks still shut the eyes"


def test_frames_keep_their_order_however_short_the_track(calm):
    from dataclasses import fields, replace

    short = replace(
        calm,
        **{
            f.name: getattr(calm, f.name)[:20]
            for f in fields(calm)
            if isinstance(getattr(calm, f.name), np.ndarray)
        },
    )
    ramp = np.linspace(0, 1, 20, dtype=np.float32)
    rising = replace(short, scale=ramp)
    for shift in (EARLIEST_S, LATEST_S):
        assert (np.diff(shift_time(rising, shift).scale) > 0).all()


def test_one_driver_on_four_neighbours_blinks_at_four_times(calm):
    near = np.ones((4, 4))
    tracks = spread_phases([calm] * 4, near, [0.1, 0.5, 0.9, 0.3])
    assert tracks[0] is calm, "the first keeps its own timing"
    for i in range(4):
        for j in range(i):
            assert together(tracks[i], tracks[j]) < 0.7 < together(calm, calm)
    again = spread_phases([calm] * 4, near, [0.1, 0.5, 0.9, 0.3])
    assert all(
        np.array_equal(a.expression, b.expression) for a, b in zip(tracks, again, strict=True)
    )


def test_a_single_face_keeps_its_timing(calm):
    assert spread_phases([calm], np.zeros((1, 1)), [0.7]) == (calm,)
