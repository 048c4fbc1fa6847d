"""The light of a smile: folds where real faces have them, on any face, and none at rest."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_face import face_in, photo_of, track_of

from nostalgia.dense_motion import Shade
from nostalgia.drivers.tracks.smiles import fit_smile, smile_amounts, smile_shape
from nostalgia.faces.expression import FaceExpression
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import MOUTH_CORNERS, NOSTRILS
from nostalgia.motion.mesh.backend import MeshBackend
from nostalgia.motion.mesh.expression import ExpressionUnits, find_units
from nostalgia.motion.mesh.smile_light import (
    load_smile_light,
    prepare_smile_light,
    unit_amounts,
)
from nostalgia.photo.crop import crop_face
from nostalgia.types import HeadPose

EVERY = np.ones(478, bool)
FOLD, CHEEK, CHIN, FOREHEAD = (216, 436), (50, 280), 152, 10
"""Landmarks on the folds from nose to mouth, on the cheek bones, and where nothing changes."""


def crop(turn=0.0, face_px=110.0):
    face = face_in((210.0, 230.0), face_px, HeadPose(turn, 0.0, 0.0))
    return crop_face(photo_of(face), face, 1.75)


def gain_at(shade: Shade, source, landmark: int) -> float:
    """Gain at a landmark; 1 beyond the shade."""
    (x, y), (x0, y0, x1, y1) = source.landmarks[landmark, :2], shade.box_xyxy
    if not (x0 <= x < x1 and y0 <= y < y1):
        return 1.0
    rows, columns = shade.gain.shape
    return float(shade.gain[int((y - y0) / (y1 - y0) * rows), int((x - x0) / (x1 - x0) * columns)])


@pytest.mark.parametrize("turn", [0.0, 25.0, -25.0])
@pytest.mark.parametrize("face_px", [40.0, 110.0, 190.0])
def test_folds_are_darker_and_cheeks_lighter(turn, face_px):
    source = crop(turn, face_px)
    shade = prepare_smile_light(source, EVERY).shade(0.1)
    near = 0 if turn > 0 else 1
    assert gain_at(shade, source, FOLD[near]) < 0.95
    assert gain_at(shade, source, CHEEK[near]) > 1.0
    assert gain_at(shade, source, CHIN) == pytest.approx(1, abs=0.02)
    assert gain_at(shade, source, FOREHEAD) == pytest.approx(1, abs=0.02)


def test_no_smile_and_a_sad_mouth_change_nothing():
    light = prepare_smile_light(crop(), EVERY)
    assert light.shade(0.0) is None
    assert light.shade(-0.08) is None


def test_a_bigger_smile_has_deeper_folds():
    source = crop()
    light = prepare_smile_light(source, EVERY)
    small, large = (gain_at(light.shade(amount), source, FOLD[0]) for amount in (0.05, 0.1))
    assert np.log(large) == pytest.approx(2 * np.log(small), rel=1e-4)


def test_both_halves_of_the_learned_light_are_alike_and_eyes_and_lips_are_left_out():
    learned = load_smile_light()
    assert np.abs(learned.change - learned.change[:, ::-1]).max() < 0.01
    mean = load_face_shape().mean[:, :2]

    def at(landmark):
        column, row = np.round((mean[landmark] - learned.left_top) / learned.step).astype(int)
        return float(learned.change[row, column])

    assert abs(at(MOUTH_CORNERS[0])) < 0.3
    for still in (13, 14, 17, 33, 263, 159, CHIN):
        assert abs(at(still)) < 0.06, still
    deepest = np.unravel_index(learned.change.argmin(), learned.change.shape)
    x, y = learned.left_top + learned.step * np.array(deepest[::-1])
    corner, wings = mean[MOUTH_CORNERS[1]], mean[list(NOSTRILS)]
    assert wings[:, 1].min() < y < corner[1]
    assert abs(wings[:, 0]).max() < abs(x) < abs(corner[0]) + 0.1


def test_the_amount_is_that_of_the_drivers_smile():
    units = ExpressionUnits(np.ones((1, 1)), smile_shape(0.0)[None])
    assert unit_amounts(units) == pytest.approx([1.0], abs=1e-5)
    serious = FaceExpression(smile=-0.04, mouth_opening=0.0, eye_opening=(0.3, 0.3))
    track = fit_smile(track_of((6.0, 2.0, 1.0), smile=0.05), serious)
    units = find_units(track.expression)
    wanted = smile_amounts(track.expression)
    assert units.weights @ unit_amounts(units) == pytest.approx(wanted, abs=0.01)


def test_a_performance_shades_its_smile_and_nothing_else():
    backend = MeshBackend()
    prepared = backend.prepare(crop())
    smiling = list(backend.perform(prepared, track_of((8.0, 4.0, 2.0), smile=0.05), 1.0, 3))
    turning = backend.perform(prepared, track_of((8.0, 4.0, 2.0), smile=0.0), 1.0, 3)
    assert smiling[len(smiling) // 2].shades
    assert not smiling[0].shades and not smiling[-1].shades
    assert not any(motion.shades for motion in turning)


def test_a_face_of_which_nothing_is_in_the_crop_gets_no_shade():
    source = crop()
    far = replace(source, landmarks=source.landmarks * np.float32(0.001))
    assert prepare_smile_light(far, EVERY).shade(0.1) is None


def test_folds_have_the_colour_of_the_shadows_of_this_skin():
    source = crop()
    x = source.landmarks[:, 0]
    across = np.interp(np.arange(source.size_px), [x.min(), x.max()], [70, 200])
    grey = np.repeat(np.tile(across, (source.size_px, 1))[..., None], 3, 2)
    warm = grey * [0.5, 1.0, 1.4] + np.array([90.0, 0.0, -70.0])
    for pixels, wanted in ((grey, (1, 1, 1)), (warm, (0.5, 1.0, 1.4))):
        drawn = replace(source, pixels=np.clip(pixels, 0, 255).astype(np.uint8))
        colour = prepare_smile_light(drawn, EVERY).shade(0.1).colour
        assert np.array(colour) @ [0.2126, 0.7152, 0.0722] == pytest.approx(1, abs=1e-6)
        found = np.array(colour) / colour[1]
        assert found == pytest.approx(np.array(wanted) / wanted[1], abs=0.12)


def test_a_face_beyond_its_crop_has_grey_folds():
    source = crop()
    beyond = replace(source, landmarks=source.landmarks - np.float32([2000, 0, 0]))
    assert prepare_smile_light(beyond, EVERY).shade(0.1).colour == (1.0, 1.0, 1.0)
