"""Layers go back to their place, the larger face in front, and nothing else changes."""

import numpy as np
from synthetic_face import face_in, photo_of

from nostalgia.alignment import crop_corner, crop_face
from nostalgia.compositing import Layer, composite
from nostalgia.types import HeadPose

UPRIGHT = HeadPose(0.0, 0.0, 0.0)


def test_layer_lands_on_its_place_and_leaves_the_rest() -> None:
    face = face_in((40.0, 230.0), 110.0, UPRIGHT)
    photo = photo_of(face)
    crop = crop_face(photo, face, 1.75)
    red = np.full((30, 50, 3), (200, 0, 0), np.uint8)
    x0, y0 = crop_corner(crop)
    region = (10 - x0, 20 - y0, 60 - x0, 50 - y0)
    before = photo.pixels.copy()
    frame = composite(photo.pixels, [Layer(crop, red, region)])
    assert (frame[20:50, 10:60] == (200, 0, 0)).all()
    outside = np.ones(frame.shape[:2], bool)
    outside[20:50, 10:60] = False
    assert np.array_equal(frame[outside], before[outside])
    assert np.array_equal(photo.pixels, before)


def test_layer_that_leaves_the_photo_is_cut_off() -> None:
    face = face_in((40.0, 60.0), 110.0, UPRIGHT)
    photo = photo_of(face)
    crop = crop_face(photo, face, 1.75)
    white = np.full((crop.size_px, crop.size_px, 3), 255, np.uint8)
    frame = composite(photo.pixels, [Layer(crop, white, (0, 0, crop.size_px, crop.size_px))])
    assert frame.shape == photo.pixels.shape
    assert (frame[0, 0] == 255).all()


def test_blend_mask_is_alpha_and_zero_keeps_the_photo_exactly() -> None:
    face = face_in((210.0, 230.0), 110.0, UPRIGHT)
    photo = photo_of(face)
    crop = crop_face(photo, face, 1.75)
    x0, y0 = crop_corner(crop)
    size = crop.size_px
    alpha = np.zeros((size, size), np.float32)
    alpha[100:200] = 1.0
    alpha[200:220] = 0.5
    white = np.full((size, size, 3), 255, np.uint8)
    frame = composite(photo.pixels, [Layer(crop, white, (0, 0, size, size), alpha)])
    left, right = max(x0, 0), min(x0 + size, photo.width)
    assert np.array_equal(frame[: y0 + 100], photo.pixels[: y0 + 100])
    assert (frame[y0 + 100 : y0 + 200, left:right] == 255).all()
    half = (photo.pixels[y0 + 200 : y0 + 220, left:right].astype(float) + 255) / 2
    assert np.abs(frame[y0 + 200 : y0 + 220, left:right] - half).max() <= 1


def test_the_larger_face_lies_in_front() -> None:
    near, far = face_in((210.0, 230.0), 130.0, UPRIGHT), face_in((180.0, 220.0), 90.0, UPRIGHT)
    photo = photo_of(far, near)
    layers = []
    for face, value in ((near, 250), (far, 10)):
        crop = crop_face(photo, face, 1.75)
        x0, y0 = crop_corner(crop)
        pixels = np.full((20, 20, 3), value, np.uint8)
        layers.append(Layer(crop, pixels, (200 - x0, 200 - y0, 220 - x0, 220 - y0)))
    for order in (layers, layers[::-1]):
        assert (composite(photo.pixels, order)[200:220, 200:220] == 250).all()
