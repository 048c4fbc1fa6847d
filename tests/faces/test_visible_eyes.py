"""Eyes that a drawn face shows, hides behind a patch or keeps in the shadow of a brim."""

import cv2
import numpy as np
import pytest

from nostalgia.faces.doubts import LEAST_OF_ONE, LEAST_VISIBILITY, eyes_left_still, unsure_eyes
from nostalgia.faces.topology import LEFT_EYE, RIGHT_EYE
from nostalgia.faces.visible_eyes import LARGE_MORE, eye_visibility
from nostalgia.types import Float32, HeadPose, PartDoubts, UInt8
from tests.faces.test_irises import SKIN, drawn

USUAL, HIGH = PartDoubts(0.008, 0.008), PartDoubts(0.0115, 0.0115)
STRAIGHT = HeadPose(0, 0, 0)


def around(landmarks: Float32, eye: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of an eye with its socket."""
    points = landmarks[list(eye), :2]
    reach = 0.5 * float(np.ptp(points[:, 0]))
    (x0, y0), (x1, y1) = points.min(axis=0) - reach, points.max(axis=0) + reach
    return slice(int(y0), int(y1)), slice(int(x0), int(x1))


def grained(pixels: UInt8) -> UInt8:
    grain = np.random.default_rng(7).normal(0, 3, (*pixels.shape[:2], 1))
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def in_shadow(pixels: UInt8, landmarks: Float32) -> UInt8:
    """The shadow of a brim: nothing of the eyes is left in it but the grain."""
    left, right = (around(landmarks, eye) for eye in (LEFT_EYE, RIGHT_EYE))
    wide = left[1].stop - left[1].start
    shade = np.zeros(pixels.shape[:2], np.float32)
    shade[left[0].start - wide : left[0].stop, left[1].start - wide : right[1].stop + wide] = 1
    share = cv2.GaussianBlur(shade, (0, 0), 2)[..., None]
    return grained(np.asarray(pixels * (1 - share) + 12 * share, np.uint8))


@pytest.mark.parametrize("roll", [0.0, 20.0])
@pytest.mark.parametrize("face_px", [45.0, 90.0, 200.0])
def test_eyes_that_are_drawn_are_seen(face_px, roll) -> None:
    pixels, landmarks = drawn(face_px=face_px, roll=roll)
    for doubts in (USUAL, HIGH):
        seen = eye_visibility(grained(pixels), landmarks, doubts)
        assert min(seen) > LEAST_VISIBILITY + 1
        assert eyes_left_still(doubts, STRAIGHT, 0.0, seen) == (False, False)


@pytest.mark.parametrize("face_px", [45.0, 90.0, 200.0])
def test_eyes_in_deep_shadow_are_not(face_px) -> None:
    pixels, landmarks = drawn(face_px=face_px)
    seen = eye_visibility(in_shadow(pixels, landmarks), landmarks, HIGH)
    assert max(seen) < LEAST_VISIBILITY - 1
    assert unsure_eyes(HIGH, STRAIGHT, 0.0, seen) == (True, True)
    assert unsure_eyes(HIGH, STRAIGHT) == (False, False), "their landmarks do not say so"


def test_neither_eye_moves_beside_a_patch() -> None:
    pixels, landmarks = drawn()
    pixels[around(landmarks, LEFT_EYE)] = SKIN - 90
    seen = eye_visibility(grained(pixels), landmarks, HIGH)
    assert seen[0] < LEAST_OF_ONE < LEAST_VISIBILITY < seen[1]
    assert unsure_eyes(HIGH, STRAIGHT, 0.0, seen)[0]
    assert eyes_left_still(HIGH, STRAIGHT, 0.0, seen) == (True, True)


def test_what_is_seen_does_not_depend_on_light_nor_on_size_unless_it_is_large() -> None:
    pixels, landmarks = drawn()
    usual = eye_visibility(pixels, landmarks, USUAL)
    larger, large = (
        np.asarray(cv2.resize(pixels, None, fx=k, fy=k, interpolation=cv2.INTER_LINEAR))
        for k in (1.3, 3)
    )
    dark = np.asarray(pixels * 0.4, np.uint8)
    for shown, scale in ((larger, 1.3), (dark, 1)):
        found = eye_visibility(shown, landmarks * np.float32(scale), USUAL)
        assert found == pytest.approx(usual, abs=0.7)
    of_large = eye_visibility(large, landmarks * np.float32(3), USUAL)
    assert np.subtract(of_large, LARGE_MORE) == pytest.approx(usual, abs=0.7)
    reduced = eye_visibility(pixels, landmarks, USUAL, scale=1 / 3)
    assert np.subtract(reduced, LARGE_MORE) == pytest.approx(usual, abs=1e-5)


def test_reflections_are_no_irises() -> None:
    pixels, landmarks = drawn(shut=1.0)
    behind_lenses = PartDoubts(0.0125, 0.0125)
    clear = eye_visibility(*drawn(), behind_lenses)
    for eye in (LEFT_EYE, RIGHT_EYE):
        rows, columns = around(landmarks, eye)
        pixels[rows, columns] = 40
        middle = ((columns.start + columns.stop) // 2, (rows.start + rows.stop) // 2)
        cv2.circle(pixels, middle, 5, (255, 255, 255), -1, cv2.LINE_AA)
    mirrored = eye_visibility(grained(pixels), landmarks, behind_lenses)
    assert max(mirrored) < min(clear) - 2
    assert max(mirrored) < LEAST_VISIBILITY


def test_the_far_eye_of_a_turned_head_moves_if_it_is_seen() -> None:
    profile = HeadPose(50, 0, 0)
    assert eyes_left_still(HIGH, profile, 0.0, (3.0, 3.0)) == (False, False)
    assert eyes_left_still(HIGH, profile, 0.0, (3.0, -6.0)) == (False, True)
    assert eyes_left_still(HIGH, profile, 0.0, (-6.0, 3.0)) == (True, True)
    assert eyes_left_still(HIGH, HeadPose(-50, 0, 0), 0.0, (-6.0, 3.0)) == (True, False)
    assert eyes_left_still(HIGH, HeadPose(35, 0, 0), 0.0, (3.0, -6.0)) == (True, True)


def test_eyes_beyond_the_border_are_judged_without_failing() -> None:
    pixels, landmarks = drawn()
    for shift in (-400.0, 250.0):
        aside = landmarks + np.float32([shift, 0, 0])
        assert np.isfinite(eye_visibility(pixels, aside, USUAL)).all()
