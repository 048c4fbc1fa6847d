"""Tracks that end neutral stay; others come to rest without a jerk."""

from dataclasses import replace

import numpy as np
from synthetic_face import track_of

from nostalgia.drivers.tracks.easing import ease_out


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
