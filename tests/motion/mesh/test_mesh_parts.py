"""Grid inversion, curves over time and expression units, each tested on its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of, smile_deltas, track_of

from nostalgia.drivers.tracks.smiles import smile_shape
from nostalgia.imaging import read_at
from nostalgia.motion.grid import grid_over, invert_displacement
from nostalgia.motion.mesh.curves import YAW_LIMIT, limit_rotation, soft_limit, vary_track
from nostalgia.motion.mesh.expression import (
    MAX_UNITS,
    SHARP,
    SOFT,
    find_units,
    prepare_field,
)
from nostalgia.motion.mesh.head import prepare_head
from nostalgia.motion.steps import smootherstep
from nostalgia.photo.crop import crop_face
from nostalgia.types import Float32, HeadPose


def test_inverse_undoes_the_forward_map() -> None:
    y, x = np.mgrid[0:80, 0:90].astype(np.float32)
    bump = smootherstep(1.5 - np.hypot(x - 45, y - 40) / 25)
    forward = np.stack([6 * bump, -4 * bump], axis=-1)
    backward = invert_displacement(forward)
    at_x, at_y = x + backward[..., 0], y + backward[..., 1]
    exact = smootherstep(1.5 - np.hypot(at_x - 45, at_y - 40) / 25)
    assert np.abs(backward[..., 0] + 6 * exact).max() < 0.1
    assert np.abs(backward[..., 1] - 4 * exact).max() < 0.1
    assert not backward[0].any() and not backward[:, -1].any()


def test_soft_limit_keeps_small_values_and_never_passes_the_limit() -> None:
    values = np.linspace(-60, 60, 2001)
    limited = soft_limit(values, 14.0)
    small = np.abs(values) <= 8.4
    assert np.array_equal(limited[small], values[small])
    assert np.abs(limited).max() <= 14.0
    assert (np.diff(limited) >= 0).all()
    assert soft_limit(np.array([14.0]), 14.0)[0] > 11.0


def test_a_turned_head_has_less_room_on_its_far_side() -> None:
    ends = np.array([[30.0, 0.0, 0.0], [-30.0, 0.0, 0.0]])
    right, left = limit_rotation(ends, HeadPose(35.0, 0.0, 0.0), np.ones(3))[:, 0]
    assert 4 < right < -left <= YAW_LIMIT
    further_turned = limit_rotation(ends, HeadPose(50.0, 0.0, 0.0), np.ones(3))[1, 0]
    assert left < further_turned < -0.5 * YAW_LIMIT


@pytest.mark.parametrize("seed", range(6))
def test_variation_keeps_the_ends_and_stays_within_percents(seed: int) -> None:
    track = track_of((10.0, 0.0, 0.0), smile=0.03, opening=0.0, length=120)
    units = find_units(track.expression)
    curves = vary_track(track, units.weights, 1.0, seed)
    assert len(curves) == 120
    for row in (0, -1):
        assert not curves.rotation_deg[row].any()
        assert not curves.weights[row].any()
        assert (curves.eye_opening[row] == 1).all()
    assert 0.9 * 10 < curves.rotation_deg[:, 0].max() < 1.1 * 10
    assert curves.eye_opening.min() == 0
    assert abs(int(curves.rotation_deg[:, 0].argmax()) - 60) <= 4


def test_a_gaping_mouth_and_a_grimace_are_held_back() -> None:
    track = track_of(smile=0.15)
    gaping = replace(track, mouth_opening=track.eye_opening[:, 0] * 0 + 0.2)
    units = find_units(track.expression)
    wild = vary_track(gaping, units.weights, 1.0, 0)
    assert 0.03 < wild.mouth_opening.max() < 0.06
    shown = np.tensordot(wild.weights, units.deltas, axes=1)
    assert 0.01 < np.linalg.norm(shown, axis=-1).max() < 0.07
    gentle = track_of(smile=0.02)
    units = find_units(gentle.expression)
    shown = np.tensordot(vary_track(gentle, units.weights, 1.0, 0).weights, units.deltas, axes=1)
    assert np.linalg.norm(shown, axis=-1).max() > 0.02


def test_units_explain_the_expression_and_leave_neutral_frames_neutral() -> None:
    random = np.random.default_rng(1)
    shapes = random.standard_normal((4, 478, 3)) * 0.02
    weights = random.standard_normal((50, 4))
    weights[[0, 30, -1]] = 0
    expression = np.tensordot(weights, shapes, axes=1).astype(np.float32)
    units = find_units(expression)
    assert units.weights.shape[1] <= MAX_UNITS
    rebuilt = np.tensordot(units.weights, units.deltas, axes=1)
    assert np.abs(rebuilt - expression).max() < 1e-4
    assert not units.weights[[0, 30, -1]].any()


def test_a_clip_shorter_than_the_units_still_has_an_expression() -> None:
    expression = np.stack([np.zeros((478, 3)), smile_deltas(0.04)]).astype(np.float32)
    units = find_units(expression)
    rebuilt = np.tensordot(units.weights, units.deltas, axes=1)
    assert np.abs(rebuilt - expression).max() < 1e-4


def shifts_at(marks: Sequence[int], deltas: Float32, spread: float) -> tuple[Float32, Float32]:
    """Shift of those landmarks, (n, 2), in the field of these deltas, and the face's window."""
    face = face_in((210.0, 230.0), 110.0, HeadPose(0.0, 0.0, 0.0))
    source = crop_face(photo_of(face), face, 1.75)
    grid = grid_over(source.size_px, source.face_height_px)
    head = prepare_head(source, grid, ())
    field = prepare_field(source, grid, head)
    units = find_units(np.stack([deltas, deltas]))
    whole = np.zeros((grid.nodes, grid.nodes, 2), np.float32)
    moving = whole[head.rows, head.columns][field.rows, field.columns]
    moving[:] = np.tensordot(units.weights[0], field.fields(units, spread), axes=1)
    places = source.landmarks[None, list(marks), :2] / np.float32(grid.step_px)
    return np.asarray(read_at(whole, np.asarray(places, np.float32))[0], np.float32), moving


@pytest.mark.parametrize("spread", [SHARP, SOFT])
def test_field_reaches_the_landmarks_own_deltas_and_fades_outside(spread: float) -> None:
    corner, window = shifts_at([291], smile_deltas(0.04), spread)
    assert corner[0] == pytest.approx([0.04, -0.04], rel=0.2)
    assert np.abs(window[0]).max() < 2e-4
    assert np.abs(window[-1]).max() < 2e-4


def test_a_smile_of_the_bank_thins_the_lower_lip() -> None:
    inner, outer = 14, 17
    deltas = np.asarray(0.06 * smile_shape(0.0), np.float32)
    (sharp, soft) = (
        (shifts[0] - shifts[1])[1]
        for shifts in (shifts_at([inner, outer], deltas, spread)[0] for spread in (SHARP, SOFT))
    )
    assert sharp > 0.002
    assert sharp > 1.4 * soft > 0


def test_without_a_seed_the_track_is_played_as_recorded() -> None:
    track = track_of((5.0, 3.0, 0.0), smile=0.03, opening=0.0, length=40)
    units = find_units(track.expression)
    exact = vary_track(track, units.weights, 1.0, None)
    assert np.allclose(exact.rotation_deg, track.rotation_deg, atol=1e-6)
    assert np.allclose(exact.weights, units.weights, atol=1e-6)
    assert not np.allclose(vary_track(track, units.weights, 1.0, 3).weights, units.weights)


def test_a_recorded_mouth_may_open_wider_than_one_of_the_bank() -> None:
    track = track_of(smile=0.02)
    gaping = replace(track, mouth_opening=track.eye_opening[:, 0] * 0 + 0.1)
    units = find_units(track.expression)
    recorded, bank = (
        float(vary_track(gaping, units.weights, 1.0, seed).mouth_opening.max())
        for seed in (None, 0)
    )
    assert recorded > 0.08 > 0.06 > bank


def test_a_lid_is_seen_on_its_way_down() -> None:
    track = track_of(length=21)
    lids = np.ones((21, 2), np.float32)
    lids[10] = lids[11] = 0.0
    blinking = replace(track, eye_opening=lids)
    curves = vary_track(blinking, find_units(track.expression).weights, 1.0, None)
    opening = curves.eye_opening[:, 0]
    assert opening[10] == 0 and 0.3 < opening[9] < 0.7
    assert (opening[:8] == 1).all() and opening[12] == 1
