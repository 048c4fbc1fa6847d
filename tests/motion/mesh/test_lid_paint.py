"""The tone, hue and grain of a shut lid, and the ends of its lash line."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, eye_frame
from nostalgia.motion.mesh.eyes.lashes import U_HIGH, U_LOW
from nostalgia.motion.mesh.eyes.lid_light import skin_hued
from nostalgia.motion.mesh.eyes.lid_shade import shaded
from nostalgia.motion.mesh.eyes.lids import prepare_eyes
from nostalgia.types import FaceCrop
from tests.motion.mesh.drawn_face import SIZE, SKIN, drawn_face, shut


@pytest.fixture(scope="module")
def face() -> FaceCrop:
    return drawn_face()


def test_a_lid_in_a_black_socket_stays_dark_above_a_bright_cheek(face: FaceCrop) -> None:
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    away = np.hypot((x - 150) / 50, (y - 180) / 30)
    light = np.clip((away - 0.9) / 0.2, 0.04, 1)[..., None]
    source = replace(face, pixels=(face.pixels * light).astype(np.uint8))
    lid = shut(source, prepare_eyes(source)[0])[180:194, 140:160].mean()
    assert lid < 0.2 * SKIN.mean()


def test_a_lid_takes_the_hue_that_skin_has_at_its_lightness() -> None:
    light = np.tile(np.linspace(60, 200, 40, dtype=np.float32), (20, 1))
    warmth = 0.3 - 0.1 * np.log(light / 120)
    skin = light[..., None] * np.stack([1 + warmth, np.ones_like(warmth), 1 - warmth], -1)
    grey = np.repeat(np.full_like(light, 90.0)[..., None], 3, -1)
    everywhere = np.ones_like(light)
    hued = skin_hued(grey, skin, everywhere, everywhere)[10, 20]
    wanted = 0.3 - 0.1 * np.log(90 / 120)
    assert hued.mean() == pytest.approx(90, abs=1)
    assert (hued[0] - hued[2]) / (2 * hued.mean()) > 0.75 * wanted
    still_grey = skin_hued(grey, np.repeat(light[..., None], 3, -1), everywhere, everywhere)
    assert np.allclose(still_grey, grey, atol=0.01)
    assert np.array_equal(skin_hued(grey, skin, 0 * everywhere, everywhere), grey), "no skin seen"


def test_a_shut_lid_is_lightest_on_its_ball_and_dim_towards_its_lashes(face: FaceCrop) -> None:
    lid = shut(face, prepare_eyes(face)[0]).mean(2)
    middle = lid[160:192, 136:164].mean(1)
    ball, lashes = middle[10:20].mean(), middle[-4:].mean()
    assert middle[5:25].argmax() < 16
    assert lashes < 0.93 * ball
    assert lid[172:180, 124:130].mean() < ball, "the corners are dimmer"
    below = lid[204:208, 136:164].mean()
    assert below < 0.93 * lid[222:230, 136:164].mean(), "lashes cast a shadow"


def test_skin_in_the_shade_is_redder_and_grey_stays_grey() -> None:
    light = np.full((4, 4), -0.3, np.float32)
    colour = np.tile(SKIN, (4, 4, 1))
    dim = shaded(colour, light, SKIN / SKIN.mean())[0, 0]
    assert dim.mean() == pytest.approx(SKIN.mean() * np.exp(-0.3), rel=0.03)
    assert dim[0] / dim[2] > 1.05 * SKIN[0] / SKIN[2]
    grey = shaded(np.full_like(colour, 120.0), light, np.ones(3, np.float32))[0, 0]
    assert grey[0] == grey[1] == grey[2]


def test_cracks_below_the_eye_do_not_come_onto_the_lid(face: FaceCrop) -> None:
    cracked = face.pixels.copy()
    for ends in (((118, 214), (176, 236)), ((150, 206), (140, 252)), ((112, 246), (188, 240))):
        cv2.line(cracked, *ends, (70, 50, 40), 1, cv2.LINE_AA)
    source = replace(face, pixels=cracked)
    skins = [prepare_eyes(each)[0].skin for each in (face, source)]
    plain, with_cracks = (skin.grain[skin.cover > 0.5] for skin in skins)
    assert np.abs(with_cracks).max() < 0.33 * (SKIN.mean() - 53), "a crack is 100 darker than skin"
    assert plain.std() > 2.5, "the photo's own grain does come"


def test_the_lash_line_ends_where_that_of_the_photo_does(face: FaceCrop) -> None:
    frame = eye_frame(face, LEFT_EYE, True)
    x0, y0 = frame.corner_xy
    bare = face.pixels.copy()
    area = bare[y0 : y0 + frame.u.shape[0], x0 : x0 + frame.u.shape[1]]
    inner = (frame.u > 0.72) & (np.abs(frame.v) < 0.3)
    area[inner] = SKIN.astype(np.uint8)

    def at(source: FaceCrop, u: float) -> float:
        line = prepare_eyes(source)[0].lashes.line
        return float(line[:, int((u - U_LOW) / (U_HIGH - U_LOW) * line.shape[1])].max())

    cut = replace(face, pixels=bare)
    assert at(face, 0.85) > 0.6
    assert at(cut, 0.85) < 0.15
    assert at(cut, 0.4) > 0.7


def test_below_the_corners_of_a_shut_eye_the_photo_stays(face: FaceCrop) -> None:
    drawn = face.pixels.copy()
    for x in (114, 186):
        cv2.circle(drawn, (x, 204), 4, (60, 40, 30), -1, cv2.LINE_AA)
    source = replace(face, pixels=drawn)
    change = np.abs(shut(source, prepare_eyes(source)[0]) - drawn)
    for x in (114, 186):
        assert change[201:208, x - 3 : x + 4].max() < 18
    assert change[188:193, 105:116].max() < 30, "no shelf beside the corner"


def test_hard_light_models_a_lid_more_than_soft_light(face: FaceCrop) -> None:
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    shade = (0.3 + 0.7 / (1 + np.exp((x - 150) / 12)))[..., None]
    hard = replace(face, pixels=(face.pixels * shade).astype(np.uint8))

    def modelling(source: FaceCrop) -> float:
        eye = prepare_eyes(source)[0]
        light = (
            shut(source, eye)[176:200, 130:146]
            / shut(source, replace(eye, hardness=0.0))[176:200, 130:146]
        )
        return float(np.ptp(np.percentile(light, [10, 90])))

    assert prepare_eyes(face)[0].hardness == 1
    assert modelling(hard) > 1.3 * modelling(face)
