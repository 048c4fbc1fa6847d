"""The scores of the driver bank: what living faces do, and no two alike."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from authoring import FPS, author, mended, steadied, with_lids_of, without_sway
from kinematics import Look, Shut, blink_path, blinks_of, gaze_path, lid_paths
from performance import EXPRESSIONS
from performances import PERFORMANCES

from nostalgia.types import HeadPose

BY_NAME = {performance.name: performance for performance in PERFORMANCES}
EVERY = pytest.mark.parametrize("performance", PERFORMANCES, ids=list(BY_NAME))
ONE_FRAME_S = 0.041


@pytest.fixture(scope="module")
def tracks():
    """Authored with expression units of one number each, at the mouth corners and a brow."""
    units = {name: np.zeros((478, 3)) for name in ("smile", "brow_raise", "frown")}
    units["smile"][[61, 291], 0] = (-0.5, 0.5)
    units["brow_raise"][105, 1] = -1.0
    return {p.name: author(p.score, units, HeadPose(0, 0, 0)) for p in PERFORMANCES}


def test_there_are_sixteen_drivers_or_more_with_names_and_moods_of_their_own():
    assert len(PERFORMANCES) == len(BY_NAME) >= 16
    assert len({p.mood for p in PERFORMANCES}) == len(PERFORMANCES)
    assert PERFORMANCES[0].name == "calm" and PERFORMANCES[0].penalty == 0


@EVERY
def test_what_bank_json_says_of_it_is_well_formed(performance):
    assert performance.mood.isalpha() and performance.mood.islower()
    assert performance.suits and set(performance.suits) <= set(EXPRESSIONS)
    assert performance.gestures and performance.penalty >= 0
    assert 5 <= performance.score.duration_s <= 11


@EVERY
def test_it_blinks_as_people_do(performance):
    intervals = np.diff(performance.score.blinks_s)
    double = intervals < 0.6
    assert len(intervals) >= 2
    assert double.sum() <= 1 and intervals.min() > 0.4
    assert intervals[~double].min() > 1.0 and intervals.max() < 6.0
    assert intervals.std() > 0.2 * intervals.mean(), "as even as a clock"


@EVERY
def test_no_two_of_its_blinks_are_alike(performance):
    blinks = blinks_of(performance.score, FPS)
    depths = [blink.depth for blink in blinks]
    assert depths[0] == 1 and sum(depth < 0.8 for depth in depths) == 1
    for one, other in combinations(blinks, 2):
        apart = [one.close_s - other.close_s, one.open_s - other.open_s]
        assert np.abs(apart).max() > 0.001


@EVERY
def test_lids_close_in_two_or_three_frames_and_open_in_twice_the_time(performance):
    for blink in blinks_of(performance.score, FPS):
        fine = blink_path(np.arange(0, 11, 0.001), (blink,)) / blink.depth
        shut = int(fine.argmax())
        closing = np.interp([0.25, 0.75], fine[: shut + 1], np.arange(shut + 1))
        opening = np.interp([0.25, 0.75], fine[shut:][::-1], np.arange(len(fine) - shut)[::-1])
        assert 20 < np.diff(closing)[0] < 40
        assert opening[0] - opening[1] > 2 * np.diff(closing)[0]
        frames = blink_path(np.arange(0, 11, 1 / FPS), (blink,)) / blink.depth
        assert frames.max() == pytest.approx(1.0)
        assert 1 <= (frames > 0.95).sum() <= 2
        # A quarter of the way is left to the last third of the time.
        assert fine[shut + int(1000 * (blink.shut_s + 0.67 * blink.open_s))] < 0.25


def test_lids_follow_the_eyes_down():
    down = Look(1.0, 0, -8.0)
    score = replace(BY_NAME["calm"].score, looks=(down,), blinks_s=(0.2, 3.0, 5.0), smiles=())
    units = {name: np.zeros((478, 3)) for name in ("smile", "brow_raise", "frown")}
    opening = author(score, units, HeadPose(0, 0, 0)).eye_opening[round(1.3 * FPS) :][:10]
    assert 0.7 < opening.mean() < 0.92


@EVERY
def test_it_is_never_dead_still(performance, tracks):
    speed = np.abs(np.diff(tracks[performance.name].rotation_deg, axis=0)).mean(1)
    slowest = np.convolve(speed, np.full(10, 0.1), "valid").min()
    assert slowest > 0.012, "degrees per frame, mean of the axes, over ten frames"


@EVERY
def test_eyes_lead_the_head(performance):
    score = performance.score
    before = 0.0
    for turn in score.turns:
        step, before = abs(turn.yaw - before), turn.yaw
        leads = [turn.at_s - look.at_s for look in score.looks]
        seen = [look.right for look in score.looks if look.at_s < turn.at_s]
        there = abs((seen[-1] if seen else 0.0) - turn.yaw) < 3.5
        led = any(0.1 <= lead <= 0.2 for lead in leads)
        assert led or there or step < 3, f"nothing leads the turn at {turn.at_s} s"


@EVERY
def test_smiles_rise_hold_and_fall_more_slowly(performance):
    assert performance.score.smiles
    for smile in performance.score.smiles:
        assert 0.5 <= smile.rise_s <= 0.75
        assert smile.hold_s >= 0.4
        assert smile.decay_s > smile.rise_s


@EVERY
def test_it_ends_as_it_began_and_goes_on_at_the_same_speed(performance, tracks):
    track = tracks[performance.name]
    for end in (0, -1):
        assert np.abs(track.rotation_deg[end]).max() < 0.05
        assert np.abs(track.expression[end]).max() < 0.002
        np.testing.assert_allclose(track.eye_opening[end], 1.0, atol=0.02)
        np.testing.assert_allclose(track.gaze[end], 0.0, atol=0.004)
    first, last = np.diff(track.rotation_deg[:2], axis=0), np.diff(track.rotation_deg[-2:], axis=0)
    assert np.abs(first - last).max() < 0.08, "stops or jerks where the loop closes"


@EVERY
def test_the_head_never_jerks(performance, tracks):
    jerk = np.diff(tracks[performance.name].rotation_deg, n=3, axis=0)
    assert np.percentile(np.abs(jerk), 95) < 0.7


@pytest.mark.parametrize(
    "one, other", list(combinations(BY_NAME, 2)), ids=lambda name: name if name else None
)
def test_no_two_drivers_share_a_timing(one, other, tracks):
    a, b = BY_NAME[one].score, BY_NAME[other].score
    assert a.seed != b.seed
    assert together(a.blinks_s, b.blinks_s) <= 1
    starts = [[turn.at_s for turn in score.turns] for score in (a, b)]
    assert together(*starts) <= 1
    onsets = [[smile.at_s for smile in score.smiles] for score in (a, b)]
    assert together(*onsets) == 0
    assert abs(likeness(tracks[one].rotation_deg[:, 0], tracks[other].rotation_deg[:, 0])) < 0.95


def together(some, others):
    """How many events of one list happen in the same frame as one of the other list."""
    return sum(min(abs(at - other) for other in others) < ONE_FRAME_S for at in some)


def likeness(some, others):
    """Correlation of two curves as far as both go."""
    frames = min(len(some), len(others))
    return np.corrcoef(some[:frames], others[:frames])[0, 1]


def test_a_wink_shuts_one_eye(tracks):
    opening = tracks["wink"].eye_opening
    one = (opening[:, 0] < 0.05) & (opening[:, 1] > 0.6)
    assert one.sum() >= 3
    assert (opening.max(1) < 0.05).sum() >= 3, "and blinks besides"


def test_a_smirk_sits_on_the_side_of_the_wink(tracks):
    corners = np.abs(tracks["wink"].expression[:, [61, 291], 0]).max(0)
    assert corners[0] > 1.4 * corners[1]


def test_the_sleeper_shuts_the_eyes_within_half_a_second_and_sleeps_on(tracks):
    track = tracks["wake-up"]
    asleep = track.eye_opening.max(1) < 0.05
    assert track.eye_opening[0].min() > 0.98
    assert asleep[round(0.5 * FPS) : round(2.3 * FPS)].all()
    assert track.eye_opening[round(4.6 * FPS)].min() > 0.9


def test_the_startled_open_their_eyes_and_the_laughing_narrow_them(tracks):
    assert tracks["surprise"].eye_opening.max() > 1.08
    laughing = tracks["laugh"].eye_opening[round(2.7 * FPS) : round(4.2 * FPS)]
    assert 0.55 < laughing.mean() < 0.8


def test_the_subtle_one_stirs_a_third_of_what_the_calm_one_does(tracks):
    calm, subtle = (np.ptp(tracks[name].rotation_deg[:, 0]) for name in ("calm", "subtle"))
    assert 2 < subtle < 0.45 * calm
    assert tracks["subtle"].eye_opening.min() < 0.02


def test_saccades_take_longer_the_further_they_go():
    time_s = np.arange(0, 0.5, 0.001)
    still = np.zeros((len(time_s), 3))

    def lasting(degrees):
        path = gaze_path(time_s, (Look(0.1, degrees),), still)[:, 0]
        return ((path > 0.001) & (path < degrees - 0.001)).sum()

    assert 25 < lasting(2.0) <= 50
    assert lasting(16.0) > 50


def test_half_shut_lids_stay_half_open():
    time_s = np.arange(0, 2, 0.02)
    closure = lid_paths(time_s, (Shut(0.2, 0.2, 0.5, 0.3, depth=0.6, eye="right", cheek=0.5),))
    np.testing.assert_allclose(closure.max(0), [0.3, 0.6], atol=1e-6)
    assert closure[[0, -1]].max() == 0


def test_lids_that_sleep_are_the_authored_ones_and_blinks_the_extracted(tracks):
    score, authored = BY_NAME["wake-up"].score, tracks["wake-up"]
    narrowed = np.full_like(authored.eye_opening, 0.5)
    track = with_lids_of(score, authored, replace(authored, eye_opening=narrowed))
    assert track.eye_opening[round(1.5 * FPS)].max() < 0.05
    np.testing.assert_array_equal(track.eye_opening[round(4.0 * FPS) : -1], 0.5)
    np.testing.assert_array_equal(track.eye_opening[[0, -1]], 1.0)


def test_trembling_is_steadied_and_the_ends_stay_neutral(tracks):
    calm = tracks["calm"]
    noise = np.random.default_rng(1).normal(0, 0.1, calm.rotation_deg.shape).astype(np.float32)
    noise[[0, -1]] = 0
    shaken = replace(calm, rotation_deg=calm.rotation_deg + noise)
    track = steadied(shaken)
    before, after = (np.abs(np.diff(t.rotation_deg, n=3, axis=0)).mean() for t in (shaken, track))
    assert after < 0.2 * before
    assert np.abs(track.rotation_deg[[0, -1]]).max() < 1e-6
    assert np.abs(track.rotation_deg - calm.rotation_deg).max() < 0.4


def test_curves_are_mended_to_the_authored_size_and_unseen_ones_taken_from_the_score(tracks):
    shy = tracks["shy"]
    weak = shy.rotation_deg * np.float32(0.6)
    weak[:, 1] = np.random.default_rng(2).normal(0, 1, len(weak))
    track, taken = mended(shy, replace(shy, rotation_deg=weak, gaze=shy.gaze * np.float32(0.1)))
    assert taken == ("pitch", "gaze")
    np.testing.assert_allclose(track.rotation_deg, shy.rotation_deg, atol=1e-4)
    np.testing.assert_array_equal(track.gaze, shy.gaze)


def test_lids_that_were_read_badly_are_taken_from_the_score(tracks):
    calm = tracks["calm"]
    opening = calm.eye_opening.copy()
    opening[opening < 0.7] = 0.0
    track, taken = mended(calm, replace(calm, eye_opening=opening))
    assert taken == ("lids",)
    np.testing.assert_array_equal(track.eye_opening, calm.eye_opening)
    _, taken = mended(calm, replace(calm, eye_opening=calm.eye_opening + np.float32(0.02)))
    assert taken == ()


def test_a_head_that_turns_neither_slides_nor_shrinks(tracks):
    calm = tracks["calm"]
    yaw = calm.rotation_deg[:, 0]
    sliding = calm.translation + np.outer(0.002 * yaw, [1, 0, 0])
    shrinking = replace(calm, translation=sliding, scale=calm.scale - 0.0003 * yaw**2)
    track = without_sway(shrinking)
    assert abs(np.corrcoef(track.translation[:, 0], yaw)[0, 1]) < 0.2
    assert np.ptp(track.scale) < 0.5 * np.ptp(shrinking.scale)
    np.testing.assert_allclose(track.scale, without_sway(calm).scale, atol=1e-3)
