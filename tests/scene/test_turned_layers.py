"""Motion that is turned with its photo moves the same pixels to the same places."""

import cv2
import numpy as np
import pytest

from nostalgia.dense_motion import DenseMotion, Fill, Painting, Shade
from nostalgia.geometry import identity_deformation
from nostalgia.photo.turning import TURNS, turned_pixel_box, turned_pixels
from nostalgia.rendering.field import CropPlace
from nostalgia.rendering.framing import Framing
from nostalgia.rendering.planes import Picture
from nostalgia.rendering.renderer import FaceRenderer
from nostalgia.scene.turned_layers import turned_framing, turned_motion

SIDE, SIZE = 101, (140, 120)
CORNER = (20, 10)
REGION = (8, 12, 90, 96)


def picture():
    rough = np.random.default_rng(2).integers(0, 255, (SIZE[1], SIZE[0], 3)).astype(np.float32)
    return cv2.GaussianBlur(rough, (0, 0), 3).clip(0, 255).astype(np.uint8)


def motion(*, fills=False, painting=False, shades=False):
    nodes = 33
    across = np.linspace(-1, 1, nodes)
    bump = np.maximum(1 - across**2, 0)[:, None] * np.maximum(1 - across**2, 0)
    shift = np.stack([0.10 * bump * across[:, None], -0.05 * bump], -1)
    deformation = (identity_deformation(nodes, nodes) + shift).astype(np.float32)
    made = ()
    if fills:
        share = np.linspace(0, 1, 12 * 20).reshape(12, 20).astype(np.float32)
        made = (Fill(np.full((12, 20, 3), (250, 10, 90), np.uint8), share, (40, 55)),)
    painted = None
    if painting:
        inside = np.zeros((16, 16), np.float32) + 1
        inside[4:9, 5:12] = 0
        colours = np.zeros((16, 16, 3), np.float32) + (20, 220, 60)
        painted = Painting(colours, inside, (30.0, 25.0, 75.0, 70.0))
    dark = ()
    if shades:
        gain = np.linspace(0.3, 1.0, 6 * 10).reshape(6, 10).astype(np.float32)
        dark = (Shade(gain, (34, 40, 74, 64)),)
    return DenseMotion(deformation, made, painted, dark)


def rendered(pixels, place, moved):
    frame, source = Picture(pixels.copy()), Picture(pixels.copy())
    FaceRenderer(place).render(frame, source, moved)
    return frame.pixels


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("kind", [{}, {"fills": True}, {"painting": True}, {"shades": True}])
def test_a_turned_motion_is_the_turned_picture_of_the_motion(turn, kind):
    upright = rendered(picture(), CropPlace(CORNER, SIDE, REGION), motion(**kind))
    assert np.abs(upright.astype(int) - picture()).max() > 10
    box = (*CORNER, CORNER[0] + SIDE, CORNER[1] + SIDE)
    corner = turned_pixel_box(box, turn, SIZE)[:2]
    place = CropPlace(corner, SIDE, turned_pixel_box(REGION, turn, (SIDE, SIDE)))
    found = rendered(
        turned_pixels(picture(), turn), place, turned_motion(motion(**kind), turn, SIDE)
    )
    difference = np.abs(found.astype(int) - turned_pixels(upright, turn))
    assert difference.mean() < 0.15 and np.percentile(difference, 99.9) <= 6


def test_a_framing_is_turned_with_its_frame():
    framing = Framing((10, 20, 50, 60), (100, 80))
    assert turned_framing(framing, 90) == Framing((20, 10, 60, 50), (80, 100))
    assert turned_framing(framing, 0) is framing
