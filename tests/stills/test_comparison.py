"""The picture of faces before and after."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pipeline_stand_ins import FACE, PIXELS

from nostalgia.stills.comparison import MOST_FACES, comparison


def drawn(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.PNG", "PNG")])
def test_the_name_decides_the_format(name, kind):
    assert Image.open(io.BytesIO(comparison(PIXELS, PIXELS, [FACE], Path(name)))).format == kind


def test_before_is_on_the_left_and_after_on_the_right():
    dark, light = np.full_like(PIXELS, 60), np.full_like(PIXELS, 200)
    sheet = drawn(comparison(dark, light, [FACE], Path("a.png")))
    middle = sheet.shape[0] // 2 + 10
    assert (sheet[middle, sheet.shape[1] // 4] == 60).all()
    assert (sheet[middle, 3 * sheet.shape[1] // 4] == 200).all()


def test_each_face_has_a_row_and_very_many_are_cut_short():
    heights = [
        drawn(comparison(PIXELS, PIXELS, [FACE] * count, Path("a.png"))).shape[0]
        for count in (1, 2, MOST_FACES, MOST_FACES + 9)
    ]
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_without_faces_the_whole_picture_is_shown():
    after = PIXELS.copy()
    after[:4] = (0, 255, 0)
    sheet = drawn(comparison(PIXELS, after, [], Path("a.png")))
    right = sheet[:, sheet.shape[1] // 2 :]
    assert ((right - [0, 255, 0]) == 0).all(2).any()


def test_a_face_at_the_edge_is_cut_and_not_refused():
    at_edge = replace(FACE, box_xyxy=(-30.0, -20.0, 20.0, 25.0))
    assert drawn(comparison(PIXELS, PIXELS, [at_edge], Path("a.png"))).size
