"""Smiles read from tracks, and performed as the mouth in the photo allows."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import track_of

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.tracks.smiles import (
    BEAMING_STRENGTH,
    OPEN_STRENGTH,
    SERIOUS_STRENGTH,
    fit_smile,
    smile_amounts,
    smile_for,
    smile_shape,
)
from nostalgia.faces.expression import FaceExpression
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import (
    INNER_LIP_MIDDLES,
    INNER_LOWER_LIP,
    INNER_UPPER_LIP,
    LEFT_BROW,
    MOUTH_CORNERS,
    NOSE_BRIDGE,
    RIGHT_BROW,
    RIGHT_LOWER_LID,
    RIGHT_UPPER_LID,
    UPPER_OVAL,
)
from nostalgia.types import CHIN, Float32, MotionTrack

LEFT, RIGHT = MOUTH_CORNERS
CHEEK = 280
LOWER_LIP = 17
SERIOUS = FaceExpression(-0.05, 0.005, (0.3, 0.3))


def lift_and_widening(expression: Float32) -> Float32:
    corners = expression[:, [LEFT, RIGHT]]
    return corners[:, 1, 0] - corners[:, 0, 0] - corners[:, :, 1].mean(axis=1)


def smiling_track(amounts: Float32) -> MotionTrack:
    expression = amounts[:, None, None] * smile_shape(0.0)
    return replace(track_of(length=len(amounts)), expression=expression.astype(np.float32))


def test_a_smile_lives_in_corners_cheeks_and_lower_lids() -> None:
    up = -smile_shape(0.0)[:, 1]
    middle = up[list(INNER_LIP_MIDDLES)].mean()
    assert up[RIGHT] > 2 * middle > 0
    assert up[CHEEK] > 0.3 * up[RIGHT]
    lids = list(RIGHT_LOWER_LID[2:-2])
    assert (up[lids] > 0).all() and (up[lids] < 0.25 * up[RIGHT]).all()
    still = [CHIN, *NOSE_BRIDGE, *UPPER_OVAL, *LEFT_BROW, *RIGHT_BROW]
    assert np.abs(smile_shape(0.0)[still]).max() < 0.02
    assert np.abs(smile_shape(0.0)[list(RIGHT_UPPER_LID[2:-2])]).max() < 0.02


def test_a_shut_mouth_bends_instead_of_rising_as_one() -> None:
    up = -smile_shape(0.0)[:, 1]
    assert up[list(INNER_LIP_MIDDLES)].mean() < 0.2 * up[[LEFT, RIGHT]].mean()
    assert up[LOWER_LIP] > 1.5 * up[list(INNER_LIP_MIDDLES)].mean()


def test_the_shape_is_symmetric_and_its_corners_measure_one() -> None:
    shape = smile_shape(0.0)
    mirrored = shape[load_face_shape().mirror] * [-1, 1, 1]
    assert np.abs(shape - mirrored).max() < 0.02
    assert lift_and_widening(shape[None])[0] == pytest.approx(1.0, abs=1e-3)


def test_shut_lips_stay_shut_and_teeth_stay_where_they_are() -> None:
    upper, lower = list(INNER_UPPER_LIP), list(INNER_LOWER_LIP)
    shut, open_ = smile_shape(0.0), smile_shape(1.0)
    assert np.array_equal(shut[upper], shut[lower])
    inner = upper[3:8] + lower[3:8]
    assert not open_[inner].any()
    assert np.abs(shut[inner]).max() > 0.1
    assert np.array_equal(open_[[LEFT, RIGHT, CHEEK]], shut[[LEFT, RIGHT, CHEEK]])


def test_the_amount_is_read_in_spite_of_a_misplaced_head() -> None:
    amounts = np.array([0, 0.02, 0.05, 0.08, 0.03, 0], np.float32)
    track = smiling_track(amounts)
    mean = load_face_shape().mean
    turned = np.cross([0.02, -0.03, 0.01], mean) + [0.02, -0.03, 0.01]
    errors = np.sin(np.arange(6))[:, None, None] * turned
    wrong = (track.expression + errors).astype(np.float32)
    assert np.abs(lift_and_widening(wrong) - amounts).max() > 0.02
    assert smile_amounts(wrong) == pytest.approx(smile_amounts(track.expression), abs=1e-5)
    assert smile_amounts(wrong) == pytest.approx(amounts, abs=0.003)


def test_corners_that_sink_are_mostly_error() -> None:
    track = smiling_track(np.array([0, -0.03, 0], np.float32))
    assert -0.012 < smile_amounts(track.expression)[1] < -0.005


def test_three_mouths_get_three_strengths() -> None:
    serious = smile_for(SERIOUS)
    beaming = smile_for(FaceExpression(0.2, 0.01, (0.3, 0.3)))
    laughing = smile_for(FaceExpression(-0.05, 0.1, (0.3, 0.3)))
    assert (serious.strength, serious.held) == (SERIOUS_STRENGTH, 0)
    assert (beaming.strength, beaming.held) == (BEAMING_STRENGTH, 0)
    assert (laughing.strength, laughing.held) == (OPEN_STRENGTH, 1)
    assert BEAMING_STRENGTH < OPEN_STRENGTH < SERIOUS_STRENGTH


@pytest.mark.parametrize(
    "states",
    [
        [FaceExpression(smile, 0.0, (0.3, 0.3)) for smile in np.linspace(-0.1, 0.2, 200)],
        [FaceExpression(-0.05, gap, (0.3, 0.3)) for gap in np.linspace(0.0, 0.1, 200)],
    ],
)
def test_strength_falls_without_a_jump(states: list[FaceExpression]) -> None:
    strengths = np.array([smile_for(state).strength for state in states])
    assert strengths[0] > strengths[-1]
    assert -0.03 < np.diff(strengths).min() <= np.diff(strengths).max() <= 0


def test_brows_keep_their_raise_and_lose_their_drift() -> None:
    track = load_bank().driver("dreamer").track
    fitted = fit_smile(track, SERIOUS)
    left, right = list(LEFT_BROW), list(RIGHT_BROW)

    def middle(performed: MotionTrack, axis: int) -> Float32:
        return performed.expression[:, left + right, axis].mean(axis=1)

    assert np.abs(middle(track, 0)).max() > 0.003
    assert np.abs(middle(fitted, 0)).max() < 1e-3
    assert middle(fitted, 1) == pytest.approx(middle(track, 1), abs=1e-3)
    heights = [fitted.expression[:, brow, 1].mean(axis=1) for brow in (left, right)]
    assert heights[0] == pytest.approx(heights[1], abs=1e-3)


def test_only_the_expression_changes_and_neutral_frames_stay_neutral() -> None:
    track = load_bank().driver("wake-up").track
    track = replace(track, mouth_opening=np.full_like(track.mouth_opening, 0.01))
    fitted = fit_smile(track, SERIOUS)
    assert not fitted.expression[[0, -1]].any()
    assert not fitted.mouth_opening.any()
    for name in ("rotation_deg", "translation", "eye_opening", "gaze"):
        assert getattr(fitted, name) is getattr(track, name)


@pytest.mark.parametrize("name", ["smile", "shy", "dreamer", "homecoming", "laugh"])
def test_the_banks_smiles_keep_their_size_and_leave_the_chin(name: str) -> None:
    track = load_bank().driver(name).track
    fitted = fit_smile(track, SERIOUS)
    before, after = lift_and_widening(track.expression), lift_and_widening(fitted.expression)
    assert np.corrcoef(before, after)[0, 1] > 0.9
    assert 0.75 < after.max() / (SERIOUS_STRENGTH * before.max()) < 1.4
    assert np.abs(fitted.expression[:, CHIN]).max() < 0.002
