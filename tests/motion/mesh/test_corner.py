"""What a shut lid takes away at the outer corner of the open eye, and what it leaves there."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.faces.topology import FACE_OVAL
from nostalgia.motion.mesh.eyes.corner import old_lashes
from nostalgia.motion.mesh.eyes.fill import eye_fill
from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, eye_frame, patch
from nostalgia.motion.mesh.eyes.lashes import U_HIGH, U_LOW
from nostalgia.motion.mesh.eyes.lid_skin import lid_skin
from nostalgia.motion.mesh.eyes.lids import prepare_eyes
from nostalgia.types import FaceCrop, Float32
from tests.motion.mesh.drawn_face import SIZE, SKIN, drawn_face, shut

OUTER_X = 120  # outer corner of the image-left eye, at y = 190
DARK = (30, 22, 20)


@pytest.fixture(scope="module")
def face() -> FaceCrop:
    return drawn_face()


def with_stroke(face: FaceCrop, *corners: tuple[int, int]) -> FaceCrop:
    """The face with a dark polygon."""
    pixels = face.pixels.copy()
    cv2.fillPoly(pixels, [np.array(corners, np.int32)], DARK, cv2.LINE_AA)
    return replace(face, pixels=pixels)


def winged(face: FaceCrop) -> FaceCrop:
    """The face with thick lashes drawn out and up beyond the outer corner."""
    return with_stroke(face, (OUTER_X + 10, 180), (OUTER_X - 18, 168), (OUTER_X - 2, 191))


def darkest(image: Float32, x: int, y: int) -> float:
    """The darkest of a place's surroundings, of the skin, without its grain."""
    calm = cv2.GaussianBlur(image, (0, 0), 1.0)
    return float(calm[y - 3 : y + 4, x - 3 : x + 4].mean(2).min() / SKIN.mean())


def test_a_wing_of_lashes_does_not_stay_above_a_shut_eye(face: FaceCrop) -> None:
    source = winged(face)
    skin = shut(source, prepare_eyes(source)[0])
    for x, y in ((OUTER_X - 12, 172), (OUTER_X - 4, 178), (OUTER_X + 2, 180)):
        assert darkest(source.pixels.astype(np.float32), x, y) < 0.5
        assert darkest(skin, x, y) > 0.75


def test_the_outline_of_a_turned_face_cuts_no_lashes_off_at_the_corner(face: FaceCrop) -> None:
    landmarks = face.landmarks.copy()
    oval = list(FACE_OVAL)
    landmarks[oval, 0] = np.maximum(landmarks[oval, 0], OUTER_X + 14)
    source = replace(winged(face), landmarks=landmarks)
    assert darkest(source.pixels.astype(np.float32), OUTER_X + 1, 179) < 0.5
    assert darkest(shut(source, prepare_eyes(source)[0]), OUTER_X + 1, 179) > 0.7


def test_faint_lashes_beyond_the_corner_lengthen_the_shut_line(face: FaceCrop) -> None:
    def beyond(source: FaceCrop) -> float:
        line = prepare_eyes(source)[0].lashes.line
        return float(line[:, int((-0.05 - U_LOW) / (U_HIGH - U_LOW) * line.shape[1])].max())

    share = np.full((SIZE, SIZE, 1), 1.0, np.float32)
    share[170:192, OUTER_X - 12 : OUTER_X + 2] = 0.65
    faint = replace(face, pixels=(face.pixels * share).astype(np.uint8))
    assert beyond(faint) > 1.5 * beyond(face)


def test_lashes_that_hang_beside_the_corner_leave_no_stump(face: FaceCrop) -> None:
    source = with_stroke(face, (OUTER_X + 6, 186), (OUTER_X - 22, 194), (OUTER_X, 196))
    assert darkest(source.pixels.astype(np.float32), OUTER_X - 15, 193) < 0.6
    assert darkest(shut(source, prepare_eyes(source)[0]), OUTER_X - 15, 193) > 0.75


def test_half_way_down_no_lower_half_of_a_wing_is_left(face: FaceCrop) -> None:
    source = with_stroke(face, (OUTER_X + 6, 184), (OUTER_X - 22, 193), (OUTER_X + 2, 198))
    fill = eye_fill(prepare_eyes(source)[0], 0.35)
    assert fill is not None
    half = source.pixels.astype(np.float32)
    x, y = fill.corner_xy
    h, w = fill.occlusion.shape
    half[y : y + h, x : x + w] = fill.pixels
    assert darkest(source.pixels.astype(np.float32), OUTER_X - 14, 193) < 0.5
    assert darkest(half, OUTER_X - 14, 193) > 0.6


@pytest.mark.parametrize(
    ("corners", "x", "y"),
    [
        (((104, 206), (90, 222), (94, 224), (108, 208)), 99, 215),  # a wrinkle of the cheek
        (((96, 160), (90, 176), (94, 178), (100, 162)), 95, 169),  # a crease of the temple
    ],
)
def test_strokes_that_do_not_begin_at_the_lid_stay(
    face: FaceCrop, corners: tuple[tuple[int, int], ...], x: int, y: int
) -> None:
    source = with_stroke(face, *corners)
    assert darkest(shut(source, prepare_eyes(source)[0]), x, y) < 0.6


def test_texture_of_the_skin_is_no_stroke(face: FaceCrop) -> None:
    """Where all the skin is as dark in places as the lashes, nothing beside the corner goes."""
    frame = eye_frame(face, LEFT_EYE, True)
    light = patch(winged(face), frame).astype(np.float32).mean(2)
    screen = np.where((np.indices(light.shape) // 3).sum(0) % 2 == 0, 0.25, 1.0)
    everywhere = np.ones_like(light)
    smooth, coarse = (
        old_lashes(frame, a.astype(np.float32), frame.u, frame.v, everywhere, frame.width_px)
        for a in (light, light * screen)
    )
    assert smooth.max() == 1
    assert coarse.sum() < 0.1 * smooth.sum()


def test_behind_glasses_nothing_beside_the_corner_goes(face: FaceCrop) -> None:
    """What leads away from the corner there is the frame."""
    source = with_stroke(face, (OUTER_X + 6, 186), (OUTER_X - 14, 192), (OUTER_X, 195))
    frame = eye_frame(source, LEFT_EYE, True)
    stroke = (frame.u < -0.05) & (frame.u > -0.15) & (frame.v > 0.02) & (frame.v < 0.05)
    bare, behind = (lid_skin(source, frame, glasses).cover for glasses in (False, True))
    assert bare[stroke].mean() > 0.8
    assert behind[stroke].mean() < 0.6


def test_a_shadow_that_leads_on_to_the_temple_stays(face: FaceCrop) -> None:
    """Lashes end; what is as dark all the way is no part of them."""
    source = with_stroke(
        face, (OUTER_X + 10, 172), (OUTER_X - 50, 172), (OUTER_X - 50, 190), (OUTER_X, 190)
    )
    before = source.pixels.astype(np.float32)
    after = shut(source, prepare_eyes(source)[0])
    beside = (slice(176, 186), slice(OUTER_X - 28, OUTER_X - 14))
    assert before[beside].mean() < 0.6 * SKIN.mean()
    assert np.abs(after - before)[beside].mean() < 8


def test_skin_where_a_wing_was_is_that_around_it_not_the_lid_s(face: FaceCrop) -> None:
    """A lid in its socket's shadow beside skin in the light ends before the temple."""
    frame = eye_frame(face, LEFT_EYE, True)
    shade = np.where((np.abs(frame.u - 0.5) < 0.6) & (frame.v < 0.2), 0.25, 1.0)
    shade = cv2.GaussianBlur(shade, (0, 0), 3)[..., None]
    pixels = face.pixels.copy()
    x, y = frame.corner_xy
    area = pixels[y : y + shade.shape[0], x : x + shade.shape[1]]
    area[:] = np.rint(area * shade).astype(np.uint8)
    source = winged(replace(face, pixels=pixels))
    skin = shut(source, prepare_eyes(source)[0])
    assert skin[184:190, 140:160].mean() < 0.75 * SKIN.mean()
    assert skin[170:176, OUTER_X - 15 : OUTER_X - 10].mean() > 0.94 * SKIN.mean()
