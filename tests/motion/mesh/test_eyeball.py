"""What is seen of an eyeball: the white below its iris, wherever the landmarks put the iris."""

from dataclasses import replace

import numpy as np
import pytest

from nostalgia.motion.mesh.eyes.eyeball import white_below_iris
from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, eye_frame, patch
from nostalgia.motion.mesh.eyes.gaze import dip
from nostalgia.motion.mesh.eyes.lids import prepare_eyes
from nostalgia.types import FaceCrop
from tests.motion.mesh.drawn_face import EYE_WIDTH, drawn_face


def looking_up(by_px: int) -> FaceCrop:
    """A face whose image-left iris ends `by_px` above where its landmarks are."""
    face = drawn_face(eye_height=0.46 * EYE_WIDTH)
    pixels = face.pixels.copy()
    low = pixels[202 - by_px : 204, 130:170]
    low[low.mean(2) < 110] = (240, 238, 232)
    return replace(face, pixels=pixels)


def white(face: FaceCrop) -> float:
    frame = eye_frame(face, LEFT_EYE, True)
    return white_below_iris(frame, patch(face, frame))


@pytest.mark.parametrize("by_px", [2, 5, 8])
def test_white_below_the_iris_is_read_off_the_photo(by_px: int) -> None:
    assert EYE_WIDTH * white(looking_up(by_px)) == pytest.approx(by_px, abs=1.5)


def test_an_eye_of_one_tone_has_no_white() -> None:
    face = drawn_face()
    assert white(replace(face, pixels=np.full_like(face.pixels, 90))) == 0


def test_an_eyeball_turns_down_further_that_shows_white_and_none_that_is_merely_narrowed() -> None:
    low, high = (prepare_eyes(looking_up(by_px))[0] for by_px in (0, 8))
    assert dip(high, 0.6) > dip(low, 0.6) + 0.04
    assert dip(high, 0.2) == 0
    left, right = prepare_eyes(looking_up(8))
    assert dip(left, 0.6) == pytest.approx(dip(right, 0.6), abs=0.005), "both eyes as one"
