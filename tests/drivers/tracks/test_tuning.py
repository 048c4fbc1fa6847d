"""Tuning of a performance."""

import numpy as np
import pytest
from synthetic_face import track_of

from nostalgia.drivers.tracks.smiles import smile_weights
from nostalgia.drivers.tracks.tuning import (
    excerpt,
    liveliest_start,
    tune_track,
)
from nostalgia.faces.topology import LEFT_BROW, MOUTH_CORNERS, RIGHT_BROW
from nostalgia.types import MotionTrack


@pytest.fixture
def track() -> MotionTrack:
    return track_of((8.0, 3.0, 2.0), smile=0.04, opening=0.3)


def test_ones_give_the_same_track(track):
    assert tune_track(track) is track


def test_each_factor_changes_only_its_own_motion(track):
    kinds = {
        "smile": {"expression", "mouth_opening"},
        "blink": {"eye_opening"},
        "turn": {"rotation_deg", "translation", "scale"},
        "gaze": {"gaze"},
    }
    noise = np.random.default_rng(1).normal(0, 0.02, track.gaze.shape).astype(np.float32)
    lively = MotionTrack(
        track.fps, track.rotation_deg, track.rotation_deg / 100, track.scale * 1.02,
        track.expression, track.eye_opening, track.mouth_opening + 0.01, noise, track.start_pose,
    )  # fmt: skip
    for word, changed in kinds.items():
        tuned = tune_track(lively, **{word: 0.5})
        for name in set().union(*kinds.values()):
            same = np.array_equal(getattr(tuned, name), getattr(lively, name))
            assert same == (name not in changed), (word, name)


def test_smile_changes_the_mouth_and_not_the_brows(track):
    weights = smile_weights()
    assert (weights[list(MOUTH_CORNERS)] == 1).all()
    assert (weights[list(LEFT_BROW + RIGHT_BROW)] == 0).all()
    corner = MOUTH_CORNERS[0]
    twice = tune_track(track, smile=2.0).expression[:, corner]
    assert np.allclose(twice, 2 * track.expression[:, corner])
    assert not tune_track(track, smile=0.0).expression[:, corner].any()


def test_blinks_disappear_at_zero_and_never_overshoot(track):
    assert (tune_track(track, blink=0.0).eye_opening == 1).all()
    deep = tune_track(track, blink=2.0).eye_opening
    assert deep.min() == 0.0 and deep.max() == 1.0
    wide = tune_track(track_of(opening=1.3), blink=2.0)
    assert np.array_equal(wide.eye_opening, track_of(opening=1.3).eye_opening)


def test_turn_scales_about_neutral(track):
    still = tune_track(track, turn=0.0)
    assert not still.rotation_deg.any() and (still.scale == 1).all()
    assert np.allclose(tune_track(track, turn=1.5).rotation_deg, 1.5 * track.rotation_deg)


def test_the_excerpt_is_the_liveliest_part():
    track = track_of((10.0, 0.0, 0.0), length=101)
    still = np.zeros_like(track.rotation_deg)
    still[70:80] = track.rotation_deg[45:55] - track.rotation_deg[45]
    still[80:] = still[79]
    late = MotionTrack(
        25.0, still, track.translation, track.scale, track.expression * 0, track.eye_opening,
        track.mouth_opening, track.gaze, track.start_pose,
    )  # fmt: skip
    assert 54 <= liveliest_start([late], 1.0) <= 70
    cut = excerpt(late, 1.0)
    assert len(cut) == 25 and np.ptp(cut.rotation_deg) == pytest.approx(np.ptp(still))
    assert len(excerpt(late, 100.0)) == 101
    assert np.array_equal(excerpt(late, 1.0, 0).rotation_deg, still[:25])
