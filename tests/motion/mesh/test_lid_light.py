"""How light a shut lid is, what it leaves of the open eye's lashes, and the slit below it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.motion.mesh.eyes.fill import eye_fill
from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, eye_frame
from nostalgia.motion.mesh.eyes.lashes import U_HIGH, U_LOW
from nostalgia.motion.mesh.eyes.lid_light import skin_hued
from nostalgia.motion.mesh.eyes.lid_skin import lid_skin
from nostalgia.motion.mesh.eyes.lids import prepare_eyes
from nostalgia.types import FaceCrop, Float32
from tests.motion.mesh.drawn_face import SIZE, SKIN, drawn_face, shut

OUTER_X, OUTER_Y = 120, 188  # outer corner of the image-left eye


@pytest.fixture(scope="module")
def face() -> FaceCrop:
    return drawn_face()


def winged(face: FaceCrop) -> FaceCrop:
    """The face with thick lashes that are drawn out beyond the corner of its image-left eye."""
    pixels = face.pixels.copy()
    wing = np.array([[OUTER_X + 8, 180], [OUTER_X - 20, 168], [OUTER_X - 20, 186], [122, 191]])
    cv2.fillPoly(pixels, [wing.astype(np.int32)], (30, 22, 20), cv2.LINE_AA)
    return replace(face, pixels=pixels)


def in_a_socket(face: FaceCrop, light: float) -> FaceCrop:
    """The face with its image-left eye in a shadow from the brow to below the eye."""
    frame = eye_frame(face, LEFT_EYE, True)
    below_brow = np.clip((frame.v - frame.along(frame.brow)) / 0.1, 0, 1)
    above_cheek = np.clip((frame.along(frame.lower) + 0.1 - frame.v) / 0.1, 0, 1)
    between = np.clip((0.6 - np.abs(frame.u - 0.5)) / 0.1, 0, 1)
    shade = 1 - (1 - light) * below_brow * above_cheek * between
    pixels = face.pixels.astype(np.float32)
    x, y = frame.corner_xy
    pixels[y : y + shade.shape[0], x : x + shade.shape[1]] *= shade[..., None]
    return replace(face, pixels=pixels.astype(np.uint8))


@pytest.mark.parametrize("light", [0.55, 0.4])
def test_a_lid_bulges_into_the_light_out_of_a_dim_socket(face: FaceCrop, light: float) -> None:
    source = in_a_socket(face, light)
    lid = shut(source, prepare_eyes(source)[0])[176:188, 142:158].mean()
    assert 0.82 * SKIN.mean() < lid < 1.05 * SKIN.mean()


def test_the_lash_line_runs_on_into_lashes_beyond_the_corner(face: FaceCrop) -> None:
    def beyond(source: FaceCrop) -> float:
        line = prepare_eyes(source)[0].lashes.line
        return float(line[:, int((-0.03 - U_LOW) / (U_HIGH - U_LOW) * line.shape[1])].max())

    assert beyond(winged(face)) > 2 * beyond(face)


def test_a_lid_is_at_least_as_warm_as_the_cheek() -> None:
    """Tinted lenses and hair colour the shade above an eye."""
    light = np.tile(np.linspace(60, 160, 40, dtype=np.float32), (20, 1))
    violet, warm = (np.array(c, np.float32) for c in ((1.05, 0.85, 1.1), (1.3, 0.95, 0.75)))
    under = (np.arange(20) >= 10)[:, None] & np.ones_like(light, np.bool_)
    colours = light[..., None] * np.where(under[..., None], warm, violet)
    own = np.repeat(np.full_like(light, 90.0)[..., None], 3, -1)
    everywhere = np.ones_like(light)

    def warmth(cheek: Float32 | None) -> float:
        hued = skin_hued(own, colours, everywhere, everywhere, cheek)[5, 20]
        return float((hued[0] - hued[2]) / hued.mean())

    of_cheek = float((warm[0] - warm[2]) / warm.mean())
    assert warmth(None) < 0.6 * of_cheek
    assert warmth(under.astype(np.float32)) > 0.75 * of_cheek


def test_the_slit_of_a_small_opening_eye_is_no_black_dash() -> None:
    size = SIZE // 3
    whole = drawn_face()
    pixels = cv2.resize(whole.pixels, (size, size), interpolation=cv2.INTER_AREA)
    small = replace(
        whole,
        pixels=cv2.GaussianBlur(pixels, (0, 0), 1.5),
        landmarks=whole.landmarks / np.float32(3),
        inside_xyxy=(0, 0, size, size),
        face_height_px=whole.face_height_px / 3,
    )
    fill = eye_fill(prepare_eyes(small)[0], 0.4)
    assert fill is not None
    x, y = fill.corner_xy
    beside_iris = [fill.pixels[65 - y, at // 3 - x].mean() for at in (132, 168)]
    assert min(beside_iris) > 0.7 * SKIN.mean()


def test_a_lid_behind_glasses_stays_as_the_photo_shows_it(face: FaceCrop) -> None:
    source = in_a_socket(face, 0.4)
    frame = eye_frame(source, LEFT_EYE, True)
    bare, behind = (lid_skin(source, frame, glasses).colour for glasses in (False, True))
    middle = (np.abs(frame.u - 0.5) < 0.2) & (np.abs(frame.v - frame.along(frame.upper)) < 0.05)
    assert behind[middle].mean() < 0.95 * bare[middle].mean()
