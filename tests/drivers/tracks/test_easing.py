"""Tracks eased to neutral, made to loop, and played several times."""

from dataclasses import replace

import numpy as np
import pytest
from made_drivers import drifting_track
from synthetic_face import track_of

from nostalgia.drivers.tracks.easing import ease_out, ends_neutral, match_endpoints, play_loops
from nostalgia.drivers.tracks.track import NEUTRAL


def test_a_track_that_ends_neutral_stays_as_it_is():
    track = track_of((10.0, 5.0, 3.0), smile=0.02, opening=0.0, length=51)
    assert ease_out(track, 1.0) is track


def test_a_track_that_ends_anywhere_comes_to_rest_in_its_last_second():
    whole = track_of((10.0, 5.0, 3.0), smile=0.02, opening=0.0, length=101)
    cut = {
        name: getattr(whole, name)[:51]
        for name in (
            "rotation_deg translation scale expression eye_opening mouth_opening gaze".split()
        )
    }
    track = replace(whole, **cut)
    settled = ease_out(track, 1.0)
    assert ease_out(settled, 1.0) is settled, "it ends neutral"
    assert settled.rotation_deg.dtype == np.float32
    assert np.array_equal(settled.rotation_deg[:25], track.rotation_deg[:25])
    assert np.array_equal(settled.eye_opening[-1], [1.0, 1.0])
    steps = np.abs(np.diff(settled.rotation_deg[:, 0]))
    assert steps.max() < 1.0 and steps[-1] < 0.02
    assert len(settled) == len(track)


def test_a_track_shorter_than_the_ease_still_ends_neutral():
    track = replace(track_of(length=5), gaze=np.full((5, 2), 0.1, np.float32))
    settled = ease_out(track, 2.0)
    assert not settled.gaze[-1].any()
    assert settled.gaze[0].any()


def test_matched_endpoints_are_neutral_and_the_middle_is_unchanged():
    track = drifting_track()
    looped = match_endpoints(track)
    for number in (0, -1):
        assert not looped.rotation_deg[number].any() and not looped.expression[number].any()
        assert not looped.gaze[number].any()
        assert (looped.eye_opening[number] == 1).all() and looped.scale[number] == 1
    middle = slice(13, 150 - 25)
    for name in ("rotation_deg", "expression", "eye_opening", "gaze"):
        np.testing.assert_allclose(
            getattr(looped, name)[middle], getattr(track, name)[middle], atol=1e-6
        )
    assert np.abs(np.diff(looped.rotation_deg[:, 0])).max() < 3


@pytest.mark.parametrize("count", [2, 3, 5, 13])
def test_endpoints_of_short_tracks_are_matched_too(count):
    track = drifting_track()
    short = {name: getattr(track, name)[60 : 60 + count] for name in NEUTRAL}
    looped = match_endpoints(replace(track, **short))
    assert len(looped) == count
    assert not looped.rotation_deg[[0, -1]].any()


def test_loops_meet_in_one_frame():
    track = track_of((8.0, 0.0, 0.0), smile=0.03, length=11)
    assert play_loops(track, 1) is track
    thrice = play_loops(track, 3)
    assert len(thrice) == 31
    for start in (0, 10, 20):
        assert np.array_equal(thrice.rotation_deg[start : start + 11], track.rotation_deg)
        assert np.array_equal(thrice.expression[start : start + 11], track.expression)


def test_a_performance_that_does_not_end_neutral_is_eased_out_in_each_loop():
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
    eased = ease_out(away_track)
    assert ends_neutral(eased)
    assert np.array_equal(eased.rotation_deg[:30], away_track.rotation_deg[:30])
    assert np.abs(np.diff(eased.rotation_deg[:, 0])).max() < 1.5, "no jump on the way to neutral"
    twice = play_loops(away_track, 2)
    assert twice.rotation_deg[count - 1, 0] == pytest.approx(0, abs=1e-6)
    assert len(twice) == 2 * count - 1
