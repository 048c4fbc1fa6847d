"""A performance played more than once."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import track_of

from nostalgia.drivers.tracks.easing import ease_out, ends_neutral
from nostalgia.drivers.tracks.rounds import play_loops


def test_rounds_meet_in_one_frame():
    track = track_of((8.0, 0.0, 0.0), smile=0.03, length=11)
    assert play_loops(track, 1) is track
    thrice = play_loops(track, 3)
    assert len(thrice) == 31
    for start in (0, 10, 20):
        assert np.array_equal(thrice.rotation_deg[start : start + 11], track.rotation_deg)
        assert np.array_equal(thrice.expression[start : start + 11], track.expression)


def test_a_performance_that_ends_elsewhere_is_led_back_each_round():
    count = 60
    away = np.linspace(0, 12, count, dtype=np.float32)
    track = track_of(length=count)
    away_track = replace(
        track,
        rotation_deg=np.stack([away, away * 0, away * 0], axis=1),
        eye_opening=np.full((count, 2), 0.4, np.float32),
    )
    assert ends_neutral(track) and not ends_neutral(away_track)
    assert ease_out(track) is track
    led = ease_out(away_track)
    assert ends_neutral(led)
    assert np.array_equal(led.rotation_deg[:30], away_track.rotation_deg[:30])
    assert np.abs(np.diff(led.rotation_deg[:, 0])).max() < 1.5, "no jump on the way back"
    twice = play_loops(away_track, 2)
    assert twice.rotation_deg[count - 1, 0] == pytest.approx(0, abs=1e-6)
    assert len(twice) == 2 * count - 1
