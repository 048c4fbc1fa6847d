"""Lids that lie where the picture shows them, not where a mesh of ordinary eyes puts them."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.motion.mesh.eyes.fill import eye_fill
from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, RIGHT_EYE, U_GRID, eye_frame
from nostalgia.motion.mesh.eyes.lids import prepare_eyes
from nostalgia.motion.mesh.eyes.outline import outlined, outlines
from nostalgia.types import FaceCrop
from tests.motion.mesh.drawn_face import EYE_WIDTH, drawn_face

CENTRE = np.array([150.0, 190.0, 0.0], np.float32)


def misread(face: FaceCrop, across: float, down: float) -> FaceCrop:
    """The face with the landmarks of its image-left eye drawn together."""
    landmarks = face.landmarks.copy()
    lids = [*LEFT_EYE.upper, *LEFT_EYE.lower]
    landmarks[lids] = CENTRE + (landmarks[lids] - CENTRE) * np.array([across, down, 1], np.float32)
    return replace(face, landmarks=landmarks)


def test_landmarks_that_fit_are_left_alone() -> None:
    face = drawn_face()
    assert outlined(face, LEFT_EYE, True) is face
    assert outlined(face, RIGHT_EYE, False) is face


def test_a_shadow_under_the_eye_is_not_an_eyeball() -> None:
    face = drawn_face()
    pixels = face.pixels.copy()
    pixels[201:212, 110:190] //= 2
    shadowed = replace(face, pixels=pixels)
    assert outlined(shadowed, LEFT_EYE, True) is shadowed


def test_a_blue_shadow_beside_the_eye_is_not_an_eyeball() -> None:
    face = drawn_face()
    pixels = face.pixels.copy()
    pixels[181:200, 178:200] = (60, 66, 92)
    shadowed = replace(face, pixels=pixels)
    assert outlined(shadowed, LEFT_EYE, True) is shadowed


def test_the_lit_bridge_of_a_nose_beside_a_misread_eye_is_not_its_white() -> None:
    face = drawn_face()
    landmarks = face.landmarks.copy()
    lids = [*LEFT_EYE.upper, *LEFT_EYE.lower]
    landmarks[lids] += np.array([7, 0, 0], np.float32)  # from the temple towards the nose
    pixels = face.pixels.copy()
    pixels[183:197, 186:196] = (250, 225, 210)
    found = outlined(replace(face, landmarks=landmarks, pixels=pixels), LEFT_EYE, True)
    inner = float(found.landmarks[LEFT_EYE.upper[-1], 0])
    assert inner <= 187, "not on to the nose"


def test_white_beyond_the_landmarks_belongs_to_the_eye() -> None:
    face = misread(drawn_face(), 0.72, 0.72)
    found = outlined(face, LEFT_EYE, True)
    before, after = (eye_frame(seen, LEFT_EYE, True) for seen in (face, found))
    assert after.width_px > 1.1 * before.width_px
    assert after.width_px == pytest.approx(EYE_WIDTH, rel=0.2)
    assert after.openness * after.width_px > 0.95 * before.openness * before.width_px
    others = np.setdiff1d(np.arange(478), [*LEFT_EYE.upper, *LEFT_EYE.lower])
    assert np.array_equal(found.landmarks[others], face.landmarks[others])


@pytest.mark.parametrize("across", [1.0, 0.8])
def test_the_outline_of_a_round_eye_is_not_smoothed_away(across: float) -> None:
    face = drawn_face()
    whole, found = (
        opening(seen) for seen in (face, outlined(misread(face, across, 0.45), LEFT_EYE, True))
    )
    assert (whole & ~found).sum() < 0.48 * whole.sum()
    assert (found & ~whole).sum() < 0.05 * whole.sum()


def opening(face: FaceCrop) -> np.ndarray:
    """The pixels between the lids of the image-left eye, bool (S, S)."""
    drawn = np.zeros(face.pixels.shape[:2], np.uint8)
    lids = [*LEFT_EYE.upper, *LEFT_EYE.lower[::-1]]
    cv2.fillPoly(drawn, [np.round(face.landmarks[lids, :2]).astype(np.int32)], (1,))
    return drawn > 0


def test_the_blunt_ends_of_an_outline_are_kept() -> None:
    face = drawn_face()
    landmarks = face.landmarks.copy()
    u = np.linspace(0, 1, len(LEFT_EYE.upper))
    for points, v in ((LEFT_EYE.upper, -12), (LEFT_EYE.lower, 12)):
        landmarks[list(points), 1] = 190 + v * np.clip(np.minimum(u, 1 - u) / 0.1, 0, 1)
    box = replace(face, landmarks=landmarks)
    frame = eye_frame(box, LEFT_EYE, True, exact=True)
    height = frame.lower - frame.upper
    assert np.interp([0.1, 0.9], U_GRID, height).min() > 0.65 * height.max()


def test_eyes_are_outlined_together() -> None:
    """What is not enough for one eye is, if the other clearly goes beyond its landmarks."""
    face = misread(drawn_face(), 0.72, 0.72)
    landmarks = face.landmarks.copy()
    lids = [*RIGHT_EYE.upper, *RIGHT_EYE.lower]
    centre = CENTRE + np.array([120, 0, 0], np.float32)
    landmarks[lids] = centre + (landmarks[lids] - centre) * np.array([0.82, 0.82, 1], np.float32)
    both = replace(face, landmarks=landmarks)
    assert outlined(both, RIGHT_EYE, False) is both
    left, right = outlines(both)
    assert left is not both
    assert right is not both
    fitting = drawn_face()
    assert all(seen is fitting for seen in outlines(fitting))


def test_what_is_taller_than_eyes_are_is_no_outline() -> None:
    face = misread(drawn_face(0.8 * EYE_WIDTH), 0.9, 0.6)
    assert outlined(face, LEFT_EYE, True) is face


def test_a_misread_eye_shuts_completely() -> None:
    face = misread(drawn_face(), 0.72, 0.72)
    fill = eye_fill(prepare_eyes(face)[0], 0.0)
    assert fill is not None
    shut = face.pixels.copy()
    x, y = fill.corner_xy
    h, w = fill.occlusion.shape
    replaced = fill.occlusion[..., None] < 0.5
    shut[y : y + h, x : x + w] = np.where(replaced, fill.pixels, shut[y : y + h, x : x + w])
    eye = shut[180:202, 125:175].astype(int)
    assert (eye.min(axis=2) > 205).mean() < 0.01, "no white may remain"


def test_a_picture_of_one_colour_does_no_harm() -> None:
    face = drawn_face()
    for level in (0, 128, 255):
        flat = replace(face, pixels=np.full_like(face.pixels, level))
        assert outlined(flat, LEFT_EYE, True) is flat
