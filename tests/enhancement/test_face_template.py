"""Laying a face on the template of FFHQ and bringing a change of its pixels back."""

import cv2
import numpy as np
import pytest
from synthetic_face import face_in, photo_of

from nostalgia.enhancement.face_template import (
    SIDE_PX,
    chain,
    cut_template,
    paste_back,
    scaled,
    similarity_scale,
    template_from_crop,
)
from nostalgia.faces.topology import LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE
from nostalgia.geometry import apply_affine
from nostalgia.photo.crop import crop_face
from nostalgia.types import HeadPose


def crop_of(height_px, roll=0.0):
    face = face_in((450, 450), height_px, HeadPose(0, 0, roll))
    return crop_face(photo_of(face, size_wh=(900, 900)), face, 1.75)


@pytest.mark.parametrize("height_px", [40, 350, 520])
@pytest.mark.parametrize("roll", [-30, 0, 45])
def test_a_face_of_any_size_and_roll_lands_upright_on_the_template(height_px, roll):
    crop = crop_of(height_px, roll)
    placed = apply_affine(template_from_crop(crop.landmarks), crop.landmarks[:, :2])
    left, right = placed[list(LEFT_EYE)].mean(0), placed[list(RIGHT_EYE)].mean(0)
    assert np.allclose(left, (193, 240), atol=8) and np.allclose(right, (319, 240), atol=8)
    assert np.allclose(placed[list(MOUTH_CORNERS)], [(201, 371), (313, 371)], atol=12)


def test_a_drawn_spot_lies_where_the_matrix_says_at_any_scale():
    for height_px in (60, 350, 520):
        crop = crop_of(height_px)
        x, y = crop.landmarks[1, :2].round().astype(int)
        pixels = np.zeros_like(crop.pixels)
        radius = max(2, height_px // 20)
        cv2.circle(pixels, (int(x), int(y)), radius, (255, 255, 255), -1)
        matrix = template_from_crop(crop.landmarks)
        seen = cut_template(pixels, matrix)
        assert seen.shape == (SIDE_PX, SIDE_PX, 3)
        light = seen[..., 0]
        rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
        centre = [(columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()]
        assert np.allclose(centre, apply_affine(matrix, np.array([[x, y]]))[0], atol=0.7)


def test_a_change_comes_back_to_where_it_was_cut():
    for height_px in (60, 350, 520):
        crop = crop_of(height_px)
        matrix = template_from_crop(crop.landmarks)
        change = np.zeros((SIDE_PX, SIDE_PX, 3), np.float32)
        cv2.circle(change, (256, 300), 40, (30, 30, 30), -1)
        back = paste_back(change, matrix, (crop.size_px, crop.size_px))[..., 0]
        rows, columns = np.mgrid[: crop.size_px, : crop.size_px]
        centre = np.array([[(columns * back).sum(), (rows * back).sum()]]) / back.sum()
        assert np.allclose(apply_affine(matrix, centre), (256, 300), atol=1.5)
        area = back.sum() / 30 * similarity_scale(matrix) ** 2
        assert area == pytest.approx(np.pi * 40**2, rel=0.05)


def test_matrices_of_reduced_parts_chain():
    to_photo = scaled(4, 4, (10, 20))
    assert np.allclose(apply_affine(to_photo, np.array([[0.0, 0.0]])), [[11.5, 21.5]])
    product = chain(np.array([[2.0, 0, 1], [0, 2, 3]]), to_photo)
    assert np.allclose(apply_affine(product, np.array([[0.0, 0.0]])), [[24, 46]])
